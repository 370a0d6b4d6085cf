/**
 * The methods of Array.prototype that walk an array-like by its length, in versions that poll. The
 * engine's own ones never do: `Array.prototype.indexOf.call({ length: 2 ** 31 }, 5)` would stop the
 * machine for a minute, and no kill could reach it. `find` and its like are absent: they call the guest's
 * function for holes, too, and every call polls.
 */
import {
  copyWithin,
  fill,
  reverse,
  shift,
  slice,
  splice,
  toReversed,
  toSpliced,
  unshift,
  withElement,
} from './array-moves.ts';
import { sort, toSorted } from './array-sorts.ts';
import type { SlowArrayMethod } from './array-steps.ts';
import {
  every,
  filter,
  flat,
  flatMap,
  forEach,
  includes,
  indexOf,
  join,
  joinLocale,
  lastIndexOf,
  map,
  reduce,
  reduceRight,
  some,
} from './array-visits.ts';

export const ARRAY_METHODS: Readonly<Record<string, SlowArrayMethod>> = {
  copyWithin,
  every,
  fill,
  filter,
  flat,
  flatMap,
  forEach,
  includes,
  indexOf,
  join,
  lastIndexOf,
  map,
  reduce,
  reduceRight,
  reverse,
  shift,
  slice,
  some,
  sort,
  splice,
  toLocaleString: joinLocale,
  toReversed,
  toSorted,
  toSpliced,
  unshift,
  with: withElement,
};
