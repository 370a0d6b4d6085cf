/**
 * Redirects, as the Fetch standard follows them: each hop is a request of its own, with a number of its own.
 */
import { isWeb, type KeptRequest } from './kept-request.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HOPS_AT_MOST = 20;

/** Whether there is another hop to make. Throws a TypeError when redirects are errors. */
export function isRedirect({ status, headers }: Response, mode: Request['redirect']): boolean {
  if (!REDIRECTS.has(status) || !headers.has('location') || mode === 'manual') return false;
  if (mode === 'error')
    throw new TypeError(`fetch failed: a redirect (${status}), which the caller did not want`);
  return true;
}

/** Where to, and with what. Throws a TypeError after too many hops. */
export function redirected(
  request: KeptRequest,
  response: Response,
  hops: number,
): { readonly url: URL; readonly request: KeptRequest } {
  if (hops >= HOPS_AT_MOST) throw new TypeError(`fetch failed: more than ${HOPS_AT_MOST} redirects`);
  const base = new URL(response.url);
  const url = new URL(response.headers.get('location') ?? '', base);
  if (!isWeb(url)) throw new TypeError(`fetch failed: a redirect to ${url.protocol}`);
  const { status } = response;
  const { method } = request;
  const becomesGet =
    (status === 303 && method !== 'HEAD' && method !== 'GET') || (status < 303 && method === 'POST');
  const headers = new Headers(request.headers);
  if (becomesGet)
    for (const name of ['content-type', 'content-length', 'content-encoding']) headers.delete(name);
  if (url.origin !== base.origin) for (const name of ['authorization', 'cookie']) headers.delete(name);
  const next = {
    ...request,
    target: url.pathname + url.search,
    headers,
    ...(becomesGet ? { method: 'GET', body: undefined } : {}),
  };
  return { url, request: next };
}
