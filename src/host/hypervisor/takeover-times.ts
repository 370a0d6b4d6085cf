/**
 * How long the steps of a take-over took, for those who watch one: the test-and-set, and the
 * replay of what was received (FT §2.3).
 */
import { monotonicMs } from '../../base/monotonic.ts';

export class TakeoverTimes {
  #claimSentMs = 0;
  #drainBeganMs = 0;
  claimMs: number | undefined;
  drainMs: number | undefined;

  claimSent(): void {
    this.#claimSentMs = monotonicMs();
  }

  claimAnswered(): void {
    this.claimMs = monotonicMs() - this.#claimSentMs;
  }

  drainBegan(): void {
    this.#drainBeganMs = monotonicMs();
  }

  drained(): void {
    this.drainMs = monotonicMs() - this.#drainBeganMs;
  }
}
