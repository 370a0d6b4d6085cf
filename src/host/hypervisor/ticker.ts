/**
 * Lets time pass for the protocol core. Each wake-up of the hypervisor costs a vCPU on the same
 * processor its caches, so a tick that is due is made when something has woken the thread
 * anyway; the timer is for when nothing does.
 */
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';

/** A tick may be made so much early. */
const EARLY_MS = 1;
/**
 * After a tick that something else has brought about the next one most likely comes
 * the same way: the timer gives it time.
 */
const PATIENCE_MS = limits.tickMs / 2;

export class Ticker {
  readonly #tick: () => void;
  #timer: NodeJS.Timeout | undefined;
  #tickedMs = 0;

  constructor(tick: () => void) {
    this.#tick = tick;
  }

  start(): void {
    this.#next(limits.tickMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The thread is awake: a tick that is due is made now. */
  awake(): void {
    if (this.#timer === undefined || monotonicMs() - this.#tickedMs < limits.tickMs - EARLY_MS) return;
    clearTimeout(this.#timer);
    this.#next(limits.tickMs + PATIENCE_MS);
    this.#tick();
  }

  /** Before the tick itself, which may stop everything. */
  #next(inMs: number): void {
    this.#tickedMs = monotonicMs();
    this.#timer = setTimeout(() => {
      this.#next(limits.tickMs);
      this.#tick();
    }, inMs);
  }
}
