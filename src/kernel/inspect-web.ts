/** What `inspect` shows of URLs, search parameters and headers, whose contents are no properties. */
import { isHeaders, listOf } from './headers.ts';
import type { Context } from './inspect-context.ts';
import { quote } from './inspect-primitive.ts';
import { constructorName } from './inspect-shown.ts';
import {
  arrayJoin,
  bareArray,
  ReflectDefineProperty,
  ReflectGetOwnPropertyDescriptor,
  stringRepeat,
  stringReplaceAll,
  uncurry,
} from './primordials.ts';
import { isURL, URL } from './url.ts';
import { isURLSearchParams, URLSearchParams } from './url-search-params.ts';

const BREAK_LENGTH = 80;
const SEPARATOR = ', ';
const PARTS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'searchParams',
  'hash',
];
const getters = PARTS.map((part) => {
  const get = Reflect.getOwnPropertyDescriptor(URL.prototype, part)?.get;
  return uncurry(get as (this: unknown) => unknown);
});
const forEachParam = uncurry(
  URLSearchParams.prototype.forEach as (
    this: URLSearchParams,
    each: (value: string, name: string) => void,
  ) => void,
);

/** Undefined for any other object. */
export function webText(context: Context, value: object, level: number): string | undefined {
  if (isURLSearchParams(value)) return level > context.depth ? '[Object]' : paramsText(context, value);
  if (isHeaders(value)) return headersText(context, listOf(value));
  return isURL(value) ? urlText(context, value, level) : undefined;
}

function urlText(context: Context, url: URL, level: number): string {
  const name = constructorName(url) ?? 'URL';
  if (level > context.depth) return `${name} {}`;
  const shown = {};
  for (let index = 0; index < PARTS.length; index += 1) {
    const get = getters[index] as (typeof getters)[number];
    put(shown, PARTS[index] as string, get(url));
  }
  return `${name} ${apart(context, shown)}`;
}

/** Shown however deep they lie, as Node has it; values of one name together. */
function headersText(context: Context, list: readonly string[]): string {
  const shown = {};
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] as string;
    const value = list[index + 1] as string;
    const before: unknown = ReflectGetOwnPropertyDescriptor(shown, name)?.value;
    put(shown, name, before === undefined ? value : `${before as string}, ${value}`);
  }
  return `Headers ${apart(context, shown)}`;
}

function put(shown: object, name: string, value: unknown): void {
  ReflectDefineProperty(shown, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Laid out by itself, and as deep as ever, wherever it lies in what is being shown: as Node does it. */
function apart(context: Context, shown: object): string {
  const { current, indentation } = context;
  context.indentation = 0;
  const text = context.formatValue(context, shown, 0);
  context.current = current;
  context.indentation = indentation;
  return stringReplaceAll(text, '\n', `\n${stringRepeat(' ', indentation)}`);
}

function paramsText(context: Context, params: URLSearchParams): string {
  const name = constructorName(params) ?? 'URLSearchParams';
  const pairs: string[] = bareArray();
  let length = -SEPARATOR.length;
  forEachParam(params, (value, key) => {
    const pair = `${quote(key)} => ${quote(value)}`;
    pairs[pairs.length] = pair;
    length += pair.length + SEPARATOR.length;
  });
  if (pairs.length === 0) return `${name} {}`;
  if (length <= BREAK_LENGTH) return `${name} { ${arrayJoin(pairs, SEPARATOR)} }`;
  const newLine = `\n${stringRepeat(' ', context.indentation + 2)}`;
  return `${name} {${newLine}${arrayJoin(pairs, `,${newLine}`)} }`;
}
