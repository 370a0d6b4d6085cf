/**
 * A planned switch-over as its operator sees it (FT §3.3): one at a time, and told of as it ended. The hosts
 * and the arbiter change the roles; each host may be lost right after, and what it has done holds all the
 * same.
 */
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import type { HostProcess } from './child.ts';
import { deferred } from './deferred.ts';
import type { SwitchOver } from './report.ts';

type Outcome = { readonly kind: 'switched-over'; readonly epoch: number } | { readonly kind: 'went-live' };

export class SwitchOvers {
  #told: ((outcome: Outcome) => void) | undefined;

  /** The new primary says what became of the pair. */
  tell(outcome: Outcome): void {
    this.#told?.(outcome);
  }

  /** A string says why the roles are what they were. `isGone`: the host `from` has ended. */
  async order(from: HostProcess, to: HostProcess, isGone: () => boolean): Promise<SwitchOver | string> {
    if (this.#told !== undefined) return 'a switch-over is under way already';
    const outcome = deferred<Outcome>();
    this.#told = outcome.resolve;
    const askedMs = monotonicMs();
    const answer = await from.questions.switchOver();
    // Both hosts tell, in any order, and one that was lost tells nothing.
    const mayCome = typeof answer === 'number' || isGone();
    const known = await Promise.race([outcome.promise, mayCome ? aWhile() : undefined]);
    this.#told = undefined;
    if (known?.kind !== 'switched-over')
      return typeof answer === 'string' ? answer : 'the new primary was lost before it had said so';
    const gapMs = typeof answer === 'number' ? answer : monotonicMs() - askedMs;
    return { from: { pid: from.pid }, to: { pid: to.pid }, epoch: known.epoch, gapMs };
  }
}

const aWhile = (): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(undefined), limits.hostAnswerMs).unref();
  });
