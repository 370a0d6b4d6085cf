/**
 * The run's recent history, kept in memory for `tandem logs`: events and what hosts
 * said, the oldest dropped first (I10).
 */
import { limits } from '../../base/limits.ts';
import type { LogLine, RunEvent, RunNotice } from './report.ts';

export class RunLog {
  #lines: LogLine[] = [];
  #last = 0;

  add(event: RunEvent | RunNotice): void {
    this.#last += 1;
    const line =
      event.event === 'host-log'
        ? { source: event.role, pid: event.pid, level: event.level, text: event.text }
        : { source: 'supervisor' as const, pid: process.pid, level: levelOf(event), text: factsOf(event) };
    this.#lines.push({ number: this.#last, atMs: Date.now(), ...line });
    if (this.#lines.length > limits.supervisorLogLines) this.#lines.shift();
  }

  /** Lines numbered higher than `number`. */
  after(number: number): readonly LogLine[] {
    return this.#lines.filter((line) => line.number > number);
  }
}

function levelOf(event: RunEvent | RunNotice): LogLine['level'] {
  if (event.event === 'divergence' || event.event === 'halt') return 'error';
  return event.event === 'failure-detected' || event.event === 'backups-keep-failing' ? 'warning' : 'info';
}

/** `go-live pid=812 epoch=2 position=4071 ms=38` */
function factsOf({ event, ...facts }: RunEvent | RunNotice): string {
  const words = Object.entries(facts).map(([name, value]) => `${name}=${factOf(value)}`);
  return [event, ...words].join(' ');
}

function factOf(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 10) / 10);
  return typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value);
}
