/**
 * How far a console is printed. Lines go to two descriptors, and each takes them at its own pace; what may be
 * forgotten is all up to a line, so they are counted without gaps: one that waits holds up the count.
 */
import { type Ordinal, ordinal } from '../../base/brands.ts';

interface Line {
  readonly ordinal: Ordinal;
  written: boolean;
  next: Line | undefined;
}

export class PrintedLines {
  readonly #grown: (upTo: Ordinal) => void;
  #upTo = ordinal(0);
  #first: Line | undefined;
  #last: Line | undefined;
  #idle: (() => void)[] = [];

  /** `grown` is called whenever {@link upTo} has grown. */
  constructor(grown: (upTo: Ordinal) => void) {
    this.#grown = grown;
  }

  /** The last line, counting without gaps, that is printed. */
  get upTo(): Ordinal {
    return this.#upTo;
  }

  /** The next line is on its way. What is returned is to be called once it is printed, or given up. */
  begin(lineOrdinal: Ordinal): () => void {
    const line: Line = { ordinal: lineOrdinal, written: false, next: undefined };
    if (this.#last === undefined) this.#first = line;
    else this.#last.next = line;
    this.#last = line;
    return () => this.#settle(line);
  }

  /** Resolves once no line is on its way. */
  idle(): Promise<void> {
    if (this.#first === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #settle(line: Line): void {
    line.written = true;
    const before = this.#first;
    while (this.#first?.written) {
      this.#upTo = this.#first.ordinal;
      this.#first = this.#first.next;
    }
    if (this.#first === before) return;
    if (this.#first === undefined) this.#last = undefined;
    this.#grown(this.#upTo);
    if (this.#first !== undefined) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
