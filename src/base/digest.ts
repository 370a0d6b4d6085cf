/** SHA-256, the one hash of the project: images, page trees, log chains. */
import { createHash } from 'node:crypto';
import { type Digest, digest } from './brands.ts';

/** Hash of the concatenation of `parts`; borrows the buffers. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Digest {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return digest(hash.digest('hex'));
}

/** The first 12 digits: enough for a person to compare. */
export const shortDigest = (value: Digest): string => value.slice(0, 12);
