/** Pages of a memory and their hashes, as a transfer tells them. */
import { hash } from 'node:crypto';

const PAGE_HASH_BYTES = 32;

export function pageHashesOf(memory: Uint8Array, pageBytes: number): Uint8Array {
  const pages = Math.ceil(memory.length / pageBytes);
  const hashes = new Uint8Array(pages * PAGE_HASH_BYTES);
  for (let page = 0; page < pages; page += 1) {
    const bytes = memory.subarray(page * pageBytes, (page + 1) * pageBytes);
    hashes.set(hash('sha256', bytes, 'buffer'), page * PAGE_HASH_BYTES);
  }
  return hashes;
}

/** Indices of the pages of an offer that a booted machine does not have. */
export function missingPages(mine: Uint8Array, offered: Uint8Array): readonly number[] {
  const missing: number[] = [];
  for (let at = 0; at < offered.length; at += PAGE_HASH_BYTES) {
    const own = mine.subarray(at, at + PAGE_HASH_BYTES);
    if (Buffer.compare(own, offered.subarray(at, at + PAGE_HASH_BYTES)) !== 0)
      missing.push(at / PAGE_HASH_BYTES);
  }
  return missing;
}
