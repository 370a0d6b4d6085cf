/**
 * I6, as somebody with a true clock sees it: the guest's time never runs backwards, and a second of real time
 * moves it by 0.9 to 1.1 seconds, across every change of primary.
 */
import { invariant } from '../../base/assert.ts';
import type { Settings } from '../settings.ts';
import type { Agenda } from '../world/agenda.ts';

const WINDOW_MS = 1000;
const LEAST = 0.9;
const MOST = 1.1;
/** A tick of the clock, and what passes between a heartbeat and a look at the clock. */
const SLACK_MS = 25;
/**
 * While it approaches the wall clock, a guest's clock is so much faster or slower than the real
 * time with which a successor reckons.
 */
const SLEW = 0.05;

interface Sample {
  readonly atMs: number;
  readonly guestMs: number;
}

export class ClockCheck {
  readonly #agenda: Agenda;
  readonly #networkMs: number;
  readonly #slackMs: number;
  #samples: Sample[] = [];

  /**
   * A go-live knows the guest's time only as well as it has heard of it: word takes `networkMs` at
   * most, and comes no more before a death.
   */
  constructor(agenda: Agenda, networkMs: number, settings: Pick<Settings, 'suspectAfterMs' | 'heartbeatMs'>) {
    this.#agenda = agenda;
    this.#networkMs = networkMs;
    this.#slackMs = SLACK_MS + networkMs + SLEW * (settings.suspectAfterMs + settings.heartbeatMs);
  }

  /**
   * A host that may go live from now on has heard, `sinceMs` ago, that the guest's clock was at `heardMs`; it
   * is at `guestMs`. Seen at the listing, it needs no death at just the wrong moment to be found.
   */
  known(host: string, guestMs: number, heardMs: number, sinceMs: number): void {
    const offMs = guestMs - heardMs - sinceMs;
    const slackMs = SLACK_MS + this.#networkMs + SLEW * sinceMs;
    invariant(
      'I6',
      Math.abs(offMs) <= slackMs,
      `${host} may go live, and knows the guest's clock to ${offMs.toFixed(1)} ms`,
    );
  }

  /** What the live guest's clock says now. */
  seen(host: string, guestMs: number): void {
    const atMs = this.#agenda.nowMs;
    const last = this.#samples.at(-1);
    invariant(
      'I6',
      last === undefined || guestMs >= last.guestMs - this.#slackMs,
      `the guest's clock on ${host} went back by ${((last?.guestMs ?? 0) - guestMs).toFixed(3)} ms`,
    );
    // The oldest of the window, and the first one that is outside of it.
    while ((this.#samples[1]?.atMs ?? atMs) <= atMs - WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0];
    this.#samples.push({ atMs, guestMs });
    if (first === undefined || first.atMs > atMs - WINDOW_MS) return;
    const passedMs = atMs - first.atMs;
    const movedMs = guestMs - first.guestMs;
    const isFair = movedMs >= LEAST * passedMs - this.#slackMs && movedMs <= MOST * passedMs + this.#slackMs;
    invariant('I6', isFair, `the guest's clock moved ${movedMs.toFixed(1)} ms in ${passedMs.toFixed(1)} ms`);
  }
}
