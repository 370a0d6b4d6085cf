/**
 * structuredClone: a deep copy of plain data, of the built-in classes that the standard
 * lists, with cycles and shared parts kept.
 */
import { bodyStateOf } from './body.ts';
import { DOMException } from './dom-exception.ts';
import { isHeaders } from './headers.ts';
import { inspect } from './inspect.ts';
import { isErrorObject } from './inspect-error.ts';
import { isOrdinary } from './ordinary.ts';
import {
  ArrayBufferIsView,
  ArrayIsArray,
  arrayBufferByteLength,
  arrayBufferSlice,
  arrayBufferTransfer,
  bareArray,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  dateGetTime,
  mapForEach,
  mapSize,
  ObjectKeys,
  objectHasOwn,
  objectIsPrototypeOf,
  objectToString,
  ReflectDefineProperty,
  SafeMap,
  setForEach,
  setSize,
  symbolToString,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayLength,
  typedArrayName,
  uncurry,
} from './primordials.ts';

const ERROR_NAMES = new SafeMap<string, ErrorConstructor>();
ERROR_NAMES.set('Error', Error);
ERROR_NAMES.set('EvalError', EvalError as ErrorConstructor);
ERROR_NAMES.set('RangeError', RangeError as ErrorConstructor);
ERROR_NAMES.set('ReferenceError', ReferenceError as ErrorConstructor);
ERROR_NAMES.set('SyntaxError', SyntaxError as ErrorConstructor);
ERROR_NAMES.set('TypeError', TypeError as ErrorConstructor);
ERROR_NAMES.set('URIError', URIError as ErrorConstructor);

const VIEWS = new SafeMap<string, new (buffer: ArrayBuffer, offset: number, length: number) => object>();
const viewConstructors = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as unknown as readonly {
  new (buffer: ArrayBuffer, offset: number, length: number): object;
  name: string;
}[];
for (let index = 0; index < viewConstructors.length; index += 1) {
  const view = viewConstructors[index] as (typeof viewConstructors)[number];
  VIEWS.set(view.name, view);
}
const float16 = (globalThis as { Float16Array?: (typeof viewConstructors)[number] }).Float16Array;
if (float16 !== undefined) VIEWS.set('Float16Array', float16);

const regexpSource = uncurry(
  Reflect.getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get as (this: unknown) => string,
);
const regexpFlags = uncurry(
  Reflect.getOwnPropertyDescriptor(RegExp.prototype, 'flags')?.get as (this: unknown) => string,
);
const primitiveOf: readonly ((value: unknown) => unknown)[] = [
  uncurry(Number.prototype.valueOf as (this: unknown) => unknown),
  uncurry(String.prototype.valueOf as (this: unknown) => unknown),
  uncurry(Boolean.prototype.valueOf as (this: unknown) => unknown),
  uncurry(BigInt.prototype.valueOf as (this: unknown) => unknown),
];
const toObject = Object as unknown as (value: unknown) => object;
const {
  Map: NativeMap,
  Set: NativeSet,
  Date: NativeDate,
  RegExp: NativeRegExp,
  DataView: NativeDataView,
} = globalThis;
const addToSet = uncurry(Set.prototype.add as (this: Set<unknown>, value: unknown) => unknown);
const putInMap = uncurry(
  Map.prototype.set as (this: Map<unknown, unknown>, key: unknown, value: unknown) => unknown,
);

type Seen = SafeMap<object, object>;

export function structuredClone(
  value: unknown,
  options: { readonly transfer?: unknown } | undefined = undefined,
): unknown {
  const seen: Seen = new SafeMap();
  const transfer = options?.transfer === undefined ? [] : [...(options.transfer as Iterable<unknown>)];
  for (let index = 0; index < transfer.length; index += 1) {
    if (bufferLength(transfer[index]) === undefined) throw notCloned('a value that cannot be transferred');
  }
  for (let index = 0; index < transfer.length; index += 1) {
    const buffer = transfer[index] as ArrayBuffer;
    if (seen.has(buffer)) throw notCloned('a buffer that is transferred twice');
    seen.set(buffer, arrayBufferTransfer(buffer));
  }
  return clone(value, seen);
}

const notCloned = (what: string): DOMException =>
  new DOMException(`${what} could not be cloned`, 'DataCloneError');

function attempt<T>(read: (value: unknown) => T, value: unknown): T | undefined {
  try {
    return read(value);
  } catch {
    return undefined;
  }
}

const bufferLength = (value: unknown): number | undefined => attempt(arrayBufferByteLength, value);

function clone(value: unknown, seen: Seen): unknown {
  if (typeof value === 'symbol') throw notCloned(symbolToString(value));
  if (typeof value === 'function') throw notCloned(inspect(value, 0));
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (ArrayIsArray(value) || (isOrdinary(value) && objectToString(value) === '[object Object]'))
    return cloneObject(value as Record<string, unknown>, seen);
  return (
    cloneBytes(value, seen) ??
    cloneCollection(value, seen) ??
    cloneLeaf(value, seen) ??
    cloneObject(value as Record<string, unknown>, seen)
  );
}

function keep<T extends object>(value: object, copy: T, seen: Seen): T {
  seen.set(value, copy);
  return copy;
}

function cloneBytes(value: object, seen: Seen): object | undefined {
  const length = bufferLength(value);
  if (length !== undefined) return keep(value, arrayBufferSlice(value as ArrayBuffer, 0, length), seen);
  if (!ArrayBufferIsView(value)) return undefined;
  const name = typedArrayName(value);
  if (name === undefined) {
    const buffer = clone(dataViewBuffer(value), seen) as ArrayBuffer;
    return keep(
      value,
      new NativeDataView(buffer, dataViewByteOffset(value), dataViewByteLength(value)),
      seen,
    );
  }
  const buffer = clone(typedArrayBuffer(value), seen) as ArrayBuffer;
  const View = VIEWS.get(name);
  if (View === undefined) throw notCloned(name);
  return keep(value, new View(buffer, typedArrayByteOffset(value), typedArrayLength(value)), seen);
}

function cloneCollection(value: object, seen: Seen): object | undefined {
  if (attempt(mapSize, value) !== undefined) {
    const map = keep(value, new NativeMap<unknown, unknown>(), seen);
    // The whole is read before the first copy is made: copying may run getters that change it.
    const items: unknown[] = bareArray();
    mapForEach(value, (item, key) => {
      items[items.length] = key;
      items[items.length] = item;
    });
    for (let index = 0; index < items.length; index += 2) {
      putInMap(map, clone(items[index], seen), clone(items[index + 1], seen));
    }
    return map;
  }
  if (attempt(setSize, value) === undefined) return undefined;
  const set = keep(value, new NativeSet<unknown>(), seen);
  const items: unknown[] = bareArray();
  setForEach(value, (item) => {
    items[items.length] = item;
  });
  for (let index = 0; index < items.length; index += 1) addToSet(set, clone(items[index], seen));
  return set;
}

function cloneLeaf(value: object, seen: Seen): object | undefined {
  const time = attempt(dateGetTime as (value: unknown) => number, value);
  if (time !== undefined) return keep(value, new NativeDate(time), seen);
  if (isErrorObject(value)) return cloneError(value, seen);
  if (objectToString(value) === '[object RegExp]') {
    const source = attempt(regexpSource, value);
    if (source !== undefined) return keep(value, new NativeRegExp(source, attempt(regexpFlags, value)), seen);
  }
  for (let index = 0; index < primitiveOf.length; index += 1) {
    const primitive = attempt(primitiveOf[index] as (value: unknown) => unknown, value);
    if (primitive !== undefined) return keep(value, toObject(primitive), seen);
  }
  return undefined;
}

function cloneError(error: Error, seen: Seen): object {
  const name = `${error.name}`;
  const Constructor = ERROR_NAMES.get(name) ?? Error;
  const copy = keep(error, new Constructor(), seen);
  const fields = ['message', 'stack', 'cause'];
  for (let index = 0; index < fields.length; index += 1) {
    const key = fields[index] as string;
    if (!objectHasOwn(error, key)) continue;
    const value = clone((error as unknown as Record<string, unknown>)[key], seen);
    ReflectDefineProperty(copy, key, { value, writable: true, configurable: true });
  }
  return copy;
}

function cloneObject(value: Record<string, unknown>, seen: Seen): object {
  const refused = refusedTag(value);
  if (refused !== undefined) throw notCloned(refused);
  const isArray = ArrayIsArray(value);
  const copy = keep(value, (isArray ? [] : {}) as Record<string, unknown>, seen);
  if (isArray) (copy as unknown as unknown[]).length = (value as unknown as unknown[]).length;
  const keys = ObjectKeys(value);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    if (!objectHasOwn(value, key)) continue;
    const item = clone(value[key], seen);
    ReflectDefineProperty(copy, key, { value: item, writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

const REFUSED = ['WeakMap', 'WeakSet', 'WeakRef', 'Promise', 'FinalizationRegistry'];
const refusedPrototypes: object[] = [
  WeakMap.prototype,
  WeakSet.prototype,
  WeakRef.prototype,
  Promise.prototype,
  FinalizationRegistry.prototype,
];

/** The class of an object that has more to it than its properties. */
function refusedTag(value: object): string | undefined {
  for (let index = 0; index < refusedPrototypes.length; index += 1) {
    if (objectIsPrototypeOf(refusedPrototypes[index] as object, value))
      return `a ${REFUSED[index] as string}`;
  }
  return bodyStateOf(value) === undefined && !isHeaders(value) ? undefined : 'an object of the platform';
}
