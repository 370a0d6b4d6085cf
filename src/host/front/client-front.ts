/**
 * The HTTP side of a live host: the network card of FT's virtual machine (FT §3.5). Requests become
 * interrupts, released outputs become responses. It holds sockets and nothing else that matters:
 * what must survive lives in the machine.
 *
 * When its doors are closed (doors.ts), clients that are inside already may go on asking: their requests
 * enter a machine whose outputs are held (I1), and are answered when the arbiter has spoken for this host,
 * or reset with it.
 *
 * Absent on purpose: when a response may leave is decided elsewhere (I1); there is no time-out on the guest.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { INTERRUPT, OWN_PATHS } from '../../kernel/abi.ts';
import type { PartKind } from '../../machine/traps.ts';
import { ClientSockets, type Handshake } from '../sockets/client-sockets.ts';
import { asksForWebSocket, readWithoutUpgrade, responseOn } from '../sockets/upgrade.ts';
import { BodyTime } from './body-time.ts';
import { BodyTurns } from './body-turns.ts';
import type { ClientFrontOptions, ClientFrontPorts } from './client-ports.ts';
import { CrossOrigin } from './cross-origin.ts';
import { Doors } from './doors.ts';
import {
  answersOn,
  type Connection,
  type Exchange,
  type HttpExchange,
  isHalfWay,
  newConnection,
} from './exchange.ts';
import { FastConnection } from './fast-connection.ts';
import { type FastReply, fastReply, fastReplyInPlace } from './fast-reply.ts';
import type { FastRequest } from './fast-request.ts';
import { IncomingBodies } from './incoming-bodies.ts';
import { type Intake, KeptRequests, putAside } from './intake.ts';
import { type NodeHttp, nodeHttp } from './node-http.ts';
import { answerLive, asksForLive, plainTarget } from './own-paths.ts';
import { type Refusal, refusals, refuse, refuseBroken, SLOW } from './refusals.ts';
import { ReplyParts } from './reply-parts.ts';
import { replyByNode } from './reply-whole.ts';
import { BodyBudget } from './request-body.ts';
import { type ClientRequest, encodeBodyChunk, encodeDrained, encodeRequestHead } from './request-codec.ts';
import { UnreadReplies } from './unread-replies.ts';

const EMPTY = new Uint8Array(0);
/** WebSocket close codes. */
const GOING_AWAY = 1001;
const SERVICE_RESTART = 1012;

export class ClientFront {
  readonly sockets: ClientSockets;
  readonly #ports: ClientFrontPorts;
  readonly #http: NodeHttp;
  readonly #doors: Doors;
  readonly #connections = new Map<Duplex, Connection>();
  readonly #openRequests = new Map<number, Exchange>();
  readonly #budget = new BodyBudget();
  readonly #bodyTurns = new BodyTurns();
  readonly #bodies: IncomingBodies;
  readonly #unread: UnreadReplies;
  readonly #crossOrigin: CrossOrigin;
  #drained: (() => void) | undefined;
  #intake: Intake = { kind: 'deliver' };
  #relayTimer: NodeJS.Timeout | undefined;
  #destroyed = false;
  #nextRequestId: number;
  #delivered = 0;

  constructor(options: ClientFrontOptions, ports: ClientFrontPorts) {
    this.#ports = ports;
    this.#unread = new UnreadReplies((line) => ports.log(line));
    this.sockets = new ClientSockets({
      deliver: (payload) => ports.deliverMessage(payload),
      take: (id) => this.#takeHandshake(id),
      lost: (id) => ports.aborted(id),
      unfit: (id, head) => this.respond(id, head, EMPTY),
    });
    this.#bodies = new IncomingBodies(this.#budget, {
      enterHere: () => this.#intake.kind === 'deliver',
      nextRequestId: () => this.#nextRequestId,
      deliver: (exchange, body) => this.#deliver(exchange, body),
      piece: (requestId, bytes, isLast) => {
        if (this.#openRequests.has(requestId)) ports.tell(encodeBodyChunk(requestId, bytes, isLast));
      },
      giveUp: (requestId, connection) => this.#giveUp(requestId, connection),
    });
    this.#nextRequestId = options.firstRequestId;
    this.#crossOrigin = new CrossOrigin(options.allowOrigins);
    this.#http = nodeHttp();
    const { server } = this.#http;
    this.#doors = new Doors(server, options.clients);
    server
      .on('connection', (socket) => this.#onConnection(socket))
      .on('request', (request, response) => this.#onRequest(request, response, false))
      .on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket as Socket, head))
      .on('checkContinue', (request, response) => this.#onRequest(request, response, true))
      // One that nobody knows may be left alone (RFC 9110 §10.1.1).
      .on('checkExpectation', (request, response) => this.#onRequest(request, response, false))
      .on('clientError', (error: NodeJS.ErrnoException, socket) => {
        refuseBroken(this.#connections.get(socket), error, socket);
      });
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Delivered requests that have no response yet. */
  get openRequests(): number {
    return this.#openRequests.size;
  }

  get openRequestIds(): Iterable<number> {
    return this.#openRequests.keys();
  }

  /** Requests that were ever delivered. */
  get delivered(): number {
    return this.#delivered;
  }

  /**
   * Accepts and delivers from now on. Returns where it listens; undefined when the doors were closed again
   * meanwhile. Rejects with a TandemError when it cannot listen, and the doors are closed then.
   */
  open(): Promise<AddressInfo | undefined> {
    return this.#doors.open();
  }

  get openingsLeft(): number {
    return this.#doors.openingsLeft;
  }

  /** Ids below this one were used by another host of the same machine. */
  continueAt(firstRequestId: number): void {
    this.#nextRequestId = Math.max(this.#nextRequestId, firstRequestId);
    if (this.#intake.kind === 'relay') this.deliverRequests();
  }

  /**
   * New requests wait, on open connections and new ones. What is half-way through a body cannot
   * change hosts: its connection is reset.
   */
  keepRequests(): void {
    for (const [id, exchange] of this.#openRequests) {
      if (isHalfWay(exchange)) this.#giveUp(id, exchange.connection);
    }
    this.sockets.closeAll(SERVICE_RESTART, 'another host goes on; connect again');
    if (this.#intake.kind === 'deliver') {
      this.#intake = { kind: 'keep', kept: new KeptRequests(this.#budget) };
    }
  }

  /** New requests enter this host's machine, first those that were kept. */
  deliverRequests(): void {
    clearTimeout(this.#relayTimer);
    this.#takeIn({ kind: 'deliver' });
  }

  /**
   * New requests of clients that are still connected here go to the live host, first those that were
   * kept: at `url`, or behind the socket that both hosts have inherited. After a while the
   * connections that are left are closed.
   */
  relayRequests(url: string): void {
    const target = this.#doors.targetAt(url);
    if (target === undefined) {
      for (const { socket } of this.#connections.values()) socket.destroy();
      return;
    }
    this.#takeIn({ kind: 'relay', target });
    this.#relayTimer = setTimeout(() => {
      for (const { socket } of this.#connections.values()) socket.destroy();
    }, limits.relayMs);
    this.#relayTimer.unref();
  }

  #takeIn(intake: Intake): void {
    const before = this.#intake;
    this.#intake = intake;
    if (before.kind !== 'keep') return;
    for (const { exchange, body } of before.kept.takeOut()) {
      if (exchange.connection.socket.destroyed) continue;
      const refusal = this.#deliver(exchange, body);
      if (refusal !== undefined) refuse(exchange, refusal);
    }
  }

  /**
   * Live without the host to which the clients' requests went (FT §2.3): this machine answers none below
   * `firstRequestId` any more, and knows it. Their clients see what they would have seen had they been there.
   */
  abandon(firstRequestId: number): void {
    for (const [id, { connection }] of this.#openRequests) {
      if (id < firstRequestId) connection.socket.destroy();
    }
  }

  /** From now on nobody is accepted. Connections that are open go on. */
  close(): void {
    this.#doors.close();
  }

  /**
   * Nobody new from now on, on open connections either; calls back when every open request is
   * answered and its response has left.
   */
  drain(done: () => void): void {
    this.#drained = done;
    this.sockets.closeAll(GOING_AWAY, 'the machine is switched off');
    this.close();
    this.#checkDrained();
  }

  /** Whoever is told to open the doors again finds them open. */
  stopDraining(): void {
    this.#drained = undefined;
  }

  /** Closes the doors for ever and resets every connection. No `aborted` comes any more. */
  destroyAll(): void {
    this.#destroyed = true;
    this.sockets.destroy();
    this.#doors.wallUp();
    for (const { socket } of this.#connections.values()) socket.destroy();
    this.#openRequests.clear();
    this.#http.server.close();
  }

  /**
   * Sends a response that was released; keeps `body` until it is sent. Dropped when the client has gone.
   * Never throws for what a guest can say: an invalid head becomes a 500.
   */
  respond(requestId: number, head: string, body: Uint8Array): void {
    const exchange = this.#openRequests.get(requestId);
    if (exchange === undefined) return;
    this.#openRequests.delete(requestId);
    const { connection } = exchange;
    connection.open.delete(requestId);
    if (connection.socket.destroyed) return;
    if ('fast' in exchange) exchange.fast.reply(this.#fastReply(requestId, head, body));
    else replyByNode(exchange, head, body, this.#unread, (error) => this.#sayUnfit(requestId, error));
    this.#checkDrained();
  }

  #fastReply(requestId: number, head: string, body: Uint8Array): FastReply {
    try {
      return fastReply(head, body);
    } catch (error) {
      this.#sayUnfit(requestId, error);
      return fastReplyInPlace(head);
    }
  }

  #sayUnfit(requestId: number, error: unknown): void {
    this.#ports.log(`request ${requestId}: the guest's response cannot be sent: ${messageOf(error)}`);
  }

  /**
   * A part of a response was released, or word of how much of a request's body the guest has
   * taken in. Keeps `body` until it is sent.
   */
  part(requestId: number, kind: PartKind, head: string, body: Uint8Array): void {
    const exchange = this.#openRequests.get(requestId);
    if (exchange === undefined) {
      // Its client is gone, or is another host's, which cannot tell the machine what was taken in.
      if (kind === 'begin' && this.#intake.kind !== 'relay') this.#ports.aborted(requestId);
      return;
    }
    const { connection, parts } = exchange;
    const upload = 'fast' in exchange ? undefined : exchange.upload;
    if (kind === 'taken') upload?.taken(Number(head));
    else if (connection.socket.destroyed) return;
    else if (kind === 'begin') this.#begin(requestId, exchange, head);
    else if (kind === 'chunk') parts?.chunk(body);
    else {
      this.#openRequests.delete(requestId);
      connection.open.delete(requestId);
      if (kind === 'finish') parts?.end();
      else connection.socket.destroy();
      upload?.stop();
      this.#checkDrained();
    }
  }

  #begin(requestId: number, exchange: Exchange, head: string): void {
    const { connection } = exchange;
    if (this.#intake.kind === 'relay') {
      connection.socket.destroy();
      return;
    }
    try {
      const response = 'fast' in exchange ? exchange.fast.responseInParts() : exchange.response;
      exchange.parts = new ReplyParts(response, connection.socket, head, this.#unread, (bytes) => {
        if (this.#openRequests.has(requestId)) this.#ports.tell(encodeDrained(requestId, bytes));
      });
    } catch (error) {
      this.#sayUnfit(requestId, error);
      this.#giveUp(requestId, connection);
    }
  }

  /** The machine is told that the client is gone, and so it is. */
  #giveUp(requestId: number, connection: Connection): void {
    this.#openRequests.delete(requestId);
    connection.open.delete(requestId);
    this.#ports.aborted(requestId);
    connection.socket.destroy();
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.#drained === undefined || this.#openRequests.size > 0) return;
    for (const { socket } of this.#connections.values()) {
      if (socket.writableLength === 0) continue;
      // Called when all that was written before has left, or never will.
      socket.write('', () => this.#checkDrained());
      return;
    }
    this.#drained();
  }

  #onConnection(socket: Socket): void {
    const connection = newConnection(socket, !this.#doors.areOpen);
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#unread.closed(socket);
      if (this.#intake.kind === 'keep') this.#intake.kept.forget(connection);
      for (const requestId of connection.open) {
        this.#openRequests.delete(requestId);
        if (!this.#destroyed && this.#intake.kind !== 'relay') this.#ports.aborted(requestId);
      }
      this.#checkDrained();
    });
    const fast: FastConnection = new FastConnection(socket, this.#unread, this.#budget, {
      take: (request) => this.#takeFast(connection, fast, request),
      toNode: () => this.#http.read(socket),
      slow: () => refuseBroken(connection, SLOW, socket),
    });
  }

  /** False for one that does not simply enter the machine: it goes the way on which it can be refused. */
  #takeFast(connection: Connection, fast: FastConnection, request: FastRequest): boolean {
    const isLate = connection.late && !this.#doors.areOpen;
    const isOpen = this.#intake.kind === 'deliver' && this.#drained === undefined && !this.#destroyed;
    if (isLate || !isOpen || (request.hasOrigin && this.#crossOrigin.isOn)) return false;
    const target = plainTarget(request.target);
    if (target.startsWith(OWN_PATHS)) return false;
    const { method, rawHeaders, body } = request;
    if (body.length > Math.min(limits.wholeRequestBytes, limits.requestBodyBytes)) return false;
    return this.#enter({ connection, fast }, { method, target, rawHeaders }, body) === undefined;
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.isEnding) return;
    if (connection.answering.size > 0) {
      // Node has let go of a connection on which answers are owed. Nobody who means it asks so soon.
      socket.destroy();
      return;
    }
    if (asksForWebSocket(request)) this.#onRequest(request, responseOn(request, socket), false, head);
    else readWithoutUpgrade(this.#http.read, request, socket, head);
  }

  #takeHandshake(id: number): Handshake | undefined {
    const exchange = this.#openRequests.get(id);
    if (exchange === undefined || 'fast' in exchange) return undefined;
    if (exchange.handshake === undefined || this.#intake.kind !== 'deliver') return undefined;
    const { request, response, connection, handshake } = exchange;
    this.#openRequests.delete(id);
    connection.open.delete(id);
    response.detachSocket(connection.socket);
    return { request, socket: connection.socket, head: handshake };
  }

  #onRequest(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    handshake?: Buffer,
  ): void {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined || connection.isEnding) return;
    answersOn(connection, response);
    if (connection.open.size >= limits.pipelinedRequests) {
      // Its refusal would queue behind the responses that it does not wait for.
      request.socket.destroy();
      return;
    }
    this.#bodyTurns.watch(request);
    const time = new BodyTime(request, () => refuseBroken(connection, SLOW, request.socket));
    if (this.#crossOrigin.handled(request, response)) return;
    request.url = plainTarget(request.url ?? '/');
    const exchange = { request, response, connection, ...(handshake && { handshake }) };
    if (asksForLive(request)) {
      answerLive(response, this.#doors.areOpen && this.#drained === undefined && this.#ports.isLive());
      return;
    }
    const isLate = connection.late && !this.#doors.areOpen;
    const isShut = isLate || this.#drained !== undefined;
    const refusal = isShut ? refusals.doorsClosed : this.#bodies.receive(exchange, time, expectsContinue);
    if (refusal !== undefined) refuse(exchange, refusal);
  }

  #deliver(exchange: HttpExchange, body: Uint8Array): Refusal | undefined {
    if (this.#destroyed || this.#drained !== undefined) return refusals.doorsClosed;
    const intake = this.#intake;
    if (intake.kind !== 'deliver') return putAside(intake, { exchange, body }, this.#budget);
    const { method = '', url: target = '', rawHeaders } = exchange.request;
    const isHandshake = exchange.handshake !== undefined;
    return this.#enter(exchange, { method, target, rawHeaders, isHandshake }, body);
  }

  /** Into the machine. */
  #enter(exchange: Exchange, request: ClientRequest, body: Uint8Array): Refusal | undefined {
    const requestId = this.#nextRequestId;
    const isOpen = !('fast' in exchange) && exchange.upload !== undefined;
    const kind = isOpen ? INTERRUPT.openRequest : INTERRUPT.request;
    const encoded = encodeRequestHead(requestId, request, kind);
    if (encoded === undefined) return refusals.malformed;
    if (this.#openRequests.size >= limits.openRequests || !this.#ports.deliver(encoded, body)) {
      return refusals.queueFull;
    }
    this.#nextRequestId += 1;
    this.#delivered += 1;
    exchange.connection.open.add(requestId);
    this.#openRequests.set(requestId, exchange);
    return undefined;
  }
}
