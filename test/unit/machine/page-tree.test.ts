/** The state hash: a Merkle root that depends on every byte, however the memory came to be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_BYTES, PageTree } from '../../../src/machine/page-tree.ts';
import { allPages, PAGE_BYTES, pageOf, putPage } from '../../../src/machine/pages.ts';

const memoryOf = (pages: number): Uint8Array => new Uint8Array(pages * PAGE_BYTES);

/** The memory as the tree knows it. */
function remembered(tree: PageTree): Uint8Array {
  const memory = memoryOf(tree.pageCount);
  for (const { index, bytes } of tree.known.pages) memory.set(bytes, index * PAGE_BYTES);
  return memory;
}

describe('page tree', () => {
  it('an incremental update gives the same root and leaves as a tree built from nothing', () => {
    const writes = fc.array(fc.record({ at: fc.nat(40 * PAGE_BYTES - 1), value: fc.nat(255) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.array(writes, { maxLength: 5 }), (rounds) => {
        const memory = memoryOf(40);
        const tree = new PageTree(memory);
        for (const round of rounds) {
          for (const { at, value } of round) memory[at] = value;
          const fresh = new PageTree(memory);
          expect(tree.update(memory)).toBe(fresh.root);
          expect(Buffer.compare(tree.leaves, fresh.leaves)).toBe(0);
          expect(Buffer.compare(remembered(tree), memory)).toBe(0);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('memory that nobody ever wrote to need not be looked at: what was told to be used only grows', () => {
    const writes = fc.array(fc.record({ at: fc.nat(40 * PAGE_BYTES - 1), value: fc.nat(255) }), {
      maxLength: 10,
    });
    const rounds = fc.array(fc.record({ writes, growth: fc.nat(9 * PAGE_BYTES) }), { maxLength: 6 });
    fc.assert(
      fc.property(rounds, (lives) => {
        const memory = memoryOf(40);
        const tree = new PageTree(memory);
        let usedBytes = 0;
        for (const { writes: made, growth } of lives) {
          usedBytes = Math.min(memory.length, usedBytes + growth);
          for (const { at, value } of made) if (at < usedBytes) memory[at] = value;
          expect(tree.update(memory, usedBytes)).toBe(new PageTree(memory).root);
        }
        const copy = new PageTree(memory, { known: tree.known });
        memory.fill(0);
        // Whatever a restored memory says of itself, pages that were written before are compared.
        expect(copy.update(memory, 0)).toBe(new PageTree(memory).root);
      }),
      { numRuns: 40 },
    );
  });

  it('every byte counts: the root changes when one does, and comes back when it does', () => {
    const memory = memoryOf(100);
    const tree = new PageTree(memory);
    const before = tree.root;
    for (const at of [0, PAGE_BYTES - 1, PAGE_BYTES, 63 * PAGE_BYTES, 64 * PAGE_BYTES, memory.length - 1]) {
      memory[at] = 1;
      expect(tree.update(memory)).not.toBe(before);
      memory[at] = 0;
      expect(tree.update(memory)).toBe(before);
    }
  });

  it('a memory that has grown hashes as if it had always been that large, and not as the small one', () => {
    const small = memoryOf(4);
    small[3] = 7;
    const tree = new PageTree(small);
    const rootOfSmall = tree.root;
    const large = memoryOf(200);
    large.set(small);
    large[150 * PAGE_BYTES] = 9;
    expect(tree.update(large)).toBe(new PageTree(large).root);
    expect(tree.root).not.toBe(rootOfSmall);
    expect(tree.leaves.length).toBe(200 * HASH_BYTES);
  });

  it('updating only reads the memory', () => {
    const memory = memoryOf(3);
    memory.fill(5, 10, PAGE_BYTES + 10);
    const before = Buffer.from(memory);
    new PageTree(memory).update(memory);
    expect(Buffer.compare(before, memory)).toBe(0);
  });
});

describe('a page put in its place', () => {
  it('is the page, whatever lay there, and no other', () => {
    const content = fc.constantFrom(0, 0, 1, 255);
    fc.assert(
      fc.property(fc.array(content, { minLength: 3, maxLength: 3 }), content, fc.nat(2), (lay, put, at) => {
        const memory = memoryOf(3);
        for (const [page, value] of lay.entries()) pageOf(memory, page).fill(value);
        const expected = memory.slice();
        expected.fill(put, at * PAGE_BYTES, (at + 1) * PAGE_BYTES);
        putPage(memory, at, new Uint8Array(PAGE_BYTES).fill(put));
        expect(Buffer.compare(memory, expected)).toBe(0);
      }),
    );
  });

  it('takes no memory of the host where zeros come over what nobody has written to', () => {
    const sizeBytes = 256 * 1024 * 1024;
    const from = new Uint8Array(sizeBytes);
    const to = new Uint8Array(sizeBytes);
    const before = process.memoryUsage.rss();
    for (const page of allPages(sizeBytes / PAGE_BYTES)) putPage(to, page, pageOf(from, page));
    expect(process.memoryUsage.rss() - before).toBeLessThan(sizeBytes / 2);
  });
});
