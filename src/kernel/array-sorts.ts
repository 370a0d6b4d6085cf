/**
 * Sorting of more elements than one native call may touch: runs that the engine sorts, merged by a
 * loop that polls. As stable as the native sort, and the order is the standard's: undefined last, then
 * by the guest's comparison or by text.
 */
import {
  type ArrayLike,
  callable,
  removeAt,
  requireWhole,
  type SlowArrayMethod,
  wholeArray,
} from './array-steps.ts';
import { limits } from './limits.ts';
import { arraySort, bareArray } from './primordials.ts';

type Compare = ((a: unknown, b: unknown) => unknown) | undefined;

export const sort: SlowArrayMethod = (self, length, args) => {
  const compare = args[0] as Compare;
  if (compare !== undefined) callable(compare);
  const sorted = sortedElements(self, length, compare, (index) => index in self);
  for (let k = 0; k < sorted.length; k += 1) self[k] = sorted[k];
  for (let k = sorted.length; k < length; k += 1) if (k in self) removeAt(self, k);
  return self;
};

export const toSorted: SlowArrayMethod = (self, length, args) => {
  const compare = args[0] as Compare;
  if (compare !== undefined) callable(compare);
  requireWhole(length);
  const sorted = sortedElements(self, length, compare, () => true);
  return wholeArray(length, (index) => sorted[index]);
};

function sortedElements(
  self: ArrayLike,
  length: number,
  compare: Compare,
  counts: (index: number) => boolean,
): readonly unknown[] {
  let runs = bareArray<readonly unknown[]>();
  let run = bareArray<unknown>();
  for (let k = 0; k < length; k += 1) {
    if (!counts(k)) continue;
    run[run.length] = self[k];
    if (run.length === limits.sortRun) {
      runs[runs.length] = run;
      run = bareArray();
    }
  }
  runs[runs.length] = run;
  for (let k = 0; k < runs.length; k += 1) arraySort(runs[k] as unknown[], compare as never);
  while (runs.length > 1) runs = mergedPairs(runs, compare);
  return runs[0] as readonly unknown[];
}

function mergedPairs(runs: readonly (readonly unknown[])[], compare: Compare): (readonly unknown[])[] {
  const merged = bareArray<readonly unknown[]>();
  for (let k = 0; k < runs.length; k += 2) {
    const left = runs[k] as readonly unknown[];
    merged[merged.length] =
      k + 1 < runs.length ? merge(left, runs[k + 1] as readonly unknown[], compare) : left;
  }
  return merged;
}

function merge(left: readonly unknown[], right: readonly unknown[], compare: Compare): readonly unknown[] {
  const result = bareArray<unknown>();
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const takesLeft = order(left[l], right[r], compare) <= 0;
    result[result.length] = takesLeft ? left[l++] : right[r++];
  }
  while (l < left.length) result[result.length] = left[l++];
  while (r < right.length) result[result.length] = right[r++];
  return result;
}

/** CompareArrayElements. */
function order(a: unknown, b: unknown, compare: Compare): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (compare !== undefined) return +(compare(a, b) as number) || 0;
  const x = `${a as string}`;
  const y = `${b as string}`;
  return x < y ? -1 : x > y ? 1 : 0;
}
