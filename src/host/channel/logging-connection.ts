/**
 * One connection of the logging channel, on either side (FT §2.2): a WebSocket that carries bytes
 * both ways, in order. What the bytes mean is known to `wire/`. No pings: the protocol has
 * heartbeats. No buffer without a bound (I10).
 */
import type { Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import { limits } from '../../base/limits.ts';

/**
 * Where it listens; the pages of a transfer have a connection of their own,
 * so that the log is never behind them.
 */
export const LOG_PATH = '/log';
export const PAGES_PATH = '/pages';
/** Request header with the name that a connecting host goes by. */
export const PEER_HEADER = 'x-tandem-peer';

/** Options of `ws` for both sides. */
export const webSocketOptions = {
  maxPayload: limits.channelMessageBytes,
  maxFragments: limits.channelFragments,
  perMessageDeflate: false,
  // Text frames are refused anyway.
  skipUTF8Validation: true,
  closeTimeout: limits.channelCloseMs,
};

/** Why a connection is over, or never was. */
export type ChannelEnd =
  /** By either side, in an orderly way. Codes are those of RFC 6455. */
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /** By the network, or the peer is dead. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The peer sent what no peer may: text, too much at once, no WebSocket frames. `code` is stable. */
  | { readonly kind: 'violated'; readonly code: string; readonly reason: string }
  /** The peer did not read, and too much was waiting for it. */
  | { readonly kind: 'overflowed'; readonly reason: string }
  /** The other side answered the handshake with an HTTP status: 401 wrong token, 404 no logging port, … */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

export class LoggingConnection {
  /** The name that the connecting side gave. */
  readonly peer: string;
  readonly #socket: WebSocket;
  readonly #transport: Socket;
  #onMessage: (...pieces: Uint8Array[]) => void = () => {};
  readonly #onClose: ((end: ChannelEnd) => void)[] = [];
  #end: ChannelEnd | undefined;
  #corked = false;
  #sentBytes = 0;
  #receivedBytes = 0;
  readonly #uncork = (): void => {
    this.#corked = false;
    this.#transport.uncork();
  };

  /** For an open WebSocket and the TCP socket below it. */
  constructor(socket: WebSocket, transport: Socket, peer: string) {
    this.peer = peer;
    this.#socket = socket;
    this.#transport = transport;
    socket.binaryType = 'fragments';
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#finish(endOf(error)));
    socket.on('close', (code, reason) => {
      // 1006 stands for a connection that ended without a word.
      if (code === 1006) this.#finish({ kind: 'lost', reason: 'the connection broke' });
      else this.#finish({ kind: 'closed', code, reason: reason.toString() });
    });
  }

  /**
   * Called for each message until the end, in one piece or, when it came so, in two. The bytes are the
   * handler's, but a small piece may keep 64 KiB alive.
   */
  onMessage(handler: (...pieces: Uint8Array[]) => void): void {
    this.#onMessage = handler;
  }

  /** Each handler is called once, never from inside a call of this object; no message comes any more. */
  onClose(handler: (end: ChannelEnd) => void): void {
    const end = this.#end;
    if (end === undefined) this.#onClose.push(handler);
    else process.nextTick(handler, end);
  }

  /** Nothing is read, so nothing is lost, until {@link resume}. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Bytes that the network has not taken yet. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Payload bytes, for the figures of the channel. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /**
   * One message, which needs not be put together (RFC 6455 §5.4). Keeps `pieces` until they are sent. Dropped
   * when the connection is over; above the bound of the send buffer, it is over then. What one tick sends
   * leaves in one system call at its end.
   */
  send(...pieces: readonly Uint8Array[]): void {
    if (this.#end !== undefined || this.#socket.readyState !== WebSocket.OPEN) return;
    const byteLength = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (this.bufferedBytes + byteLength > limits.channelSendBytes) {
      this.#finish({ kind: 'overflowed', reason: `${this.bufferedBytes} bytes were waiting to be sent` });
      return;
    }
    if (!this.#corked) {
      this.#corked = true;
      this.#transport.cork();
      process.nextTick(this.#uncork);
    }
    this.#sentBytes += byteLength;
    for (const [index, piece] of pieces.entries())
      this.#socket.send(piece, { fin: index === pieces.length - 1 });
  }

  /** The same, in one piece, and settles when the network has taken it or the connection is over. */
  sendFlushed(bytes: Uint8Array): Promise<void> {
    if (this.#end !== undefined || this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve();
    this.#sentBytes += bytes.length;
    return new Promise((resolve) => {
      this.#socket.send(bytes, () => resolve());
    });
  }

  /** Nothing can be sent any more. */
  get over(): boolean {
    return this.#end !== undefined || this.#socket.readyState !== WebSocket.OPEN;
  }

  /**
   * Ends it after what was sent before, in an orderly way if the peer answers soon; `code` as in RFC 6455.
   */
  close(code: number, reason: string): void {
    // A close frame holds 123 bytes of reason; cut where no character is torn.
    this.#socket.close(
      code,
      Buffer.from(reason)
        .subarray(0, 120)
        .toString()
        .replace(/\uFFFD$/, ''),
    );
    // From here on it may not keep the process alive: the peer may never answer.
    this.#transport.unref();
  }

  /** Ends it now; what was not sent is lost. */
  destroy(reason: string): void {
    this.#finish({ kind: 'lost', reason });
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#end !== undefined) return;
    if (!isBinary || !Array.isArray(data)) {
      this.#socket.close(1003, 'binary frames only');
      this.#finish({ kind: 'violated', code: 'TEXT_FRAME', reason: 'a text frame' });
      return;
    }
    // One without bytes has none.
    const pieces = data.length === 1 || data.length === 2 ? data : [Buffer.concat(data)];
    for (const piece of pieces) this.#receivedBytes += piece.length;
    this.#onMessage(...pieces);
  }

  /** The first reason counts. A violated peer is told so by a close frame, the others are cut off. */
  #finish(end: ChannelEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#transport.unref();
    if (end.kind === 'lost' || end.kind === 'overflowed') this.#socket.terminate();
    for (const handler of this.#onClose) process.nextTick(handler, end);
  }
}

/** `ws` names each offence of a peer by a code of its own; other errors are the network's. */
export function endOf(error: NodeJS.ErrnoException): ChannelEnd {
  const code = error.code ?? '';
  if (code.startsWith('WS_ERR_')) {
    return { kind: 'violated', code: code.slice('WS_ERR_'.length), reason: error.message };
  }
  return {
    kind: 'lost',
    reason: error.message.includes(code) ? error.message : `${error.message} (${code})`,
  };
}
