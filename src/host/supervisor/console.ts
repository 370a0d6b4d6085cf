/**
 * The console's end. Every line carries the ordinal that the machine gave it, so
 * a line that a dying primary printed and that the new one offers again is dropped here: across a
 * kill nothing is lost or printed twice.
 *
 * Two numbers move. `accepted` is the last line taken for printing: it decides what is a repetition.
 * `printed` is the last line, counting without gaps, that the terminal has taken: it is what hosts
 * are told, so they may forget their copies, and so a reader who is slow holds the primary back
 * instead of filling this process's memory.
 */
import { type Ordinal, ordinal } from '../../base/brands.ts';
import { PrintedLines } from '../console/printed-lines.ts';
import type { ConsoleStream } from './protocol.ts';

/**
 * Hands one line to the terminal and calls back once the terminal has it.
 * Lines of one stream come and are written in order.
 */
export type PrintLine = (stream: ConsoleStream, text: string, written: () => void) => void;

export class ConsoleEnd {
  readonly #print: PrintLine;
  readonly #lines: PrintedLines;
  #accepted = ordinal(0);

  /** `onPrinted` is called whenever {@link printed} has grown. */
  constructor(print: PrintLine, onPrinted: (upTo: Ordinal) => void) {
    this.#print = print;
    this.#lines = new PrintedLines(onPrinted);
  }

  get printed(): Ordinal {
    return this.#lines.upTo;
  }

  /** False when the line is a repetition. */
  accept(lineOrdinal: Ordinal, stream: ConsoleStream, text: string): boolean {
    if (lineOrdinal <= this.#accepted) return false;
    this.#accepted = lineOrdinal;
    this.#print(stream, text, this.#lines.begin(lineOrdinal));
    return true;
  }

  /** Resolves once every accepted line is with the terminal. */
  flushed(): Promise<void> {
    return this.#lines.idle();
  }
}
