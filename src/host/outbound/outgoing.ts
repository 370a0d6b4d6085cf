/**
 * What is sent to a server for one call, and what becomes of it on a redirect (Fetch standard,
 * HTTP-redirect fetch). Pure functions.
 */
import { limits } from '../../base/limits.ts';
import type { CallRequest } from './call-codec.ts';

export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array;
  /** Executing it twice is the same as once, and so is not knowing. */
  readonly isSafe: boolean;
}

/**
 * On every call: by it a server knows that a guest asks, whatever name or address led to
 * it. Admin ports refuse what has it, since a program that calls URLs of its clients'
 * would order its own host about for them.
 */
export const GUEST_CALL = 'tandem-guest';

/** About the connection, or written by Node or here. */
const NOT_THE_GUESTS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  GUEST_CALL,
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Another server shall not learn them. */
const SECRETS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);
const ABOUT_THE_BODY = /^(?:content-|idempotency-key$)/;
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Behind a name, and behind a value. */
const SEPARATOR_BYTES = 2;
const HAS_A_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * A text says why nothing can be sent. The guest's own parser of URLs knows no tables of Unicode: what it
 * lets through and the host's does not is refused here.
 */
export function outgoing({ method, url, headers: list, body }: CallRequest): Outgoing | string {
  const headBytes = list.reduce((sum, text) => sum + text.length + SEPARATOR_BYTES, url.length);
  if (headBytes > limits.outboundRequestHeadBytes)
    return `URL and headers have ${headBytes} bytes, at most ${limits.outboundRequestHeadBytes} are sent`;
  if (!URL.canParse(url)) return `${url} is no URL`;
  const own = { 'user-agent': 'Tandem', accept: '*/*', [GUEST_CALL]: '1' };
  const headers = { ...own, ...guestsHeaders(list) };
  const length = body.length > 0 || HAS_A_BODY.has(method) ? { 'content-length': String(body.length) } : {};
  return {
    url: new URL(url),
    method,
    headers: { ...headers, ...length },
    body,
    isSafe: SAFE.has(method),
  };
}

/** A name that comes again has all of its values, in their order. */
function guestsHeaders(list: readonly string[]): Record<string, string | string[]> {
  const valuesOf = new Map<string, string[]>();
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] ?? '';
    const value = list[index + 1] ?? '';
    if (NOT_THE_GUESTS.has(name)) continue;
    const values = valuesOf.get(name);
    if (values === undefined) valuesOf.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries(
    [...valuesOf].map(([name, [value = '', ...more]]) => [
      name,
      more.length === 0 ? value : [value, ...more],
    ]),
  );
}

/** The request that a redirect asks for; undefined when the answer is none, a text when it leads nowhere. */
export function redirected(
  from: Outgoing,
  status: number,
  location: string | undefined,
): Outgoing | string | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  if (!URL.canParse(location, from.url.href)) return `${from.url.href} redirects to what is no URL`;
  const url = new URL(location, from.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `${from.url.href} redirects to ${url.protocol}`;
  if (url.username !== '' || url.password !== '')
    return `${from.url.href} redirects to a URL with a user name or a password in it`;
  const isPost = (status === 301 || status === 302) && from.method === 'POST';
  const isOther = status === 303 && from.method !== 'GET' && from.method !== 'HEAD';
  const becomesGet = isPost || isOther;
  const headers = Object.entries(from.headers).filter(
    ([name]) =>
      !(becomesGet && ABOUT_THE_BODY.test(name)) && !(url.origin !== from.url.origin && SECRETS.has(name)),
  );
  return {
    url,
    method: becomesGet ? 'GET' : from.method,
    headers: Object.fromEntries(headers),
    body: becomesGet ? new Uint8Array(0) : from.body,
    isSafe: becomesGet || from.isSafe,
  };
}
