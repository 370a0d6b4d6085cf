/**
 * The kept buffer of FT VMotion (FT §3.1): a copy of the machine's memory in memory that both threads share. It follows the machine from hash point to hash
 * point, taking over only the pages that have changed, so that a checkpoint finds almost everything copied and the vCPU stands still
 * for little more than one comparison of the memory. While a checkpoint's pages travel the copy stands still instead.
 */
import type { Machine } from '../../machine/machine.ts';
import { PAGE_BYTES } from '../../machine/page-tree.ts';

export class CheckpointKeeper {
  readonly #machine: Machine;
  readonly #shared: SharedArrayBuffer;
  /** Pages that differ between the machine, as of its last hash point, and the copy. */
  #behind: Set<number>;
  #travelling = false;

  /** Every page is behind: the buffer may hold anything. */
  constructor(machine: Machine, shared: SharedArrayBuffer) {
    this.#machine = machine;
    this.#shared = shared;
    this.#behind = new Set(Array.from({ length: machine.memory.length / PAGE_BYTES }, (_, page) => page));
  }

  /** After each hash point: the pages that it found changed. */
  follow(): void {
    for (const page of this.#machine.pages.changed) this.#behind.add(page);
    if (!this.#travelling) this.#catchUp();
  }

  /** The copy is the machine as of the last hash point, and stays that until `release`. */
  keep(): void {
    this.#catchUp();
    this.#travelling = true;
  }

  release(): void {
    this.#travelling = false;
  }

  #catchUp(): void {
    const { shadow } = this.#machine.pages;
    if (this.#shared.byteLength < shadow.length) this.#shared.grow(shadow.length);
    const copy = new Uint8Array(this.#shared, 0, shadow.length);
    for (const page of this.#behind) {
      const start = page * PAGE_BYTES;
      copy.set(shadow.subarray(start, start + PAGE_BYTES), start);
    }
    this.#behind.clear();
  }
}
