/** What a host says to clients in the guest's place. Each has a word in the header `tandem-refusal`, so that a client can tell it from the guest's own. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { limits } from '../../base/limits.ts';
import { REFUSAL_HEADER } from '../../kernel/abi.ts';
import { declaredBodyBytes, discardBody } from './request-body.ts';

export interface Refusal {
  readonly status: number;
  /** The word in the header. */
  readonly name: string;
  readonly text: string;
  readonly headers?: readonly string[];
  /** The rest of the request is worth nothing, or the host is not the one to ask. */
  readonly close: boolean;
}

const RETRY_SOON = ['retry-after', '1'];
const body = `a body has at most ${limits.requestBodyBytes} bytes\n`;
const head = `a head has at most ${limits.requestHeadBytes} bytes\n`;
const encoding = 'no transfer encoding but chunked is known here\n';
const notLive = 'this host is not live now\n';

export const refusals = {
  doorsClosed: { status: 503, name: 'not-live', text: notLive, headers: RETRY_SOON, close: true },
  queueFull: {
    status: 503,
    name: 'busy',
    text: 'too many requests wait\n',
    headers: RETRY_SOON,
    close: false,
  },
  tooLarge: { status: 413, name: 'body-too-large', text: body, close: true },
  malformed: { status: 400, name: 'malformed', text: 'no valid request\n', close: true },
  encoding: { status: 501, name: 'encoding', text: encoding, close: true },
  slow: { status: 408, name: 'slow', text: 'the request did not come in time\n', close: true },
  headTooLarge: { status: 431, name: 'head-too-large', text: head, close: true },
} as const satisfies Record<string, Refusal>;

/** Answers, and sees to what the client may still send. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const headers = ['content-type', 'text/plain', 'content-length', String(refusal.text.length)];
  headers.push(REFUSAL_HEADER, refusal.name);
  if (refusal.headers !== undefined) headers.push(...refusal.headers);
  if (!refusal.close) {
    response.writeHead(refusal.status, headers).end(refusal.text);
    return;
  }
  headers.push('connection', 'close');
  response.writeHead(refusal.status, headers);
  if (request.complete || declaredBodyBytes(request) === 0) {
    response.end(refusal.text);
    return;
  }
  // The connection ends with the response, and unread bytes would turn that end into a reset.
  response.write(refusal.text);
  discardBody(request, () => response.end());
}

/** For a client with which no HTTP can be spoken any more. */
export function rawRefusal({ status, name, text }: Refusal): string {
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`;
  const fields = `content-type: text/plain\r\ncontent-length: ${text.length}\r\n${REFUSAL_HEADER}: ${name}\r\nconnection: close`;
  return `${line}\r\n${fields}\r\n\r\n${text}`;
}
