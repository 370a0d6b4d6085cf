/** Randomness that is the same everywhere and for ever. */
import { expect, test } from 'vitest';
import { noise, Prng } from '../../../src/base/prng.ts';

test('a seed and a stream give the same numbers for ever', () => {
  const draw = (prng: Prng): number[] => [prng.u32(), prng.u32(), prng.u32()];
  expect(draw(new Prng(1))).toMatchInlineSnapshot(`
    [
      2784575035,
      605236770,
      17781795,
    ]
  `);
  expect(draw(new Prng(1))).toEqual(draw(new Prng(1)));
  expect(draw(new Prng(1, 1))).not.toEqual(draw(new Prng(1, 2)));
  expect(draw(new Prng(2 ** 40))).not.toEqual(draw(new Prng(2 ** 41)));
});

test('draws fill their range evenly', () => {
  const prng = new Prng(7);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i += 1) counts[prng.between(0, 9)]! += 1;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test('noise belongs to its place: the same there, and even over all places', () => {
  expect(noise(1, 2, 3)).toBe(noise(1, 2, 3));
  expect(noise(1, 2, 3)).not.toBe(noise(1, 3, 2));
  let sum = 0;
  for (let i = 0; i < 10_000; i += 1) sum += noise(5, i);
  expect(Math.abs(sum / 10_000 - 0.5)).toBeLessThan(0.02);
});
