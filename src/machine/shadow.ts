/**
 * A machine's memory as of its last hash point: what the next one compares with. Its bytes may lie where
 * another thread reads them, and then they are the base of FT VMotion (FT §3.1), too. So a host has one copy
 * of its machine, and each page that has changed is copied once.
 *
 * The base may have to stand still. Pages that differ from it then lie aside, at most as many as it has; what
 * the memory grows by lies behind the base in its place, where nobody else looks yet.
 */
import { isZero, PAGE_BYTES, pageOf, putPage } from './pages.ts';
import { baseIn } from './shared-base.ts';

/**
 * Memory is compared in strides first: most of it has not changed, and one
 * long comparison is cheaper than many.
 */
const STRIDE_PAGES = 16;
const STRIDE_BYTES = STRIDE_PAGES * PAGE_BYTES;
const zeroStride = Buffer.alloc(STRIDE_BYTES);

const strideOf = (page: number): number => Math.floor(page / STRIDE_PAGES);

export class Shadow {
  readonly #shared: SharedArrayBuffer | undefined;
  #bytes: Buffer;
  /** Pages of the base, which stands still; 0 while it moves. */
  #standing = 0;
  /** Copies of pages that are not what they are in the base. */
  readonly #aside = new Map<number, Buffer>();
  /** Strides that have or had such pages. */
  readonly #mixedStrides = new Set<number>();
  /** Pages from here on are zero. */
  #usedPages = 0;
  /** A bit of each stride: whether all of it is zero. Much of a machine's memory was never written. */
  readonly #zeroStrides: boolean[] = [];

  /** All zeros, as `shared` is so far (shared-base.ts); without it, the bytes are private. */
  constructor(sizeBytes: number, shared?: SharedArrayBuffer) {
    this.#shared = shared;
    this.#bytes = shared === undefined ? Buffer.alloc(sizeBytes) : baseIn(shared, sizeBytes);
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  /** Where the last page ends that was ever seen with something in it. */
  get usedBytes(): number {
    return this.#usedPages * PAGE_BYTES;
  }

  /** A view. */
  page(index: number): Uint8Array {
    return this.#aside.get(index) ?? pageOf(this.#bytes, index);
  }

  /**
   * Every page must be put again: what others left behind a base may be
   * anything, and private bytes are new ones.
   */
  grow(sizeBytes: number): void {
    this.#bytes = this.#shared === undefined ? Buffer.alloc(sizeBytes) : baseIn(this.#shared, sizeBytes);
  }

  /** The base is what the shadow is now, and stays it until `move`. */
  standStill(): void {
    this.#standing = this.#bytes.length / PAGE_BYTES;
  }

  /** The base becomes the shadow again, and is from now on. */
  move(): void {
    this.#standing = 0;
    for (const [page, bytes] of this.#aside) putPage(this.#bytes, page, bytes);
    this.#aside.clear();
    this.#mixedStrides.clear();
  }

  put(page: number, bytes: Uint8Array): void {
    if (page < this.#standing) this.#putAside(page, bytes);
    else putPage(this.#bytes, page, bytes);
    if (isZero(bytes)) return;
    this.#usedPages = Math.max(this.#usedPages, page + 1);
    this.#zeroStrides[strideOf(page)] = false;
  }

  /**
   * Indices of the pages in which `memory`, which is as large, is not the shadow. From `usedBytes` on nothing
   * was ever written to it, so nobody looks there.
   */
  differing(memory: Uint8Array, usedBytes: number): number[] {
    const found: number[] = [];
    const end = Math.max(usedBytes, this.usedBytes);
    for (let stride = 0; stride * STRIDE_BYTES < end; stride += 1) {
      if (this.#isStrideSame(memory, stride)) continue;
      const pageEnd = Math.min((stride + 1) * STRIDE_PAGES, memory.length / PAGE_BYTES);
      for (let page = stride * STRIDE_PAGES; page < pageEnd; page += 1) {
        if (!this.#isPageSame(memory, page)) found.push(page);
      }
    }
    return found;
  }

  #putAside(page: number, bytes: Uint8Array): void {
    const start = page * PAGE_BYTES;
    if (this.#bytes.compare(bytes, 0, PAGE_BYTES, start, start + PAGE_BYTES) === 0) {
      this.#aside.delete(page);
      return;
    }
    const own = this.#aside.get(page);
    if (own === undefined) this.#aside.set(page, Buffer.from(bytes));
    else own.set(bytes);
    this.#mixedStrides.add(strideOf(page));
  }

  /**
   * What is zero is compared with zeros that stay in the processor's cache, not with the shadow's. False also
   * where only a look at each page can tell.
   */
  #isStrideSame(memory: Uint8Array, stride: number): boolean {
    if (this.#mixedStrides.has(stride)) return false;
    const start = stride * STRIDE_BYTES;
    const end = Math.min(start + STRIDE_BYTES, memory.length);
    const isWritten = this.#zeroStrides[stride] === false;
    return isWritten
      ? this.#bytes.compare(memory, start, end, start, end) === 0
      : zeroStride.compare(memory, start, end, 0, end - start) === 0;
  }

  #isPageSame(memory: Uint8Array, page: number): boolean {
    const start = page * PAGE_BYTES;
    const end = start + PAGE_BYTES;
    const aside = this.#aside.get(page);
    return aside === undefined
      ? this.#bytes.compare(memory, start, end, start, end) === 0
      : aside.compare(memory, start, end) === 0;
  }
}
