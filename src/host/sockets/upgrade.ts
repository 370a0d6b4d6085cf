/**
 * Requests that ask to leave HTTP. Those that want a WebSocket enter the machine like any other request, and
 * may be answered as such. What else is asked for (some clients offer HTTP/2 with each request) is not heard:
 * a server may ignore it, and answers in HTTP/1.1.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../../base/limits.ts';
import { declaredBodyBytes } from '../front/request-body.ts';

/** One with a body does not: whatever follows its head would be both body and frames. */
export const asksForWebSocket = (request: IncomingMessage): boolean =>
  request.method === 'GET' &&
  request.headers.upgrade?.toLowerCase() === 'websocket' &&
  declaredBodyBytes(request) === 0;

const WISH: ReadonlySet<string> = new Set(['upgrade', 'http2-settings']);

/** Whatever else a `Connection` says holds for the request. */
const withoutWish = (value: string): string =>
  value
    .split(',')
    .filter((name) => !WISH.has(name.trim().toLowerCase()))
    .join();

/** Lets Node `read` the request again, without the wish. It has taken its parser off the connection. */
export function readWithoutUpgrade(
  read: (socket: Socket) => void,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const isConnection = name.toLowerCase() === 'connection';
    if (!WISH.has(name.toLowerCase())) lines.push(`${name}: ${isConnection ? withoutWish(value) : value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  read(socket);
}

/** For an answer in HTTP, with which the connection ends. */
export function responseOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // Nobody else listens to this connection any more.
  socket.on('error', () => socket.destroy());
  response.once('finish', () => hangUp(socket));
  return response;
}

/**
 * What the client has said meanwhile is for nobody. As long as it were not read, the connection would never
 * end, and read at once it cannot turn that end into a reset.
 */
function hangUp(socket: Socket): void {
  socket.resume();
  socket.end();
  const timer = setTimeout(() => socket.destroy(), limits.lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
}
