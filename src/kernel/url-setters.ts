/** What assigning to a part of a URL does: a value that is not valid changes nothing. */
import {
  bareArray,
  charCodeAt,
  matches,
  regexpExec,
  stringIndexOf,
  stringReplaceAll,
  stringSlice,
  stringToLowerCase,
} from './primordials.ts';
import { parseHost } from './url-host.ts';
import { authorityEnd, parsePathStart, parsePort, portColon, querySet, withoutTabs } from './url-parser.ts';
import { FRAGMENT_SET, percentEncode } from './url-percent.ts';
import { defaultPort, isOpaque, isSpecial, type UrlRecord } from './url-record.ts';

const SCHEME = /^[A-Za-z][A-Za-z0-9+\-.]*$/;

export const hasAuthority = (record: UrlRecord): boolean =>
  record.host !== null && record.host !== '' && record.scheme !== 'file';

export function setProtocol(record: UrlRecord, value: string): void {
  const colon = stringIndexOf(value, ':');
  const scheme = stringToLowerCase(withoutTabs(colon < 0 ? value : stringSlice(value, 0, colon)));
  if (!matches(SCHEME, scheme) || isSpecial(scheme) !== isSpecial(record.scheme)) return;
  const hasMore = record.username !== '' || record.password !== '' || record.port !== null;
  if (scheme === 'file' && hasMore) return;
  if (record.scheme === 'file' && record.host === '') return;
  record.scheme = scheme;
  if (record.port === defaultPort(scheme)) record.port = null;
}

export function setHost(record: UrlRecord, value: string, withPort: boolean): void {
  if (isOpaque(record)) return;
  const special = isSpecial(record.scheme);
  const clean = withoutTabs(value);
  const text = stringSlice(clean, 0, authorityEnd(clean, special));
  const colon = record.scheme === 'file' ? -1 : portColon(text);
  if (colon === 0 || (colon > 0 && !withPort)) return;
  const host = colon < 0 ? text : stringSlice(text, 0, colon);
  if (host === '' && (special || record.username !== '' || record.password !== '' || record.port !== null)) {
    if (record.scheme === 'file') record.host = '';
    return;
  }
  const parsed = host === '' ? '' : tryHost(host, special);
  if (parsed === undefined) return;
  record.host = record.scheme === 'file' && parsed === 'localhost' ? '' : parsed;
  if (colon > 0) setPort(record, stringSlice(text, colon + 1), false);
}

function tryHost(host: string, special: boolean): string | undefined {
  try {
    return parseHost(host, special);
  } catch {
    return undefined;
  }
}

/** Digits at the start count; what follows them is ignored. */
export function setPort(record: UrlRecord, value: string, clears = true): void {
  const text = withoutTabs(value);
  if (text === '') {
    if (clears) record.port = null;
    return;
  }
  const digits = regexpExec(/^[0-9]+/, text);
  if (digits === null) return;
  try {
    record.port = parsePort(digits[0], record.scheme);
  } catch {
    // Beyond 65535: the port stays.
  }
}

export function setPathname(record: UrlRecord, value: string): void {
  if (isOpaque(record)) return;
  const { query, fragment } = record;
  record.path = bareArray();
  // In a path that is assigned, question mark and number sign are characters like any other.
  const text = stringReplaceAll(stringReplaceAll(withoutTabs(value), '?', '%3F'), '#', '%23');
  parsePathStart(text, record);
  record.query = query;
  record.fragment = fragment;
}

export function setQuery(record: UrlRecord, value: string): void {
  const text = withoutTabs(value);
  if (text === '') record.query = null;
  else {
    const query = charCodeAt(text, 0) === 0x3f ? stringSlice(text, 1) : text;
    record.query = percentEncode(query, querySet(record.scheme));
  }
}

export function setFragment(record: UrlRecord, value: string): void {
  const text = withoutTabs(value);
  if (text === '') record.fragment = null;
  else {
    const fragment = charCodeAt(text, 0) === 0x23 ? stringSlice(text, 1) : text;
    record.fragment = percentEncode(fragment, FRAGMENT_SET);
  }
}
