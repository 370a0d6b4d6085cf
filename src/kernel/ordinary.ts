/**
 * Tells objects that are nothing but their properties, as most are, without asking each built-in class
 * whether a value is one of its own: every class that says no throws an error, and an error carries the whole
 * stack. A Map whose prototype somebody has exchanged for that of plain objects is taken for one of them.
 */
import { ReflectGetPrototypeOf, typedArrayPrototype } from './primordials.ts';

const ObjectPrototype = Object.prototype;
const builtIn: readonly object[] = [
  ArrayBuffer,
  BigInt,
  Boolean,
  DataView,
  Date,
  Error,
  FinalizationRegistry,
  Map,
  Number,
  Promise,
  RegExp,
  Set,
  String,
  Symbol,
  WeakMap,
  WeakRef,
  WeakSet,
].map((type) => type.prototype as object);
const prototypes: readonly object[] = [...builtIn, typedArrayPrototype, Array.prototype];

const LONGEST_CHAIN = 100;

/**
 * Whether the prototypes lead to that of plain objects and past no built-in class. One without any may hide
 * anything. Reads prototypes alone, so no getter runs; of a proxy its traps do.
 */
export function isOrdinary(value: object): boolean {
  let prototype = ReflectGetPrototypeOf(value);
  for (let steps = 0; prototype !== null && steps < LONGEST_CHAIN; steps += 1) {
    if (prototype === ObjectPrototype) return true;
    for (let index = 0; index < prototypes.length; index += 1) {
      if (prototypes[index] === prototype) return false;
    }
    prototype = ReflectGetPrototypeOf(prototype);
  }
  return false;
}
