/** What `inspect` shows of each kind of object beside its properties: braces, class, elements. */
import { type Context, descriptorText } from './inspect-context.ts';
import { isErrorObject } from './inspect-error.ts';
import { exoticBody, hasHidden, isOpaque } from './inspect-exotic.ts';
import { baseOnly, constructorName, isIndex, plainShown, type Shown } from './inspect-shown.ts';
import { isOrdinary } from './ordinary.ts';
import {
  ArrayIsArray,
  arrayBufferByteLength,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  functionToString,
  MathMin,
  mapForEach,
  mapSize,
  matches,
  numberToString,
  ObjectPrototype,
  objectHasOwn,
  probe,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  ReflectOwnKeys,
  setForEach,
  setSize,
  stringPadStart,
  stringStartsWith,
  typedArrayLength,
  typedArrayName,
} from './primordials.ts';

const MAXIMUM_ENTRIES = 100;
const toStringTag = Symbol.toStringTag;

/**
 * The braces, the text before them and the entries that are not
 * properties: what depends on the kind of object.
 */
export function bodyOf(context: Context, value: object, level: number): Shown {
  const name = constructorName(value);
  if (typeof value === 'function') return baseOnly(functionBase(value, name));
  if (ArrayIsArray(value)) return arrayBody(context, value, level, name);
  if (!isErrorObject(value) && isOrdinary(value)) return plainObjectBody(value, name);
  const kind = typedArrayName(value);
  if (kind !== undefined) return typedArrayBody(context, value, level, kind, name ?? kind);
  return (
    collectionBody(context, value, level, name) ??
    bytesBody(context, value, level, name) ??
    exoticBody(context, value, level, name) ??
    plainObjectBody(value, name)
  );
}

/** Whether there is something in it that is no property of its own, or that is shown though it is hidden. */
export function hasElements(value: object): boolean {
  if (typeof value === 'function') return false;
  if (ArrayIsArray(value)) return value.length > 0;
  if (isErrorObject(value)) return hasHidden(value);
  if (isOrdinary(value)) return false;
  if (typedArrayName(value) !== undefined) return typedArrayLength(value) > 0;
  const size = probe(mapSize, value) ?? probe(setSize, value);
  return size === undefined ? isOpaque(value) : size > 0;
}

function plainObjectBody(value: object, name: string | undefined): Shown {
  const descriptor = ReflectGetOwnPropertyDescriptor(value, toStringTag);
  // An own tag that is enumerable is shown among the properties.
  const isShown = descriptor?.enumerable === true;
  const own: unknown = descriptor === undefined ? tagOf(value) : isShown ? '' : descriptor.value;
  const tag = typeof own === 'string' && own !== '' && own !== name ? ` [${own}]` : '';
  if (name === undefined) return plainShown(`[Object: null prototype]${tag} {`, '}');
  return plainShown(name === 'Object' && tag === '' ? '{' : `${name}${tag} {`, '}');
}

function tagOf(value: object): unknown {
  const prototype = ReflectGetPrototypeOf(value);
  if (prototype === null || prototype === ObjectPrototype) return undefined;
  return ReflectGetOwnPropertyDescriptor(prototype, toStringTag)?.value;
}

function functionBase(value: object, name: string | undefined): string {
  const source = functionToString(value);
  const own: unknown = ReflectGetOwnPropertyDescriptor(value, 'name')?.value;
  const called = typeof own === 'string' && own !== '' ? own : undefined;
  if (stringStartsWith(source, 'class') && !matches(/^class\s*\(/, source)) {
    const parent = ReflectGetPrototypeOf(value);
    const parentName: unknown =
      parent === null ? undefined : ReflectGetOwnPropertyDescriptor(parent, 'name')?.value;
    const inherits = typeof parentName === 'string' && parentName !== '' ? ` extends ${parentName}` : '';
    return `[class ${called ?? '(anonymous)'}${inherits}]`;
  }
  return `[${name ?? 'Function (null prototype)'}${called === undefined ? ' (anonymous)' : `: ${called}`}]`;
}

function arrayBody(
  context: Context,
  value: readonly unknown[],
  level: number,
  name: string | undefined,
): Shown {
  const prefix = name === 'Array' ? '' : `${name ?? '[Array: null prototype]'}(${value.length}) `;
  const body = plainShown(`${prefix}[`, ']');
  const { entries } = body;
  body.isArray = true;
  body.skip = isIndex;
  body.numeric = true;
  context.indentation += 2;
  let index = 0;
  while (index < value.length && entries.length < MAXIMUM_ENTRIES) {
    const descriptor = ReflectGetOwnPropertyDescriptor(value, index);
    const kind = typeof descriptor?.value;
    if (kind !== 'number' && kind !== 'bigint') body.numeric = false;
    if (descriptor === undefined) {
      const next = endOfHole(value, index);
      entries[entries.length] = `<${next - index} empty item${next - index > 1 ? 's' : ''}>`;
      index = next;
    } else {
      entries[entries.length] = descriptorText(context, descriptor, level);
      index += 1;
    }
  }
  context.indentation -= 2;
  moreItems(body, value.length - index);
  return body;
}

/** A sparse array may be two thousand million holes long: some are probed, beyond that its keys are asked. */
function endOfHole(value: readonly unknown[], start: number): number {
  for (let index = start + 1; index < start + MAXIMUM_ENTRIES; index += 1) {
    if (index >= value.length || objectHasOwn(value, index)) return index;
  }
  const keys = ReflectOwnKeys(value);
  for (let place = 0; place < keys.length; place += 1) {
    const key = keys[place] as string | symbol;
    if (isIndex(key) && Number(key) > start) return Number(key);
  }
  return value.length;
}

function moreItems(body: Shown, rest: number): void {
  if (rest <= 0) return;
  body.entries[body.entries.length] = `... ${rest} more item${rest > 1 ? 's' : ''}`;
  body.hasMore = true;
}

function typedArrayBody(context: Context, value: object, level: number, kind: string, name: string): Shown {
  const length = typedArrayLength(value);
  const body = plainShown(`${name}(${length})${kindOf(name, kind)} [`, ']');
  body.isArray = true;
  body.numeric = true;
  body.skip = isIndex;
  const count = MathMin(length, MAXIMUM_ENTRIES);
  for (let index = 0; index < count; index += 1) {
    const element = (value as readonly unknown[])[index];
    body.entries[index] = context.formatValue(context, element, level + 1);
  }
  moreItems(body, length - count);
  return body;
}

/** What an object of a class of the guest's is underneath. */
const kindOf = (name: string | undefined, kind: string): string =>
  name === undefined || name === kind ? '' : ` [${kind}]`;

function collectionBody(
  context: Context,
  value: object,
  level: number,
  name: string | undefined,
): Shown | undefined {
  const mapEntries = probe(mapSize, value);
  const size = mapEntries ?? probe(setSize, value);
  if (size === undefined) return undefined;
  const kind = kindOf(name, mapEntries === undefined ? 'Set' : 'Map');
  const body = plainShown(`${name ?? '[null prototype]'}(${size})${kind} {`, '}');
  const { entries } = body;
  context.indentation += 2;
  const add = (item: unknown, key: unknown): void => {
    if (entries.length >= MAXIMUM_ENTRIES) return;
    const text = context.formatValue(context, item, level + 1);
    entries[entries.length] =
      mapEntries === undefined ? text : `${context.formatValue(context, key, level + 1)} => ${text}`;
  };
  if (mapEntries === undefined) setForEach(value, (item) => add(item, undefined));
  else mapForEach(value, add);
  context.indentation -= 2;
  moreItems(body, size - entries.length);
  return body;
}

function bytesBody(
  context: Context,
  value: object,
  level: number,
  name: string | undefined,
): Shown | undefined {
  const viewLength = probe(dataViewByteLength, value);
  const length = viewLength ?? probe(arrayBufferByteLength, value);
  if (length === undefined) return undefined;
  const body = plainShown(`${name ?? '[null prototype]'} {`, '}');
  if (viewLength === undefined) {
    body.entries[0] = `[Uint8Contents]: <${hexadecimalBytes(value as ArrayBuffer)}>`;
    body.entries[1] = `byteLength: ${length}`;
  } else {
    body.entries[0] = `byteLength: ${length}`;
    body.entries[1] = `byteOffset: ${dataViewByteOffset(value)}`;
    body.entries[2] = `buffer: ${context.formatValue(context, dataViewBuffer(value), level + 1)}`;
  }
  return body;
}

const MAXIMUM_BYTES = 50;

function hexadecimalBytes(buffer: ArrayBuffer): string {
  const length = arrayBufferByteLength(buffer);
  const bytes = new Uint8Array(buffer, 0, MathMin(length, MAXIMUM_BYTES));
  let text = '';
  for (let index = 0; index < typedArrayLength(bytes); index += 1) {
    text += `${index === 0 ? '' : ' '}${stringPadStart(numberToString(bytes[index] as number, 16), 2, '0')}`;
  }
  const rest = length - typedArrayLength(bytes);
  return rest > 0 ? `${text} ... ${rest} more byte${rest > 1 ? 's' : ''}` : text;
}
