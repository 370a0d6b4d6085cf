/**
 * Global names that a part mentions, as the kernel captured them before the
 * guest ran (bundle.mjs injects this file).
 */
// biome-ignore-all lint/suspicious/noShadowRestrictedNames: shadowing them is what this file is for
export {
  Array,
  ArrayBuffer,
  BigInt,
  BigInt64Array,
  BigUint64Array,
  Boolean,
  DataView,
  Date,
  Error,
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  JSON,
  Map,
  Math,
  Number,
  Object,
  Promise,
  RangeError,
  Reflect,
  RegExp,
  Set,
  String,
  Symbol,
  SyntaxError,
  TypeError,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  WeakMap,
  WeakSet,
} from '../captured-globals.ts';
export { SourceFunction as Function } from './source-calls.ts';
