/**
 * Native functions that can run for long without polling the interrupt handler, replaced by ones that stay native while the work is
 * bounded and go through a loop that polls otherwise. So a kill, a progress mark and the clock reach every guest.
 *
 * Not in the table: what memory bounds (JSON, `repeat`, typed arrays: at most some hundred milliseconds), the regular expressions, which
 * poll by themselves, and what calls the guest back for each element (`map`, `forEach`, `reduce` …): every call polls, and a wrapper would
 * cost each of them a tenth of a microsecond. Over two thousand million holes they do not call; then the host says 503 and names the turn.
 */
import {
  slowCopyWithin,
  slowFill,
  slowIncludes,
  slowIndexOf,
  slowJoin,
  slowLastIndexOf,
  slowReverse,
  slowShift,
  slowSlice,
  slowSort,
  slowSplice,
  slowUnshift,
} from './bounded-arrays.ts';
import { isShortSearch, SEARCHES, type Search } from './bounded-searches.ts';
import { limits } from './limits.ts';
import {
  ArrayIsArray,
  functionToString,
  MathMin,
  MathTrunc,
  ReflectApply,
  ReflectDefineProperty,
  ReflectGetOwnPropertyDescriptor,
  SafeWeakMap,
  typedArrayName,
  uncurry,
} from './primordials.ts';

export type Native = (this: unknown, ...args: unknown[]) => unknown;
type Slow = (self: ArrayLike, length: number, args: readonly unknown[]) => unknown;
type ArrayLike = { length: number } & Record<number, unknown>;

/** Those for which an argument that is undefined is the same as none: they need no list of arguments. */
const PLAIN_METHODS: readonly (readonly [string, Slow])[] = [
  ['indexOf', slowIndexOf],
  ['includes', slowIncludes],
  ['fill', slowFill],
  ['reverse', slowReverse],
  ['copyWithin', slowCopyWithin],
  ['join', slowJoin],
  ['slice', slowSlice],
  ['shift', slowShift],
  ['sort', slowSort],
];

const COUNTING_METHODS: readonly (readonly [string, Slow])[] = [
  ['lastIndexOf', slowLastIndexOf],
  ['splice', slowSplice],
  ['unshift', slowUnshift],
];

const MAXIMUM_LENGTH = Number.MAX_SAFE_INTEGER;
const toObject = Object as unknown as (value: unknown) => object;

/** The wrappers, and the text that each native one had, for Function.prototype.toString. */
const sources = new SafeWeakMap<object, string>();

export function boundNatives(): void {
  const arrayPrototype = Array.prototype as unknown as Record<string, Native>;
  for (let index = 0; index < PLAIN_METHODS.length; index += 1) {
    const row = PLAIN_METHODS[index] as (typeof PLAIN_METHODS)[number];
    replace(arrayPrototype, row[0], plainMethod(arrayPrototype[row[0]] as Native, row[1]));
  }
  for (let index = 0; index < COUNTING_METHODS.length; index += 1) {
    const row = COUNTING_METHODS[index] as (typeof COUNTING_METHODS)[number];
    replace(arrayPrototype, row[0], countingMethod(arrayPrototype[row[0]] as Native, row[1]));
  }
  const stringPrototype = String.prototype as unknown as Record<string, Native>;
  for (let index = 0; index < SEARCHES.length; index += 1) {
    const row = SEARCHES[index] as (typeof SEARCHES)[number];
    replace(stringPrototype, row[0], searchMethod(stringPrototype[row[0]] as Native, row[1]));
  }
  hideSources();
}

/** An arrow function inside a method shorthand: no constructor, its own name and length. */
function replace(holder: Record<string, Native>, name: string, by: Native): void {
  const original = holder[name] as Native;
  const descriptor = ReflectGetOwnPropertyDescriptor(holder, name);
  ReflectDefineProperty(by, 'name', { value: name, configurable: true });
  ReflectDefineProperty(by, 'length', { value: original.length, configurable: true });
  sources.set(by, functionToString(original));
  ReflectDefineProperty(holder, name, { ...descriptor, value: by });
}

/** Whether the native method is quick: a real array that is not too long, or what is no array-like of the guest's making. */
function isShort(self: unknown): boolean {
  if (ArrayIsArray(self)) return self.length <= limits.nativeSteps;
  return self === undefined || self === null || typedArrayName(self) !== undefined;
}

function runSlow(self: unknown, slow: Slow, args: readonly unknown[]): unknown {
  const object = toObject(self) as ArrayLike;
  const length = MathTrunc(Number(object.length));
  return slow(object, length > 0 ? MathMin(length, MAXIMUM_LENGTH) : 0, args);
}

function plainMethod(original: Native, slow: Slow): Native {
  const native = uncurry(original);
  return {
    method(this: unknown, a?: unknown, b?: unknown, c?: unknown): unknown {
      return isShort(this) ? native(this, a, b, c) : runSlow(this, slow, [a, b, c]);
    },
  }.method;
}

function countingMethod(native: Native, slow: Slow): Native {
  return {
    method(this: unknown, ...args: unknown[]): unknown {
      return isShort(this) ? ReflectApply(native, this, args) : runSlow(this, slow, args);
    },
  }.method;
}

function searchMethod(original: Native, slow: Search): Native {
  const native = uncurry(original);
  return {
    method(this: unknown, part?: unknown, option?: unknown): unknown {
      if (typeof this !== 'string' || typeof part !== 'string' || isShortSearch(this, part)) {
        return native(this, part, option);
      }
      return slow(this, part, option);
    },
  }.method;
}

/** Replaced functions show the text of the native ones, and so do the kernel's own. */
function hideSources(): void {
  const original = Function.prototype.toString;
  const wrapper = {
    toString(this: unknown): string {
      const hidden = typeof this === 'function' ? sources.get(this) : undefined;
      return hidden ?? functionToString(this);
    },
  }.toString;
  ReflectDefineProperty(Function.prototype, 'toString', {
    value: wrapper,
    writable: true,
    configurable: true,
  });
  sources.set(wrapper, functionToString(original));
}

/** A function or class of the kernel looks native to the guest. */
export function lookNative(target: object, name: string): void {
  sources.set(target, `function ${name}() {\n    [native code]\n}`);
}
