/**
 * The parser of the URL standard. Instead of its state machine over code points it cuts the text at the
 * delimiters that the states look for; the tests compare it with Node's.
 */
import {
  charCodeAt,
  matches,
  NumberParseInt,
  regexpExec,
  stringIncludes,
  stringIndexOf,
  stringLastIndexOf,
  stringReplaceAll,
  stringSlice,
  stringStartsWith,
  stringToLowerCase,
} from './primordials.ts';
import { parseHost } from './url-host.ts';
import {
  C0_SET,
  FRAGMENT_SET,
  PATH_SET,
  percentEncode,
  QUERY_SET,
  SPECIAL_QUERY_SET,
  USERINFO_SET,
} from './url-percent.ts';
import {
  copyPath,
  defaultPort,
  emptyRecord,
  isOpaque,
  isSpecial,
  UrlFailure,
  type UrlRecord,
} from './url-record.ts';

const EDGES = /^[\0-\x20]|[\0-\x20]$/;
const TAB_OR_NEWLINE = /[\t\n\r]/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+\-.]*:/;
const DRIVE = /^[A-Za-z][:|]$/;
const STARTS_WITH_DRIVE = /^[A-Za-z][:|](?:$|[/\\?#])/;
const NORMAL_DRIVE = /^[A-Za-z]:$/;
const SINGLE_DOT = /^(?:\.|%2e)$/i;
const DOUBLE_DOT = /^(?:\.|%2e)(?:\.|%2e)$/i;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const QUESTION = 0x3f;
const HASH = 0x23;
const DOT = 0x2e;

/** Nearly every URL that a server meets: nothing in it to decode, to encode or to resolve. */
const PLAIN =
  /^(https?):\/\/((?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*)(?::([1-9][0-9]{0,4}))?\/([A-Za-z0-9_~!$&()*+,;=:@/.-]*)(?:\?([A-Za-z0-9_~!$&()*+,;=:@/%.?-]*))?$/;

/** What follows an origin and its slash. */
const PLAIN_REST = /^([A-Za-z0-9_~!$&()*+,;=:@/.-]*)(?:\?([A-Za-z0-9_~!$&()*+,;=:@/%.?-]*))?$/;
/**
 * The origin of the last web URL, as it is written and with its slash, and what it says: a server meets few.
 */
let knownOrigin = '\0';
let known: UrlRecord = emptyRecord('http');

/**
 * A URL of which it is known that it needs no parsing: that of the last request,
 * which its handler is about to ask for.
 */
let expected = '';
let expectedOriginLength = 0;
let expectedTarget = '';

/**
 * `origin` and `target` make a URL as the parser would write it, and the target
 * has no dot segments and no fragment.
 */
export function expectPlainUrl(url: string, origin: string, target: string): void {
  // A kill may fall between any two of these.
  expected = '';
  expectedOriginLength = origin.length;
  expectedTarget = target;
  expected = url;
}

function expectedRecord(): UrlRecord {
  const question = stringIndexOf(expectedTarget, '?');
  const path = question < 0 ? expectedTarget : stringSlice(expectedTarget, 0, question);
  const query = question < 0 ? undefined : stringSlice(expectedTarget, question + 1);
  return plainRecord(known.scheme, known.host, known.port, path, query);
}

function parsePlain(text: string): UrlRecord | undefined {
  if (stringStartsWith(text, knownOrigin)) {
    if (text === expected && knownOrigin.length === expectedOriginLength + 1) return expectedRecord();
    const rest = regexpExec(PLAIN_REST, stringSlice(text, knownOrigin.length));
    if (rest === null || mayHaveDotSegments(rest[1] as string)) return undefined;
    return plainRecord(known.scheme, known.host, known.port, `/${rest[1]}`, rest[2]);
  }
  const parts = regexpExec(PLAIN, text);
  if (parts === null) return undefined;
  const scheme = parts[1] as string;
  const host = parts[2] as string;
  const path = parts[4] as string;
  if (mayHaveDotSegments(path) || stringIncludes(host, 'xn--')) return undefined;
  const port = parts[3] === undefined ? null : parsePort(parts[3], scheme);
  const record = plainRecord(scheme, host, port, `/${path}`, parts[5]);
  rememberOrigin(text, record);
  return record;
}

const mayHaveDotSegments = (path: string): boolean =>
  stringIncludes(path, '.') && (charCodeAt(path, 0) === DOT || stringIncludes(path, '/.'));

/**
 * The next URL with the same beginning needs only its rest parsed: also one whose host is
 * an address, or a name that took work.
 */
function rememberOrigin(text: string, { scheme, username, password, host, port }: UrlRecord): void {
  if (username !== '' || password !== '') return;
  const origin = `${scheme}://${host}${port === null ? '' : `:${port}`}/`;
  if (!stringStartsWith(text, origin)) return;
  known = plainRecord(scheme, host, port, '/', undefined);
  knownOrigin = origin;
}

function plainRecord(
  scheme: string,
  host: string | null,
  port: number | null,
  path: string,
  query: string | undefined,
): UrlRecord {
  return {
    scheme,
    username: '',
    password: '',
    host,
    port,
    path,
    query: query ?? null,
    fragment: null,
  };
}

/** Throws a UrlFailure. */
export function parseUrl(text: string, base: UrlRecord | undefined): UrlRecord {
  const plain = parsePlain(text);
  if (plain !== undefined) return plain;
  const input = withoutTabs(trimEdges(text));
  const scheme = regexpExec(SCHEME, input);
  if (scheme === null) return parseWithoutScheme(input, base);
  const record = emptyRecord(stringToLowerCase(stringSlice(scheme[0], 0, -1)));
  const rest = stringSlice(input, scheme[0].length);
  if (record.scheme === 'file') return parseFile(rest, record, base?.scheme === 'file' ? base : undefined);
  if (isSpecial(record.scheme)) {
    if (base?.scheme === record.scheme && !stringStartsWith(rest, '//'))
      return parseRelative(rest, record, base);
    const parsed = parseAuthority(afterSlashes(rest), record);
    if (parsed.scheme === 'http' || parsed.scheme === 'https') rememberOrigin(text, parsed);
    return parsed;
  }
  if (stringStartsWith(rest, '//')) return parseAuthority(stringSlice(rest, 2), record);
  if (stringStartsWith(rest, '/')) return parsePath(stringSlice(rest, 1), record);
  record.path = '';
  return parseOpaque(rest, record);
}

function trimEdges(text: string): string {
  if (!matches(EDGES, text)) return text;
  let start = 0;
  let end = text.length;
  while (start < end && charCodeAt(text, start) <= 0x20) start += 1;
  while (end > start && charCodeAt(text, end - 1) <= 0x20) end -= 1;
  return stringSlice(text, start, end);
}

export function withoutTabs(text: string): string {
  if (!matches(TAB_OR_NEWLINE, text)) return text;
  return stringReplaceAll(stringReplaceAll(stringReplaceAll(text, '\t', ''), '\n', ''), '\r', '');
}

function afterSlashes(text: string): string {
  let at = 0;
  while (at < text.length && isSlash(charCodeAt(text, at), true)) at += 1;
  return stringSlice(text, at);
}

const isSlash = (unit: number, special: boolean): boolean =>
  unit === SLASH || (special && unit === BACKSLASH);

function parseWithoutScheme(input: string, base: UrlRecord | undefined): UrlRecord {
  if (base === undefined) throw new UrlFailure();
  const record = emptyRecord(base.scheme);
  if (isOpaque(base)) {
    if (charCodeAt(input, 0) !== HASH) throw new UrlFailure();
    record.path = base.path;
    record.query = base.query;
    return parseTail(input, record);
  }
  return base.scheme === 'file' ? parseFile(input, record, base) : parseRelative(input, record, base);
}

function takeAuthority(record: UrlRecord, base: UrlRecord): void {
  record.username = base.username;
  record.password = base.password;
  record.host = base.host;
  record.port = base.port;
}

function parseRelative(input: string, record: UrlRecord, base: UrlRecord): UrlRecord {
  const special = isSpecial(record.scheme);
  if (isSlash(charCodeAt(input, 0), special)) {
    if (special && isSlash(charCodeAt(input, 1), true)) return parseAuthority(afterSlashes(input), record);
    if (charCodeAt(input, 1) === SLASH) return parseAuthority(stringSlice(input, 2), record);
    takeAuthority(record, base);
    return parsePath(stringSlice(input, 1), record);
  }
  takeAuthority(record, base);
  record.path = copyPath(base);
  return parseOntoPath(input, record, base);
}

/** What follows is added to the base's path, or replaces its query or fragment only. */
function parseOntoPath(input: string, record: UrlRecord, base: UrlRecord): UrlRecord {
  const first = charCodeAt(input, 0);
  if (input === '' || first === HASH) {
    record.query = base.query;
    return parseTail(input, record);
  }
  if (first === QUESTION) return parseTail(input, record);
  shorten(record);
  return parsePath(input, record);
}

/** `user:password@host:port`, then the path. */
function parseAuthority(input: string, record: UrlRecord): UrlRecord {
  const special = isSpecial(record.scheme);
  const end = authorityEnd(input, special);
  const authority = stringSlice(input, 0, end);
  const at = stringLastIndexOf(authority, '@');
  if (at >= 0) parseCredentials(stringSlice(authority, 0, at), record);
  const host = stringSlice(authority, at + 1);
  if (host === '') {
    if (special || at >= 0) throw new UrlFailure();
    record.host = '';
  } else parseHostAndPort(host, record, special);
  return parsePathStart(stringSlice(input, end), record);
}

export function authorityEnd(input: string, special: boolean): number {
  for (let index = 0; index < input.length; index += 1) {
    const unit = charCodeAt(input, index);
    if (unit === QUESTION || unit === HASH || isSlash(unit, special)) return index;
  }
  return input.length;
}

function parseCredentials(text: string, record: UrlRecord): void {
  const colon = stringIndexOf(text, ':');
  const name = colon < 0 ? text : stringSlice(text, 0, colon);
  record.username = percentEncode(name, USERINFO_SET);
  if (colon >= 0) record.password = percentEncode(stringSlice(text, colon + 1), USERINFO_SET);
}

/** The colon before the port, outside of brackets; -1 for none. */
export function portColon(text: string): number {
  const from = charCodeAt(text, 0) === 0x5b ? stringIndexOf(text, ']') : 0;
  return from < 0 ? -1 : stringIndexOf(text, ':', from);
}

function parseHostAndPort(text: string, record: UrlRecord, special: boolean): void {
  const colon = portColon(text);
  if (colon === 0) throw new UrlFailure();
  record.host = parseHost(colon < 0 ? text : stringSlice(text, 0, colon), special);
  if (colon >= 0) record.port = parsePort(stringSlice(text, colon + 1), record.scheme);
}

export function parsePort(text: string, scheme: string): number | null {
  if (text === '') return null;
  if (!matches(/^[0-9]+$/, text)) throw new UrlFailure();
  const port = NumberParseInt(text, 10);
  if (port > 65_535) throw new UrlFailure();
  return port === defaultPort(scheme) ? null : port;
}

export function parsePathStart(input: string, record: UrlRecord): UrlRecord {
  const special = isSpecial(record.scheme);
  const first = charCodeAt(input, 0);
  if (isSlash(first, special)) return parsePath(stringSlice(input, 1), record);
  if (!special && (input === '' || first === QUESTION || first === HASH)) return parseTail(input, record);
  return parsePath(input, record);
}

function pathEnd(input: string): number {
  for (let index = 0; index < input.length; index += 1) {
    const unit = charCodeAt(input, index);
    if (unit === QUESTION || unit === HASH) return index;
  }
  return input.length;
}

/** Segments from behind the first slash; dots are resolved as they come. */
function parsePath(input: string, record: UrlRecord): UrlRecord {
  const special = isSpecial(record.scheme);
  const end = pathEnd(input);
  const path = record.path as string[];
  for (let from = 0; from <= end; ) {
    let to = from;
    while (to < end && !isSlash(charCodeAt(input, to), special)) to += 1;
    addSegment(percentEncode(stringSlice(input, from, to), PATH_SET), to === end, path, record);
    from = to + 1;
  }
  return parseTail(stringSlice(input, end), record);
}

function addSegment(segment: string, isLast: boolean, path: string[], record: UrlRecord): void {
  if (segment.length <= 6 && matches(DOUBLE_DOT, segment)) {
    shorten(record);
    if (isLast) path[path.length] = '';
  } else if (segment.length <= 3 && matches(SINGLE_DOT, segment)) {
    if (isLast) path[path.length] = '';
  } else if (record.scheme === 'file' && path.length === 0 && matches(DRIVE, segment)) {
    path[0] = `${stringSlice(segment, 0, 1)}:`;
  } else path[path.length] = segment;
}

function shorten(record: UrlRecord): void {
  const path = record.path as string[];
  if (record.scheme === 'file' && path.length === 1 && matches(NORMAL_DRIVE, path[0] as string)) return;
  if (path.length > 0) path.length -= 1;
}

function parseOpaque(input: string, record: UrlRecord): UrlRecord {
  const end = pathEnd(input);
  record.path = percentEncode(stringSlice(input, 0, end), C0_SET);
  return parseTail(stringSlice(input, end), record);
}

/** A query, a fragment, both or nothing. */
function parseTail(input: string, record: UrlRecord): UrlRecord {
  if (input === '') return record;
  const hash = stringIndexOf(input, '#');
  if (hash >= 0) record.fragment = percentEncode(stringSlice(input, hash + 1), FRAGMENT_SET);
  if (charCodeAt(input, 0) === QUESTION) {
    const query = stringSlice(input, 1, hash < 0 ? input.length : hash);
    record.query = percentEncode(query, querySet(record.scheme));
  }
  return record;
}

export const querySet = (scheme: string): RegExp => (isSpecial(scheme) ? SPECIAL_QUERY_SET : QUERY_SET);

function parseFile(input: string, record: UrlRecord, base: UrlRecord | undefined): UrlRecord {
  record.host = '';
  if (isSlash(charCodeAt(input, 0), true)) {
    if (isSlash(charCodeAt(input, 1), true)) return parseFileHost(stringSlice(input, 2), record);
    if (base !== undefined) {
      record.host = base.host;
      const drive = (base.path as string[])[0];
      const keepsDrive = drive !== undefined && matches(NORMAL_DRIVE, drive);
      if (keepsDrive && !matches(STARTS_WITH_DRIVE, stringSlice(input, 1))) record.path = [drive];
    }
    return parsePath(stringSlice(input, 1), record);
  }
  if (base === undefined) return parsePath(input, record);
  record.host = base.host;
  if (matches(STARTS_WITH_DRIVE, input)) return parsePath(input, record);
  record.path = copyPath(base);
  return parseOntoPath(input, record, base);
}

function parseFileHost(input: string, record: UrlRecord): UrlRecord {
  const end = authorityEnd(input, true);
  const text = stringSlice(input, 0, end);
  if (matches(DRIVE, text)) return parsePath(input, record);
  if (text !== '') {
    const host = parseHost(text, true);
    record.host = host === 'localhost' ? '' : host;
  }
  return parsePathStart(stringSlice(input, end), record);
}
