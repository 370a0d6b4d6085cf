/**
 * The WebSockets of a host's clients (FT §3.5). What a client says becomes an interrupt; what the machine
 * says leaves when the output rule has let it go. Pings are the host's own business, so a machine hears of a
 * client only when it says something. A socket belongs to its TCP connection and so to this host: when roles
 * change or the host ends, it closes, and the client connects anew; what goes on for one that resumes is in
 * the machine (kernel/socket-resume.ts).
 */
import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import { HEAD_SEPARATOR, RESUMABLE } from '../../kernel/abi.ts';
import { CONNECTION_HEADERS } from '../front/request-codec.ts';
import { InputQueue } from '../input-queue.ts';
import { decodeSocket, encodeSocketClosed, encodeSocketMessage, NO_CODE } from './socket-codec.ts';

/** A connection whose client asked for a WebSocket, as Node gives it. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export interface SocketPorts {
  /** An interrupt for the machine; false when it has no room now. */
  deliver(payload: Uint8Array): boolean;
  /** The handshake that the machine accepts now; undefined when its client is gone. */
  take(id: number): Handshake | undefined;
  /** The connection of `id` is gone, and the machine shall know at once. */
  lost(id: number): void;
  /** The handshake that the machine accepts now gets this head instead, which nobody can send: a 500. */
  unfit(id: number, head: string): void;
}

interface Client {
  readonly socket: WebSocket;
  isAlive: boolean;
}

const LOST = 1006;
const UNFIT_STATUS = '500';
const PROTOCOL = 'sec-websocket-protocol';
/** `ws` writes those that are about the handshake; a 101 has no body. */
const NOT_THE_GUESTS = /^(?:content-length|sec-websocket-.*)$/;

export class ClientSockets {
  readonly #ports: SocketPorts;
  readonly #clients = new Map<number, Client>();
  readonly #inputs: InputQueue;
  readonly #server: WebSocketServer;
  /** Headers of the response to the handshake that is being completed, and its protocol. */
  #headers: readonly string[] = [];
  #ticker: NodeJS.Timeout | undefined;
  /** Since when nobody is read; undefined while everybody is. */
  #heldSinceMs: number | undefined;
  /** In all since the last ping, but for what `#heldSinceMs` says. */
  #heldMs = 0;
  /** Messages of all clients in this turn of the event loop. */
  #heard = 0;
  /** Nobody is read for the rest of it. */
  #isTurnFull = false;

  constructor(ports: SocketPorts) {
    this.#ports = ports;
    this.#inputs = new InputQueue(
      (payload) => ports.deliver(payload),
      (isHeld) => {
        if (!isHeld) this.#countHeld();
        this.#heldSinceMs = isHeld ? monotonicMs() : undefined;
        this.#holdAll();
      },
    );
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.socketMessageBytes,
      // The machine has chosen already.
      handleProtocols: () => this.#protocol() ?? false,
    });
    this.#server.on('headers', (lines) => lines.push(...this.#lines()));
  }

  get open(): number {
    return this.#clients.size;
  }

  /** What the machine says to socket `id`. Keeps `body` until it is sent. */
  said(id: number, head: string, body: Uint8Array): void {
    const order = decodeSocket(head);
    if (order.what === 'accept') {
      this.#accept(id, order.headers);
      return;
    }
    const client = this.#clients.get(id);
    if (client === undefined) return;
    const { socket } = client;
    if (order.what === 'close') socket.close(order.code, order.reason);
    else {
      socket.send(body, { binary: !order.isText });
      // A client that does not read pays for it; the machine hears that it is gone.
      if (socket.bufferedAmount > limits.socketUnreadBytes) socket.terminate();
    }
  }

  /**
   * All connections end, and the machine knows at once that they are gone; nobody is
   * told of what their clients still say.
   */
  closeAll(code: number, reason: string): void {
    this.#inputs.clear();
    this.#heldSinceMs = undefined;
    for (const [id, { socket }] of this.#clients) {
      this.#clients.delete(id);
      hold(socket, false);
      socket.close(code, reason);
      this.#ports.lost(id);
    }
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  destroy(): void {
    this.#inputs.clear();
    clearInterval(this.#ticker);
    for (const { socket } of this.#clients.values()) socket.terminate();
    this.#clients.clear();
  }

  #accept(id: number, headers: readonly string[]): void {
    if (!areSendable(headers)) {
      this.#ports.unfit(id, [UNFIT_STATUS, ...headers].join(HEAD_SEPARATOR));
      this.#ports.lost(id);
      return;
    }
    const handshake = this.#ports.take(id);
    if (handshake === undefined) return;
    this.#headers = headers;
    const { request, socket, head } = handshake;
    let isOpen = false;
    // `ws` writes the head as UTF-8; but a character of a header's value is one byte, here as elsewhere.
    socket.setDefaultEncoding('latin1');
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      isOpen = true;
      this.#opened(id, opened);
    });
    socket.setDefaultEncoding('utf8');
    // `ws` has refused it, and told the client why.
    if (!isOpen) this.#ports.lost(id);
  }

  #opened(id: number, socket: WebSocket): void {
    const client: Client = { socket, isAlive: true };
    this.#clients.set(id, client);
    this.#ticker ??= setInterval(() => this.#ping(), limits.socketPingMs).unref();
    hold(socket, this.#isHeld);
    socket.on('pong', () => {
      client.isAlive = true;
    });
    socket.on('message', (data, isBinary) => {
      client.isAlive = true;
      if (this.#clients.get(id) !== client) return;
      // By default `ws` gives one Buffer.
      this.#inputs.say(encodeSocketMessage(id, !isBinary, data as Buffer));
      this.#countHeard();
    });
    // A close follows.
    socket.on('error', () => {});
    socket.on('close', (code, reason) => {
      if (this.#clients.get(id) !== client) return;
      this.#clients.delete(id);
      const wasClean = code !== LOST;
      this.#inputs.say(encodeSocketClosed(id, code === 0 ? NO_CODE : code, wasClean, reason));
    });
  }

  get #isHeld(): boolean {
    return this.#isTurnFull || this.#inputs.isWaiting;
  }

  #holdAll(): void {
    for (const { socket } of this.#clients.values()) hold(socket, this.#isHeld);
  }

  /**
   * A turn reads megabytes of each socket, which may be messages of a byte: beyond a bound nobody is read
   * any more in this turn, so that heartbeats come in between.
   */
  #countHeard(): void {
    this.#heard += 1;
    if (this.#heard === 1) setImmediate(() => this.#nextTurn());
    if (this.#heard !== limits.socketMessagesAtOnce) return;
    this.#isTurnFull = true;
    this.#holdAll();
  }

  #nextTurn(): void {
    this.#heard = 0;
    if (!this.#isTurnFull) return;
    this.#isTurnFull = false;
    this.#holdAll();
  }

  #ping(): void {
    const mayJudge = this.#hasRead();
    for (const client of this.#clients.values()) {
      const { socket } = client;
      if (mayJudge && !client.isAlive) socket.terminate();
      else socket.ping();
      // A browser shows its page no pings; one that hears nothing for long looks for the live host.
      if (socket.protocol === RESUMABLE.protocol) socket.send(RESUMABLE.alive);
      if (mayJudge) client.isAlive = false;
    }
  }

  /**
   * Whether an answer to the last ping could be heard. A machine that now and then has no room for a moment
   * is no excuse for those who are gone.
   */
  #hasRead(): boolean {
    const isHeld = this.#heldSinceMs !== undefined;
    this.#countHeld();
    const wasMostlyHeld = this.#heldMs > limits.socketPingMs / 2;
    this.#heldMs = 0;
    return !isHeld && !wasMostlyHeld;
  }

  #countHeld(): void {
    if (this.#heldSinceMs === undefined) return;
    const nowMs = monotonicMs();
    this.#heldMs += nowMs - this.#heldSinceMs;
    this.#heldSinceMs = nowMs;
  }

  #protocol(): string | undefined {
    const at = this.#headers.findIndex((name, index) => index % 2 === 0 && name === PROTOCOL);
    return at < 0 ? undefined : this.#headers[at + 1];
  }

  #lines(): string[] {
    const lines: string[] = [];
    for (let index = 0; index + 1 < this.#headers.length; index += 2) {
      const name = this.#headers[index] ?? '';
      if (!NOT_THE_GUESTS.test(name) && !CONNECTION_HEADERS.has(name))
        lines.push(`${name}: ${this.#headers[index + 1] ?? ''}`);
    }
    return lines;
  }
}

/** As Node sees to it in every other response; `ws` looks at nothing. */
function areSendable(headers: readonly string[]): boolean {
  try {
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const name = headers[index] ?? '';
      validateHeaderName(name);
      validateHeaderValue(name, headers[index + 1] ?? '');
    }
    return true;
  } catch {
    return false;
  }
}

function hold(socket: WebSocket, isHeld: boolean): void {
  if (isHeld) socket.pause();
  else if (socket.isPaused) socket.resume();
}
