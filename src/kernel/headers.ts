/**
 * The Fetch standard's Headers. Kept as one flat list, name and value in turn, names in
 * lower case, in the order of arrival.
 */
import { SHORT_HEADER_NAMES } from './abi.ts';
import { quote } from './inspect-primitive.ts';
import {
  arrayJoin,
  arraySort,
  bareArray,
  charCodeAt,
  matches,
  ObjectKeys,
  ReflectApply,
  SafeMap,
  stringSlice,
  stringSplit,
  stringToLowerCase,
  stringToUpperCase,
} from './primordials.ts';

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const UNUSUAL_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const FORBIDDEN_IN_VALUE = /[\0\r\n\u0100-\uffff]/;
const SET_COOKIE = 'set-cookie';

/** Names seen most, so that they need no check: as written, in lower case. */
const KNOWN_NAMES = new SafeMap<string, string>();
const USUAL_NAMES = [
  'location',
  'set-cookie',
  'etag',
  'vary',
  'allow',
  'date',
  'x-powered-by',
  'last-modified',
];

function knowName(name: string): void {
  KNOWN_NAMES.set(name, name);
  const parts = stringSplit(name, '-');
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] as string;
    parts[index] = stringToUpperCase(stringSlice(part, 0, 1)) + stringSlice(part, 1);
  }
  KNOWN_NAMES.set(arrayJoin(parts, '-'), name);
}
for (let index = 0; index < SHORT_HEADER_NAMES.length; index += 1)
  knowName(SHORT_HEADER_NAMES[index] as string);
for (let index = 0; index < USUAL_NAMES.length; index += 1) knowName(USUAL_NAMES[index] as string);

function headerName(value: unknown): string {
  const text = `${value as string}`;
  const known = KNOWN_NAMES.get(text);
  if (known !== undefined) return known;
  if (!matches(NAME, text)) throw new TypeError(`Invalid header name: ${quote(text)}`);
  return stringToLowerCase(text);
}

function headerValue(value: unknown, name: string): string {
  let text = `${value as string}`;
  if (text === '') return text;
  const first = charCodeAt(text, 0);
  const last = charCodeAt(text, text.length - 1);
  if (first > 0x20 && last > 0x20 && !matches(UNUSUAL_VALUE, text)) return text;
  text = trimWhitespace(text);
  if (matches(FORBIDDEN_IN_VALUE, text))
    throw new TypeError(`Invalid value of header ${name}: ${quote(text)}`);
  return text;
}

const isWhitespace = (unit: number): boolean =>
  unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d;

function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(charCodeAt(text, start))) start += 1;
  while (end > start && isWhitespace(charCodeAt(text, end - 1))) end -= 1;
  return stringSlice(text, start, end);
}

export let listOf: (headers: Headers) => string[];
export let isHeaders: (value: unknown) => value is Headers;
/** Headers over an existing list, without a check. */
export let headersOver: (list: string[], immutable: boolean) => Headers;

const UNCHECKED = {};

export class Headers {
  #list: string[];
  #immutable = false;

  static {
    listOf = (headers) => headers.#list;
    isHeaders = (value): value is Headers => typeof value === 'object' && value !== null && #list in value;
    headersOver = (list, immutable) => {
      const headers = new Headers(UNCHECKED);
      headers.#list = list;
      headers.#immutable = immutable;
      return headers;
    };
  }

  constructor(init: unknown = undefined) {
    this.#list = bareArray();
    if (init === undefined || init === UNCHECKED) return;
    fillList(this.#list, init);
  }

  append(name: unknown, value: unknown): void {
    const key = headerName(name);
    const text = headerValue(value, key);
    this.#check();
    appendTo(this.#list, key, text);
  }

  delete(name: unknown): void {
    const key = headerName(name);
    this.#check();
    const list = this.#list;
    const kept: string[] = bareArray();
    for (let index = 0; index < list.length; index += 2) {
      if (list[index] !== key) appendTo(kept, list[index] as string, list[index + 1] as string);
    }
    this.#list = kept;
  }

  get(name: unknown): string | null {
    return getFrom(this.#list, headerName(name));
  }

  getSetCookie(): string[] {
    const values: string[] = [];
    const list = this.#list;
    for (let index = 0; index < list.length; index += 2) {
      if (list[index] === SET_COOKIE) values[values.length] = list[index + 1] as string;
    }
    return values;
  }

  has(name: unknown): boolean {
    return getFrom(this.#list, headerName(name)) !== null;
  }

  set(name: unknown, value: unknown): void {
    const key = headerName(name);
    const text = headerValue(value, key);
    this.#check();
    setIn(this.#list, key, text);
  }

  forEach(callback: unknown, thisArgument: unknown = undefined): void {
    if (typeof callback !== 'function')
      throw new TypeError('The callback of Headers.forEach is not a function');
    const list = sortedList(this.#list);
    for (let index = 0; index < list.length; index += 2) {
      ReflectApply(callback as () => unknown, thisArgument, [list[index + 1], list[index], this]);
    }
  }

  *entries(): Generator<[string, string]> {
    const list = sortedList(this.#list);
    for (let index = 0; index < list.length; index += 2) {
      yield [list[index] as string, list[index + 1] as string];
    }
  }

  *keys(): Generator<string> {
    const list = sortedList(this.#list);
    for (let index = 0; index < list.length; index += 2) yield list[index] as string;
  }

  *values(): Generator<string> {
    const list = sortedList(this.#list);
    for (let index = 1; index < list.length; index += 2) yield list[index] as string;
  }

  #check(): void {
    if (this.#immutable) throw new TypeError('These headers are immutable');
  }
}

/** Sets several headers from what a constructor was given: Headers, pairs or an object. */
export function fillList(list: string[], init: unknown): void {
  if (isHeaders(init)) {
    const source = listOf(init);
    for (let index = 0; index < source.length; index += 1) list[index] = source[index] as string;
    return;
  }
  if (typeof init !== 'object' || init === null) {
    throw new TypeError('Headers are made from an object, an iterable of pairs, or Headers');
  }
  if ((init as Iterable<unknown>)[iteratorSymbol] !== undefined) {
    for (const pair of init as Iterable<Iterable<unknown>>) {
      const parts = typeof pair === 'string' ? [] : [...pair];
      if (parts.length !== 2) throw new TypeError('Each header must be a pair of name and value');
      const name = headerName(parts[0]);
      appendTo(list, name, headerValue(parts[1], name));
    }
    return;
  }
  const keys = ObjectKeys(init);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const name = headerName(key);
    appendTo(list, name, headerValue((init as Record<string, unknown>)[key], name));
  }
}

const iteratorSymbol: typeof Symbol.iterator = Symbol.iterator;

export function appendTo(list: string[], name: string, value: string): void {
  list[list.length] = name;
  list[list.length] = value;
}

/** The combined value; null when there is none. */
export function getFrom(list: readonly string[], name: string): string | null {
  let found: string | null = null;
  for (let index = 0; index < list.length; index += 2) {
    if (list[index] !== name) continue;
    const value = list[index + 1] as string;
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}

function setIn(list: string[], name: string, value: string): void {
  let length = 0;
  let found = false;
  for (let index = 0; index < list.length; index += 2) {
    const isIt = list[index] === name;
    if (isIt && found) continue;
    list[length] = list[index] as string;
    list[length + 1] = isIt ? value : (list[index + 1] as string);
    found ||= isIt;
    length += 2;
  }
  list.length = length;
  if (!found) appendTo(list, name, value);
}

/** By name, values of one name combined; each set-cookie stays apart. */
function sortedList(list: readonly string[]): string[] {
  const names = new SafeMap<string, string>();
  const order: string[] = bareArray();
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] as string;
    const before = names.get(name);
    if (before === undefined) order[order.length] = name;
    names.set(name, before === undefined ? (list[index + 1] as string) : `${before}, ${list[index + 1]}`);
  }
  arraySort(order, (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0));
  const sorted: string[] = bareArray();
  for (let index = 0; index < order.length; index += 1) {
    const name = order[index] as string;
    if (name !== SET_COOKIE) appendTo(sorted, name, names.get(name) as string);
    else {
      for (let place = 0; place < list.length; place += 2) {
        if (list[place] === name) appendTo(sorted, name, list[place + 1] as string);
      }
    }
  }
  return sorted;
}
