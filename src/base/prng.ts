/**
 * Randomness from one number, the same on every host and for ever: sfc32 (Chris Doty-Humphrey's
 * small fast counter generator), its state filled by splitmix. Never for secrets. A stateless
 * sibling, `noise`, gives each place in a run a draw of its own, so that leaving one thing out does
 * not change all that is drawn after it.
 */

const GOLDEN = 0x9e3779b9;
/** Rounds after which the seed has reached every bit of the state. */
const WARM_UP = 12;
const TWO_32 = 2 ** 32;

function scramble(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A draw in [0, 1) that belongs to these coordinates alone. */
export function noise(seed: number, ...coordinates: readonly number[]): number {
  let mixed = scramble(seed ^ GOLDEN);
  for (const coordinate of coordinates)
    mixed = scramble((mixed + GOLDEN) ^ Math.imul(coordinate, 0x01000193));
  return mixed / TWO_32;
}

export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Streams of one seed are independent of each other. */
  constructor(seed: number, stream = 0) {
    const high = Math.floor(seed / TWO_32);
    this.#a = scramble((seed | 0) + GOLDEN);
    this.#b = scramble((high | 0) + 2 * GOLDEN);
    this.#c = scramble((stream | 0) + 3 * GOLDEN);
    for (let round = 0; round < WARM_UP; round += 1) this.u32();
  }

  /** A whole number in 0..2^32-1. */
  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  unit(): number {
    return this.u32() / TWO_32;
  }

  /** A whole number in `least`..`most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.unit() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<const T>(choices: readonly [T, ...T[]]): T;
  pick<T>(choices: readonly T[]): T | undefined;
  pick<T>(choices: readonly T[]): T | undefined {
    return choices[Math.floor(this.unit() * choices.length)];
  }

  fill(into: Uint8Array): void {
    for (let at = 0; at < into.length; at += 1) into[at] = this.u32() >>> 24;
  }
}
