/**
 * Both ends of the logging channel (FT §2.2). The primary is the WebSocket server, so that the
 * log flows unmasked; a backup connects and shows the pair's token. Nobody else gets further
 * than an HTTP status.
 *
 * Absent on purpose: when to connect again, and what a lost connection means, is the protocol's to say.
 */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { TandemError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { listen } from '../listen.ts';
import {
  type ChannelEnd,
  endOf,
  LOG_PATH,
  LoggingConnection,
  PAGES_PATH,
  PEER_HEADER,
  webSocketOptions,
} from './logging-connection.ts';
import { Strangers } from './strangers.ts';
import { sameToken } from './token.ts';

export interface LoggingServerOptions {
  /** Loopback unless the operator says otherwise. */
  readonly address: string;
  /** Port 0 picks a free one. */
  readonly port: number;
  readonly token: string;
}

/** The log, or the pages of a transfer beside it. */
export type ChannelPath = typeof LOG_PATH | typeof PAGES_PATH;

export interface LoggingServerPorts {
  /** A peer with the token. Its handlers must be set before this returns. */
  connected(connection: LoggingConnection, path: ChannelPath): void;
  log(line: string): void;
}

export class LoggingServer {
  readonly #options: LoggingServerOptions;
  readonly #ports: LoggingServerPorts;
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, clientTracking: false, ...webSocketOptions });
  readonly #connections = new Map<string, LoggingConnection>();
  readonly #strangers: Strangers;

  constructor(options: LoggingServerOptions, ports: LoggingServerPorts) {
    this.#options = options;
    this.#ports = ports;
    // Whoever has not shown the token has its time from `Strangers`; a second clock would race with that one.
    this.#server = createServer({ headersTimeout: 0, requestTimeout: 0 });
    this.#strangers = new Strangers((line) => ports.log(line));
    this.#server
      .on('connection', (socket) => this.#strangers.add(socket))
      .on('request', (request, response) => {
        const { status, text, header } =
          channelPathOf(request) !== undefined ? refusals.plainHttp : refusals.noPath;
        response.writeHead(status, ['connection', 'close', ...header]).end(text);
      })
      .on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  /** Rejects with a TandemError. */
  async listen(): Promise<AddressInfo> {
    const { address, port } = this.#options;
    return listen(this.#server, { host: address, port }, limits.channelStrangers, '--log-listen');
  }

  /**
   * Stops listening and ends every connection, after what was sent on it
   * before. Does not keep the process alive.
   */
  close(reason: string): void {
    for (const connection of this.#connections.values()) connection.close(1001, reason);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const peer = request.headers[PEER_HEADER];
    const path = channelPathOf(request);
    const refusal = path === undefined ? refusals.noPath : this.#refusalOf(request, path, peer);
    if (path === undefined || refusal !== undefined) {
      this.#strangers.refused(request.socket, (refusal ?? refusals.noPath).text.trim());
      refuse(socket, refusal ?? refusals.noPath);
      return;
    }
    this.#strangers.known(request.socket);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#onConnected(new LoggingConnection(webSocket, request.socket, String(peer)), path);
    });
  }

  /**
   * A name that is connected belongs to that peer until it is gone: another one that came to the same name
   * must not put it out. A host takes a new name for each connection (seeker.ts).
   */
  #refusalOf(request: IncomingMessage, path: ChannelPath, peer: unknown): Refusal | undefined {
    const shown = /^Bearer (.*)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (shown === undefined || !sameToken(shown, this.#options.token)) return refusals.wrongToken;
    if (typeof peer !== 'string' || !PEER_NAME.test(peer)) return refusals.noName;
    if (this.#connections.has(nameOf(path, peer))) return refusals.nameTaken;
    return this.#connections.size < limits.channelConnections ? undefined : refusals.full;
  }

  #onConnected(connection: LoggingConnection, path: ChannelPath): void {
    const name = nameOf(path, connection.peer);
    this.#connections.set(name, connection);
    connection.onClose(() => this.#connections.delete(name));
    this.#ports.connected(connection, path);
  }
}

export interface LoggingClientOptions {
  /** The primary's: `ws://HOST:PORT`; the path may be left out. */
  readonly url: string;
  readonly token: string;
  /** A name for this host's connection: letters, digits and `. : _ -`. */
  readonly peer: string;
  /** Absent: the log's. */
  readonly path?: ChannelPath;
  /** An attempt without an answer by then has failed; absent: `channelHandshakeMs`. */
  readonly answerMs?: number;
}

export interface LoggingClientPorts {
  /** Its handlers must be set before this returns. */
  connected(connection: LoggingConnection): void;
  /** Instead of `connected`: there will be no connection. */
  failed(end: ChannelEnd): void;
}

/** One attempt to connect. Throws a TandemError for a URL that is none. */
export class LoggingClient {
  readonly #socket: WebSocket;
  #settled = false;

  constructor(options: LoggingClientOptions, ports: LoggingClientPorts) {
    this.#socket = new WebSocket(urlFor(options), {
      ...webSocketOptions,
      handshakeTimeout: options.answerMs ?? limits.channelHandshakeMs,
      headers: { authorization: `Bearer ${options.token}`, [PEER_HEADER]: options.peer },
    });
    const failed = (end: ChannelEnd): void => {
      if (this.#settled) return;
      this.#settled = true;
      ports.failed(end);
    };
    let transport: Socket | undefined;
    this.#socket.on('upgrade', (response) => {
      transport = response.socket;
    });
    this.#socket.once('open', () => {
      if (this.#settled || transport === undefined) {
        this.#socket.terminate();
        return;
      }
      this.#settled = true;
      ports.connected(new LoggingConnection(this.#socket, transport, options.peer));
    });
    this.#socket.once('unexpected-response', (request, response) => {
      request.destroy();
      const status = response.statusCode ?? 0;
      failed({ kind: 'refused', status, reason: `${status} ${response.statusMessage ?? ''}`.trim() });
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => failed(endOf(error)));
    this.#socket.once('close', () => failed({ kind: 'lost', reason: 'the connection broke' }));
  }

  /**
   * Gives up an attempt that is under way: neither port is called any more. Without effect after `connected`.
   */
  cancel(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#socket.terminate();
  }
}

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly header: readonly string[];
}

const refusals = {
  plainHttp: { status: 426, text: 'this port speaks WebSocket only\n', header: ['upgrade', 'websocket'] },
  noPath: { status: 404, text: `the logging channel is at ${LOG_PATH}\n`, header: [] },
  wrongToken: {
    status: 401,
    text: "not this pair's token\n",
    header: ['www-authenticate', 'Bearer realm="tandem"'],
  },
  nameTaken: { status: 409, text: `a peer of this name in ${PEER_HEADER} is connected\n`, header: [] },
  full: { status: 503, text: `${limits.channelConnections} peers are connected already\n`, header: [] },
  noName: { status: 400, text: `no name in ${PEER_HEADER}\n`, header: [] },
} as const satisfies Record<string, Refusal>;

const nameOf = (path: ChannelPath, peer: string): string => `${path} ${peer}`;

const PEER_NAME = /^[\w.:-]{1,128}$/;

function urlFor({ url, path }: LoggingClientOptions): URL {
  const complete = new URL(checkedLoggingUrl(url));
  if (path !== undefined) complete.pathname = path;
  return complete;
}

const channelPathOf = (request: IncomingMessage): ChannelPath | undefined =>
  [LOG_PATH, PAGES_PATH].find((path): path is ChannelPath => path === pathOf(request));

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? '';

function refuse(socket: Duplex, { status, text, header }: Refusal): void {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-length: ${text.length}\r\nconnection: close\r\n`;
  for (let i = 0; i + 1 < header.length; i += 2) head += `${header[i]}: ${header[i + 1]}\r\n`;
  // Destroyed once it is written: a stranger that never ends its own side must not hold a socket here.
  socket.end(`${head}\r\n${text}`, () => socket.destroy());
}

/** The complete URL. Throws a TandemError for a text that names no logging channel. */
export function checkedLoggingUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'ws:' || url.protocol === 'wss:') && url.hash === '') {
    if (url.pathname === '/') url.pathname = LOG_PATH;
    return url.href;
  }
  throw new TandemError(
    'LOG_URL_INVALID',
    `${text} is not the URL of a logging channel`,
    'give the one that the primary announces, for instance ws://127.0.0.1:8090',
    2,
  );
}
