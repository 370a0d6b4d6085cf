/**
 * A host that joins must ask the same arbiter as its primary, or it could never take over, while the primary
 * counts on it. So when a primary has named its epoch, this host looks for that epoch in its own arbiter, and
 * takes no checkpoint before it knows: without one it cannot say that it has joined. An arbiter that cannot
 * be reached may come back; nothing is concluded from it.
 */
import type { Arbiter } from '../../arbiter/port.ts';
import type { Epoch } from '../../base/brands.ts';
import type { HaltReason } from '../../protocol/effects.ts';
import type { Frame } from '../../protocol/frames.ts';

export class ArbiterCheck {
  readonly #arbiter: Arbiter;
  readonly #vm: string;
  readonly #mismatch: (reason: HaltReason) => void;
  /** Undefined when nothing is being read. */
  #underway: Promise<boolean> | undefined;

  constructor(arbiter: Arbiter, vm: string, mismatch: (reason: HaltReason) => void) {
    this.#arbiter = arbiter;
    this.#vm = vm;
    this.#mismatch = mismatch;
  }

  /**
   * Calls `deliver` now, or, for a checkpoint that came quicker than the arbiter's answer, behind that. What
   * somebody else than the host that this one has joined says of epochs is the protocol's to refuse.
   */
  received(frame: Frame, isFromPrimary: boolean, deliver: () => void): void {
    const names = frame.kind === 'welcome' || frame.kind === 'registered';
    if (names && isFromPrimary && this.#arbiter.isShared) this.#begin(frame.epoch, frame.host);
    if (frame.kind !== 'checkpoint-offer' || this.#underway === undefined) deliver();
    else
      void this.#underway.then((isSame) => {
        if (isSame) deliver();
      });
  }

  #begin(epoch: Epoch, host: string): void {
    const underway = this.#isSame(epoch, host);
    this.#underway = underway;
    void underway.then((isSame) => {
      if (isSame && this.#underway === underway) this.#underway = undefined;
    });
  }

  async #isSame(epoch: Epoch, host: string): Promise<boolean> {
    const answer = await this.#arbiter.read(this.#vm);
    if (answer.kind === 'unreachable' || (answer.record !== null && answer.record.epoch >= epoch))
      return true;
    const found = answer.record === null ? 'no record' : `only epoch ${answer.record.epoch}`;
    this.#mismatch({
      code: 'ARBITER_MISMATCH',
      message: `the primary ${host} is live in epoch ${epoch} of VM ${this.#vm}; this host's arbiter has ${found} of it`,
      mend: 'give both hosts the same --arbiter; a directory must be the same one, mounted on both machines',
    });
    return false;
  }
}
