/**
 * The base of FT VMotion (FT §3.1) is the shadow that hash points compare with: it stands still when it must,
 * and every hash is what it would be without it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageTree } from '../../../src/machine/page-tree.ts';
import { allPages, PAGE_BYTES, pageOf, putPage } from '../../../src/machine/pages.ts';
import { baseIn, newSharedBase } from '../../../src/machine/shared-base.ts';

const MAXIMUM_PAGES = 48;
const FIRST_PAGES = 20;

type Step =
  | { readonly kind: 'write'; readonly page: number; readonly value: number }
  | { readonly kind: 'grow'; readonly pages: number }
  | { readonly kind: 'hash'; readonly place: 'between turns' | 'inside a turn' }
  | { readonly kind: 'hold' | 'release' };

/** Values are few and pages are few: a page often changes again, or becomes again what it was. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      page: fc.constantFrom(0, 5, 18, 40),
      value: fc.nat(2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('grow' as const), pages: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('hash' as const),
      place: fc.constantFrom('between turns' as const, 'inside a turn' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('hold' as const, 'release' as const) }) },
);

/**
 * A memory, its tree, and what a naive copier would hold: a whole copy, made between two
 * turns while nobody held the one before.
 */
class Life {
  readonly shared = newSharedBase();
  memory = new Uint8Array(FIRST_PAGES * PAGE_BYTES);
  readonly tree: PageTree;
  /** Its bytes are its own. */
  readonly alone: PageTree;
  #base: Uint8Array;
  #seen: Uint8Array;
  #followed = true;
  #holders = 0;

  constructor() {
    this.memory.fill(1, 0, 3 * PAGE_BYTES);
    this.tree = new PageTree(this.memory, { shared: this.shared });
    this.alone = new PageTree(this.memory);
    this.#base = this.memory.slice();
    this.#seen = this.memory.slice();
  }

  take(made: Step): void {
    if (made.kind === 'write') pageOf(this.memory, made.page).fill(made.value, 100, 200);
    else if (made.kind === 'grow') this.#grow(made.pages);
    else if (made.kind === 'hash') this.#hash(made.place);
    else if (made.kind === 'hold') this.#hold(1);
    else if (this.#holders > 0) this.#hold(-1);
  }

  #hold(more: 1 | -1): void {
    this.#holders += more;
    for (const tree of [this.tree, this.alone]) {
      if (more > 0) tree.holdBase();
      else tree.releaseBase();
    }
  }

  #grow(pages: number): void {
    const larger = new Uint8Array(
      Math.min(MAXIMUM_PAGES, this.memory.length / PAGE_BYTES + pages) * PAGE_BYTES,
    );
    larger.set(this.memory);
    this.memory = larger;
  }

  #hash(place: 'between turns' | 'inside a turn'): void {
    const root = this.tree.update(this.memory, this.memory.length, place);
    this.alone.update(this.memory, this.memory.length, place);
    const whole = new PageTree(this.memory);
    expect(root).toBe(whole.root);
    expect(Buffer.compare(this.tree.leaves, whole.leaves)).toBe(0);
    expect(this.alone.root).toBe(root);
    if (this.#seen.length === this.memory.length) expect(this.tree.changed).toEqual(this.#written());
    this.#seen = this.memory.slice();
    this.#followed = place === 'between turns' && this.#holders === 0;
    if (this.#followed) this.#base = this.memory.slice();
  }

  #written(): number[] {
    return allPages(this.memory.length / PAGE_BYTES).filter(
      (page) => Buffer.compare(pageOf(this.memory, page), pageOf(this.#seen, page)) !== 0,
    );
  }

  check(): void {
    const { base } = this.tree;
    const whole = new PageTree(this.#base);
    expect(base.sizeBytes).toBe(this.#base.length);
    expect(Buffer.compare(baseIn(this.shared, base.sizeBytes), this.#base)).toBe(0);
    expect(base.root).toBe(whole.root);
    expect(Buffer.compare(base.leaves, whole.leaves)).toBe(0);
    expect(this.tree.isBaseHeld).toBe(this.#holders > 0);
    expect(this.tree.baseFollowed).toBe(this.#followed);
    expect(Buffer.compare(this.#remembered(), this.#seen)).toBe(0);
  }

  /** The memory as the tree knows it. */
  #remembered(): Uint8Array {
    const memory = new Uint8Array(this.tree.pageCount * PAGE_BYTES);
    for (const { index, bytes } of this.tree.known.pages) memory.set(bytes, index * PAGE_BYTES);
    return memory;
  }
}

describe('the base of a page tree', () => {
  it('is the memory of the last hash point between turns at which nobody held it, through all writes, growth, hand-outs and hash points', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const life = new Life();
        for (const made of steps) {
          life.take(made);
          life.check();
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has the pages of a checkpoint that others have put there, whatever else they left: nothing is taken for granted', () => {
    const pages = fc.array(fc.record({ page: fc.nat(MAXIMUM_PAGES - 1), value: fc.nat(255) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(pages, pages, fc.constantFrom(0, 0, 5, 28), (put, left, growth) => {
        const life = new Life();
        const bytes = baseIn(life.shared, MAXIMUM_PAGES * PAGE_BYTES);
        for (const { page, value } of [...left, ...put]) pageOf(bytes, page).fill(value);
        life.take({ kind: 'grow', pages: growth });
        const { memory } = life;
        const inside = put.filter(({ page }) => page < memory.length / PAGE_BYTES);
        for (const { page } of inside) putPage(memory, page, pageOf(bytes, page));
        life.tree.mistrust();
        expect(life.tree.update(life.memory)).toBe(new PageTree(life.memory).root);
        // What lies behind it is overwritten when the memory grows there.
        life.take({ kind: 'grow', pages: MAXIMUM_PAGES });
        expect(life.tree.update(life.memory)).toBe(new PageTree(life.memory).root);
        expect(Buffer.compare(bytes, life.memory)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('takes no memory of the host where nobody has written, in a shared buffer, too', () => {
    const sizeBytes = 256 * 1024 * 1024;
    const memory = new Uint8Array(sizeBytes);
    const before = process.memoryUsage.rss();
    const tree = new PageTree(memory, { shared: newSharedBase() });
    tree.holdBase();
    tree.update(memory);
    expect(process.memoryUsage.rss() - before).toBeLessThan(sizeBytes / 2);
  });
});
