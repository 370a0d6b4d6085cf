/** A client front with a guest in small behind it, and clients that send exactly the bytes they are told. */
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { ClientFront } from '../../../src/host/front/client-front.ts';
import { type DecodedRequest, decodeRequest } from './decode-request.ts';

export const bytes = (text: string): Uint8Array => Buffer.from(text);
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

/** Changes bounds for one test: they are read where they are used. */
export function withLimits(changed: { -readonly [Name in keyof typeof limits]?: number }): void {
  const before = { ...limits };
  Object.assign(limits, changed);
  undo.push(() => Object.assign(limits, before));
}

export type Answer = (request: DecodedRequest, front: ClientFront) => void;
export const answerOk: Answer = (request, front) =>
  front.respond(request.id, '200\ncontent-type\ntext/plain', bytes(`ok ${request.target}`));

/** A front with a guest that answers by `answer`; what it was given is in `requests` and `aborted`. */
export async function startFront(
  answer: Answer = answerOk,
  takes: () => boolean = () => true,
  allowOrigins: readonly string[] = [],
) {
  const requests: DecodedRequest[] = [];
  const aborted: number[] = [];
  const told: Uint8Array[] = [];
  const log: string[] = [];
  let wake = (): void => {};
  const front: ClientFront = new ClientFront(
    { clients: { address: '127.0.0.1', port: 0 }, firstRequestId: 1_000, allowOrigins },
    {
      deliver(...payload) {
        if (!takes()) return false;
        const request = decodeRequest(Buffer.concat(payload));
        requests.push(request);
        queueMicrotask(() => answer(request, front));
        wake();
        return true;
      },
      deliverMessage: () => takes(),
      aborted(id) {
        aborted.push(id);
        wake();
      },
      isLive: () => true,
      tell(payload) {
        told.push(payload);
        wake();
      },
      log: (line) => log.push(line),
    },
  );
  undo.push(() => front.destroyAll());
  const address = await front.open();
  /** Resolves once `condition` holds; looked at after each call of a port. */
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { front, port: address!.port, requests, aborted, told, log, until };
}

export async function connect(port: number): Promise<Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends `text` and returns everything until the other side ends the connection. */
export async function exchange(port: number, text: string | Uint8Array): Promise<string> {
  const socket = await connect(port);
  socket.write(text);
  return restOf(socket);
}

export async function restOf(socket: Socket): Promise<string> {
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
  // It may have been paused.
  socket.resume();
  // From Node 24 on a reset is an error here, too; before, it is an end.
  await Promise.race([once(socket, 'end'), once(socket, 'close')]).catch(() => {});
  socket.destroy();
  return received;
}

export async function nextChunk(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, 'data');
  return String(chunk);
}

export const get = (path: string, ...lines: string[]): string =>
  `${[`GET ${path} HTTP/1.1`, 'Host: h', ...lines].join('\r\n')}\r\n\r\n`;
export const getAndClose = (path: string): string => get(path, 'Connection: close');
export const statusOf = (response: string): number => Number(response.split(' ')[1]);
export const bodyOf = (response: string): string => response.slice(response.indexOf('\r\n\r\n') + 4);
