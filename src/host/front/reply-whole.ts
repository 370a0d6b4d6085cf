/** A response that left the machine in one piece, as Node sends it. */
import type { ServerResponse } from 'node:http';
import type { HttpExchange } from './exchange.ts';
import { decodeResponseHead, headInPlaceOf } from './request-codec.ts';
import type { UnreadReplies } from './unread-replies.ts';

const EMPTY = new Uint8Array(0);

/**
 * Keeps `body` until it is sent. In place of one that cannot be sent the client gets a 500, if it can be
 * told, and `unfit` the reason.
 */
export function replyByNode(
  { request, response, connection, upload }: HttpExchange,
  head: string,
  body: Uint8Array,
  unread: UnreadReplies,
  unfit: (error: unknown) => void,
): void {
  const isHead = request.method === 'HEAD';
  try {
    sendResponse(response, isHead, head, body);
    unread.sent(connection.socket, response, head.length + body.length);
    upload?.stop();
  } catch (error) {
    unfit(error);
    sendInPlace(response, isHead, head);
  }
}

function sendResponse(response: ServerResponse, isHead: boolean, head: string, body: Uint8Array): void {
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
function sendInPlace(response: ServerResponse, isHead: boolean, head: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // Node has put down that of the other status.
  response.statusMessage = '';
  sendResponse(response, isHead, headInPlaceOf(head), EMPTY);
}
