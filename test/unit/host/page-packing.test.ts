/** Pages on their way to a joiner (FT §3.1), and pages that a host that comes back still holds. */
import { describe, expect, test } from 'vitest';
import { epoch } from '../../../src/base/brands.ts';
import { blake3 } from '../../../src/base/digest.ts';
import { PAGES_PER_MESSAGE, packPages, unpackPages } from '../../../src/host/channel/page-packing.ts';
import { PageShelf } from '../../../src/host/hypervisor/page-shelf.ts';
import { PAGE_BYTES } from '../../../src/machine/pages.ts';
import { baseIn, newSharedBase } from '../../../src/machine/shared-base.ts';

const pageOf = (value: number): Buffer => Buffer.alloc(PAGE_BYTES, `page ${value} `);

describe('packed pages', () => {
  test('come out as they went in, and take less room', async () => {
    const memory = Buffer.concat([0, 1, 2, 3, 4].map(pageOf));
    const packed = await packPages(memory, epoch(3), [1, 4]);
    expect(packed).toMatchObject({ kind: 'packed-pages', epoch: 3, indices: [1, 4] });
    expect(packed.packed.length).toBeLessThan(PAGE_BYTES);
    const { pages } = await unpackPages(packed);
    expect(pages.map(({ index }) => index)).toEqual([1, 4]);
    expect(pages.every(({ index, bytes }) => pageOf(index).equals(bytes))).toBe(true);
  });

  test('are copied before the call returns: the memory may move on', async () => {
    const memory = pageOf(1);
    const packing = packPages(memory, epoch(1), [0]);
    memory.fill(0);
    const { pages } = await unpackPages(await packing);
    expect(pageOf(1).equals(pages[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  test('that hold more or less than they say, or are no Brotli, are refused', async () => {
    const packed = await packPages(Buffer.concat([pageOf(1), pageOf(2)]), epoch(1), [0, 1]);
    await expect(unpackPages({ ...packed, indices: [0] })).rejects.toThrow();
    await expect(unpackPages({ ...packed, indices: [0, 1, 2] })).rejects.toThrow(/3 pages/);
    await expect(unpackPages({ ...packed, packed: Buffer.from('nothing') })).rejects.toThrow();
  });

  test('a message holds at most its bound', () => {
    expect(PAGES_PER_MESSAGE * PAGE_BYTES).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe('the shelf of a host that comes back', () => {
  test('finds pages by their hash wherever they lay, and keeps no zero pages', () => {
    const memory = baseIn(newSharedBase(), 4 * PAGE_BYTES);
    memory.set(pageOf(7), 2 * PAGE_BYTES);
    const shelf = new PageShelf(memory);
    const hashOf = (bytes: Uint8Array): Uint8Array => Buffer.from(blake3(bytes), 'hex');
    expect(pageOf(7).equals(shelf.find(hashOf(pageOf(7))) ?? Buffer.alloc(0))).toBe(true);
    expect(shelf.find(hashOf(pageOf(8)))).toBeUndefined();
    expect(shelf.find(hashOf(Buffer.alloc(PAGE_BYTES)))).toBeUndefined();
  });
});
