/**
 * Paths that a host answers itself, whoever is live: what load balancers and clients ask to find
 * the live one. A path has many spellings, and a guest sees all of them as one URL; so they are
 * made one here, before anybody compares.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { OWN_PATHS } from '../../kernel/abi.ts';

const LIVE_PATH = `${OWN_PATHS}live`;
/** Where the live host is, in answers of one that is not. */
export const LIVE_HEADER = 'tandem-live';

/** Any will do: only the path is looked at. */
const ORIGIN = 'http://localhost';
/** The dot of `.well-known`, plain or escaped: a target without one is nobody's but the guest's. */
const MAY_BE_OWN = /[.%]/;
/** Octets that mean the same escaped or not (RFC 3986 §2.3): letters, digits, `-._~`. */
const ESCAPED_UNRESERVED = /%(?:2[de]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi;

/**
 * A request's target as everybody behind the front is to see it: one that leads below Tandem's own
 * paths, however it is spelled, becomes path and query in their only spelling; every other one is
 * left as the client sent it. Paths are resolved as the URL standard does it, for so the guest would
 * see them (`/a/../`, backslashes, a whole URL as the target), and escapes that mean nothing are
 * undone, for so may a proxy or a router.
 */
export function plainTarget(target: string): string {
  if (!MAY_BE_OWN.test(target)) return target;
  // As kernel/incoming-url.ts reads it.
  const whole = target.startsWith('/') ? ORIGIN + target : target;
  const rooted = `${ORIGIN}/${target}`;
  const text = URL.canParse(whole) ? whole : rooted;
  if (!URL.canParse(text)) return target;
  const { pathname, search } = new URL(text);
  const path = pathname.replace(ESCAPED_UNRESERVED, (octet) =>
    String.fromCharCode(Number.parseInt(octet.slice(1), 16)),
  );
  if (path.startsWith(OWN_PATHS)) return path + search;
  // It only looked like one.
  return target.startsWith(OWN_PATHS) ? pathname + search : target;
}

/** For a target that is plain. */
export function asksForLive({ url = '', method }: IncomingMessage): boolean {
  const isLive = url === LIVE_PATH || url.startsWith(`${LIVE_PATH}?`);
  return isLive && (method === 'GET' || method === 'HEAD');
}

/** 200 on the live host alone, else 503; `url` is where that one is, if this host knows. */
export function answerLive(response: ServerResponse, live: boolean, url?: string): void {
  const body = Buffer.from(`${JSON.stringify({ live, ...(url === undefined ? {} : { url }) })}\n`);
  const headers = ['content-type', 'application/json', 'cache-control', 'no-store'];
  headers.push('content-length', String(body.length));
  if (!live) headers.push('retry-after', '1');
  if (url !== undefined) headers.push(LIVE_HEADER, url);
  response.writeHead(live ? 200 : 503, headers).end(body);
}
