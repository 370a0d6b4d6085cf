/**
 * What `inspect` shows of objects that are more than their properties: errors,
 * dates, promises, wrapped primitives.
 */
import { type Context, descriptorText } from './inspect-context.ts';
import { describeError, isErrorObject } from './inspect-error.ts';
import { formatPrimitive } from './inspect-primitive.ts';
import { baseOnly, isIndex, plainShown, type Shown } from './inspect-shown.ts';
import {
  arrayBufferByteLength,
  dataViewByteLength,
  dateGetTime,
  dateToISOString,
  NumberIsNaN,
  objectHasOwn,
  objectIsPrototypeOf,
  objectToString,
  probe,
  ReflectGetOwnPropertyDescriptor,
  stringRepeat,
  stringReplaceAll,
  uncurry,
} from './primordials.ts';

const regexpSource = uncurry(
  Reflect.getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get as (this: unknown) => string,
);
const regexpFlags = uncurry(
  Reflect.getOwnPropertyDescriptor(RegExp.prototype, 'flags')?.get as (this: unknown) => string,
);
const RegExpPrototype = RegExp.prototype;
const promisePrototype = Promise.prototype;
const weakMapHas = uncurry(WeakMap.prototype.has);
const weakSetHas = uncurry(WeakSet.prototype.has);

/**
 * Objects that are more than their properties: errors, dates, regular
 * expressions, promises, wrapped primitives.
 */
export function exoticBody(
  context: Context,
  value: object,
  level: number,
  name: string | undefined,
): Shown | undefined {
  if (isErrorObject(value)) return errorBody(context, value, level);
  const time = probe(dateGetTime, value);
  if (time !== undefined)
    return baseOnly(
      ownClass(name, 'Date') + (NumberIsNaN(time) ? 'Invalid Date' : dateToISOString(value as Date)),
    );
  const source = value === RegExpPrototype ? undefined : probe(regexpSource, value);
  if (source !== undefined)
    return baseOnly(`${ownClass(name, 'RegExp')}/${source}/${probe(regexpFlags, value) ?? ''}`);
  const weak = weakTag(value);
  if (weak !== undefined) return baseOnly(`${name ?? weak} { <items unknown> }`);
  if (isPromise(value)) {
    const body = plainShown(`${name ?? 'Promise'} {`, '}');
    body.entries[0] = '<state unknown>';
    return body;
  }
  return wrapperBody(value);
}

const ownClass = (name: string | undefined, kind: string): string =>
  name === undefined || name === kind ? '' : `${name} `;

function errorBody(context: Context, error: Error, level: number): Shown {
  const indentation = stringRepeat(' ', context.indentation);
  const body = baseOnly(stringReplaceAll(describeError(error), '\n', `\n${indentation}`));
  body.skip = (key) => key === 'stack' || key === 'message' || key === 'name';
  context.indentation += 2;
  for (let index = 0; index < HIDDEN_IN_ERRORS.length; index += 1) {
    const key = HIDDEN_IN_ERRORS[index] as string;
    const descriptor = ReflectGetOwnPropertyDescriptor(error, key);
    if (descriptor === undefined || descriptor.enumerable === true) continue;
    body.entries[body.entries.length] = `[${key}]: ${descriptorText(context, descriptor, level)}`;
  }
  context.indentation -= 2;
  return body;
}

/** Not enumerable, yet what a reader of an error wants to see. */
const HIDDEN_IN_ERRORS = ['cause', 'errors'];

/** An error with something to show behind its stack. */
export function hasHidden(error: Error): boolean {
  for (let index = 0; index < HIDDEN_IN_ERRORS.length; index += 1)
    if (objectHasOwn(error, HIDDEN_IN_ERRORS[index] as string)) return true;
  return false;
}

/** Bytes, promises, weak collections: there is something in them, though nothing to count. */
export function isOpaque(value: object): boolean {
  if (weakTag(value) !== undefined || isPromise(value)) return true;
  return (probe(dataViewByteLength, value) ?? probe(arrayBufferByteLength, value)) !== undefined;
}

const isPromise = (value: object): boolean =>
  objectIsPrototypeOf(promisePrototype, value) && objectToString(value) === '[object Promise]';

function weakTag(value: object): string | undefined {
  if (probe((candidate) => weakMapHas(candidate as never, value), value) !== undefined) return 'WeakMap';
  if (probe((candidate) => weakSetHas(candidate as never, value), value) !== undefined) return 'WeakSet';
  return undefined;
}

const WRAPPERS: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ['Number', uncurry(Number.prototype.valueOf as (this: unknown) => unknown)],
  ['Boolean', uncurry(Boolean.prototype.valueOf as (this: unknown) => unknown)],
  ['String', uncurry(String.prototype.valueOf as (this: unknown) => unknown)],
  ['BigInt', uncurry(BigInt.prototype.valueOf as (this: unknown) => unknown)],
  ['Symbol', uncurry(Symbol.prototype.valueOf as (this: unknown) => unknown)],
];

function wrapperBody(value: object): Shown | undefined {
  for (let index = 0; index < WRAPPERS.length; index += 1) {
    const wrapper = WRAPPERS[index] as (typeof WRAPPERS)[number];
    const primitive = probe(wrapper[1], value);
    if (primitive === undefined) continue;
    const body = baseOnly(`[${wrapper[0]}: ${formatPrimitive(primitive, 0)}]`);
    if (typeof primitive === 'string') body.skip = isIndex;
    return body;
  }
  return undefined;
}
