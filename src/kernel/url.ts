/** The URL standard's URL. */
import { quote } from './inspect-primitive.ts';
import { objectIsPrototypeOf } from './primordials.ts';
import { parseUrl } from './url-parser.ts';
import { percentEncode, USERINFO_SET } from './url-percent.ts';
import { hostText, hrefText, originText, pathText, UrlFailure, type UrlRecord } from './url-record.ts';
import { resetSearchParams, searchParamsOver, type URLSearchParams } from './url-search-params.ts';
import {
  hasAuthority,
  setFragment,
  setHost,
  setPathname,
  setPort,
  setProtocol,
  setQuery,
} from './url-setters.ts';
import { scalarString } from './webidl.ts';

let stateOf: (url: URL) => UrlRecord;
export let isURL: (value: unknown) => value is URL;

/** The URL as the parser writes it; throws a TypeError when it is none. */
export function parsedHref(text: string): string {
  return hrefText(parseOrThrow(text, undefined));
}

/** As `parsedHref`, but undefined when it is none. */
export function tryHref(text: string): string | undefined {
  const record = tryParse(text, undefined);
  return record === undefined ? undefined : hrefText(record);
}

function tryParse(text: string, base: UrlRecord | undefined): UrlRecord | undefined {
  try {
    return parseUrl(text, base);
  } catch (error) {
    if (objectIsPrototypeOf(failurePrototype, error as object)) return undefined;
    throw error;
  }
}

const failurePrototype = UrlFailure.prototype;

function parseOrThrow(text: string, base: UrlRecord | undefined): UrlRecord {
  const record = tryParse(text, base);
  if (record === undefined) throw new TypeError(`Invalid URL: ${quote(text)}`);
  return record;
}

function parseWithBase(url: unknown, base: unknown): UrlRecord | undefined {
  const baseText =
    base === undefined ? undefined : isURL(base) ? hrefText(stateOf(base)) : scalarString(base);
  const text = isURL(url) ? hrefText(stateOf(url)) : scalarString(url);
  const baseRecord = baseText === undefined ? undefined : tryParse(baseText, undefined);
  if (baseText !== undefined && baseRecord === undefined) return undefined;
  return tryParse(text, baseRecord);
}

const INTERNAL = {};

export class URL {
  #record: UrlRecord;
  #params: URLSearchParams | undefined;

  static {
    stateOf = (url) => url.#record;
    isURL = (value): value is URL => typeof value === 'object' && value !== null && #record in value;
  }

  constructor(url: unknown, base: unknown = undefined) {
    const record = url === INTERNAL ? (base as UrlRecord) : parseWithBase(url, base);
    if (record === undefined) throw new TypeError(`Invalid URL: ${quote(scalarString(url))}`);
    this.#record = record;
  }

  static canParse(url: unknown, base: unknown = undefined): boolean {
    return parseWithBase(url, base) !== undefined;
  }

  static parse(url: unknown, base: unknown = undefined): URL | null {
    const record = parseWithBase(url, base);
    return record === undefined ? null : new URL(INTERNAL, record);
  }

  get href(): string {
    return hrefText(this.#record);
  }

  set href(value: unknown) {
    this.#record = parseOrThrow(scalarString(value), undefined);
    if (this.#params !== undefined) resetSearchParams(this.#params, this.#record.query ?? '');
  }

  get origin(): string {
    const record = this.#record;
    const inner = record.scheme === 'blob' ? tryParse(pathText(record), undefined) : undefined;
    const isWeb = inner?.scheme === 'http' || inner?.scheme === 'https';
    return originText(inner !== undefined && isWeb ? inner : record);
  }

  get protocol(): string {
    return `${this.#record.scheme}:`;
  }

  set protocol(value: unknown) {
    setProtocol(this.#record, scalarString(value));
  }

  get username(): string {
    return this.#record.username;
  }

  set username(value: unknown) {
    if (hasAuthority(this.#record)) this.#record.username = percentEncode(scalarString(value), USERINFO_SET);
  }

  get password(): string {
    return this.#record.password;
  }

  set password(value: unknown) {
    if (hasAuthority(this.#record)) this.#record.password = percentEncode(scalarString(value), USERINFO_SET);
  }

  get host(): string {
    return hostText(this.#record);
  }

  set host(value: unknown) {
    setHost(this.#record, scalarString(value), true);
  }

  get hostname(): string {
    return this.#record.host ?? '';
  }

  set hostname(value: unknown) {
    setHost(this.#record, scalarString(value), false);
  }

  get port(): string {
    const { port } = this.#record;
    return port === null ? '' : `${port}`;
  }

  set port(value: unknown) {
    if (hasAuthority(this.#record)) setPort(this.#record, scalarString(value));
  }

  get pathname(): string {
    return pathText(this.#record);
  }

  set pathname(value: unknown) {
    setPathname(this.#record, scalarString(value));
  }

  get search(): string {
    const { query } = this.#record;
    return query === null || query === '' ? '' : `?${query}`;
  }

  set search(value: unknown) {
    const text = scalarString(value);
    setQuery(this.#record, text);
    if (this.#params !== undefined) resetSearchParams(this.#params, this.#record.query ?? '');
  }

  get searchParams(): URLSearchParams {
    this.#params ??= searchParamsOver(this.#record.query ?? '', (text) => {
      this.#record.query = text === '' ? null : text;
    });
    return this.#params;
  }

  get hash(): string {
    const { fragment } = this.#record;
    return fragment === null || fragment === '' ? '' : `#${fragment}`;
  }

  set hash(value: unknown) {
    setFragment(this.#record, scalarString(value));
  }

  toString(): string {
    return hrefText(this.#record);
  }

  toJSON(): string {
    return hrefText(this.#record);
  }
}
