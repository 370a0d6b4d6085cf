/**
 * Values as text, as Node's util.inspect shows them. Reads own property descriptors, so no getter runs; what
 * a proxy or a custom inspector throws ends in a marker, never in an exception.
 */
import { type Context, descriptorText } from './inspect-context.ts';
import { bodyOf, hasElements } from './inspect-kinds.ts';
import { layOut } from './inspect-layout.ts';
import { formatPrimitive, quote } from './inspect-primitive.ts';
import { constructorName } from './inspect-shown.ts';
import { webText } from './inspect-web.ts';
import {
  ArrayIsArray,
  bareArray,
  matches,
  ReflectApply,
  ReflectGetOwnPropertyDescriptor,
  ReflectOwnKeys,
  SafeMap,
  stringRepeat,
  stringReplaceAll,
  symbolToString,
} from './primordials.ts';

const IDENTIFIER = /^[a-zA-Z_][a-zA-Z_0-9]*$/;
const INSPECT_CUSTOM = Symbol.for('nodejs.util.inspect.custom');

/** `depth`: levels of nesting to show. */
export function inspect(value: unknown, depth = 2, showHidden = false): string {
  const context: Context = {
    depth,
    showHidden,
    path: bareArray(),
    circular: new SafeMap(),
    indentation: 0,
    current: 0,
    formatValue,
  };
  try {
    return formatValue(context, value, 0);
  } catch {
    return '[an object that cannot be inspected]';
  }
}

function formatValue(context: Context, value: unknown, level: number): string {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) {
    return formatObject(context, value, level);
  }
  return formatPrimitive(value, level);
}

function formatObject(context: Context, value: object, level: number): string {
  const custom = customText(context, value, level);
  if (custom !== undefined) return custom;
  const web = webText(context, value, level);
  if (web !== undefined) return web;
  for (let index = 0; index < context.path.length; index += 1) {
    if (context.path[index] !== value) continue;
    let number = context.circular.get(value);
    if (number === undefined) {
      number = context.circular.size + 1;
      context.circular.set(value, number);
    }
    return `[Circular *${number}]`;
  }
  if (level > context.depth && hasContents(context, value)) return tooDeep(value);
  context.path[context.path.length] = value;
  const text = formatRaw(context, value, level);
  context.path.length -= 1;
  const number = context.circular.get(value);
  return number === undefined ? text : `<ref *${number}> ${text}`;
}

/**
 * What the object itself says, by Node's protocol; `undefined` when it
 * says nothing or the same as without it.
 */
function customText(context: Context, value: object, level: number): string | undefined {
  const method = (value as Record<symbol, unknown>)[INSPECT_CUSTOM];
  if (typeof method !== 'function') return undefined;
  const result: unknown = ReflectApply(method as () => unknown, value, [
    context.depth - level,
    { depth: context.depth - level, showHidden: context.showHidden },
    inspect,
  ]);
  if (typeof result === 'string')
    return stringReplaceAll(result, '\n', `\n${stringRepeat(' ', context.indentation)}`);
  if (result === value) return undefined;
  return formatValue(context, result, level);
}

function tooDeep(value: object): string {
  const name = constructorName(value);
  if (ArrayIsArray(value)) return '[Array]';
  return name === undefined ? '[Object: null prototype]' : `[${name}]`;
}

/** What has none is shown at any depth: it is as short as its name. */
const hasContents = (context: Context, value: object): boolean =>
  hasElements(value) || visibleKeys(context, value).length > 0;

function formatRaw(context: Context, value: object, level: number): string {
  const before = context.current;
  context.current = level;
  const body = bodyOf(context, value, level);
  const keys = visibleKeys(context, value);
  context.indentation += 2;
  const { entries } = body;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string | symbol;
    if (body.skip(key)) continue;
    entries[entries.length] = formatProperty(context, value, key, level);
  }
  context.indentation -= 2;
  if (entries.length === 0) {
    // As flat as a primitive.
    context.current = before;
    if (body.base !== '') return body.base;
    return `${body.open}${body.close}`;
  }
  const shape = { open: body.open, close: body.close, base: body.base, isArray: body.isArray };
  return layOut(entries, shape, context.indentation, context.current - level, body.numeric, body.hasMore);
}

function visibleKeys(context: Context, value: object): (string | symbol)[] {
  const keys = ReflectOwnKeys(value);
  const visible = bareArray<string | symbol>();
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string | symbol;
    if (context.showHidden || ReflectGetOwnPropertyDescriptor(value, key)?.enumerable === true) {
      visible[visible.length] = key;
    }
  }
  return visible;
}

function formatProperty(context: Context, value: object, key: string | symbol, level: number): string {
  const descriptor = ReflectGetOwnPropertyDescriptor(value, key);
  const text = descriptor === undefined ? 'undefined' : descriptorText(context, descriptor, level);
  const name =
    typeof key === 'symbol' ? `[${symbolToString(key)}]` : matches(IDENTIFIER, key) ? key : quote(key);
  return descriptor !== undefined && descriptor.enumerable === false
    ? `[${name}]: ${text}`
    : `${name}: ${text}`;
}
