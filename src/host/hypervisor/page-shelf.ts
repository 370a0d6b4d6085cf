/**
 * What a host that comes back still holds of its earlier life (FT §3.1): pages by their hash, wherever they
 * lay. A joiner takes from here what it would else ask the primary for.
 */
import { blake3 } from '../../base/digest.ts';
import { allPages, isZero, PAGE_BYTES, pageOf } from '../../machine/pages.ts';

export class PageShelf {
  readonly #pages = new Map<string, Uint8Array>();

  /**
   * Hashes what the memory holds: its owner may have been stopped while it wrote.
   * Keeps the memory, which may be shared.
   */
  constructor(memory: Uint8Array) {
    for (const index of allPages(Math.floor(memory.length / PAGE_BYTES))) {
      const page = pageOf(memory, index);
      const own = Buffer.from(page);
      if (!isZero(own)) this.#pages.set(blake3(own), page);
    }
  }

  /** The page with this hash, as a view; undefined when there is none. */
  find(pageHash: Uint8Array): Uint8Array | undefined {
    return this.#pages.get(Buffer.from(pageHash).toString('hex'));
  }
}
