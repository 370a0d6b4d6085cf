/**
 * The base of FT VMotion (FT §3.1): the machine as it stood between two turns, in memory that both threads
 * share. It is what the machine's hash points compare with (machine/shadow.ts), and so follows it from one to
 * the next: a checkpoint is there before anybody asks for one and costs no pause. With the log since, a
 * backup can join from it at any moment, in the middle of a long turn, too.
 *
 * Only a machine between two turns can be copied: inside one, the WebAssembly stack is not in the memory. So
 * the base does not follow a hash point inside a turn; and while a checkpoint's pages travel it stands still.
 */
import { invariant } from '../../base/assert.ts';
import { type Position, position } from '../../base/brands.ts';
import type { Machine } from '../../machine/machine.ts';
import type { TurnState } from '../../session/turn-state.ts';
import type { Checkpoint } from './messages.ts';

export class CheckpointKeeper {
  readonly #machine: Machine;
  #base: Checkpoint;

  /** `place`: where the machine stands now, between two turns and hashed. */
  constructor(machine: Machine, place: TurnState) {
    this.#machine = machine;
    this.#base = standingAt(machine, place);
  }

  /** After each hash point; the position of the base if that has moved to it. */
  follow(place: TurnState): Position | null {
    if (!this.#machine.pages.baseFollowed) return null;
    this.#base = standingAt(this.#machine, place);
    return position(this.#base.position);
  }

  /**
   * The base, which does not move until it is released as often as it was handed out;
   * the page hashes are a view, for now.
   */
  handOut(): { readonly base: Checkpoint; readonly pageHashes: Uint8Array } {
    const { pages } = this.#machine;
    pages.holdBase();
    const { root, leaves } = pages.base;
    invariant('I9', root === this.#base.stateHash, 'the base has moved and nobody was told');
    return { base: this.#base, pageHashes: leaves };
  }

  /** An order to do so may come late, at the end of a long turn; another checkpoint may be out by then. */
  release(): void {
    this.#machine.pages.releaseBase();
  }

  /** It stood still at the last hash point, and may move now. */
  isBehind({ hashedPosition }: TurnState): boolean {
    return !this.#machine.pages.isBaseHeld && this.#base.position < hashedPosition;
  }
}

function standingAt({ pages, ordinal }: Machine, place: TurnState): Checkpoint {
  const { root, sizeBytes } = pages.base;
  return { position: place.position, stateHash: root, sizeBytes, ordinal, guestClockMs: place.guestMs };
}
