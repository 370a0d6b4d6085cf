/**
 * Requests and their responses: who is open, what the guest's handler made of it, and the one reply that leaves. A reply that
 * was sent cannot be sent again, whatever the guest does.
 */
import { HYPERCALL, PROGRAM } from './abi.ts';
import { isNullBody } from './body-state.ts';
import { enter, hypercall, leave, outputResponse, programKind, setOpenRequests } from './host.ts';
import { admitKeyed, type ReplyEntry, releaseEntry, settleReply } from './idempotency.ts';
import { inspect } from './inspect.ts';
import { errorTitle, isErrorObject } from './inspect-error.ts';
import {
  arrayBufferByteLength,
  arrayBufferSlice,
  bareArray,
  ReflectApply,
  SafeMap,
  stringIncludes,
  stringSplit,
  whenSettled,
} from './primordials.ts';
import { reportRejection, reportUncaught, writeError } from './report.ts';
import { abortRequest, incomingState, type Request, type RequestState, requestOver } from './request.ts';
import { headText, type ResponseState, responseStateOf, takeBody } from './response.ts';
import { type Cursor, readNumber } from './wire.ts';

/** A request that came in and has no response yet. */
export interface Exchange {
  readonly id: number;
  readonly state: RequestState;
  /** Its place in the reply cache, for requests with an Idempotency-Key. */
  entry: ReplyEntry | undefined;
}

export type Handler = (request: Request, environment: object, context: ExecutionContext) => unknown;

const KEY_MARK = '\n\v\n';
const KILLED = 'interrupted';
const open = new SafeMap<number, Exchange>();
let handler: Handler | undefined;
let application: unknown;
const environment = {};
/** The request that this turn brought: known, so that `recover` can answer it when the turn was killed. */
let brought: Exchange | undefined;

/** What a handler gets as its third argument. */
class ExecutionContext {
  /** The guest never sleeps while promises are pending, so there is nothing to wait for; only a rejection is told. */
  waitUntil(promise: unknown): void {
    whenSettled(promise, () => {}, reportRejection);
  }

  passThroughOnException(): void {}
}

export function setHandler(target: unknown, fetch: Handler): void {
  application = target;
  handler = fetch;
}

/** A client's request lies in `buffer`, from `at` (its id) to `end`. */
export function acceptRequest(buffer: ArrayBuffer, cursor: Cursor, end: number): void {
  const id = readNumber(cursor);
  const headLength = readNumber(cursor);
  const bodyAt = cursor.at + headLength;
  const text = hypercall(HYPERCALL.utf8Decode, buffer, cursor.at, headLength) as string;
  const head = stringSplit(text, '\n');
  const bytes = bodyAt < end ? arrayBufferSlice(buffer, bodyAt, end) : undefined;
  const exchange: Exchange = { id, state: incomingState(head, bytes), entry: undefined };
  const before = enter();
  brought = exchange;
  open.set(id, exchange);
  setOpenRequests(open.size);
  leave(before);
  if (handler === undefined) {
    const plain = programKind() === PROGRAM.plain;
    refuse(exchange, plain ? 404 : 503, plain ? 'This program serves no requests' : 'Not ready yet');
    return;
  }
  if (stringIncludes(text, KEY_MARK) && !admitKeyed(exchange)) return;
  runHandler(exchange, handler);
}

function runHandler(exchange: Exchange, call: Handler): void {
  try {
    const result = ReflectApply(call, application, [
      requestOver(exchange.state),
      environment,
      new ExecutionContext(),
    ]) as unknown;
    const response = responseStateOf(result);
    if (response !== undefined) answer(exchange, response);
    else awaitResult(exchange, result);
  } catch (error) {
    fail(exchange, error);
  }
}

function awaitResult(exchange: Exchange, result: unknown): void {
  whenSettled(
    result,
    (value) => {
      const response = responseStateOf(value);
      if (response !== undefined) answer(exchange, response);
      else failNoResponse(exchange, value);
    },
    (reason) => fail(exchange, reason),
  );
}

function answer(exchange: Exchange, response: ResponseState): void {
  if (response.used && !isNullBody(response)) {
    fail(exchange, new TypeError('The body of the response has already been read or sent'));
    return;
  }
  if (response.type === 'error') {
    fail(exchange, new TypeError('The handler answered with Response.error()'));
    return;
  }
  const head = headText(response);
  send(exchange, head, takeBody(response));
}

function failNoResponse(exchange: Exchange, value: unknown): void {
  const error = new TypeError(`fetch must return a Response (or a promise of one), not ${inspect(value, 0)}`);
  fail(exchange, error);
}

/** The handler threw: the client gets a 500, the guest's author the stack. A killed handler is no fault to be shown twice. */
function fail(exchange: Exchange, error: unknown): void {
  if (isKill(error)) {
    refuse(exchange, 503, 'The handler took too long and was stopped');
    return;
  }
  writeError('Uncaught', error);
  refuse(exchange, 500, 'Internal Server Error');
}

/** The engine's own mark for code that it was told to stop. */
function isKill(error: unknown): boolean {
  return isErrorObject(error) && errorTitle(error) === `InternalError: ${KILLED}`;
}

/** Answers in the handler's place. */
export function refuse(exchange: Exchange, status: number, text: string, header = ''): void {
  send(exchange, `${status}\ncontent-type\ntext/plain;charset=UTF-8${header}`, `${text}\n`);
}

/** The one place where a reply is decided: cached if it has a key, sent if somebody still waits for it. */
function send(exchange: Exchange, head: string, body: string | ArrayBuffer): void {
  const { entry } = exchange;
  if (entry !== undefined) {
    settleReply(entry, head, body);
    return;
  }
  deliverReply(exchange, head, body);
}

/** Sends, unless the request was answered or its client is gone. */
export function deliverReply(exchange: Exchange, head: string, body: string | ArrayBuffer): void {
  const before = enter();
  if (open.delete(exchange.id)) {
    setOpenRequests(open.size);
    outputResponse(exchange.id, head, body, typeof body === 'string' ? 0 : arrayBufferByteLength(body));
  }
  leave(before);
}

/** The client of a request is gone. Its handler runs on; a request with a key even to a reply that a retry will get. */
export function abandon(id: number): void {
  const exchange = open.get(id);
  if (exchange !== undefined) abandonExchange(exchange);
}

function abandonExchange(exchange: Exchange): void {
  const before = enter();
  open.delete(exchange.id);
  setOpenRequests(open.size);
  const { entry } = exchange;
  if (entry !== undefined) releaseEntry(entry, exchange);
  leave(before);
  if (entry !== undefined) return;
  try {
    abortRequest(exchange.state);
  } catch (error) {
    reportUncaught(error);
  }
}

/** This machine has gone live: every connection of the former primary is dead. */
export function abandonAll(): void {
  const all = bareArray<Exchange>();
  open.forEach((exchange) => {
    all[all.length] = exchange;
  });
  for (let index = 0; index < all.length; index += 1) abandonExchange(all[index] as Exchange);
}

/** A turn begins that may bring a request, and certainly brings another one. */
export function forgetBrought(): void {
  brought = undefined;
}

/** A turn was killed: the request that it brought is answered, if nothing that survived has answered it. */
export function recoverExchanges(): void {
  const exchange = brought;
  brought = undefined;
  if (exchange !== undefined && open.has(exchange.id))
    refuse(exchange, 503, 'The handler took too long and was stopped');
}
