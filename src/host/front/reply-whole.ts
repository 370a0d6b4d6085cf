/** A response that left the machine in one piece, as Node sends it. */
import type { ServerResponse } from 'node:http';
import { decodeResponseHead, headInPlaceOf } from './request-codec.ts';

const EMPTY = new Uint8Array(0);

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

/** In place of one that could not be sent. */
export function sendInPlace(response: ServerResponse, isHead: boolean, head: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // Node has put down that of the other status.
  response.statusMessage = '';
  sendResponse(response, isHead, headInPlaceOf(head), EMPTY);
}
