/**
 * A Merkle tree over the pages of a linear memory. Its root is the state hash; its leaves tell a transfer
 * which pages differ. Updating compares the memory with a shadow copy and hashes only pages that changed. It
 * reads the machine's memory and never writes it.
 *
 * The shadow is also the base of FT VMotion (FT §3.1), which follows the memory from update to update. It
 * stands still while somebody reads it, and at an update inside a turn, for only a machine between two turns
 * can be copied; what the memory was at that update the tree knows all the same.
 */
import { type Digest, digest } from '../base/brands.ts';
import { blake3 } from '../base/digest.ts';
import { allPages, isZero, PAGE_BYTES, pageOf } from './pages.ts';
import { Shadow } from './shadow.ts';

export const HASH_BYTES = 32;
/** Children per inner node. */
const FAN_OUT = 64;

/** A memory and its hashes: the pages that are not zero, copied. */
export interface KnownPages {
  readonly pages: readonly { readonly index: number; readonly bytes: Uint8Array }[];
  readonly levels: readonly Uint8Array[];
  readonly root: Digest;
}

export interface TreeOptions {
  /** Of an equal memory, but for the pages in `differing`: only those are hashed. */
  readonly known?: KnownPages;
  readonly differing?: readonly number[];
  /** Where others read the base (shared-base.ts): all zeros so far. Without it, nobody does. */
  readonly shared?: SharedArrayBuffer | undefined;
}

/** A memory between two turns. */
export interface Base {
  readonly root: Digest;
  readonly sizeBytes: number;
  /** The page hashes, 32 bytes each; a view. */
  readonly leaves: Uint8Array;
}

export class PageTree {
  readonly #shadow: Shadow;
  /**
   * levels[0] holds the page hashes, each next level the hashes of FAN_OUT nodes of
   * the one below; the last has one node.
   */
  #levels: Uint8Array[];
  #root: Digest;
  #changed: readonly number[] = [];
  /** The base where it did not follow the last update. */
  #standing: Base | undefined;
  #holders = 0;
  /** The shadow may have been written to by others. */
  #mistrusted = false;

  /** Hashes all of `memory`, or takes what is known of it and hashes the pages in which it differs. */
  constructor(memory: Uint8Array, { known, differing = [], shared }: TreeOptions = {}) {
    this.#shadow = new Shadow(memory.length, shared);
    if (known === undefined) {
      this.#levels = emptyLevels(this.pageCount);
      this.#root = this.#rehash(memory, allPages(this.pageCount));
      return;
    }
    this.#levels = known.levels.map((level) => level.slice());
    for (const { index, bytes } of known.pages) this.#shadow.put(index, bytes);
    this.#root = this.#rehash(memory, differing);
    this.#changed = [];
  }

  /** The memory as of the last update, for trees of equal memories. */
  get known(): KnownPages {
    const pages = allPages(this.pageCount)
      .map((index) => ({ index, bytes: this.#shadow.page(index) }))
      .filter(({ bytes }) => !isZero(bytes))
      .map(({ index, bytes }) => ({ index, bytes: new Uint8Array(bytes) }));
    return { pages, levels: this.#levels.map((level) => level.slice()), root: this.#root };
  }

  /** The state hash as of the last update. */
  get root(): Digest {
    return this.#root;
  }

  /**
   * Indices of the pages that the last update found changed: where two memories
   * that were equal before it can differ.
   */
  get changed(): readonly number[] {
    return this.#changed;
  }

  get pageCount(): number {
    return this.#shadow.sizeBytes / PAGE_BYTES;
  }

  /** The page hashes as of the last update, 32 bytes each; a view. */
  get leaves(): Uint8Array {
    return this.#levels[0] ?? new Uint8Array(0);
  }

  /** Where the last page ends that was ever seen with something in it. */
  get usedBytes(): number {
    return this.#shadow.usedBytes;
  }

  /** The memory as of the last update that the base has followed; its pages are in the shared buffer. */
  get base(): Base {
    return this.#standing ?? { root: this.#root, sizeBytes: this.#shadow.sizeBytes, leaves: this.leaves };
  }

  /** The base is the memory as of the last update. */
  get baseFollowed(): boolean {
    return this.#standing === undefined;
  }

  /** The base stands still until it is released as often as it was held. */
  holdBase(): void {
    this.#holders += 1;
  }

  releaseBase(): void {
    this.#holders -= 1;
  }

  get isBaseHeld(): boolean {
    return this.#holders > 0;
  }

  /** Somebody has written to the shared buffer: the next update takes nothing there for granted. */
  mistrust(): void {
    this.#mistrusted = true;
  }

  /**
   * Takes in what has changed in `memory` since the last update and returns the new root. Borrows
   * `memory`. From `usedBytes` on nothing was ever written to it, so nobody looks there. The base
   * follows only a machine between two turns.
   */
  update(
    memory: Uint8Array,
    usedBytes = memory.length,
    place: 'between turns' | 'inside a turn' = 'between turns',
  ): Digest {
    if (place === 'between turns' && !this.isBaseHeld) this.#letBaseMove();
    else this.#standing ??= this.#standStill();
    const isGrown = memory.length !== this.#shadow.sizeBytes;
    if (isGrown) this.#grow(memory.length);
    const isAllNew = isGrown || this.#mistrusted;
    this.#mistrusted = false;
    const pages = isAllNew ? allPages(this.pageCount) : this.#shadow.differing(memory, usedBytes);
    this.#root = this.#rehash(memory, pages);
    return this.#root;
  }

  #letBaseMove(): void {
    this.#shadow.move();
    this.#standing = undefined;
  }

  #standStill(): Base {
    this.#shadow.standStill();
    return { ...this.base, leaves: this.leaves.slice() };
  }

  #grow(sizeBytes: number): void {
    this.#shadow.grow(sizeBytes);
    this.#levels = emptyLevels(this.pageCount);
  }

  #rehash(memory: Uint8Array, pages: readonly number[]): Digest {
    this.#changed = pages;
    for (const page of pages) {
      const bytes = pageOf(memory, page);
      this.#shadow.put(page, bytes);
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

function setHash(level: Uint8Array, node: number, hash: Digest): void {
  Buffer.from(level.buffer, level.byteOffset, level.byteLength).write(hash, node * HASH_BYTES, 'hex');
}

export const zeroPageHash: Digest = blake3(Buffer.alloc(PAGE_BYTES));
