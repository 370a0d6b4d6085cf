/**
 * Lines to a descriptor, in order, without ever blocking: Node writes to a pipe synchronously, so a reader
 * that pauses (`| less`) would stop a supervisor that should be replacing a dead backup. Each line's
 * callback runs when the kernel has taken it.
 *
 * A machine is never lost for its console. When the reader has gone, lines are dropped. A full
 * disk may have room again: lines wait for it, so long and so many as the bounds allow, then the
 * oldest are dropped, and how many is said.
 */
import { write } from 'node:fs';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';

interface Line {
  readonly text: string;
  readonly written: (() => void) | undefined;
}

export interface LineWriterPorts {
  /** Called once when the reader has gone; lines are then dropped, and their callbacks run. */
  gone?(reason: string): void;
  /** The disk behind the descriptor is full, or has room again. */
  warn?(text: string): void;
}

interface FullDisk {
  readonly sinceMs: number;
  dropped: number;
}

/** A descriptor that somebody made non-blocking is full: try again after this. */
const BUSY_RETRY_MS = 5;
const DISK_RETRY_MS = 100;
const DISK_FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NEWLINE = 10;

export class LineWriter {
  readonly #fd: number;
  readonly #ports: LineWriterPorts;
  #queue: Line[] = [];
  #queuedCharacters = 0;
  #busy = false;
  #broken = false;
  #full: FullDisk | undefined;
  /** The last byte that was taken ended no line. */
  #torn = false;
  #idle: (() => void)[] = [];

  constructor(fd: number, ports: LineWriterPorts = {}) {
    this.#fd = fd;
    this.#ports = ports;
  }

  /** `text` without its newline. */
  line(text: string, written?: () => void): void {
    this.#queue.push({ text, written });
    this.#queuedCharacters += text.length;
    if (!this.#busy) this.#next();
  }

  /** Resolves when nothing is underway; what was lost until then has been said. */
  async idle(): Promise<void> {
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.#full === undefined || this.#full.dropped === 0) return;
    this.#ports.warn?.(`${this.#full.dropped} lines to descriptor ${this.#fd} were lost: its disk is full`);
    this.#full.dropped = 0;
  }

  #next(): void {
    const batch = this.#queue.splice(0);
    this.#queuedCharacters = 0;
    if (batch.length === 0) {
      this.#busy = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#busy = true;
    const text = batch.map((line) => `${line.text}\n`).join('');
    // What was dropped had begun a line.
    const bytes = this.#broken ? Buffer.alloc(0) : Buffer.from(this.#torn ? `\n${text}` : text);
    this.#drain(bytes, batch.length, () => {
      for (const { written } of batch) written?.();
      this.#next();
    });
  }

  #drain(bytes: Buffer, lines: number, done: () => void): void {
    if (bytes.length === 0) {
      // Never in the same turn as line(): callers expect their callback later.
      setImmediate(done);
      return;
    }
    write(this.#fd, bytes, 0, bytes.length, null, (error, count) => {
      if (error === null) {
        this.#took(bytes, count);
        this.#drain(bytes.subarray(count), lines, done);
      } else if (error.code === 'EAGAIN') setTimeout(() => this.#drain(bytes, lines, done), BUSY_RETRY_MS);
      else if (DISK_FULL.has(error.code)) this.#waitForRoom(error.message, bytes, lines, done);
      else this.#break(error, done);
    });
  }

  #took(bytes: Buffer, count: number): void {
    if (count === 0) return;
    this.#torn = bytes[count - 1] !== NEWLINE;
    const full = this.#full;
    if (full === undefined) return;
    this.#full = undefined;
    this.#ports.warn?.(`descriptor ${this.#fd} has room again; ${full.dropped} lines were lost`);
  }

  #waitForRoom(reason: string, bytes: Buffer, lines: number, done: () => void): void {
    if (this.#full === undefined) {
      this.#full = { sinceMs: monotonicMs(), dropped: 0 };
      this.#ports.warn?.(`lines to descriptor ${this.#fd} wait for room: ${reason}`);
    }
    const isLong = monotonicMs() - this.#full.sinceMs >= limits.consoleHeldMs;
    const isMuch = bytes.length + this.#queuedCharacters > limits.consoleHeldBytes;
    if (!isLong && !isMuch) {
      setTimeout(() => this.#drain(bytes, lines, done), DISK_RETRY_MS);
      return;
    }
    if (this.#full.dropped === 0)
      this.#ports.warn?.(`descriptor ${this.#fd} has had no room for long: lines are lost from now on`);
    this.#full.dropped += lines;
    setImmediate(done);
  }

  #break(error: Error, done: () => void): void {
    this.#broken = true;
    this.#ports.gone?.(error.message);
    done();
  }
}
