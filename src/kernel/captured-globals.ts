/**
 * Global names that the kernel's code mentions. The bundler puts these constants in their place
 * (`inject` in bundle.mjs), so that a guest that assigns to `globalThis.TypeError` or deletes
 * `Uint8Array` changes nothing for the kernel.
 */
// biome-ignore-all lint/suspicious/noShadowRestrictedNames: shadowing them is what this file is for
const scope = globalThis;

export const {
  AggregateError,
  Array,
  ArrayBuffer,
  BigInt,
  BigInt64Array,
  BigUint64Array,
  Boolean,
  DataView,
  Date,
  Error,
  EvalError,
  FinalizationRegistry,
  Float32Array,
  Float64Array,
  Function,
  Int16Array,
  Int32Array,
  Int8Array,
  JSON,
  Map,
  Math,
  Number,
  Object,
  Promise,
  RangeError,
  ReferenceError,
  Reflect,
  RegExp,
  Set,
  String,
  Symbol,
  SyntaxError,
  TypeError,
  URIError,
  Uint16Array,
  Uint32Array,
  Uint8Array,
  Uint8ClampedArray,
  WeakMap,
  WeakRef,
  WeakSet,
  encodeURIComponent,
} = scope;
