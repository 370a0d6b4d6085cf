/** Paths that a host answers itself, whoever is live: what load balancers and clients ask to find the live one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { OWN_PATHS } from '../../kernel/abi.ts';

const LIVE_PATH = `${OWN_PATHS}live`;
/** Where the live host is, in answers of one that is not. */
export const LIVE_HEADER = 'tandem-live';

export function asksForLive({ url, method }: IncomingMessage): boolean {
  return url === LIVE_PATH && (method === 'GET' || method === 'HEAD');
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
