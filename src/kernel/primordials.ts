/**
 * The built-ins that the kernel uses, taken before the guest runs. A guest may replace whatever it can reach
 * (`Map.prototype.has = () => false`); timers, the reply cache and exactly-once must not notice.
 *
 * House rules for kernel code that follow from this:
 * - call methods through the names below, `f(self, …)` instead of `self.f(…)`;
 *   the Safe classes are the exception;
 * - no for-of, spread or array destructuring over kernel data: they run the guest's iterators;
 * - promises are listened to through `whenSettled` alone;
 * - the length of a typed array is `typedArrayLength(array)`: the property
 *   is a getter that a guest may replace;
 * - template literals are fine, though the engine compiles them to `concat`: globals.ts pins that method;
 * - arrays of the kernel's tables come from `bareArray()`, so that a setter
 *   on `Array.prototype[0]` is never met.
 */
type Method<Self, Args extends unknown[], Result> = (this: Self, ...args: Args) => Result;

/** Turns a method into a function that takes `this` as its first parameter. */
export const uncurry = Function.prototype.bind.bind(Function.prototype.call) as unknown as <
  Self,
  Args extends unknown[],
  Result,
>(
  method: Method<Self, Args, Result>,
) => (self: Self, ...args: Args) => Result;

const getterOf = <Result>(prototype: object, key: PropertyKey): ((self: unknown) => Result) => {
  const get = Reflect.getOwnPropertyDescriptor(prototype, key)?.get;
  if (get === undefined) throw new TypeError(`no getter ${String(key)}`);
  return uncurry(get as Method<unknown, [], Result>);
};

/** What `read` gives, or undefined for an object of another kind than it reads. */
export function probe<T>(read: (value: unknown) => T, value: object): T | undefined {
  try {
    return read(value);
  } catch {
    return undefined;
  }
}

/** ES2024 and later: in this engine, not in the type library. */
interface LaterString {
  isWellFormed(): boolean;
  toWellFormed(): string;
}
interface LaterArrayBuffer {
  transfer(): ArrayBuffer;
}

export const ReflectApply = Reflect.apply;
export const ReflectConstruct = Reflect.construct;
export const ReflectOwnKeys = Reflect.ownKeys;
export const ReflectGetPrototypeOf = Reflect.getPrototypeOf;
export const ReflectDefineProperty = Reflect.defineProperty;
export const ReflectGetOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor;
export const ReflectDeleteProperty = Reflect.deleteProperty;
export const ReflectSetPrototypeOf = Reflect.setPrototypeOf;
export const ObjectKeys = Object.keys;
export const ObjectIs = Object.is;
export const ObjectDefineProperty = Object.defineProperty;
const ObjectSetPrototypeOf = Object.setPrototypeOf;
export const ObjectPrototype = Object.prototype;
export const objectHasOwn = Object.hasOwn;
export const objectIsPrototypeOf = uncurry(Object.prototype.isPrototypeOf);
export const objectToString = uncurry(Object.prototype.toString as Method<unknown, [], string>);
export const functionToString = uncurry(Function.prototype.toString as Method<unknown, [], string>);

export const ArrayIsArray = Array.isArray;
export const ArrayPrototype: object = Array.prototype;
export const arrayJoin = uncurry(
  Array.prototype.join as Method<readonly unknown[], [separator?: string], string>,
);
export const arraySort = uncurry(
  Array.prototype.sort as Method<unknown[], [compare: (a: never, b: never) => number], unknown[]>,
);

const stringPrototype = String.prototype as unknown as LaterString;
export const charCodeAt = uncurry(String.prototype.charCodeAt as Method<string, [index: number], number>);
export const codePointAt = uncurry(
  String.prototype.codePointAt as Method<string, [index: number], number | undefined>,
);
export const stringIndexOf = uncurry(
  String.prototype.indexOf as Method<string, [part: string, from?: number], number>,
);
export const stringLastIndexOf = uncurry(
  String.prototype.lastIndexOf as Method<string, [part: string, from?: number], number>,
);
export const stringIncludes = uncurry(String.prototype.includes as Method<string, [part: string], boolean>);
export const stringStartsWith = uncurry(
  String.prototype.startsWith as Method<string, [part: string], boolean>,
);
export const stringEndsWith = uncurry(String.prototype.endsWith as Method<string, [part: string], boolean>);
export const stringSlice = uncurry(
  String.prototype.slice as Method<string, [start: number, end?: number], string>,
);
export const stringRepeat = uncurry(String.prototype.repeat as Method<string, [count: number], string>);
export const stringPadStart = uncurry(
  String.prototype.padStart as Method<string, [length: number, fill?: string], string>,
);
export const stringPadEnd = uncurry(
  String.prototype.padEnd as Method<string, [length: number, fill?: string], string>,
);
export const stringToLowerCase = uncurry(String.prototype.toLowerCase as Method<string, [], string>);
export const stringToUpperCase = uncurry(String.prototype.toUpperCase as Method<string, [], string>);
export const stringTrim = uncurry(String.prototype.trim as Method<string, [], string>);
export const stringNormalize = uncurry(String.prototype.normalize as Method<string, [form?: string], string>);
export const isWellFormed = uncurry(stringPrototype.isWellFormed as Method<string, [], boolean>);
export const toWellFormed = uncurry(stringPrototype.toWellFormed as Method<string, [], string>);
export const fromCharCode = String.fromCharCode;
export const fromCodePoint = String.fromCodePoint;

const nativeSplit = uncurry(String.prototype.split as Method<string, [separator: string], string[]>);
const stringPrototypeBySymbol = String.prototype as unknown as Record<symbol, unknown>;
const splitSymbol = Symbol.split;

/**
 * Native split is twenty times as fast as a loop, but a guest can hook it
 * through `String.prototype[Symbol.split]`.
 */
export function stringSplit(text: string, separator: string): string[] {
  if (stringPrototypeBySymbol[splitSymbol] === undefined) return nativeSplit(text, separator);
  const parts = bareArray<string>();
  let from = 0;
  for (;;) {
    const at = stringIndexOf(text, separator, from);
    if (at < 0) break;
    parts[parts.length] = stringSlice(text, from, at);
    from = at + separator.length;
  }
  parts[parts.length] = stringSlice(text, from);
  return parts;
}

/** Every occurrence of one non-empty string by another, without the symbol protocol of `replaceAll`. */
export function stringReplaceAll(text: string, part: string, by: string): string {
  return stringIncludes(text, part) ? arrayJoin(stringSplit(text, part), by) : text;
}

/** `exec`, not `test`: the latter looks `exec` up where the guest can reach it. */
export const regexpExec = uncurry(
  RegExp.prototype.exec as Method<RegExp, [text: string], RegExpExecArray | null>,
);
/** For expressions without the flags g and y. */
export const matches = (expression: RegExp, text: string): boolean => regexpExec(expression, text) !== null;

export const NumberIsNaN = Number.isNaN;
export const NumberParseInt = Number.parseInt;
export const NumberParseFloat = Number.parseFloat;
export const numberToString = uncurry(Number.prototype.toString as Method<number, [radix?: number], string>);
export const bigintToString = uncurry(BigInt.prototype.toString as Method<bigint, [], string>);
export const symbolToString = uncurry(Symbol.prototype.toString as Method<symbol, [], string>);
export const MathFloor = Math.floor;
export const MathTrunc = Math.trunc;
export const MathMin = Math.min;
export const MathMax = Math.max;
export const MathImul = Math.imul;
/** One logged read of the guest's clock, in ms. */
export const DateNow = Date.now;
export const dateGetTime = uncurry(Date.prototype.getTime);
export const dateToISOString = uncurry(Date.prototype.toISOString);
export const JSONStringify = JSON.stringify as (value: unknown) => string | undefined;
export const JSONParse = JSON.parse as (text: string) => unknown;

export const ArrayBufferIsView = ArrayBuffer.isView as (value: unknown) => boolean;
export const arrayBufferByteLength = getterOf<number>(ArrayBuffer.prototype, 'byteLength');
export const arrayBufferTransfer = uncurry(
  (ArrayBuffer.prototype as unknown as LaterArrayBuffer).transfer as Method<ArrayBuffer, [], ArrayBuffer>,
);
export const typedArrayPrototype = Reflect.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
/** The class's name, or undefined for what is not a typed array. */
export const typedArrayName = getterOf<string | undefined>(typedArrayPrototype, Symbol.toStringTag);
export const typedArrayBuffer = getterOf<ArrayBuffer>(typedArrayPrototype, 'buffer');
export const typedArrayByteOffset = getterOf<number>(typedArrayPrototype, 'byteOffset');
export const typedArrayByteLength = getterOf<number>(typedArrayPrototype, 'byteLength');
export const typedArrayLength = getterOf<number>(typedArrayPrototype, 'length');
export const typedArraySet = uncurry(
  typedArrayPrototype.set as Method<Uint8Array, [source: Uint8Array, offset?: number], void>,
);
/**
 * A copy of a range. `ArrayBuffer.prototype.slice` would ask the buffer for
 * its species, where a guest can answer.
 */
export function arrayBufferSlice(buffer: ArrayBuffer, start: number, end: number): ArrayBuffer {
  const copy = new Uint8Array(end - start);
  typedArraySet(copy, new Uint8Array(buffer, start, end - start));
  return typedArrayBuffer(copy);
}
export const typedArrayFill = uncurry(
  typedArrayPrototype.fill as Method<Uint8Array, [value: number, start?: number, end?: number], Uint8Array>,
);
export const typedArrayIndexOf = uncurry(
  typedArrayPrototype.indexOf as Method<Uint8Array, [value: number], number>,
);
export const dataViewBuffer = getterOf<ArrayBuffer>(DataView.prototype, 'buffer');
export const dataViewByteOffset = getterOf<number>(DataView.prototype, 'byteOffset');
export const dataViewByteLength = getterOf<number>(DataView.prototype, 'byteLength');

/**
 * Calls one of the two when `value` is settled, as `then` would. The one `await` of the kernel: it
 * listens to a promise without a look at `then` or at the species, where a guest may have put
 * something. Neither function may throw.
 */
export async function whenSettled(
  value: unknown,
  fulfilled: (value: unknown) => void,
  rejected?: (reason: unknown) => void,
): Promise<void> {
  let result: unknown;
  try {
    result = await value;
  } catch (reason) {
    rejected?.(reason);
    return;
  }
  fulfilled(result);
}
/** `value` must not be a thenable of the guest's. */
export const resolved = Promise.resolve.bind(Promise) as <T>(value: T) => Promise<T>;
export const rejected = Promise.reject.bind(Promise) as (reason: unknown) => Promise<never>;

export const mapForEach = uncurry(
  Map.prototype.forEach as Method<unknown, [each: (value: unknown, key: unknown) => void], void>,
);
export const mapSize = getterOf<number>(Map.prototype, 'size');
export const setForEach = uncurry(
  Set.prototype.forEach as Method<unknown, [each: (value: unknown) => void], void>,
);
export const setSize = getterOf<number>(Set.prototype, 'size');

/** The step of an iterator over a Map, where a guest cannot have changed it. */
export const mapIteratorNext = uncurry(
  new Map().keys().next as Method<Iterator<unknown>, [], IteratorResult<unknown>>,
);

/**
 * A copy of a class whose methods are its own, so that no lookup leaves the
 * kernel. Not iterable: use `forEach`.
 */
function sealedMethods(target: object, source: object): void {
  const keys = Reflect.ownKeys(source);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const descriptor = Reflect.getOwnPropertyDescriptor(source, key);
    if (key !== 'constructor' && descriptor !== undefined) Reflect.defineProperty(target, key, descriptor);
  }
  Reflect.setPrototypeOf(target, null);
  Object.freeze(target);
}

export class SafeMap<K, V> extends Map<K, V> {}
sealedMethods(SafeMap.prototype, Map.prototype);
export class SafeSet<K> extends Set<K> {}
sealedMethods(SafeSet.prototype, Set.prototype);
export class SafeWeakMap<K extends WeakKey, V> extends WeakMap<K, V> {}
sealedMethods(SafeWeakMap.prototype, WeakMap.prototype);

/**
 * An array without a prototype: appending never meets a setter of the guest's, and
 * reading past the end never a getter.
 */
export function bareArray<T>(): T[] {
  return ObjectSetPrototypeOf([], null) as T[];
}
