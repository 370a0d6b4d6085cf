/**
 * One making of one outbound call: HTTP(S) by Node's client, with redirects and codings as the Fetch standard
 * has them. What comes of it goes to a listener piece by piece, and not faster than somebody takes it.
 *
 * A call that is not safe has a connection of its own: on a kept one that the server is just closing,
 * nobody could tell whether it was executed.
 */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import { CALL_WINDOW_BYTES } from '../../kernel/abi.ts';
import type { AllowList } from './allow-list.ts';
import type { AnswerHead, CallRequest } from './call-codec.ts';
import { decodedBody } from './content-coding.ts';
import { type Outgoing, outgoing, redirected } from './outgoing.ts';

/**
 * Hears of one call: a head and chunks, the last of them marked; or a failure,
 * also in between. Nothing after that.
 */
export interface CallListener {
  head(head: AnswerHead): void;
  chunk(bytes: Uint8Array, isLast: boolean): void;
  failed(reason: string): void;
}

const EMPTY = new Uint8Array(0);
const RESETS: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);
/** Those that a Response can have. */
const LEAST_STATUS = 200;
const GREATEST_STATUS = 599;
const CONFLICT = 409;
const KEEP = { keepAlive: true };

/**
 * Each call has a connection at once: how many calls may be open is the kernel's bound. With a bound of
 * Node's own a call would wait until another one to the same server ends, whoever has the connections. What
 * is bounded here is how many idle ones are kept.
 */
function withFewIdle<AnyAgent extends HttpAgent>(agent: AnyAgent): AnyAgent {
  // Node's own looks whether the server is willing.
  const isKept: (socket: Duplex) => unknown = agent.keepSocketAlive.bind(agent);
  const idle = (): number =>
    Object.values(agent.freeSockets).reduce((sum, sockets = []) => sum + sockets.length, 0);
  agent.keepSocketAlive = (socket) => idle() < limits.outboundIdleSockets && isKept(socket) !== false;
  return agent;
}

/** The connections of one host; those of safe calls are kept for the next. */
export class Agents {
  readonly #http = { kept: withFewIdle(new HttpAgent(KEEP)), single: new HttpAgent() };
  readonly #https = { kept: withFewIdle(new HttpsAgent(KEEP)), single: new HttpsAgent() };

  open({ url, method, headers, isSafe }: Outgoing): ClientRequest {
    const isTls = url.protocol === 'https:';
    const agents = isTls ? this.#https : this.#http;
    const agent = isSafe ? agents.kept : agents.single;
    const options = { method, headers, agent, maxHeaderSize: limits.outboundHeadBytes };
    return isTls ? httpsRequest(url, options) : httpRequest(url, options);
  }

  destroy(): void {
    for (const { kept: idle, single: busy } of [this.#http, this.#https]) {
      idle.destroy();
      busy.destroy();
    }
  }
}

export class HttpCall {
  readonly #request: CallRequest;
  readonly #allowed: AllowList;
  readonly #agents: Agents;
  readonly #listener: CallListener;
  readonly #conflictUntilMs: number;
  #current: ClientRequest | undefined;
  #body: Readable | undefined;
  #redirects = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Handed on and not taken yet. */
  #untakenBytes = 0;
  #isHeld = false;
  #isOver = false;

  constructor(request: CallRequest, allowed: AllowList, agents: Agents, listener: CallListener) {
    this.#request = request;
    this.#allowed = allowed;
    this.#agents = agents;
    this.#listener = listener;
    this.#conflictUntilMs = monotonicMs() + limits.outboundConflictMs;
  }

  begin(): void {
    const out = outgoing(this.#request);
    if (typeof out === 'string') this.#fail(out);
    else this.#attempt(out, true);
  }

  /** The guest has taken so much of the body. */
  taken(bytes: number): void {
    this.#untakenBytes -= bytes;
    this.#pump();
  }

  /** While held nothing more is read. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#pump();
  }

  cancel(): void {
    this.#end();
  }

  #attempt(out: Outgoing, mayRepeat: boolean): void {
    if (this.#isOver) return;
    if (!this.#allowed.allows(out.url)) {
      this.#fail(this.#allowed.refuse(out.url));
      return;
    }
    let request: ClientRequest;
    try {
      request = this.#agents.open(out);
    } catch (error) {
      this.#fail(describe(error));
      return;
    }
    this.#current = request;
    this.#expect(limits.outboundSilenceMs, 'the server has not answered');
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      this.#expect(limits.outboundConnectMs, 'no connection came about');
      const isTls = out.url.protocol === 'https:';
      socket.once(isTls ? 'secureConnect' : 'connect', () =>
        this.#expect(limits.outboundSilenceMs, 'the server has not answered'),
      );
    });
    request.once('response', (response) => this.#answered(out, response));
    // Without anybody who listens, Node leaves such an answer to itself and the call to its time-out.
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      this.#fail(`${out.url.href} answers 101, and nobody asked it to change the protocol`);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#current !== request) return;
      const isStale = out.isSafe && request.reusedSocket && RESETS.has(error.code);
      if (isStale && mayRepeat && this.#body === undefined) this.#attempt(out, false);
      else this.#fail(describe(error));
    });
    request.end(out.body);
  }

  #answered(out: Outgoing, response: IncomingMessage): void {
    if (this.#isOver) return;
    const status = response.statusCode ?? 0;
    if (status < LEAST_STATUS || status > GREATEST_STATUS) {
      this.#fail(`${out.url.href} answers with the status ${status}, which is none`);
      return;
    }
    if (this.#isStillAtIt(out, status)) {
      response.destroy();
      this.#later(limits.outboundConflictEveryMs, () => this.#attempt(out, true));
      return;
    }
    const { redirect } = this.#request;
    const next = redirect === 'manual' ? undefined : redirected(out, status, response.headers.location);
    if (next === undefined) this.#deliver(out, response, status);
    else if (redirect === 'error') this.#fail(`${out.url.href} redirects, and redirect is 'error'`);
    else if (typeof next === 'string') this.#fail(next);
    else {
      // Whatever it says besides may have no end.
      response.destroy();
      this.#redirects += 1;
      if (this.#redirects > limits.outboundRedirects)
        this.#fail(`more than ${limits.outboundRedirects} redirects`);
      else this.#attempt(next, true);
    }
  }

  /** Made again, and the server says that the first one with this key is not done. */
  #isStillAtIt({ isSafe }: Outgoing, status: number): boolean {
    const isAgain = this.#request.attempt > 1 && !isSafe;
    return isAgain && status === CONFLICT && monotonicMs() < this.#conflictUntilMs;
  }

  #deliver(out: Outgoing, response: IncomingMessage, status: number): void {
    const hasBody = out.method !== 'HEAD' && status !== 204 && status !== 304;
    const coding = hasBody ? response.headers['content-encoding'] : undefined;
    const body = decodedBody(response, coding);
    if (typeof body === 'string') {
      this.#fail(body);
      return;
    }
    this.#listener.head({
      status,
      statusText: response.statusMessage ?? '',
      url: out.url.href,
      redirected: this.#redirects > 0,
      headers: endToEnd(response.rawHeaders, body !== response),
    });
    // What is declared is the length of what was sent, not of what it decodes to.
    const declared =
      body === response ? Number(response.headers['content-length'] ?? Number.NaN) : Number.NaN;
    this.#read(response, body, hasBody ? declared : 0);
  }

  /** `wholeBytes`: after so many the body is complete; NaN when that is not known. */
  #read(response: IncomingMessage, body: Readable, wholeBytes: number): void {
    this.#body = body;
    let receivedBytes = 0;
    const lost = (error?: Error): void =>
      this.#fail(error === undefined ? 'the answer was cut off' : describe(error));
    response.once('error', lost).once('close', () => {
      if (!response.complete) lost();
    });
    if (body !== response) body.once('error', lost);
    if (wholeBytes === 0) {
      response.resume();
      this.#finish(EMPTY);
      return;
    }
    this.#expectMore();
    body.on('data', (chunk: Uint8Array) => {
      receivedBytes += chunk.length;
      this.#chunk(chunk, receivedBytes === wholeBytes);
    });
    body.once('end', () => {
      if (response.complete) this.#finish(EMPTY);
      else lost();
    });
    this.#pump();
  }

  #chunk(bytes: Uint8Array, isLast: boolean): void {
    for (let at = 0; at < bytes.length && !this.#isOver; at += limits.outboundChunkBytes) {
      const piece = bytes.subarray(at, at + limits.outboundChunkBytes);
      if (isLast && at + piece.length === bytes.length) {
        this.#finish(piece);
        return;
      }
      this.#untakenBytes += piece.length;
      this.#listener.chunk(piece, false);
    }
    this.#pump();
  }

  /** Reads on while there is room for more. */
  #pump(): void {
    const body = this.#body;
    if (body === undefined || this.#isOver) return;
    if (this.#isHeld || this.#untakenBytes >= CALL_WINDOW_BYTES) {
      this.#expect(limits.outboundUnreadMs, 'the program has not read on');
      body.pause();
    } else {
      this.#expectMore();
      body.resume();
    }
  }

  #expectMore(): void {
    this.#expect(limits.outboundSilenceMs, 'the server has said nothing');
  }

  #expect(ms: number, otherwise: string): void {
    this.#later(ms, () => this.#fail(`${otherwise} for ${ms / 1000} s`));
  }

  #later(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    this.#timer = setTimeout(then, ms);
    this.#timer.unref();
  }

  #finish(last: Uint8Array): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#listener.chunk(last, true);
    // Held in its last moment it would never give its connection back.
    this.#body?.resume();
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.#end();
    this.#listener.failed(reason.slice(0, limits.reasonBytes));
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    const request = this.#current;
    this.#current = undefined;
    // Somebody must hear the error that this makes.
    request?.on('error', () => {}).destroy();
  }
}

/**
 * Headers about the connection are not the guest's, and those about a coding that was undone would be false.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const ABOUT_THE_CODING: ReadonlySet<string> = new Set(['content-encoding', 'content-length']);

function endToEnd(rawHeaders: readonly string[], isDecoded: boolean): string[] {
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const isFalse = isDecoded && ABOUT_THE_CODING.has(name);
    if (!HOP_BY_HOP.has(name) && !isFalse) headers.push(name, rawHeaders[index + 1] ?? '');
  }
  return headers;
}

/** An attempt on several addresses fails with all of their errors and no words of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}
