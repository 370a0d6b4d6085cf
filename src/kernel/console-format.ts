/** The text of a console call: format specifiers, then the rest separated by spaces. */
import { inspect } from './inspect.ts';
import { errorTitle, isErrorObject } from './inspect-error.ts';
import {
  charCodeAt,
  functionToString,
  JSONStringify,
  NumberParseFloat,
  NumberParseInt,
  ObjectIs,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  stringIncludes,
  stringSlice,
} from './primordials.ts';

const PERCENT = 0x25;
const toPrimitive = Symbol.toPrimitive;
/** In the text of a function of the engine's. */
const NATIVE = '[native code]';

export function formatArguments(values: readonly unknown[]): string {
  if (values.length === 0) return '';
  const first = values[0];
  if (typeof first !== 'string') return joinFrom('', values, 0);
  if (values.length === 1) return first;
  if (!stringIncludes(first, '%')) return joinFrom(first, values, 1);
  let text = '';
  let next = 1;
  let from = 0;
  for (let at = 0; at < first.length - 1; at += 1) {
    if (charCodeAt(first, at) !== PERCENT) continue;
    const letter = stringSlice(first, at + 1, at + 2);
    if (letter === '%') {
      text += stringSlice(first, from, at + 1);
    } else if (next < values.length && isSpecifier(letter)) {
      text += stringSlice(first, from, at) + substitute(letter, values[next]);
      next += 1;
    } else continue;
    at += 1;
    from = at + 1;
  }
  return joinFrom(text + stringSlice(first, from), values, next);
}

function joinFrom(text: string, values: readonly unknown[], start: number): string {
  let result = text;
  for (let index = start; index < values.length; index += 1) {
    const value = values[index];
    if (index > 0) result += ' ';
    result += typeof value === 'string' ? value : inspect(value);
  }
  return result;
}

const isSpecifier = (letter: string): boolean => stringIncludes('sdifjoOc', letter);

function substitute(letter: string, value: unknown): string {
  switch (letter) {
    case 's':
      return asText(value);
    case 'd':
      return numeric(value, (primitive) => Number(primitive));
    case 'i':
      return numeric(value, (primitive) => NumberParseInt(primitive as string));
    case 'f':
      return typeof value === 'symbol' ? 'NaN' : inspect(NumberParseFloat(`${primitiveOf(value) as string}`));
    case 'j':
      return asJson(value);
    case 'o':
      return inspect(value, 4, true);
    case 'O':
      return inspect(value, 4);
    default:
      return '';
  }
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || (typeof value === 'number' && ObjectIs(value, -0))) return inspect(value);
  if (typeof value === 'function') return ownText(value) ?? inspect(value);
  if (typeof value !== 'object' || value === null) return `${inspect(value)}`;
  return ownText(value) ?? (isErrorObject(value) ? errorTitle(value) : inspect(value, 0));
}

/** What the object says of itself, if it is not left to the engine. Runs the guest's code, as Node does. */
function ownText(value: object): string | undefined {
  try {
    let method: unknown;
    for (let holder: object | null = value; holder !== null && method === undefined; ) {
      method =
        ReflectGetOwnPropertyDescriptor(holder, toPrimitive)?.value ??
        ReflectGetOwnPropertyDescriptor(holder, 'toString')?.value;
      holder = ReflectGetPrototypeOf(holder);
    }
    const isOwn = typeof method === 'function' && !stringIncludes(functionToString(method), NATIVE);
    return isOwn || typeof value === 'function' ? `${value as unknown as string}` : undefined;
  } catch {
    return undefined;
  }
}

/** Objects are not asked for their value: that would run the guest's code. */
const primitiveOf = (value: unknown): unknown =>
  (typeof value === 'object' && value !== null) || typeof value === 'function' ? Number.NaN : value;

function numeric(value: unknown, convert: (primitive: unknown) => number): string {
  if (typeof value === 'bigint') return inspect(value);
  return typeof value === 'symbol' ? 'NaN' : inspect(convert(primitiveOf(value)));
}

function asJson(value: unknown): string {
  try {
    return JSONStringify(value) ?? 'undefined';
  } catch {
    return '[Circular]';
  }
}
