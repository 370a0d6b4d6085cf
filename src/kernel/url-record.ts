/** What a URL is made of, and how it is written. */
import { arrayJoin, bareArray, SafeMap, stringSlice, stringSplit } from './primordials.ts';

export interface UrlRecord {
  scheme: string;
  username: string;
  password: string;
  /** null: none; the empty string is a host too. */
  host: string | null;
  /** null: the scheme's default. */
  port: number | null;
  /**
   * Segments; or one string: an opaque path, or, where there is a host, one with its
   * slashes that nobody has taken apart.
   */
  path: string[] | string;
  query: string | null;
  fragment: string | null;
}

export class UrlFailure extends Error {}

/** The special schemes and their ports; -1 for none. */
const SPECIAL = new SafeMap<string, number>();
SPECIAL.set('http', 80);
SPECIAL.set('https', 443);
SPECIAL.set('ws', 80);
SPECIAL.set('wss', 443);
SPECIAL.set('ftp', 21);
SPECIAL.set('file', -1);

export const isSpecial = (scheme: string): boolean => SPECIAL.has(scheme);
export const defaultPort = (scheme: string): number | undefined => SPECIAL.get(scheme);

export function emptyRecord(scheme: string): UrlRecord {
  return {
    scheme,
    username: '',
    password: '',
    host: null,
    port: null,
    path: bareArray(),
    query: null,
    fragment: null,
  };
}

export const isOpaque = ({ host, path }: UrlRecord): boolean => host === null && typeof path === 'string';

export function copyPath(record: UrlRecord): string[] {
  const path = segmentsOf(record);
  const copy: string[] = bareArray();
  for (let index = 0; index < path.length; index += 1) copy[index] = path[index] as string;
  return copy;
}

/** Of a path that is not opaque. */
function segmentsOf(record: UrlRecord): string[] {
  const { path } = record;
  if (typeof path !== 'string') return path;
  const segments = stringSplit(stringSlice(path, 1), '/');
  record.path = segments;
  return segments;
}

export function pathText(record: UrlRecord): string {
  const { path } = record;
  if (typeof path === 'string') return path;
  return path.length === 0 ? '' : `/${arrayJoin(path, '/')}`;
}

export function hostText(record: UrlRecord): string {
  if (record.host === null) return '';
  return record.port === null ? record.host : `${record.host}:${record.port}`;
}

export function hrefText(record: UrlRecord): string {
  let text = `${record.scheme}:`;
  if (record.host !== null) {
    text += '//';
    if (record.username !== '' || record.password !== '') {
      text += record.username;
      if (record.password !== '') text += `:${record.password}`;
      text += '@';
    }
    text += hostText(record);
  } else if (typeof record.path !== 'string' && record.path.length > 1 && record.path[0] === '') text += '/.';
  text += pathText(record);
  if (record.query !== null) text += `?${record.query}`;
  return record.fragment === null ? text : `${text}#${record.fragment}`;
}

export function originText(record: UrlRecord): string {
  const { scheme } = record;
  return isSpecial(scheme) && scheme !== 'file' ? `${scheme}://${hostText(record)}` : 'null';
}
