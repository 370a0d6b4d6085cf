/**
 * The guest's clock while it is live: this host's monotonic clock plus an offset that continues where the
 * log, or the last heartbeat of the former primary, left off. It approaches the host's wall clock by slewing,
 * so it never jumps and never runs backwards, whatever the hosts' clocks say (I6).
 */
import type { World } from './ports.ts';

/**
 * The guest's clock runs at most this much faster or slower than real
 * time while it approaches the wall clock.
 */
const SLEW = 0.05;
const SLEW_REVIEW_MS = 1000;
/** Nearer than this, there is nothing to correct. */
const SLEW_TOLERANCE_MS = 5;

/** Guest time at a host time is `guestMs + (at - hostMs) * rate`. */
export interface ClockAnchor {
  readonly hostMs: number;
  readonly guestMs: number;
  readonly rate: number;
}

export class GuestClock {
  readonly #world: World;
  #anchorHostMs: number;
  #anchorGuestMs: number;
  #rate = 1;
  #lastMs: number;

  /** Starts at `guestMs`. */
  constructor(world: World, guestMs: number) {
    this.#world = world;
    this.#anchorHostMs = world.monotonicMs();
    this.#anchorGuestMs = guestMs;
    this.#lastMs = Math.floor(guestMs);
    this.#review();
  }

  get anchor(): ClockAnchor {
    return { hostMs: this.#anchorHostMs, guestMs: this.#anchorGuestMs, rate: this.#rate };
  }

  /** Guest time in whole milliseconds. */
  now(): number {
    const elapsed = this.#world.monotonicMs() - this.#anchorHostMs;
    const exact = this.#anchorGuestMs + elapsed * this.#rate;
    if (elapsed >= SLEW_REVIEW_MS) {
      this.#anchorHostMs += elapsed;
      this.#anchorGuestMs = exact;
      this.#review();
    }
    this.#lastMs = Math.max(this.#lastMs, Math.floor(exact));
    return this.#lastMs;
  }

  #review(): void {
    const aheadMs = this.#anchorGuestMs - this.#world.wallMs();
    if (Math.abs(aheadMs) <= SLEW_TOLERANCE_MS) this.#rate = 1;
    else this.#rate = aheadMs > 0 ? 1 - SLEW : 1 + SLEW;
  }
}
