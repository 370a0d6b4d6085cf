/**
 * I6, as somebody with a true clock sees it: the guest's time never runs backwards, and a second of real time moves it by 0.9 to 1.1
 * seconds, across every change of primary.
 */
import { invariant } from '../../base/assert.ts';
import type { Agenda } from '../world/agenda.ts';

const WINDOW_MS = 1000;
const LEAST = 0.9;
const MOST = 1.1;
/** A tick of the clock, and what passes between a heartbeat and a look at the clock. */
const SLACK_MS = 25;

interface Sample {
  readonly atMs: number;
  readonly guestMs: number;
}

export class ClockCheck {
  readonly #agenda: Agenda;
  readonly #slackMs: number;
  #samples: Sample[] = [];

  /** `unheardMs`: a go-live knows the guest's time only as well as it has heard of it. */
  constructor(agenda: Agenda, unheardMs: number) {
    this.#agenda = agenda;
    this.#slackMs = SLACK_MS + unheardMs;
  }

  /** What the live guest's clock says now. */
  seen(host: string, guestMs: number): void {
    const atMs = this.#agenda.nowMs;
    const last = this.#samples.at(-1);
    invariant(
      'I6',
      last === undefined || guestMs >= last.guestMs - this.#slackMs,
      `the guest's clock on ${host} went back by ${(last?.guestMs ?? 0) - guestMs} ms`,
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
