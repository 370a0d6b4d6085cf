/** The buffer in which two threads see one base: it grows under both. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { PAGE_BYTES } from '../../../src/machine/pages.ts';
import { baseIn, newSharedBase, wholeBase } from '../../../src/machine/shared-base.ts';

describe('a shared base', () => {
  it('grows to what is asked for, with zeros; a view of the smaller one stays what it is, and both are the same memory', () => {
    const shared = newSharedBase();
    const small = baseIn(shared, PAGE_BYTES).fill(7);
    const large = baseIn(shared, 3 * PAGE_BYTES);
    expect(small.length).toBe(PAGE_BYTES);
    expect(large.subarray(0, PAGE_BYTES).equals(small)).toBe(true);
    expect(large.subarray(PAGE_BYTES).every((byte) => byte === 0)).toBe(true);
    large[5] = 8;
    expect(small[5]).toBe(8);
  });

  it('is whole for who asks for all of it, also when it has no size yet', () => {
    const shared = newSharedBase();
    expect(wholeBase(shared).length).toBe(0);
    baseIn(shared, 3 * PAGE_BYTES).fill(7);
    baseIn(shared, PAGE_BYTES);
    expect(wholeBase(shared).equals(Buffer.alloc(3 * PAGE_BYTES, 7))).toBe(true);
  });

  it('has room for the largest machine, and does not begin where its twin does', () => {
    const shared = newSharedBase();
    const { byteOffset } = baseIn(shared, PAGE_BYTES);
    expect(byteOffset).toBeGreaterThan(256);
    expect(shared.maxByteLength - byteOffset).toBeGreaterThanOrEqual(limits.machineCapBytes);
  });
});
