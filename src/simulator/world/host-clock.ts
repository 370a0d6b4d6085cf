/**
 * The clocks of one host: a monotonic one that runs a little fast or slow, and a wall clock that somebody may
 * set. Both go on while the host's processes are stopped.
 */
import type { Agenda } from './agenda.ts';

/** The wall clock at the beginning of every run: 1 January 2026, midnight. */
const WALL_START_MS = 1_767_225_600_000;

export class HostClock {
  readonly #agenda: Agenda;
  #anchorTrueMs: number;
  #anchorHostMs: number;
  #rate = 1;
  #wallOffsetMs: number;

  /** `bootedMs`: what the monotonic clock says now. */
  constructor(agenda: Agenda, bootedMs: number, wallOffsetMs: number) {
    this.#agenda = agenda;
    this.#anchorTrueMs = agenda.nowMs;
    this.#anchorHostMs = bootedMs;
    this.#wallOffsetMs = wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#anchorHostMs + (this.#agenda.nowMs - this.#anchorTrueMs) * this.#rate;
  }

  wallMs(): number {
    return WALL_START_MS + this.#agenda.nowMs + this.#wallOffsetMs;
  }

  /** From now on a second of the world is `rate` seconds of this host. */
  drift(rate: number): void {
    this.#anchorHostMs = this.monotonicMs();
    this.#anchorTrueMs = this.#agenda.nowMs;
    this.#rate = rate;
  }

  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
}
