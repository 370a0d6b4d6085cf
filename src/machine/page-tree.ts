/**
 * A Merkle tree over the pages of a linear memory. Its root is the state hash; its leaves tell a transfer which pages differ. Updating compares the
 * memory with a shadow copy and hashes only pages that changed. It reads the machine's memory and never writes it.
 */
import { type Digest, digest } from '../base/brands.ts';
import { blake3 } from '../base/digest.ts';
import { limits } from '../base/limits.ts';

export const PAGE_BYTES = limits.pageBytes;
export const HASH_BYTES = 32;
/** Children per inner node. */
const FAN_OUT = 64;
/** Memory is compared in strides first: most of it has not changed, and one long comparison is cheaper than many. */
const STRIDE_PAGES = 16;
const STRIDE_BYTES = STRIDE_PAGES * PAGE_BYTES;

/** A memory and its hashes: the pages that are not zero, copied. */
export interface KnownPages {
  readonly pages: readonly { readonly index: number; readonly bytes: Uint8Array }[];
  readonly levels: readonly Uint8Array[];
  readonly root: Digest;
}

export class PageTree {
  #shadow: Buffer;
  /** levels[0] holds the page hashes, each next level the hashes of FAN_OUT nodes of the one below; the last has one node. */
  #levels: Uint8Array[] = [];
  #root: Digest;
  #changed: readonly number[] = [];
  /** Pages from here on are zero in the shadow. */
  #usedPages = 0;
  /** A bit of each stride: whether all of it is zero in the shadow. Much of a machine's memory was never written. */
  #zeroStrides: boolean[] = [];
  /** Strides in which the last update found changes will most likely have some again: their pages are looked at one by one at once. */
  #busyStrides = new Set<number>();

  /** Hashes all of `memory`, or takes what is known of it and hashes the pages in which it differs. */
  constructor(memory: Uint8Array, known?: KnownPages, differing: readonly number[] = []) {
    this.#shadow = Buffer.alloc(memory.length);
    if (known === undefined) {
      this.#levels = emptyLevels(memory.length / PAGE_BYTES);
      this.#root = this.#rehash(memory, allPages(memory.length / PAGE_BYTES));
      return;
    }
    this.#levels = known.levels.map((level) => level.slice());
    this.#root = known.root;
    for (const { index, bytes } of known.pages) this.#remember(index, bytes);
    if (differing.length > 0) this.#root = this.#rehash(memory, differing);
    this.#changed = [];
  }

  /** The memory as of the last update, for trees of equal memories. */
  get known(): KnownPages {
    const pages: KnownPages['pages'][number][] = [];
    for (let index = 0; index < this.pageCount; index += 1) {
      const bytes = pageOf(this.#shadow, index);
      if (!isZero(bytes)) pages.push({ index, bytes: new Uint8Array(bytes) });
    }
    return { pages, levels: this.#levels.map((level) => level.slice()), root: this.#root };
  }

  /** The state hash as of the last update. */
  get root(): Digest {
    return this.#root;
  }

  /** Indices of the pages that the last update found changed: where two memories that were equal before it can differ. */
  get changed(): readonly number[] {
    return this.#changed;
  }

  get pageCount(): number {
    return this.#shadow.length / PAGE_BYTES;
  }

  /** The page hashes as of the last update, 32 bytes each; a view. */
  get leaves(): Uint8Array {
    return this.#levels[0] ?? new Uint8Array(0);
  }

  /** The memory as of the last update; a view. */
  get shadow(): Uint8Array {
    return this.#shadow;
  }

  /** Where the last page ends that was ever seen with something in it. */
  get usedBytes(): number {
    return this.#usedPages * PAGE_BYTES;
  }

  /**
   * Takes in what has changed in `memory` since the last update and returns the new root. Borrows `memory`. From `usedBytes` on nothing was ever written to
   * it, so nobody looks there.
   */
  update(memory: Uint8Array, usedBytes = memory.length): Digest {
    if (memory.length !== this.#shadow.length) {
      const shadow = Buffer.alloc(memory.length);
      this.#shadow.copy(shadow);
      const before = this.pageCount;
      this.#shadow = shadow;
      const leaves = this.leaves;
      this.#levels = emptyLevels(this.pageCount);
      this.leaves.set(leaves.subarray(0, before * HASH_BYTES));
      this.#root = this.#rehash(memory, allPages(this.pageCount));
      return this.#root;
    }
    const dirty = this.#dirtyPages(memory, Math.max(usedBytes, this.usedBytes));
    if (dirty.length > 0) this.#root = this.#rehash(memory, dirty);
    else this.#changed = [];
    return this.#root;
  }

  #dirtyPages(memory: Uint8Array, usedBytes: number): number[] {
    const dirty: number[] = [];
    for (let start = 0; start < usedBytes; start += STRIDE_BYTES) {
      const end = Math.min(start + STRIDE_BYTES, memory.length);
      if (!this.#busyStrides.has(start) && this.#isStrideClean(memory, start, end)) continue;
      const before = dirty.length;
      for (let at = start; at < end; at += PAGE_BYTES) {
        if (this.#shadow.compare(memory, at, at + PAGE_BYTES, at, at + PAGE_BYTES) !== 0) {
          dirty.push(at / PAGE_BYTES);
        }
      }
      if (dirty.length > before) this.#busyStrides.add(start);
      else this.#busyStrides.delete(start);
    }
    return dirty;
  }

  /** What is zero in the shadow is compared with zeros that stay in the processor's cache, not with the shadow's. */
  #isStrideClean(memory: Uint8Array, start: number, end: number): boolean {
    const isWritten = this.#zeroStrides[start / STRIDE_BYTES] === false;
    return isWritten
      ? this.#shadow.compare(memory, start, end, start, end) === 0
      : zeroStride.compare(memory, start, end, 0, end - start) === 0;
  }

  #remember(page: number, bytes: Uint8Array): void {
    putPage(this.#shadow, page, bytes);
    if (isZero(bytes)) return;
    this.#usedPages = Math.max(this.#usedPages, page + 1);
    this.#zeroStrides[Math.floor(page / STRIDE_PAGES)] = false;
  }

  #rehash(memory: Uint8Array, pages: readonly number[]): Digest {
    this.#changed = pages;
    for (const page of pages) {
      const bytes = pageOf(memory, page);
      this.#remember(page, bytes);
      setHash(this.leaves, page, isZero(bytes) ? zeroPageHash : blake3(bytes));
    }
    return hashUp(this.#levels, pages);
  }
}

/** What is known of a memory of which only `pages` are not zero. Keeps `pages`. */
export function knownPages(pageCount: number, pages: KnownPages['pages']): KnownPages {
  const levels = emptyLevels(pageCount);
  const [leaves = new Uint8Array(0)] = levels;
  for (let page = 0; page < pageCount; page += 1) setHash(leaves, page, zeroPageHash);
  for (const { index, bytes } of pages) setHash(leaves, index, blake3(bytes));
  return { pages, levels, root: hashUp(levels, allPages(pageCount)) };
}

/** Makes the inner nodes over `leaves` anew, and gives the root. */
function hashUp(levels: readonly Uint8Array[], leaves: readonly number[]): Digest {
  let changed: Iterable<number> = leaves;
  for (let level = 1; level < levels.length; level += 1) {
    const below = levels[level - 1] as Uint8Array;
    const parents = new Set([...changed].map((child) => Math.floor(child / FAN_OUT)));
    for (const parent of parents) {
      const first = parent * FAN_OUT * HASH_BYTES;
      const children = below.subarray(first, first + FAN_OUT * HASH_BYTES);
      setHash(levels[level] as Uint8Array, parent, blake3(children));
    }
    changed = parents;
  }
  const top = levels[levels.length - 1] as Uint8Array;
  return digest(Buffer.from(top).toString('hex'));
}

function emptyLevels(pageCount: number): Uint8Array[] {
  const levels = [new Uint8Array(pageCount * HASH_BYTES)];
  for (let nodes = pageCount; nodes > 1; ) {
    nodes = Math.ceil(nodes / FAN_OUT);
    levels.push(new Uint8Array(nodes * HASH_BYTES));
  }
  return levels;
}

/** Indices. */
export const allPages = (count: number): number[] => Array.from({ length: count }, (_, page) => page);

function setHash(level: Uint8Array, node: number, hash: Digest): void {
  Buffer.from(level.buffer, level.byteOffset, level.byteLength).write(hash, node * HASH_BYTES, 'hex');
}

const zeroPage = Buffer.alloc(PAGE_BYTES);
const zeroStride = Buffer.alloc(STRIDE_BYTES);
export const zeroPageHash: Digest = blake3(zeroPage);
export const isZero = (bytes: Uint8Array): boolean => zeroPage.equals(bytes);

/**
 * Copies a page to its place. Zeros are not written over zeros: what nobody has written to takes no memory of the host, and the kernel need not take it down
 * before the sockets of a killed host are closed, which is what its backup sees first.
 */
export function putPage(memory: Uint8Array, page: number, bytes: Uint8Array): void {
  if (isZero(bytes) && isZero(pageOf(memory, page))) return;
  memory.set(bytes, page * PAGE_BYTES);
}

/** A view. */
export const pageOf = (memory: Uint8Array, page: number): Uint8Array =>
  memory.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
