/**
 * From a request to the guest's handler, and from what the handler makes of it to the one reply.
 *
 * After a kill (`recover`) everything is answered of which the kernel can know that it ends:
 * - the request that the killed turn brought gets a 503, if nothing that survived has answered it;
 * - a promise whose continuation was killed, in whatever turn, is rejected by the engine,
 *   and so the handler's is, and answers;
 * - a kill that fell on the kernel's own listening to a handler's promise is made good by listening anew.
 * What it cannot know: a killed callback (of a timer, of an event) would have resolved the promise for
 * which a handler waits; or the kill fell on a step of the engine's own between two jobs, and lost the
 * value that it was passing on. Such a request stays open until its client leaves; its key, if it has
 * one, until the key's lifetime is over.
 */
import { HYPERCALL, OWN_PATHS, PROGRAM, RESUMABLE } from './abi.ts';
import { isUsed, streamToSend } from './body.ts';
import { eventsReader, recoverEvents, takeEventsAsked } from './event-streams.ts';
import type { Exchange } from './exchange.ts';
import { enter, hypercall, leave, outputResponse, programKind, requireResult } from './host.ts';
import { admitKeyed } from './idempotency.ts';
import { bodyArrived, closeBody, openBody } from './incoming-body.ts';
import { inspect } from './inspect.ts';
import { errorTitle, isErrorObject } from './inspect-error.ts';
import { limits } from './limits.ts';
import {
  allOpenExchanges,
  closeExchange,
  deliverReply,
  openExchange,
  openExchangeOf,
  refusalBody,
  refusalHead,
} from './open-requests.ts';
import {
  arrayBufferSlice,
  ReflectApply,
  stringIncludes,
  stringSplit,
  stringStartsWith,
  whenSettled,
} from './primordials.ts';
import { problemBody, problemHead } from './problem.ts';
import { headFits, replyFits } from './reply-size.ts';
import { cancelReply, failReply, recoverReply, replyDrained, startReplyStream } from './reply-stream.ts';
import { reportRejection, reportUncaught, writeError } from './report.ts';
import { abortRequest, clientGone, incomingState, type Request, requestOver } from './request.ts';
import { headValue } from './request-head.ts';
import {
  bodyToSend,
  headerList,
  headText,
  type Response,
  type ResponseState,
  responseOver,
  responseStateOf,
} from './response.ts';
import { forEachOrphan, releaseEntry, settleReply } from './runs.ts';
import { admitInSession, answerOwn, NUMBER_MARK, refuseNumber, SESSION_MARK } from './session-requests.ts';
import { awaitsClient, forEachAway, handshakeOver, joinHandshake } from './socket-handshakes.ts';
import { isNewLane, laneAsked, resumeLane } from './socket-resume.ts';
import { streamKit } from './stream-kit.ts';
import { connectSocket, socketGone, socketRefused, type WebSocket, whyNotGiven } from './websocket.ts';
import { type Cursor, readNumber } from './wire.ts';

export type Handler = (request: Request, environment: object, context: ExecutionContext) => unknown;

/** In every head that asks for more than HTTP has: one look at most requests, for three. */
const OWN_WORD = 'tandem';
const KEY_MARK = '\n\v\n';
const KILLED = 'interrupted';
const TOO_LONG = 'The handler took too long and was stopped';
const BROKEN = 'The handler took too long and was stopped, or had no memory';
const NONE = -1;
let handler: Handler | undefined;
let application: unknown;
const environment = {};
/**
 * The request that this turn brought, by its id: known, so that `recover`
 * can answer it when the turn was killed.
 */
let brought = NONE;
/** The same, until it is among the open ones: memory may run out on the way there. */
let arriving = NONE;

/** What a handler gets as its third argument. */
class ExecutionContext {
  /**
   * The guest never sleeps while promises are pending, so there is nothing to
   * wait for; only a rejection is told.
   */
  waitUntil(promise: unknown): void {
    whenSettled(
      promise,
      () => {},
      (reason) => reportRejection(reason, promise),
    );
  }

  passThroughOnException(): void {}
}

export function setHandler(target: unknown, fetch: Handler): void {
  application = target;
  handler = fetch;
}

/** A piece of a request's body. */
export function acceptBody(buffer: ArrayBuffer, cursor: Cursor, end: number): void {
  const id = readNumber(cursor);
  const isLast = readNumber(cursor) === 1;
  bodyArrived(id, cursor.at < end ? arrayBufferSlice(buffer, cursor.at, end) : undefined, isLast);
}

/** The client has taken in more of a response that leaves in parts. */
export function acceptDrained(cursor: Cursor): void {
  const exchange = openExchangeOf(readNumber(cursor));
  if (exchange !== undefined) replyDrained(exchange, readNumber(cursor));
}

/**
 * A client's request lies in `buffer`, from `at` (its id) to `end`;
 * `isOpen`: there is more of its body to come.
 */
export function acceptRequest(buffer: ArrayBuffer, cursor: Cursor, end: number, isOpen: boolean): void {
  const id = readNumber(cursor);
  brought = id;
  arriving = id;
  const headLength = readNumber(cursor);
  const bodyAt = cursor.at + headLength;
  const text = requireResult<string>(hypercall(HYPERCALL.utf8Decode, buffer, cursor.at, headLength));
  const head = stringSplit(text, '\n');
  const bytes = bodyAt < end ? arrayBufferSlice(buffer, bodyAt, end) : undefined;
  const exchange: Exchange = {
    id,
    state: isOpen
      ? incomingState(head, undefined, openBody(id, bytes))
      : incomingState(head, bytes, undefined),
    entry: undefined,
    result: undefined,
    awaited: false,
    stream: undefined,
    outlived: false,
    lane: undefined,
  };
  openExchange(exchange);
  arriving = NONE;
  if (handler === undefined) {
    if (programKind() === PROGRAM.plain) refuse(exchange, 404, 'This program serves no requests');
    else send(exchange, problemHead('not-ready', limits.retryAfterSeconds), problemBody('not-ready'));
    return;
  }
  const target = head[1] ?? '';
  if (stringStartsWith(target, OWN_PATHS)) {
    answerOwn(exchange, target);
    return;
  }
  const isOurs = stringIncludes(text, OWN_WORD);
  if (isOurs && stringIncludes(text, SESSION_MARK)) {
    if (admitInSession(exchange)) runHandler(exchange, handler);
    return;
  }
  if (isOurs && stringIncludes(text, NUMBER_MARK)) {
    refuseNumber(exchange);
    return;
  }
  if (stringIncludes(text, KEY_MARK) && !admitKeyed(exchange)) return;
  const mayResume = isOurs && exchange.entry === undefined && stringIncludes(text, RESUMABLE.protocol);
  if (mayResume && resumes(exchange)) return;
  runHandler(exchange, handler);
}

/**
 * Whether a client has come back to a WebSocket that the guest knows of, so
 * that there is nothing to ask the guest.
 */
function resumes(exchange: Exchange): boolean {
  const { id, state } = exchange;
  const asked = laneAsked(state.head ?? []);
  if (asked === undefined) return false;
  const isNew = isNewLane(asked);
  const before = enter();
  try {
    if (isNew) {
      state.head = asked.head;
      exchange.lane = asked;
      if (!joinHandshake(exchange, asked)) return false;
      // What the guest is at was brought by another turn.
      forgetBrought();
    } else closeExchange(id);
  } finally {
    leave(before);
  }
  if (!isNew) resumeLane(id, asked);
  return true;
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

/**
 * Listens to what the handler gave. Of several listeners (see `recover`) the first
 * that comes to its end is the only one.
 */
function awaitResult(exchange: Exchange, result: unknown): void {
  exchange.result = result;
  exchange.awaited = true;
  const isAwaited = (): boolean => exchange.awaited && exchange.result === result;
  whenSettled(
    result,
    (value) => {
      if (!isAwaited()) return;
      const response = responseStateOf(value);
      if (response !== undefined) answer(exchange, response);
      else failNoResponse(exchange, value);
      stopAwaiting(exchange, result);
    },
    (reason) => {
      if (!isAwaited()) return;
      fail(exchange, reason);
      stopAwaiting(exchange, result);
    },
  );
}

/** An answer may have left something else to be awaited: the whole of its stream. */
function stopAwaiting(exchange: Exchange, result: unknown): void {
  if (exchange.result !== result) return;
  exchange.awaited = false;
  exchange.result = undefined;
}

/** The response leaves; if it cannot, the client gets a 500. */
function answer(exchange: Exchange, response: ResponseState): void {
  try {
    answerWith(exchange, response);
  } catch (error) {
    fail(exchange, error);
  }
}

function answerWith(exchange: Exchange, response: ResponseState): void {
  if (isUsed(response)) {
    fail(exchange, new TypeError('The body of the response has already been read or sent'));
    return;
  }
  if (response.type === 'error') {
    fail(exchange, new TypeError('The handler answered with Response.error()'));
    return;
  }
  if (response.webSocket !== undefined) {
    answerWithSocket(exchange, response, response.webSocket);
    return;
  }
  const stream = streamToSend(response);
  if (stream !== undefined) {
    answerInParts(exchange, response, stream);
    return;
  }
  const head = headText(response);
  const body = bodyToSend(response);
  if (!replyFits(exchange.state, head, body)) {
    refuseTooLarge(exchange);
    return;
  }
  send(exchange, head, body);
  // Only now: had a kill fallen before, the response must still be fit to be sent.
  response.used = true;
}

/** The connection becomes a WebSocket, if its client asked for one. */
function answerWithSocket(exchange: Exchange, response: ResponseState, given: WebSocket): void {
  const wanted = headValue(exchange.state.head ?? [], 'upgrade') === 'websocket';
  const trouble = wanted
    ? whyNotGiven(given)
    : 'This request asks for no WebSocket: its Upgrade header says so';
  if (trouble !== undefined || response.status !== 101 || exchange.entry !== undefined) {
    fail(
      exchange,
      new TypeError(
        trouble ?? 'A WebSocket goes to the client with status 101, and to a request without a key',
      ),
    );
    return;
  }
  if (!headFits(exchange.state, headText(response))) {
    refuseTooLarge(exchange);
    return;
  }
  let isConnected = false;
  const before = enter();
  try {
    isConnected = closeExchange(exchange.id);
    if (handshakeOver(exchange)) isConnected = true;
    if (isConnected) isConnected = connectSocket(given, exchange.id, headerList(response), exchange.lane);
  } finally {
    leave(before);
  }
  if (!isConnected) socketRefused(given);
}

/** A keyed request's reply is kept whole, so it also leaves whole: a retry must find all of it. */
function answerInParts(exchange: Exchange, response: ResponseState, stream: object): void {
  handshakeOver(exchange);
  const events = takeEventsAsked(response);
  if (exchange.entry !== undefined) {
    awaitResult(exchange, wholeResponse(response, stream));
    return;
  }
  const head = headText(response);
  const fits = headFits(exchange.state, head);
  if (!fits || exchange.state.method === 'HEAD') {
    whenSettled((stream as { cancel(): unknown }).cancel(), () => {});
    if (fits) send(exchange, head, '');
    else refuseTooLarge(exchange);
    return;
  }
  const reader = events === undefined ? streamKit().readerOf(stream) : eventsReader(exchange, events, stream);
  startReplyStream(exchange, head, reader);
}

async function wholeResponse(state: ResponseState, stream: object): Promise<Response> {
  const bytes = await streamKit().collect(stream, limits.responseBytes);
  state.bytes = bytes;
  state.stream = undefined;
  return responseOver(state);
}

function refuseTooLarge(exchange: Exchange): void {
  refuse(exchange, 500, 'The response is too large');
}

function failNoResponse(exchange: Exchange, value: unknown): void {
  const error = new TypeError(`fetch must return a Response (or a promise of one), not ${inspect(value, 0)}`);
  fail(exchange, error);
}

/**
 * The handler threw: the client gets a 500, the guest's author the stack. A killed
 * handler is no fault to be shown twice.
 */
function fail(exchange: Exchange, error: unknown): void {
  if (isKill(error)) {
    refuse(exchange, 503, TOO_LONG);
    return;
  }
  try {
    writeError('Uncaught', error);
  } catch {
    // There is no memory for words; the client is to have its answer all the same.
  }
  refuse(exchange, 500, 'Internal Server Error');
}

/** The engine's own mark for code that it was told to stop. */
function isKill(error: unknown): boolean {
  return isErrorObject(error) && errorTitle(error) === `InternalError: ${KILLED}`;
}

/** Answers in the handler's place; of an answer that has begun, only its end is left. */
function refuse(exchange: Exchange, status: number, text: string): void {
  if (exchange.stream !== undefined) {
    failReply(exchange);
    return;
  }
  send(exchange, refusalHead(status), refusalBody(text));
}

/** The one place where a reply is decided: cached if it has a key, sent if somebody still waits for it. */
function send(exchange: Exchange, head: string, body: string | ArrayBuffer): void {
  const { entry } = exchange;
  handshakeOver(exchange);
  closeBody(exchange.id);
  if (entry === undefined) deliverReply(exchange.id, head, body);
  else settleReply(entry, head, body);
}

/**
 * The client of a request is gone. Its handler runs on; a request with a key
 * even to a reply that a retry will get.
 */
export function abandon(id: number): void {
  const exchange = openExchangeOf(id);
  if (exchange === undefined) socketGone(id);
  else abandonExchange(exchange);
}

function abandonExchange(exchange: Exchange): void {
  const { id, entry } = exchange;
  let isOver = entry === undefined;
  const before = enter();
  try {
    if (entry !== undefined) releaseEntry(entry, exchange);
    else if (awaitsClient(exchange, () => giveUpHandshake(exchange))) isOver = false;
  } finally {
    closeExchange(id);
    leave(before);
  }
  closeBody(id);
  if (isOver) tellClientGone(exchange);
}

function giveUpHandshake(exchange: Exchange): void {
  handshakeOver(exchange);
  tellClientGone(exchange);
}

/** Runs the guest's listeners. */
function tellClientGone(exchange: Exchange): void {
  try {
    if (!exchange.outlived) abortRequest(exchange.state);
    cancelReply(exchange, exchange.state.signal?.reason ?? clientGone());
  } catch (error) {
    reportUncaught(error);
  }
}

/** This machine has gone live: every connection of the former primary is dead. */
export function abandonAll(): void {
  const all = allOpenExchanges();
  for (let index = 0; index < all.length; index += 1) abandonExchange(all[index] as Exchange);
}

/** Clients that stayed with the former primary after a switch-over are gone; others may wait here. */
export function abandonFormer(cursor: Cursor): void {
  const below = readNumber(cursor);
  const waiting: Record<number, true> = { __proto__: null } as never;
  for (let left = readNumber(cursor); left > 0; left -= 1) waiting[readNumber(cursor)] = true;
  const all = allOpenExchanges();
  for (let index = 0; index < all.length; index += 1) {
    const exchange = all[index] as Exchange;
    if (exchange.id < below && waiting[exchange.id] === undefined) abandonExchange(exchange);
  }
}

/** A turn begins that may bring a request, and certainly brings another one. */
export function forgetBrought(): void {
  brought = NONE;
  arriving = NONE;
}

/** A turn was killed, or broke for want of memory. */
export function recoverExchanges(): void {
  const exchange = openExchangeOf(brought);
  const id = arriving;
  forgetBrought();
  // A retry that waits for another request's run was not what ran.
  const joined = exchange?.entry !== undefined && exchange.entry.run !== exchange;
  if (exchange !== undefined && !joined && exchange.stream === undefined) refuse(exchange, 503, BROKEN);
  else if (id !== NONE) refuseArriving(id);
  const all = allOpenExchanges();
  for (let index = 0; index < all.length; index += 1) listenAnew(all[index] as Exchange);
  forEachOrphan(listenAnew);
  forEachAway(listenAnew);
  recoverEvents();
}

function listenAnew(exchange: Exchange): void {
  if (exchange.awaited) awaitResult(exchange, exchange.result);
  recoverReply(exchange);
}

/** There was no memory to take it in. */
export function refuseArriving(id: number): void {
  const before = enter();
  try {
    const text = refusalBody('There was not enough memory for this request');
    outputResponse(id, refusalHead(503), text, 0);
  } finally {
    leave(before);
  }
}
