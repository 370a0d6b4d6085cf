/**
 * The two hashes of the project, both collision-resistant, both of 256 bits. SHA-256 names what people meet:
 * images, modules, files. BLAKE3 is for what is hashed all the time, pages of memory and the log: for a
 * megabyte it needs a third of the time.
 */
import { createHash } from 'node:crypto';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import { type Digest, digest } from './brands.ts';

/** SHA-256 of the concatenation of `parts`; borrows the buffers. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Digest {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return digest(hash.digest('hex'));
}

/** One for all calls: making it costs as much as hashing a kilobyte. */
const blake3Hasher = new Blake3Hasher();

/** BLAKE3 of the concatenation of `parts`; borrows the buffers. */
export function blake3(...parts: readonly (Uint8Array | string)[]): Digest {
  blake3Hasher.reset();
  for (const part of parts) blake3Hasher.update(typeof part === 'string' ? part : asBuffer(part));
  return digest(blake3Hasher.digest('hex'));
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The first 12 digits: enough for a person to compare. */
export const shortDigest = (value: Digest): string => value.slice(0, 12);
