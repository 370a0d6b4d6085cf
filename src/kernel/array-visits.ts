/**
 * Array methods that look at every element, with loops that poll; each follows
 * the algorithm of ECMA-262 step by step.
 */
import {
  type ArrayLike,
  callable,
  integer,
  put,
  type SlowArrayMethod,
  species,
  toLength,
} from './array-steps.ts';
import { ArrayIsArray, MathMax, MathMin, NumberIsNaN, ReflectApply } from './primordials.ts';

export const indexOf: SlowArrayMethod = (self, length, args) => {
  if (length === 0) return -1;
  const start = integer(args[1]);
  for (let k = start < 0 ? MathMax(length + start, 0) : start; k < length; k += 1) {
    if (k in self && self[k] === args[0]) return k;
  }
  return -1;
};

export const lastIndexOf: SlowArrayMethod = (self, length, args) => {
  if (length === 0) return -1;
  const start = args.length > 1 ? integer(args[1]) : length - 1;
  for (let k = start < 0 ? length + start : MathMin(start, length - 1); k >= 0; k -= 1) {
    if (k in self && self[k] === args[0]) return k;
  }
  return -1;
};

export const includes: SlowArrayMethod = (self, length, args) => {
  if (length === 0) return false;
  const start = integer(args[1]);
  for (let k = start < 0 ? MathMax(length + start, 0) : start; k < length; k += 1) {
    if (sameValueZero(self[k], args[0])) return true;
  }
  return false;
};

function sameValueZero(a: unknown, b: unknown): boolean {
  return a === b || (NumberIsNaN(a as number) && NumberIsNaN(b as number));
}

export const join: SlowArrayMethod = (self, length, args) => {
  const separator = args[0] === undefined ? ',' : `${args[0] as string}`;
  return joined(self, length, separator, (element) => `${element as string}`);
};

export const joinLocale: SlowArrayMethod = (self, length) =>
  joined(self, length, ',', (element) => `${(element as object).toLocaleString()}`);

function joined(
  self: ArrayLike,
  length: number,
  separator: string,
  show: (element: unknown) => string,
): string {
  let text = '';
  for (let k = 0; k < length; k += 1) {
    if (k > 0) text += separator;
    const element = self[k];
    if (element !== undefined && element !== null) text += show(element);
  }
  return text;
}

/** Calls `each` with what the guest's function returns for every element there is, until it returns true. */
function visit(
  self: ArrayLike,
  length: number,
  args: readonly unknown[],
  each: (result: unknown, element: unknown, index: number) => boolean,
): boolean {
  for (let k = 0; k < length; k += 1) {
    if (!(k in self)) continue;
    const element = self[k];
    if (each(ReflectApply(args[0] as () => unknown, args[1], [element, k, self]), element, k)) return true;
  }
  return false;
}

export const forEach: SlowArrayMethod = (self, length, args) => {
  callable(args[0]);
  visit(self, length, args, () => false);
};

export const some: SlowArrayMethod = (self, length, args) => {
  callable(args[0]);
  return visit(self, length, args, (result) => Boolean(result));
};

export const every: SlowArrayMethod = (self, length, args) => {
  callable(args[0]);
  return !visit(self, length, args, (result) => !result);
};

export const map: SlowArrayMethod = (self, length, args) => {
  callable(args[0]);
  const results = species(self, length);
  visit(self, length, args, (result, _element, index) => {
    put(results, index, result);
    return false;
  });
  return results;
};

export const filter: SlowArrayMethod = (self, length, args) => {
  callable(args[0]);
  const kept = species(self, 0);
  let count = 0;
  visit(self, length, args, (result, element) => {
    if (result) put(kept, count++, element);
    return false;
  });
  return kept;
};

export const reduce: SlowArrayMethod = (self, length, args) => fold(self, length, args, (step) => step);

export const reduceRight: SlowArrayMethod = (self, length, args) =>
  fold(self, length, args, (step) => length - 1 - step);

function fold(
  self: ArrayLike,
  length: number,
  args: readonly unknown[],
  indexOfStep: (step: number) => number,
): unknown {
  const combine = callable(args[0]);
  let hasResult = args.length > 1;
  let result = args[1];
  for (let step = 0; step < length; step += 1) {
    const index = indexOfStep(step);
    if (!(index in self)) continue;
    const element = self[index];
    result = hasResult ? combine(result, element, index, self) : element;
    hasResult = true;
  }
  if (!hasResult) throw new TypeError('empty array');
  return result;
}

export const flat: SlowArrayMethod = (self, length, args) => {
  const depth = args[0] === undefined ? 1 : integer(args[0]);
  const target = species(self, 0);
  flatten(target, 0, self, length, depth);
  return target;
};

export const flatMap: SlowArrayMethod = (self, length, args) => {
  callable(args[0]);
  const target = species(self, 0);
  let at = 0;
  visit(self, length, args, (result) => {
    at = append(target, at, result, 1);
    return false;
  });
  return target;
};

/** FlattenIntoArray; returns where `target` ends then. */
function flatten(target: ArrayLike, start: number, source: ArrayLike, length: number, depth: number): number {
  let at = start;
  for (let k = 0; k < length; k += 1) if (k in source) at = append(target, at, source[k], depth);
  return at;
}

function append(target: ArrayLike, at: number, element: unknown, depth: number): number {
  if (depth > 0 && ArrayIsArray(element)) {
    const nested = element as unknown as ArrayLike;
    return flatten(target, at, nested, toLength(nested.length), depth - 1);
  }
  if (at >= Number.MAX_SAFE_INTEGER) throw new TypeError('the array would be too long');
  put(target, at, element);
  return at + 1;
}
