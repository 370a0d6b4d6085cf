/**
 * What a client is told when its request does not enter the machine, and how: the rest of a request that
 * nobody wants must not cost it the answer.
 */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { limits } from '../../base/limits.ts';
import { REFUSAL_HEADER } from '../../kernel/abi.ts';
import { type Connection, type HttpExchange, owesAnswers } from './exchange.ts';
import { type BodyEnd, declaredBodyBytes, discardBody } from './request-body.ts';

export interface Refusal {
  readonly status: number;
  /** The word in the header `tandem-refusal`, by which a client tells it from a reply of the guest's. */
  readonly name: string;
  readonly text: string;
  readonly headers?: readonly string[];
  /** The rest of the request is worth nothing, or the host is not the one to ask. */
  readonly close: boolean;
}

const RETRY_SOON = ['retry-after', '1'];
export const refusals = {
  doorsClosed: {
    status: 503,
    name: 'not-live',
    text: 'this host is not live now\n',
    headers: RETRY_SOON,
    close: true,
  },
  queueFull: {
    status: 503,
    name: 'busy',
    text: 'too many requests wait\n',
    headers: RETRY_SOON,
    close: false,
  },
  tooLargeAsStream: {
    status: 413,
    name: 'body-too-large',
    text: `a body has at most ${limits.uploadBytes} bytes\n`,
    close: true,
  },
  tooLarge: {
    status: 413,
    name: 'body-too-large',
    text: `a body has at most ${limits.requestBodyBytes} bytes\n`,
    close: true,
  },
  chunkExtensions: {
    status: 413,
    name: 'chunk-extensions-too-large',
    text: 'the extensions of a chunk are too long; nobody reads them here, so leave them out\n',
    close: true,
  },
  malformed: { status: 400, name: 'malformed', text: 'no valid request\n', close: true },
  encoding: {
    status: 501,
    name: 'encoding',
    text: 'no transfer encoding but chunked is known here\n',
    close: true,
  },
  slow: { status: 408, name: 'slow', text: 'the request did not come in time\n', close: true },
  headTooLarge: {
    status: 431,
    name: 'head-too-large',
    text: `a head has at most ${limits.requestHeadBytes} bytes\n`,
    close: true,
  },
} as const satisfies Record<string, Refusal>;

export const bodyRefusals: Readonly<Record<BodyEnd, Refusal | undefined>> = {
  'too-large': refusals.tooLarge,
  'no-room': refusals.queueFull,
  stalled: refusals.slow,
  // There is nobody to answer.
  cut: undefined,
};

/** As Node calls it. */
export const SLOW = { name: 'Error', message: '', code: 'ERR_HTTP_REQUEST_TIMEOUT' } as const;

const clientErrorRefusals: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ['HPE_HEADER_OVERFLOW', refusals.headTooLarge],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', refusals.chunkExtensions],
  [SLOW.code, refusals.slow],
]);

export function refuse({ request, response, connection }: HttpExchange, refusal: Refusal): void {
  const headers = ['content-type', 'text/plain', 'content-length', String(refusal.text.length)];
  headers.push(REFUSAL_HEADER, refusal.name);
  if (refusal.headers !== undefined) headers.push(...refusal.headers);
  if (!refusal.close) {
    response.writeHead(refusal.status, headers).end(refusal.text);
    return;
  }
  connection.isEnding = true;
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

function rawRefusal({ status, name, text }: Refusal): string {
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`;
  const fields = `content-type: text/plain\r\ncontent-length: ${text.length}\r\n${REFUSAL_HEADER}: ${name}\r\nconnection: close`;
  return `${line}\r\n${fields}\r\n\r\n${text}`;
}

/** What is not HTTP, too large a head, too slow a client. */
export function refuseBroken(
  connection: Connection | undefined,
  error: NodeJS.ErrnoException,
  socket: Duplex,
): void {
  if (connection === undefined || connection.isEnding) return;
  connection.isEnding = true;
  const mayAnswer = !owesAnswers(connection) && socket.writable && error.code !== 'ECONNRESET';
  if (!mayAnswer) {
    socket.destroy();
    return;
  }
  // The client gets a moment to stop sending: unread bytes would turn the end
  // into a reset, and the refusal be lost.
  socket.end(rawRefusal(clientErrorRefusals.get(error.code ?? '') ?? refusals.malformed));
  setTimeout(() => socket.destroy(), limits.lingerMs).unref();
}
