/** The pages of a linear memory: what is compared, hashed, copied and sent is a whole one. */
import { limits } from '../base/limits.ts';

export const PAGE_BYTES = limits.pageBytes;

const zeroPage = Buffer.alloc(PAGE_BYTES);

/** A view. */
export const pageOf = (memory: Uint8Array, page: number): Uint8Array =>
  memory.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);

/** Indices. */
export const allPages = (count: number): number[] => Array.from({ length: count }, (_, page) => page);

export const isZero = (bytes: Uint8Array): boolean => zeroPage.equals(bytes);

/**
 * Copies a page to its place. Zeros are not written over zeros: what nobody has written to takes no
 * memory of the host, and the kernel need not take it down before the sockets of a killed host are
 * closed, which is what its backup sees first.
 */
export function putPage(memory: Uint8Array, page: number, bytes: Uint8Array): void {
  if (isZero(bytes) && isZero(pageOf(memory, page))) return;
  memory.set(bytes, page * PAGE_BYTES);
}
