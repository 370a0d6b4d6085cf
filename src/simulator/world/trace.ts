/**
 * What happened in a run, in order: a digest over all of it, by which two runs are compared byte for byte,
 * and the last lines for the report of a failure.
 */
import { createHash } from 'node:crypto';
import type { Agenda } from './agenda.ts';

const LINES_KEPT = 400;

export class Trace {
  readonly #agenda: Agenda;
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];
  #pending = '';

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  /** A line for people. */
  note(who: string, what: string): void {
    const line = `${this.#agenda.nowMs.toFixed(3).padStart(10)}  ${who.padEnd(10)} ${what}`;
    this.#lines.push(line);
    if (this.#lines.length > 2 * LINES_KEPT) this.#lines.splice(0, LINES_KEPT);
    this.#pending += line;
    if (this.#pending.length > 8_192) this.#flush();
  }

  /** Bytes that count for the digest and are shown to nobody. */
  mix(bytes: Uint8Array): void {
    this.#flush();
    this.#hash.update(bytes);
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-LINES_KEPT);
  }

  /** Of everything so far; ends the trace. */
  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#pending);
    this.#pending = '';
  }
}
