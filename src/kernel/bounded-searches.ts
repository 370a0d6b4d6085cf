/**
 * Searches of one text in another, in windows whose native search is bounded; the loop around them
 * polls. A search that compares a long part at every place takes the product of both lengths in
 * steps, all of them inside one native call.
 */
import { limits } from './limits.ts';
import {
  MathFloor,
  MathMax,
  MathMin,
  MathTrunc,
  NumberIsNaN,
  ReflectApply,
  stringIndexOf,
  stringLastIndexOf,
  stringSlice,
} from './primordials.ts';

export type Search = (text: string, part: string, option: unknown) => unknown;

/** By method of String.prototype; `split`, `replace` and `replaceAll` for parts that are strings. */
export const SEARCHES: Readonly<Record<string, Search>> = {
  indexOf: (text, part, from) => searchFrom(text, part, startOf(from, text.length)),
  includes: (text, part, from) => searchFrom(text, part, startOf(from, text.length)) >= 0,
  lastIndexOf: (text, part, from) => searchBack(text, part, lastStart(from, text.length)),
  split: slowSplit,
  replace: (text, part, by) => slowReplace(text, part, by, false),
  replaceAll: (text, part, by) => slowReplace(text, part, by, true),
};

function startOf(value: unknown, length: number): number {
  const index = MathTrunc(Number(value));
  return index > 0 ? MathMin(index, length) : 0;
}

function lastStart(value: unknown, length: number): number {
  const index = Number(value);
  return NumberIsNaN(index) ? length : MathMin(MathMax(MathTrunc(index), 0), length);
}

/** Places per native search: a window that has only one is a single comparison, which no guard stops. */
const windowFor = (part: string): number => MathMax(1, MathFloor(limits.searchWindowSteps / part.length));

/**
 * The engine counts loops and calls towards its next poll, not what a native call
 * compares: this loop makes up for it.
 */
function charge(window: number, part: string): void {
  const ticks = (window * part.length) / limits.searchStepsPerTick;
  for (let tick = 0; tick < ticks; tick += 1);
}

function searchFrom(text: string, part: string, from: number): number {
  const last = text.length - part.length;
  const window = windowFor(part);
  for (let start = from; start <= last; start += window) {
    const end = MathMin(start + window + part.length - 1, text.length);
    const found = stringIndexOf(stringSlice(text, start, end), part);
    if (found >= 0) return start + found;
    charge(window, part);
  }
  return -1;
}

function searchBack(text: string, part: string, from: number): number {
  const window = windowFor(part);
  for (let last = MathMin(from, text.length - part.length); last >= 0; last -= window) {
    const start = MathMax(0, last - window + 1);
    const found = stringLastIndexOf(stringSlice(text, start, last + part.length), part);
    if (found >= 0) return start + found;
    charge(window, part);
  }
  return -1;
}

function slowSplit(text: string, part: string, limit: unknown): string[] {
  const most = limit === undefined ? 0xffff_ffff : Number(limit) >>> 0;
  const parts: string[] = [];
  let from = 0;
  while (parts.length < most) {
    const at = searchFrom(text, part, from);
    parts[parts.length] = stringSlice(text, from, at < 0 ? text.length : at);
    if (at < 0) break;
    from = at + part.length;
  }
  return parts;
}

function slowReplace(text: string, part: string, by: unknown, all: boolean): string {
  const template = typeof by === 'function' ? undefined : `${by as string}`;
  let result = '';
  let from = 0;
  for (;;) {
    const at = searchFrom(text, part, from);
    if (at < 0) break;
    const replacement =
      template === undefined
        ? `${ReflectApply(by as () => unknown, undefined, [part, at, text]) as string}`
        : expand(template, text, part, at);
    result += stringSlice(text, from, at) + replacement;
    from = at + part.length;
    if (!all) break;
  }
  return result + stringSlice(text, from);
}

/** `$$`, `$&`, `` $` `` and `$'` in a replacement. */
function expand(template: string, text: string, part: string, at: number): string {
  let result = '';
  for (let index = 0; index < template.length; index += 1) {
    const two = stringSlice(template, index, index + 2);
    if (two === '$$') result += '$';
    else if (two === '$&') result += part;
    else if (two === '$`') result += stringSlice(text, 0, at);
    else if (two === "$'") result += stringSlice(text, at + part.length);
    else {
      result += stringSlice(template, index, index + 1);
      continue;
    }
    index += 1;
  }
  return result;
}
