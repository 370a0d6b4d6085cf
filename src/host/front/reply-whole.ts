/** A response that left the machine in one piece, as Node sends it. */
import type { ServerResponse } from 'node:http';
import { decodeResponseHead } from './request-codec.ts';

/** Keeps `body` until it is sent. Throws for a head that cannot be sent. */
export function sendResponse(
  response: ServerResponse,
  isHead: boolean,
  head: string,
  body: Uint8Array,
): void {
  const decoded = decodeResponseHead(head);
  if (decoded === undefined) throw new Error(`no response head: ${JSON.stringify(head.slice(0, 60))}`);
  const { status, headers, declaredLength } = decoded;
  if (status === 204 || status === 304) {
    response.writeHead(status, headers).end();
    return;
  }
  const isDeclared = isHead && body.length === 0 && declaredLength !== undefined;
  headers.push('content-length', isDeclared ? declaredLength : String(body.length));
  response.writeHead(status, headers).end(body);
}
