/** The two hashes against the test vectors of their authors. */
import { describe, expect, test } from 'vitest';
import { blake3, sha256 } from '../../../src/base/digest.ts';

/** The bytes 0, 1 … 250, 0, 1 …: the input of BLAKE3's own test vectors. */
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at % 251);

describe('the hashes of the project', () => {
  test.each([
    [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
    [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
    [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
    [31744, '62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47'],
  ])('BLAKE3 of %i bytes is what its test vectors say', (length, expected) => {
    expect(blake3(pattern(length))).toBe(expected);
  });

  test('SHA-256 of "abc" is what FIPS 180 says', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('parts are hashed as one text, whatever holds them', () => {
    const shared = Buffer.from(new SharedArrayBuffer(8), 2, 3);
    shared.write('abc');
    for (const hash of [blake3, sha256]) {
      expect(hash('a', Buffer.from('bc'), new Uint8Array(0))).toBe(hash('abc'));
      expect(hash(shared)).toBe(hash('abc'));
    }
  });
});
