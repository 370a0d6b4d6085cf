/**
 * Lines to a descriptor, in order, without ever blocking: Node writes to a pipe synchronously, so a reader that pauses (`| less`)
 * would stop a supervisor that should be replacing a dead backup. Each line's callback runs when the kernel has taken it.
 */
import { write } from 'node:fs';

interface Line {
  readonly text: string;
  readonly written: (() => void) | undefined;
}

/** A descriptor that somebody made non-blocking is full: try again after this. */
const FULL_RETRY_MS = 5;

export class LineWriter {
  readonly #fd: number;
  readonly #onBroken: (error: Error) => void;
  #queue: Line[] = [];
  #busy = false;
  #broken = false;
  #idle: (() => void)[] = [];

  /** `onBroken` is called once when the reader has gone; lines are then dropped, and their callbacks run. */
  constructor(fd: number, onBroken: (error: Error) => void = () => {}) {
    this.#fd = fd;
    this.#onBroken = onBroken;
  }

  /** `text` without its newline. */
  line(text: string, written?: () => void): void {
    this.#queue.push({ text, written });
    if (!this.#busy) this.#next();
  }

  /** Resolves when nothing is underway. */
  idle(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    const batch = this.#queue.splice(0);
    if (batch.length === 0) {
      this.#busy = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#busy = true;
    const bytes = this.#broken ? Buffer.alloc(0) : Buffer.from(batch.map(({ text }) => `${text}\n`).join(''));
    this.#drain(bytes, () => {
      for (const { written } of batch) written?.();
      this.#next();
    });
  }

  #drain(bytes: Buffer, done: () => void): void {
    if (bytes.length === 0) {
      // Never in the same turn as line(): callers expect their callback later.
      setImmediate(done);
      return;
    }
    write(this.#fd, bytes, 0, bytes.length, null, (error, count) => {
      if (error === null) this.#drain(bytes.subarray(count), done);
      else if (error.code === 'EAGAIN') setTimeout(() => this.#drain(bytes, done), FULL_RETRY_MS);
      else this.#break(error, done);
    });
  }

  #break(error: Error, done: () => void): void {
    this.#broken = true;
    this.#onBroken(error);
    done();
  }
}
