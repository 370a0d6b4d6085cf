/**
 * The Fetch standard's `fetch`, toward other servers. The request leaves the machine as an output, by the
 * output rule (FT §2.2); the host that is live then makes the call, and what comes of it is an input like any
 * other. An unsafe call that has no Idempotency-Key gets one, so that a server that knows about keys executes
 * it once, however often it has to be made.
 */
import { HYPERCALL } from './abi.ts';
import { type AbortSignal, onceAborted } from './abort.ts';
import { AnswerBody } from './answer-body.ts';
import { isUsed, streamToSend } from './body.ts';
import { bytesOf, isNullBody } from './body-state.ts';
import { Crypto } from './crypto.ts';
import { getFrom, listOf } from './headers.ts';
import { crossable, hypercall, requireResult } from './host.ts';
import { quote } from './inspect-primitive.ts';
import { limits } from './limits.ts';
import {
  bodyTaken,
  type CallListener,
  callAnswered,
  callFailed,
  cancelCall,
  chunkArrived,
  headArrived,
  type OutboundCall,
  openCall,
} from './outbound-calls.ts';
import {
  arrayBufferByteLength,
  arrayBufferSlice,
  arrayJoin,
  bareArray,
  NumberParseInt,
  stringIndexOf,
  stringSlice,
  stringSplit,
  stringStartsWith,
  uncurry,
  whenSettled,
} from './primordials.ts';
import { type RequestInit, type RequestState, requestToSend } from './request.ts';
import { isNullBodyStatus, type Response, receivedState, responseOver } from './response.ts';
import { streamKit } from './stream-kit.ts';
import { utf8Length } from './utf8.ts';
import { type Cursor, readNumber } from './wire.ts';

const KEY = 'idempotency-key';
const randomUUID = uncurry(Crypto.prototype.randomUUID);

export function fetch(input: unknown, init: unknown = undefined): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { state, signal } = requestToSend(input, (init ?? {}) as RequestInit);
    if (signal?.aborted === true) throw signal.reason;
    const head = headOf(state);
    if (isUsed(state)) throw new TypeError('The body has already been read');
    const stream = streamToSend(state);
    const answer = new Answer(resolve, reject, signal);
    if (stream === undefined) send(head, bodyOf(state), answer);
    else gather(stream, signal, reject, (bytes) => send(head, bytes, answer));
    state.used = true;
  });
}

/** A body leaves whole: what is made again must be the same. */
function gather(
  stream: object,
  signal: AbortSignal | undefined,
  reject: (reason: unknown) => void,
  then: (bytes: ArrayBuffer) => void,
): void {
  const forget = signal && onceAborted(signal, () => reject(signal.reason));
  const gathered = (bytes: unknown): void => {
    forget?.();
    if (signal?.aborted === true) return;
    try {
      then(bytes as ArrayBuffer);
    } catch (error) {
      reject(error);
    }
  };
  const failed = (reason: unknown): void => {
    forget?.();
    reject(reason);
  };
  whenSettled(streamKit().collect(stream, limits.callBytes), gathered, failed);
}

function send(head: string, body: string | ArrayBuffer, answer: Answer): void {
  requireSize(head, body);
  const call = openCall(head, body, answer);
  if (call === undefined) throw networkError(`${limits.openCalls} calls are open, and no more can be`);
  answer.begin(call);
}

const networkError = (reason: string): TypeError => new TypeError(`fetch failed: ${reason}`);

/** What follows the generation in the head of the output (abi.ts). */
function headOf(state: RequestState): string {
  const url = state.url ?? '';
  if (!stringStartsWith(url, 'http://') && !stringStartsWith(url, 'https://'))
    throw networkError(`${quote(url)} is no address of http: or https:`);
  if (hasCredentials(url)) throw new TypeError('An address to fetch has no user name and no password in it');
  const lines = bareArray<string>();
  lines[0] = state.redirect;
  lines[1] = state.method;
  lines[2] = withoutFragment(url);
  const list = state.headers === undefined ? bareArray<string>() : listOf(state.headers);
  for (let index = 0; index < list.length; index += 1) lines[lines.length] = list[index] as string;
  if (!isSafe(state.method) && getFrom(list, KEY) === null) {
    lines[lines.length] = KEY;
    // A string of a structured header, as the draft has it.
    lines[lines.length] = `"${randomUUID(new Crypto())}"`;
  }
  const head = arrayJoin(lines, '\n');
  if (!crossable(head)) throw new TypeError('The head of the request has characters that none can have');
  return head;
}

function hasCredentials(href: string): boolean {
  const at = stringIndexOf(href, '@');
  return at >= 0 && at < stringIndexOf(href, '/', stringIndexOf(href, '//') + 2);
}

function withoutFragment(href: string): string {
  const at = stringIndexOf(href, '#');
  return at < 0 ? href : stringSlice(href, 0, at);
}

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

function bodyOf(state: RequestState): string | ArrayBuffer {
  const { text } = state;
  if (text !== undefined && crossable(text)) return text;
  return isNullBody(state) ? '' : bytesOf(state);
}

function requireSize(head: string, body: string | ArrayBuffer): void {
  const bodyBytes = typeof body === 'string' ? utf8Length(body) : arrayBufferByteLength(body);
  const bytes = utf8Length(head) + bodyBytes;
  if (bytes > limits.callBytes)
    throw networkError(
      `the request has ${bytes} bytes; ${limits.callBytes} is the most that leaves the machine at once`,
    );
}

/** What comes of one call. */
class Answer implements CallListener {
  readonly #resolve: (response: Response) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal | undefined;
  #call: OutboundCall | undefined;
  #forget: (() => void) | undefined;
  /** Once there is a head. */
  #body: AnswerBody | undefined;

  constructor(
    resolve: (response: Response) => void,
    reject: (reason: unknown) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
  }

  begin(call: OutboundCall): void {
    this.#call = call;
    const signal = this.#signal;
    if (signal === undefined) return;
    this.#forget = onceAborted(signal, () => {
      cancelCall(call);
      this.#fail(signal.reason);
    });
  }

  head(head: string): void {
    const lines = stringSplit(head, '\n');
    const list = bareArray<string>();
    for (let index = 4; index < lines.length; index += 1) list[list.length] = lines[index] as string;
    const status = NumberParseInt(lines[0] as string, 10);
    const body = new AnswerBody({
      taken: (bytes) => {
        if (this.#call !== undefined) bodyTaken(this.#call, bytes);
      },
      cancelled: () => this.#cancelled(),
    });
    this.#body = body;
    const state = receivedState(status, lines[1] as string, lines[2] as string, lines[3] === '1', list);
    if (!isNullBodyStatus(status)) state.incoming = () => body.stream();
    this.#resolve(responseOver(state));
  }

  chunk(bytes: ArrayBuffer): void {
    this.#body?.push(bytes);
  }

  end(): void {
    this.#forget?.();
    this.#body?.end();
  }

  failed(reason: string): void {
    this.#fail(networkError(reason));
  }

  #fail(reason: unknown): void {
    this.#forget?.();
    if (this.#body === undefined) this.#reject(reason);
    else this.#body.fail(reason);
  }

  #cancelled(): void {
    this.#forget?.();
    if (this.#call !== undefined) cancelCall(this.#call);
  }
}

// What the host says about a call (abi.ts).

function answered(cursor: Cursor): OutboundCall | undefined {
  const id = readNumber(cursor);
  return callAnswered(id, readNumber(cursor));
}

export function acceptCallHead(buffer: ArrayBuffer, cursor: Cursor): void {
  const call = answered(cursor);
  const length = readNumber(cursor);
  if (call !== undefined) headArrived(call, decoded(buffer, cursor.at, length));
}

export function acceptCallBody(buffer: ArrayBuffer, cursor: Cursor, end: number): void {
  const call = answered(cursor);
  const isLast = readNumber(cursor) === 1;
  if (call === undefined) return;
  chunkArrived(call, cursor.at < end ? arrayBufferSlice(buffer, cursor.at, end) : undefined, isLast);
}

export function acceptCallFailure(buffer: ArrayBuffer, cursor: Cursor, end: number): void {
  const call = answered(cursor);
  if (call !== undefined) callFailed(call, decoded(buffer, cursor.at, end - cursor.at));
}

const decoded = (buffer: ArrayBuffer, at: number, length: number): string =>
  requireResult<string>(hypercall(HYPERCALL.utf8Decode, buffer, at, length));
