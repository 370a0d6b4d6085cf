/**
 * Array methods that write or copy, with loops that poll; each follows
 * the algorithm of ECMA-262 step by step.
 */
import {
  integer,
  move,
  put,
  relative,
  removeAt,
  type SlowArrayMethod,
  species,
  wholeArray,
} from './array-steps.ts';
import { MathFloor, MathMax, MathMin } from './primordials.ts';

const TOO_LONG = 'the array would be too long';

export const fill: SlowArrayMethod = (self, length, args) => {
  const end = relative(args[2], length, length);
  for (let k = relative(args[1], length, 0); k < end; k += 1) self[k] = args[0];
  return self;
};

export const reverse: SlowArrayMethod = (self, length) => {
  const middle = MathFloor(length / 2);
  for (let lower = 0; lower < middle; lower += 1) {
    const upper = length - lower - 1;
    const hasLower = lower in self;
    const low = hasLower ? self[lower] : undefined;
    const hasUpper = upper in self;
    const high = hasUpper ? self[upper] : undefined;
    if (hasUpper) self[lower] = high;
    else if (hasLower) removeAt(self, lower);
    if (hasLower) self[upper] = low;
    else if (hasUpper) removeAt(self, upper);
  }
  return self;
};

export const copyWithin: SlowArrayMethod = (self, length, args) => {
  let to = relative(args[0], length, 0);
  let from = relative(args[1], length, 0);
  let count = MathMin(relative(args[2], length, length) - from, length - to);
  const backwards = from < to && to < from + count;
  const step = backwards ? -1 : 1;
  if (backwards) {
    from += count - 1;
    to += count - 1;
  }
  for (; count > 0; count -= 1) {
    move(self, from, to);
    from += step;
    to += step;
  }
  return self;
};

export const slice: SlowArrayMethod = (self, length, args) => {
  const start = relative(args[0], length, 0);
  const end = relative(args[1], length, length);
  const result = species(self, MathMax(end - start, 0));
  let n = 0;
  for (let k = start; k < end; k += 1) {
    if (k in self) put(result, n, self[k]);
    n += 1;
  }
  result.length = n;
  return result;
};

export const shift: SlowArrayMethod = (self, length) => {
  if (length === 0) {
    self.length = 0;
    return undefined;
  }
  const first = self[0];
  for (let k = 1; k < length; k += 1) move(self, k, k - 1);
  removeAt(self, length - 1);
  self.length = length - 1;
  return first;
};

export const unshift: SlowArrayMethod = (self, length, args) => {
  const count = args.length;
  if (count > 0) {
    if (length + count > Number.MAX_SAFE_INTEGER) throw new TypeError(TOO_LONG);
    for (let k = length; k > 0; k -= 1) move(self, k - 1, k + count - 1);
    for (let k = 0; k < count; k += 1) self[k] = args[k];
  }
  self.length = length + count;
  return length + count;
};

/** What the arguments of `splice` and `toSpliced` ask for, from `start` on. */
function spliced(
  args: readonly unknown[],
  length: number,
  start: number,
): { inserted: number; deleted: number } {
  const wanted = args.length === 0 ? 0 : args.length === 1 ? length - start : integer(args[1]);
  const inserted = MathMax(args.length - 2, 0);
  const deleted = MathMin(MathMax(wanted, 0), length - start);
  if (length + inserted - deleted > Number.MAX_SAFE_INTEGER) throw new TypeError(TOO_LONG);
  return { inserted, deleted };
}

export const splice: SlowArrayMethod = (self, length, args) => {
  const start = relative(args[0], length, 0);
  const { inserted, deleted } = spliced(args, length, start);
  const removed = species(self, deleted);
  for (let k = 0; k < deleted; k += 1) if (start + k in self) put(removed, k, self[start + k]);
  removed.length = deleted;
  const shift = inserted - deleted;
  if (shift < 0) {
    for (let k = start; k < length - deleted; k += 1) move(self, k + deleted, k + inserted);
    for (let k = length; k > length + shift; k -= 1) removeAt(self, k - 1);
  } else if (shift > 0) {
    for (let k = length - deleted; k > start; k -= 1) move(self, k + deleted - 1, k + inserted - 1);
  }
  for (let k = 0; k < inserted; k += 1) self[start + k] = args[k + 2];
  self.length = length + shift;
  return removed;
};

export const toReversed: SlowArrayMethod = (self, length) =>
  wholeArray(length, (index) => self[length - index - 1]);

export const toSpliced: SlowArrayMethod = (self, length, args) => {
  const start = relative(args[0], length, 0);
  const { inserted, deleted } = spliced(args, length, start);
  return wholeArray(length + inserted - deleted, (index) => {
    if (index < start) return self[index];
    return index < start + inserted ? args[index - start + 2] : self[index - inserted + deleted];
  });
};

export const withElement: SlowArrayMethod = (self, length, args) => {
  const wanted = integer(args[0]);
  const place = wanted < 0 ? length + wanted : wanted;
  if (place < 0 || place >= length) throw new RangeError(`invalid array index: ${place}`);
  return wholeArray(length, (index) => (index === place ? args[1] : self[index]));
};
