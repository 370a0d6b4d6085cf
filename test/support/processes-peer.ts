/**
 * Strangers and impostors at the logging port: raw sockets, and a
 * WebSocket peer that says what it is told to.
 */
import { connect } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { Frame, HelloFrame } from '../../src/protocol/frames.ts';
import { decodeFrame, encodeFrame } from '../../src/wire/frames.ts';

export interface PeerEnd {
  /** HTTP status of a handshake that was refused; undefined when it was not. */
  readonly status: number | undefined;
  /** Of the close frame; 1006 when the connection broke. */
  readonly code: number | undefined;
  readonly reason: string;
  /** All that was heard before the end. */
  readonly frames: readonly Frame[];
}

export interface PeerOptions {
  readonly token: string | undefined;
  readonly name?: string;
  /** Said as soon as the connection stands: text, bytes or frames. */
  readonly says?: readonly (string | Uint8Array | Frame)[];
  /** Said when a frame of this kind is heard. */
  readonly answers?: (heard: Frame) => Frame | undefined;
}

/** Connects, says its piece, and resolves when the other side has ended it. */
export function intrude(url: string, { token, name, says = [], answers }: PeerOptions): Promise<PeerEnd> {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(name === undefined ? {} : { 'x-tandem-peer': name }),
  };
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers });
    const frames: Frame[] = [];
    let status: number | undefined;
    socket.on('unexpected-response', (request, response) => {
      status = response.statusCode;
      request.destroy();
      resolve({ status, code: undefined, reason: '', frames });
    });
    socket.on('open', () => {
      for (const said of says) socket.send(bytesOf(said));
    });
    socket.on('message', (data: Buffer) => {
      const frame = decodeFrame(new Uint8Array(data));
      if (!frame.ok) return;
      frames.push(frame.value);
      const answer = answers?.(frame.value);
      if (answer !== undefined) socket.send(encodeFrame(answer));
    });
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => resolve({ status, code, reason: reason.toString(), frames }));
  });
}

const bytesOf = (said: string | Uint8Array | Frame): string | Uint8Array =>
  typeof said === 'string' || said instanceof Uint8Array ? said : encodeFrame(said);

/**
 * A server that passes for a primary. Resolves with what the backup that
 * came says first, and how to answer it.
 */
export interface FalsePrimary {
  readonly url: string;
  readonly hello: Promise<HelloFrame>;
  answer(said: string | Uint8Array | Frame): void;
  close(): void;
}

export async function falsePrimary(): Promise<FalsePrimary> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  let backup: WebSocket | undefined;
  const hello = new Promise<HelloFrame>((resolve, reject) => {
    server.on('connection', (socket) => {
      backup = socket;
      socket.on('error', () => undefined);
      socket.once('message', (data: Buffer) => {
        const frame = decodeFrame(new Uint8Array(data));
        if (frame.ok && frame.value.kind === 'hello') resolve(frame.value);
        else reject(new Error('a backup that does not say hello'));
      });
    });
  });
  return {
    url: `ws://127.0.0.1:${address.port}`,
    hello,
    answer: (said) => backup?.send(bytesOf(said)),
    close: () => {
      backup?.terminate();
      server.close();
    },
  };
}

/** Sends bytes over a plain socket; everything that came back until the other side ended it. */
export function shout(url: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const heard: Buffer[] = [];
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(heard).toString('latin1')));
  });
}
