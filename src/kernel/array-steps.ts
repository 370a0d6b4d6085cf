/**
 * The steps that ECMA-262 builds its array methods from, for the versions of them that poll
 * (bounded-arrays.ts). Guest code may run in any of them: getters, setters, proxies, species.
 */
import {
  ArrayIsArray,
  ArrayPrototype,
  bareArray,
  MathMax,
  MathMin,
  MathTrunc,
  NumberIsNaN,
  ObjectDefineProperty,
  ReflectConstruct,
  ReflectDeleteProperty,
  ReflectSetPrototypeOf,
} from './primordials.ts';

export type ArrayLike = { length: number } & Record<number, unknown>;
export type Callback = (...args: unknown[]) => unknown;
/** `self` is an object, `length` its length, read once. */
export type SlowArrayMethod = (self: ArrayLike, length: number, args: readonly unknown[]) => unknown;

const NativeArray = Array;
const speciesSymbol: typeof Symbol.species = Symbol.species;
/** Arrays that are made whole, without a species, may be so long: the engine's own bound. */
const WHOLE_ARRAY_LENGTH = 0x7fff_ffff;

/** ToIntegerOrInfinity. The unary plus is ToNumber: it refuses a BigInt. */
export function integer(value: unknown): number {
  const number = MathTrunc(+(value as number));
  return NumberIsNaN(number) ? 0 : number;
}

/** ToLength. */
export const toLength = (value: unknown): number =>
  MathMin(MathMax(integer(value), 0), Number.MAX_SAFE_INTEGER);

/** An index that may count from the end, within 0 and `length`. */
export function relative(value: unknown, length: number, otherwise: number): number {
  if (value === undefined) return otherwise;
  const index = integer(value);
  return index < 0 ? MathMax(length + index, 0) : MathMin(index, length);
}

export function callable(value: unknown): Callback {
  if (typeof value !== 'function') throw new TypeError('not a function');
  return value as Callback;
}

/** ArraySpeciesCreate. */
export function species(self: ArrayLike, length: number): ArrayLike {
  if (!ArrayIsArray(self)) return new NativeArray(length) as unknown as ArrayLike;
  let kind: unknown = (self as { constructor?: unknown }).constructor;
  if ((typeof kind === 'object' && kind !== null) || typeof kind === 'function') {
    kind = (kind as Record<symbol, unknown>)[speciesSymbol] ?? undefined;
  }
  if (kind === undefined) return new NativeArray(length) as unknown as ArrayLike;
  return ReflectConstruct(kind as new (length: number) => ArrayLike, [length]);
}

/**
 * CreateDataPropertyOrThrow. The descriptor inherits nothing that a guest could have put on Object.prototype.
 */
export function put(target: object, index: number, value: unknown): void {
  ObjectDefineProperty(target, index, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}

/** Throws for a length that no whole array may have. */
export function requireWhole(length: number): void {
  if (length > WHOLE_ARRAY_LENGTH) throw new RangeError('invalid array length');
}

/**
 * An array of `length` elements, each made by `element`, by plain assignment
 * that meets no setter of the guest's.
 */
export function wholeArray(length: number, element: (index: number) => unknown): unknown[] {
  requireWhole(length);
  const result = bareArray<unknown>();
  for (let k = 0; k < length; k += 1) result[k] = element(k);
  ReflectSetPrototypeOf(result, ArrayPrototype);
  return result;
}

export function removeAt(self: ArrayLike, index: number): void {
  if (!ReflectDeleteProperty(self, index)) throw new TypeError('could not delete property');
}

/** Moves one element, or the hole in its place. */
export function move(self: ArrayLike, from: number, to: number): void {
  if (from in self) self[to] = self[from];
  else removeAt(self, to);
}
