/**
 * Inputs that must not be refused, for a machine that may have no room for them now: they wait in
 * order, and whoever makes them is told to make no more meanwhile. What waits is bounded by what the
 * sources have under way when they are held.
 */
import { limits } from '../base/limits.ts';

export class InputQueue {
  readonly #deliver: (payload: Uint8Array) => boolean;
  readonly #hold: (isHeld: boolean) => void;
  #waiting: Uint8Array[] = [];
  #retry: NodeJS.Timeout | undefined;

  /**
   * `deliver`: false when the machine has no room. `hold`: called when something
   * waits, and when nothing does any more.
   */
  constructor(deliver: (payload: Uint8Array) => boolean, hold: (isHeld: boolean) => void) {
    this.#deliver = deliver;
    this.#hold = hold;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Keeps `payload` when it has to wait. */
  say(payload: Uint8Array): void {
    if (!this.isWaiting && this.#deliver(payload)) return;
    this.#waiting.push(payload);
    if (this.#retry !== undefined) return;
    this.#retryLater();
    this.#hold(true);
  }

  /** What waits is for nobody any more. */
  clear(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#waiting = [];
  }

  #retryLater(): void {
    this.#retry = setTimeout(() => this.#flush(), limits.inputRetryMs);
    this.#retry.unref();
  }

  #flush(): void {
    let taken = 0;
    for (const payload of this.#waiting) {
      if (!this.#deliver(payload)) break;
      taken += 1;
    }
    this.#waiting.splice(0, taken);
    if (this.isWaiting) {
      this.#retryLater();
      return;
    }
    this.#retry = undefined;
    this.#hold(false);
  }
}
