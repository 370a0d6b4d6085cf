/**
 * The native functions that can run for long without polling the interrupt handler, each with a version that
 * polls. The machine puts a guard before the native one, in the engine's function table (machine/guards.ts):
 * bounded work stays native, and costs a few nanoseconds more; the rest comes here. So a kill, a progress
 * mark and the clock reach every guest.
 *
 * Not in the table, and why:
 * - regular expressions, `find` and its like, iterator helpers, `Set`, `Map` and `groupBy` over an
 *   iterable: they poll by themselves, or with every call they make;
 * - what memory bounds: JSON, `repeat`, typed arrays, BigInt, `Array.from`: a second or two at the worst;
 * - what only malice writes: a huge and sparse array inside a short one (`flat`), as an argument (`concat`,
 *   the replacer of `JSON.stringify`) or behind an iterator's `drop`; objects that turn into long texts when
 *   they are searched; `String.raw` of an array-like; a replacement text that copies what stands around
 *   thousands of matches; equal long texts compared thousands of times; a hundred thousand combining marks in
 *   a row for `normalize`. The host then says 503 and names the turn.
 */
import { GUARD } from './abi.ts';
import type { ArrayLike, SlowArrayMethod } from './array-steps.ts';
import { toLength } from './array-steps.ts';
import { ARRAY_METHODS } from './bounded-arrays.ts';
import { SEARCHES, type Search } from './bounded-searches.ts';
import { limits } from './limits.ts';
import { bareArray, ObjectKeys } from './primordials.ts';

type Native = (this: unknown, ...args: never[]) => unknown;

const toObject = Object as unknown as (value: unknown) => object;

/** The rows of the table, one after the other, each as abi.ts's GUARDED_NATIVE says. */
export function guardedNatives(): readonly unknown[] {
  const rows = bareArray<unknown>();
  guardMethods(rows, 'Array', ARRAY_METHODS, arrayMethod, GUARD.array, limits.nativeSteps);
  guardMethods(rows, 'String', SEARCHES, searchMethod, GUARD.search, limits.searchSteps);
  return rows;
}

function guardMethods<Slow>(
  rows: unknown[],
  holder: 'Array' | 'String',
  methods: Readonly<Record<string, Slow>>,
  asMethod: (slow: Slow) => Native,
  kind: number,
  bound: number,
): void {
  const prototype = (holder === 'Array' ? Array : String).prototype as unknown as Record<string, Native>;
  const names = ObjectKeys(methods);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    const row = [`${holder}.${name}`, prototype[name], asMethod(methods[name] as Slow), kind, bound];
    for (let column = 0; column < row.length; column += 1) rows[rows.length] = row[column];
  }
}

/** A method that is called like the native one, with `this` and all arguments. */
function arrayMethod(slow: SlowArrayMethod): Native {
  return function (this: unknown, ...args: unknown[]): unknown {
    const self = toObject(this) as ArrayLike;
    return slow(self, toLength(self.length), args);
  };
}

function searchMethod(slow: Search): Native {
  return function (this: unknown, part: string, option: unknown): unknown {
    return slow(this as string, part, option);
  } as Native;
}

/**
 * Values that show whether the machine reads the engine's memory rightly; rows as abi.ts's GUARD_SAMPLE says.
 */
export function guardSamples(): readonly unknown[] {
  const long: unknown[] = [];
  long.length = 0xffff_ffff;
  const text = 'x'.repeat(limits.searchWindowSteps);
  const rope = text + text;
  return [
    ...[GUARD.array, [1, 2, 3], undefined, 1],
    ...[GUARD.array, new Array(limits.nativeSteps), undefined, 1],
    ...[GUARD.array, new Array(limits.nativeSteps + 1), undefined, 0],
    ...[GUARD.array, long, undefined, 0],
    ...[GUARD.array, { length: 0 }, undefined, 0],
    ...[GUARD.array, 'text', undefined, 0],
    ...[GUARD.array, undefined, undefined, 1],
    ...[GUARD.array, null, undefined, 1],
    ...[GUARD.search, text, 'x', 1],
    ...[GUARD.search, text, 'xyz', 1],
    ...[GUARD.search, text, text, 1],
    ...[GUARD.search, text, rope, 1],
    ...[GUARD.search, rope, text, 0],
    ...[GUARD.search, rope, /x/, 1],
    ...[GUARD.search, {}, rope, 1],
  ];
}
