/**
 * The URL of a client's request: `http://`, the Host header, the target; as the URL parser would write it.
 */
import { charCodeAt, matches, stringEndsWith, stringIncludes, stringSlice } from './primordials.ts';
import { headValue } from './request-head.ts';
import { tryHref } from './url.ts';
import { expectPlainUrl } from './url-parser.ts';

const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?$/;
/** Nothing in it that the parser would change: no dot segments, no characters to escape. */
const PLAIN_TARGET = /^\/[A-Za-z0-9_~!$&()*+,;=:@/%-]*(?:\?[A-Za-z0-9_~!$&()*+,;=:@/%.?-]*)?$/;
/** A segment of dots may be written with escapes. */
const ESCAPED_DOT = /%2e/i;
const UNKNOWN_HOST = 'localhost';

/** The last Host header and what came of it: a server has few names. */
let lastHost = '';
let lastOrigin = '';

export function incomingUrl(head: readonly string[]): string {
  const target = head[1] ?? '/';
  const origin = originOf(headValue(head, 'host') ?? '');
  if (matches(PLAIN_TARGET, target) && !(stringIncludes(target, '%') && matches(ESCAPED_DOT, target))) {
    const url = origin + target;
    expectPlainUrl(url, origin, target);
    return url;
  }
  const absolute = charCodeAt(target, 0) === 0x2f ? origin + target : target;
  return tryHref(absolute) ?? tryHref(`${origin}/${target}`) ?? `${origin}/`;
}

function originOf(host: string): string {
  if (host === lastHost && lastOrigin !== '') return lastOrigin;
  lastHost = host;
  lastOrigin = serialisedOrigin(host);
  return lastOrigin;
}

function serialisedOrigin(host: string): string {
  const isPlain = matches(HOST, host) && !stringIncludes(host, '..') && !stringEndsWith(host, ':80');
  // A name whose last part is a number is an IPv4 address in one of its many forms: the parser's work.
  if (isPlain && matches(/[a-z-][a-z0-9-]*(?::[0-9]+)?$/, host)) return `http://${host}`;
  if (host === '' || matches(/[/?#@\\\s]/, host)) return `http://${UNKNOWN_HOST}`;
  const href = tryHref(`http://${host}/`);
  return href === undefined ? `http://${UNKNOWN_HOST}` : stringSlice(href, 0, href.length - 1);
}
