/**
 * A client's connection while all that comes over it is ordinary: requests that fast-request.ts recognizes,
 * one at a time. The first thing that is not goes to Node's HTTP as it came, and the connection with it for
 * good. So all that is rare (bodies in pieces, pipelining, upgrades, whatever is refused) is in one place,
 * and the ordinary does not pay for it: a stream for each request and each response, and their events, cost
 * more than reading the one and writing the other.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../../base/limits.ts';
import type { FastReply } from './fast-reply.ts';
import { type FastRequest, fastRequest } from './fast-request.ts';
import type { BodyBudget } from './request-body.ts';
import type { UnreadReplies } from './unread-replies.ts';

/**
 * What a connection is kept longer than its client is told, who may use
 * it at the last moment; as Node has it.
 */
const KEPT_MARGIN_MS = 1_000;

export interface FastConnectionPorts {
  /** Whether it has entered the machine; else Node reads it again. */
  take(request: FastRequest): boolean;
  /** Node's HTTP reads this connection from here on: nobody else listens to it. */
  toNode(): void;
  /** Nothing came, or not in time: it is told so, and ended. */
  slow(): void;
}

type State =
  /** Nothing has come yet. */
  | 'new'
  /** The next request may come. */
  | 'idle'
  /** A request is in the machine. */
  | 'busy'
  /** Node's, or nobody's. */
  | 'left';

export class FastConnection {
  readonly #socket: Socket;
  readonly #unread: UnreadReplies;
  readonly #budget: BodyBudget;
  readonly #ports: FastConnectionPorts;
  #state: State = 'new';
  /** Came while a request was in the machine; undefined when nothing did. */
  #early: Buffer | undefined;

  /** `budget` is that of all requests that have not come in yet. */
  constructor(socket: Socket, unread: UnreadReplies, budget: BodyBudget, ports: FastConnectionPorts) {
    this.#socket = socket;
    this.#unread = unread;
    this.#budget = budget;
    this.#ports = ports;
    socket
      .on('data', this.#came)
      .on('end', this.#ended)
      .on('error', this.#failed)
      .on('timeout', this.#timedOut);
    socket.setTimeout(limits.requestHeadMs);
  }

  /** Sends the response to the request that was taken, and reads on. Keeps its body until it is sent. */
  reply(reply: FastReply): void {
    if (this.#socket.writable) this.#send(reply);
    this.#readOn();
  }

  #send({ head, body }: FastReply): void {
    const socket = this.#socket;
    if (body.length <= limits.gatheredReplyBytes) {
      const bytes = Buffer.allocUnsafe(head.length + body.length);
      bytes.write(head, 'latin1');
      bytes.set(body, head.length);
      socket.write(bytes);
    } else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    }
    this.#unread.written(socket, head.length + body.length, this.#setTimer);
  }

  /** For a response that leaves in parts. The connection reads on when it has ended. */
  responseInParts(): ServerResponse {
    const request = new IncomingMessage(this.#socket);
    request.httpVersionMajor = 1;
    request.httpVersionMinor = 1;
    request.method = 'GET';
    const response = new ServerResponse(request);
    response.assignSocket(this.#socket);
    response.once('finish', () => {
      response.detachSocket(this.#socket);
      this.#readOn();
    });
    return response;
  }

  #readOn(): void {
    const socket = this.#socket;
    const early = this.#takeEarly();
    // A client that has sent its end gets no further reply.
    if (socket.destroyed || !socket.writable) return;
    this.#state = 'idle';
    if (!this.#unread.has(socket)) this.#setTimer();
    if (early === undefined) return;
    if (socket.isPaused()) socket.resume();
    this.#came(early);
  }

  /** As the state asks for; none while the guest thinks, who has all the time that he takes. */
  readonly #setTimer = (): void => {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const idleMs = limits.keepAliveMs + KEPT_MARGIN_MS;
    if (this.#state === 'idle' && socket.timeout !== idleMs) socket.setTimeout(idleMs);
    else if (this.#state === 'busy' && socket.isPaused()) socket.setTimeout(limits.pipelinedMs);
  };

  readonly #came = (packet: Buffer): void => {
    if (this.#state === 'left') return;
    if (this.#state === 'busy') {
      this.#keep(packet);
      return;
    }
    const request = fastRequest(packet);
    if (request === undefined) {
      this.#leave(packet);
      return;
    }
    this.#state = 'busy';
    if (!this.#ports.take(request)) this.#leave(packet);
  };

  /**
   * For its turn. Whoever sends more than a little meanwhile is not read; whether he is still there can then
   * not be seen, so he has not for ever.
   */
  #keep(packet: Buffer): void {
    const socket = this.#socket;
    if (!this.#budget.take(packet.length)) {
      socket.destroy();
      return;
    }
    if (this.#early === undefined) socket.once('close', this.#takeEarly);
    this.#early = this.#early === undefined ? packet : Buffer.concat([this.#early, packet]);
    if (this.#early.length <= limits.pipelinedBytes) return;
    socket.pause();
    if (!this.#unread.has(socket)) this.#setTimer();
  }

  readonly #takeEarly = (): Buffer | undefined => {
    const early = this.#early;
    if (early === undefined) return undefined;
    this.#early = undefined;
    this.#budget.giveBack(early.length);
    this.#socket.off('close', this.#takeEarly);
    return early;
  };

  #leave(packet: Buffer): void {
    const socket = this.#socket;
    this.#state = 'left';
    socket.off('data', this.#came).off('end', this.#ended).off('error', this.#failed);
    socket.off('timeout', this.#timedOut);
    // A response that is on its way and stalls ends the connection, whoever reads it.
    if (!this.#unread.has(socket)) socket.setTimeout(0);
    socket.pause();
    socket.unshift(packet);
    this.#ports.toNode();
    socket.resume();
  }

  /** The client sends no more; as Node has it, then it wants no answer either. */
  readonly #ended = (): void => {
    this.#socket.end();
  };

  readonly #failed = (): void => {
    this.#socket.destroy();
  };

  readonly #timedOut = (): void => {
    const isStalled = this.#unread.has(this.#socket) || this.#socket.isPaused();
    if (this.#state === 'busy' && !isStalled) return;
    const isNew = this.#state === 'new';
    this.#state = 'left';
    if (isNew) this.#ports.slow();
    else this.#socket.destroy();
  };
}
