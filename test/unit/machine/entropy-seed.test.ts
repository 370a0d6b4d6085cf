/** Seeds of random bytes: what every host must draw from the same one. */
import { expect, test } from 'vitest';
import { ENTROPY_SEED_BYTES, expandSeed } from '../../../src/machine/entropy-seed.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('what is drawn from a seed is SHAKE256 of it, as the standard has it', () => {
  // The first bytes of SHAKE256 of the empty message (FIPS 202, example values).
  expect(hex(expandSeed(new Uint8Array(0), 16))).toBe('46b9dd2b0ba88d13233b3feb743eeb24');
});

test('a longer draw begins with the shorter one, and another seed gives other bytes', () => {
  const seed = new Uint8Array(ENTROPY_SEED_BYTES).fill(7);
  expect(hex(expandSeed(seed, 4096)).startsWith(hex(expandSeed(seed, 32)))).toBe(true);
  expect(hex(expandSeed(new Uint8Array(ENTROPY_SEED_BYTES), 32))).not.toBe(hex(expandSeed(seed, 32)));
});
