/**
 * Array methods that walk an array-like by its length, written so that a long walk can be interrupted. The engine's own ones never
 * poll: `Array.prototype.indexOf.call({ length: 2 ** 31 }, 5)` would stop the machine for a minute, and no kill could reach it.
 *
 * These take over when the native call could be long (bounded-natives.ts); each follows the algorithm of ECMA-262 step by step.
 */
import {
  ArrayIsArray,
  MathFloor,
  MathMax,
  MathMin,
  MathTrunc,
  NumberIsNaN,
  ObjectDefineProperty,
  ReflectApply,
  ReflectConstruct,
  ReflectDeleteProperty,
} from './primordials.ts';

type ArrayLike = { length: number } & Record<number, unknown>;
type Callback = (...args: unknown[]) => unknown;
type Slow = (self: ArrayLike, length: number, args: readonly unknown[]) => unknown;

/** ToIntegerOrInfinity. */
function integer(value: unknown): number {
  const number = MathTrunc(Number(value));
  return NumberIsNaN(number) ? 0 : number;
}

/** An index that may count from the end, within 0 and `length`. */
function relative(value: unknown, length: number, otherwise: number): number {
  if (value === undefined) return otherwise;
  const index = integer(value);
  return index < 0 ? MathMax(length + index, 0) : MathMin(index, length);
}

function callable(value: unknown): Callback {
  if (typeof value !== 'function') throw new TypeError('not a function');
  return value as Callback;
}

function sameValueZero(a: unknown, b: unknown): boolean {
  return a === b || (NumberIsNaN(a as number) && NumberIsNaN(b as number));
}

function species(self: ArrayLike, length: number): ArrayLike {
  if (!ArrayIsArray(self)) return new NativeArray(length) as unknown as ArrayLike;
  let kind: unknown = (self as { constructor?: unknown }).constructor;
  if ((typeof kind === 'object' && kind !== null) || typeof kind === 'function') {
    kind = (kind as Record<symbol, unknown>)[speciesSymbol] ?? undefined;
  }
  if (kind === undefined) return new NativeArray(length) as unknown as ArrayLike;
  return ReflectConstruct(kind as new (length: number) => ArrayLike, [length]);
}

const NativeArray = Array;
const speciesSymbol: typeof Symbol.species = Symbol.species;

function put(target: object, index: number, value: unknown): void {
  ObjectDefineProperty(target, index, { value, writable: true, enumerable: true, configurable: true });
}

function removeAt(self: ArrayLike, index: number): void {
  if (!ReflectDeleteProperty(self, index)) throw new TypeError('could not delete property');
}

/** Moves one element, or the hole in its place. */
function move(self: ArrayLike, from: number, to: number): void {
  if (from in self) self[to] = self[from];
  else removeAt(self, to);
}

export const slowIndexOf: Slow = (self, length, args) => {
  if (length === 0) return -1;
  const start = integer(args[1]);
  for (let k = start < 0 ? MathMax(length + start, 0) : start; k < length; k += 1) {
    if (k in self && self[k] === args[0]) return k;
  }
  return -1;
};

export const slowLastIndexOf: Slow = (self, length, args) => {
  if (length === 0) return -1;
  const start = args.length > 1 ? integer(args[1]) : length - 1;
  for (let k = start < 0 ? length + start : MathMin(start, length - 1); k >= 0; k -= 1) {
    if (k in self && self[k] === args[0]) return k;
  }
  return -1;
};

export const slowIncludes: Slow = (self, length, args) => {
  if (length === 0) return false;
  const start = integer(args[1]);
  for (let k = start < 0 ? MathMax(length + start, 0) : start; k < length; k += 1) {
    if (sameValueZero(self[k], args[0])) return true;
  }
  return false;
};

export const slowFill: Slow = (self, length, args) => {
  const end = relative(args[2], length, length);
  for (let k = relative(args[1], length, 0); k < end; k += 1) self[k] = args[0];
  return self;
};

export const slowReverse: Slow = (self, length) => {
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

export const slowCopyWithin: Slow = (self, length, args) => {
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

export const slowJoin: Slow = (self, length, args) => {
  const separator = args[0] === undefined ? ',' : `${args[0] as string}`;
  let text = '';
  for (let k = 0; k < length; k += 1) {
    const element = self[k];
    const part = element === undefined || element === null ? '' : `${element as string}`;
    text += k === 0 ? part : separator + part;
  }
  return text;
};

export const slowSlice: Slow = (self, length, args) => {
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

export const slowShift: Slow = (self, length) => {
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

export const slowUnshift: Slow = (self, length, args) => {
  const count = args.length;
  if (count > 0) {
    if (length + count > Number.MAX_SAFE_INTEGER) throw new TypeError('the array would be too long');
    for (let k = length; k > 0; k -= 1) move(self, k - 1, k + count - 1);
    for (let k = 0; k < count; k += 1) self[k] = args[k];
  }
  self.length = length + count;
  return length + count;
};

export const slowSplice: Slow = (self, length, args) => {
  const start = relative(args[0], length, 0);
  const inserted = MathMax(args.length - 2, 0);
  const wanted = args.length === 0 ? 0 : args.length === 1 ? length - start : integer(args[1]);
  const deleted = MathMin(MathMax(wanted, 0), length - start);
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

/** Collects what is there, has that sorted by the engine (whose comparisons poll), and leaves the holes at the end. */
export const slowSort: Slow = (self, length, args) => {
  if (args[0] !== undefined) callable(args[0]);
  const items: unknown[] = [];
  for (let k = 0; k < length; k += 1) if (k in self) put(items, items.length, self[k]);
  ReflectApply(nativeSort, items, [args[0]]);
  for (let k = 0; k < items.length; k += 1) self[k] = items[k];
  for (let k = items.length; k < length; k += 1) if (k in self) removeAt(self, k);
  return self;
};

const nativeSort = Array.prototype.sort as (compare?: unknown) => unknown[];
