/**
 * What the log tells of random bytes: a seed of the host's CSPRNG, and every host draws the same bytes out of
 * it. A thousand bytes cost the log no more than sixteen. The generator keeps no state outside of the
 * machine: what it gave lies in the kernel's pool (kernel/crypto.ts) until it is used.
 */
import { createHash } from 'node:crypto';

/** As many bits as the security of SHAKE256 can use. */
export const ENTROPY_SEED_BYTES = 32;

/**
 * `length` bytes drawn from the seed with SHAKE256 (FIPS 202), an
 * extendable-output function: the same on every host.
 */
export function expandSeed(seed: Uint8Array, length: number): Uint8Array {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}
