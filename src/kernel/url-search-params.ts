/** URLSearchParams: a list of pairs, written as application/x-www-form-urlencoded. */
import {
  arraySort,
  bareArray,
  charCodeAt,
  ObjectKeys,
  ReflectApply,
  stringIndexOf,
  stringReplaceAll,
  stringSlice,
  stringSplit,
} from './primordials.ts';
import { FORM_SET, percentDecode, percentEncode } from './url-percent.ts';
import { scalarString } from './webidl.ts';

export let isURLSearchParams: (value: unknown) => value is URLSearchParams;
export let searchParamsText: (params: URLSearchParams) => string;
/** Params that tell `changed` of each change, as those of a URL do; `query` without the question mark. */
export let searchParamsOver: (query: string, changed: (text: string) => void) => URLSearchParams;
export let resetSearchParams: (params: URLSearchParams, query: string) => void;

export class URLSearchParams {
  /** Name and value in turn. */
  #list: string[] = bareArray();
  #changed: ((text: string) => void) | undefined;

  static {
    isURLSearchParams = (value): value is URLSearchParams =>
      typeof value === 'object' && value !== null && #list in value;
    searchParamsText = (params) => serialise(params.#list);
    resetSearchParams = (params, query) => {
      params.#list = parseForm(query);
    };
    searchParamsOver = (query, changed) => {
      const params = new URLSearchParams();
      params.#list = parseForm(query);
      params.#changed = changed;
      return params;
    };
  }

  constructor(init: unknown = '') {
    if (typeof init === 'object' && init !== null) this.#list = listFrom(init);
    else {
      const text = scalarString(init);
      this.#list = parseForm(charCodeAt(text, 0) === 0x3f ? stringSlice(text, 1) : text);
    }
  }

  get size(): number {
    return this.#list.length / 2;
  }

  append(name: unknown, value: unknown): void {
    const list = this.#list;
    const key = scalarString(name);
    list[list.length] = key;
    list[list.length] = scalarString(value);
    this.#tell();
  }

  delete(name: unknown, value: unknown = undefined): void {
    const key = scalarString(name);
    const wanted = value === undefined ? undefined : scalarString(value);
    const list = this.#list;
    let length = 0;
    for (let index = 0; index < list.length; index += 2) {
      if (list[index] === key && (wanted === undefined || list[index + 1] === wanted)) continue;
      list[length] = list[index] as string;
      list[length + 1] = list[index + 1] as string;
      length += 2;
    }
    list.length = length;
    this.#tell();
  }

  get(name: unknown): string | null {
    const key = scalarString(name);
    const list = this.#list;
    for (let index = 0; index < list.length; index += 2)
      if (list[index] === key) return list[index + 1] as string;
    return null;
  }

  getAll(name: unknown): string[] {
    const key = scalarString(name);
    const list = this.#list;
    const values: string[] = [];
    for (let index = 0; index < list.length; index += 2) {
      if (list[index] === key) values[values.length] = list[index + 1] as string;
    }
    return values;
  }

  has(name: unknown, value: unknown = undefined): boolean {
    const key = scalarString(name);
    const wanted = value === undefined ? undefined : scalarString(value);
    const list = this.#list;
    for (let index = 0; index < list.length; index += 2) {
      if (list[index] === key && (wanted === undefined || list[index + 1] === wanted)) return true;
    }
    return false;
  }

  set(name: unknown, value: unknown): void {
    const key = scalarString(name);
    const text = scalarString(value);
    const list = this.#list;
    let length = 0;
    let found = false;
    for (let index = 0; index < list.length; index += 2) {
      const isIt = list[index] === key;
      if (isIt && found) continue;
      list[length] = list[index] as string;
      list[length + 1] = isIt ? text : (list[index + 1] as string);
      found ||= isIt;
      length += 2;
    }
    list.length = length;
    if (!found) {
      list[length] = key;
      list[length + 1] = text;
    }
    this.#tell();
  }

  /** By UTF-16 units of the names; pairs of one name keep their order. */
  sort(): void {
    const list = this.#list;
    const pairs: { name: string; value: string }[] = bareArray();
    for (let index = 0; index < list.length; index += 2) {
      pairs[index / 2] = { name: list[index] as string, value: list[index + 1] as string };
    }
    arraySort(pairs, (a: { name: string }, b: { name: string }) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
    );
    for (let index = 0; index < pairs.length; index += 1) {
      const pair = pairs[index] as { name: string; value: string };
      list[2 * index] = pair.name;
      list[2 * index + 1] = pair.value;
    }
    this.#tell();
  }

  forEach(callback: unknown, thisArgument: unknown = undefined): void {
    if (typeof callback !== 'function') throw new TypeError('The callback of forEach is not a function');
    for (let index = 0; index < this.#list.length; index += 2) {
      const list = this.#list;
      ReflectApply(callback as () => unknown, thisArgument, [list[index + 1], list[index], this]);
    }
  }

  *entries(): Generator<[string, string]> {
    for (let index = 0; index < this.#list.length; index += 2) {
      yield [this.#list[index] as string, this.#list[index + 1] as string];
    }
  }

  *keys(): Generator<string> {
    for (let index = 0; index < this.#list.length; index += 2) yield this.#list[index] as string;
  }

  *values(): Generator<string> {
    for (let index = 1; index < this.#list.length; index += 2) yield this.#list[index] as string;
  }

  toString(): string {
    return serialise(this.#list);
  }

  #tell(): void {
    this.#changed?.(serialise(this.#list));
  }
}

function listFrom(init: object): string[] {
  const list: string[] = bareArray();
  const iterable = init as Iterable<Iterable<unknown>>;
  if (iterable[iteratorSymbol] !== undefined) {
    for (const pair of iterable) {
      const parts = [...pair];
      if (parts.length !== 2) throw new TypeError('Each query pair must be a pair of name and value');
      list[list.length] = scalarString(parts[0]);
      list[list.length] = scalarString(parts[1]);
    }
    return list;
  }
  const keys = ObjectKeys(init);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    list[list.length] = scalarString(key);
    list[list.length] = scalarString((init as Record<string, unknown>)[key]);
  }
  return list;
}

const iteratorSymbol: typeof Symbol.iterator = Symbol.iterator;

function parseForm(text: string): string[] {
  const list: string[] = bareArray();
  if (text === '') return list;
  const parts = stringSplit(text, '&');
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] as string;
    if (part === '') continue;
    const equals = stringIndexOf(part, '=');
    list[list.length] = formDecode(equals < 0 ? part : stringSlice(part, 0, equals));
    list[list.length] = equals < 0 ? '' : formDecode(stringSlice(part, equals + 1));
  }
  return list;
}

const formDecode = (text: string): string => percentDecode(stringReplaceAll(text, '+', ' '));
const formEncode = (text: string): string => stringReplaceAll(percentEncode(text, FORM_SET), '%20', '+');

function serialise(list: readonly string[]): string {
  let text = '';
  for (let index = 0; index < list.length; index += 2) {
    text += `${index === 0 ? '' : '&'}${formEncode(list[index] as string)}=${formEncode(list[index + 1] as string)}`;
  }
  return text;
}
