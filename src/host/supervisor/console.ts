/**
 * The console's end (DESIGN §5, Console). Every line carries the ordinal that the machine gave it, so
 * a line that a dying primary printed and that the new one offers again is dropped here: across a
 * kill nothing is lost or printed twice.
 *
 * Two numbers move. `accepted` is the last line taken for printing: it decides what is a repetition.
 * `printed` is the last line, counting without gaps, that the terminal has taken: it is what hosts
 * are told, so they may forget their copies, and so a reader who is slow holds the primary back
 * instead of filling this process's memory.
 */
import { type Ordinal, ordinal } from '../../base/brands.ts';
import type { ConsoleStream } from './protocol.ts';

/**
 * Hands one line to the terminal and calls back once the terminal has it.
 * Lines come and are written in order.
 */
export type PrintLine = (stream: ConsoleStream, text: string, written: () => void) => void;

interface Line {
  readonly ordinal: Ordinal;
  written: boolean;
}

export class ConsoleEnd {
  readonly #print: PrintLine;
  readonly #onPrinted: (upTo: Ordinal) => void;
  #accepted = ordinal(0);
  #printed = ordinal(0);
  #underway: Line[] = [];
  #idle: (() => void)[] = [];

  /** `onPrinted` is called whenever {@link printed} has grown. */
  constructor(print: PrintLine, onPrinted: (upTo: Ordinal) => void) {
    this.#print = print;
    this.#onPrinted = onPrinted;
  }

  get printed(): Ordinal {
    return this.#printed;
  }

  /** False when the line is a repetition. */
  accept(lineOrdinal: Ordinal, stream: ConsoleStream, text: string): boolean {
    if (lineOrdinal <= this.#accepted) return false;
    this.#accepted = lineOrdinal;
    const line: Line = { ordinal: lineOrdinal, written: false };
    this.#underway.push(line);
    this.#print(stream, text, () => this.#settle(line));
    return true;
  }

  /** Resolves once every accepted line is with the terminal. */
  flushed(): Promise<void> {
    if (this.#underway.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #settle(line: Line): void {
    line.written = true;
    let done = 0;
    for (const candidate of this.#underway) {
      if (!candidate.written) break;
      this.#printed = candidate.ordinal;
      done += 1;
    }
    if (done === 0) return;
    this.#underway.splice(0, done);
    this.#onPrinted(this.#printed);
    if (this.#underway.length > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
