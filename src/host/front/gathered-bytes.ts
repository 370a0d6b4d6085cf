/**
 * Bytes that come in chunks as a client likes to cut them, down to one byte: what is kept of them costs what
 * the bytes do, not what the chunks would.
 */
const EMPTY = new Uint8Array(0);
/** Smaller chunks are copied, so that many of them are one. */
const BLOCK_BYTES = 16 * 1024;

export class GatheredBytes {
  /** Chunks that came so, and blocks that are full. */
  #kept: Uint8Array[] = [];
  #block = EMPTY;
  #inBlock = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps `chunk`, or a copy of it. */
  add(chunk: Uint8Array): void {
    const isOnly = this.#bytes === 0;
    this.#bytes += chunk.length;
    if (isOnly || chunk.length >= BLOCK_BYTES) {
      this.#closeBlock();
      this.#kept.push(chunk);
      return;
    }
    if (this.#block.length - this.#inBlock < chunk.length) {
      this.#closeBlock();
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    }
    this.#block.set(chunk, this.#inBlock);
    this.#inBlock += chunk.length;
  }

  /** All of them in one piece; from here on it is empty. */
  take(): Uint8Array {
    this.#closeBlock();
    const [only = EMPTY] = this.#kept;
    const whole = this.#kept.length <= 1 ? only : Buffer.concat(this.#kept, this.#bytes);
    this.#kept = [];
    this.#bytes = 0;
    return whole;
  }

  #closeBlock(): void {
    if (this.#inBlock > 0) this.#kept.push(this.#block.subarray(0, this.#inBlock));
    this.#block = EMPTY;
    this.#inBlock = 0;
  }
}
