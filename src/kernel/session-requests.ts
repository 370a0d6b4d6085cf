/**
 * Exactly once for clients that number their requests: what they ask by HTTP.
 * `POST /.well-known/tandem/session` opens a session; a request then has the headers `Tandem-Session: ID`
 * and `Tandem-Request: SLOT.NUMBER`, which the guest does not see. Under one number a request runs once; a
 * retry gets its reply, and takes it over from a connection on which it is still awaited: a client knows
 * best which of its connections lives.
 */
import { OWN_PATHS } from './abi.ts';
import type { Exchange, ReplyEntry } from './exchange.ts';
import { enter, leave, replyLifetimeMs } from './host.ts';
import { fingerprintIn, fingerprintOf } from './kept-reply.ts';
import { limits } from './limits.ts';
import { deliverReply } from './open-requests.ts';
import {
  bareArray,
  DateNow,
  NumberParseInt,
  regexpExec,
  stringSplit,
  stringStartsWith,
  stringTrim,
} from './primordials.ts';
import { type ProblemName, problemBody, problemHead } from './problem.ts';
import { isRun, type Remembered } from './reply-cache.ts';
import { countRefused } from './reply-room.ts';
import { FIRST_HEADER, headValue, withoutHeaders } from './request-head.ts';
import { deliverKept, releaseEntry, waitFor } from './runs.ts';
import {
  acknowledge,
  beginIn,
  closeSession,
  findSession,
  markOf,
  openSession,
  useSession,
} from './sessions.ts';

const SESSION_PATH = `${OWN_PATHS}session`;
const SESSION = 'tandem-session';
const REQUEST = 'tandem-request';
const ACKNOWLEDGED = 'tandem-acknowledged';
/** As it stands in a request's head. */
export const SESSION_MARK = `\n${SESSION}\n`;
export const NUMBER_MARK = `\n${REQUEST}\n`;
const PLACE = /^(?:(\d{1,2})\.)?([1-9]\d{0,14})$/;
const DECIMAL = 10;

interface Place {
  readonly slot: number;
  readonly number: number;
}

/** A request for one of Tandem's own paths. */
export function answerOwn(exchange: Exchange, target: string): void {
  const { method, head = [] } = exchange.state;
  const isSession = target === SESSION_PATH || stringStartsWith(target, `${SESSION_PATH}?`);
  if (isSession && method === 'POST') open(exchange);
  else if (isSession && method === 'DELETE') {
    const session = findSession(headValue(head, SESSION) ?? '');
    if (session !== undefined) closeSession(session);
    deliverReply(exchange.id, '204', '');
  } else refuse(exchange, 'no-such-path');
}

function open(exchange: Exchange): void {
  const session = openSession(DateNow());
  if (typeof session === 'number') {
    countRefused();
    refuse(exchange, 'full', session);
    return;
  }
  const head = `201\ncontent-type\napplication/json\ncache-control\nno-store\n${SESSION}\n${session.id}`;
  const body = `{"session":"${session.id}","slots":${limits.sessionSlots},"idleMs":${replyLifetimeMs()}}\n`;
  deliverReply(exchange.id, head, body);
}

/**
 * A number without a session: who sends it believes that this request runs once, so it must not run at all.
 */
export function refuseNumber(exchange: Exchange): void {
  refuse(exchange, 'number-invalid');
}

/**
 * Whether the handler must run for this request. If not, it is answered
 * already, or waits for a run that goes on.
 */
export function admitInSession(exchange: Exchange): boolean {
  const { state } = exchange;
  const head = state.head ?? [];
  const place = placeOf(headValue(head, REQUEST) ?? '');
  if (place === undefined) {
    refuse(exchange, 'number-invalid');
    return false;
  }
  const acknowledged = placesIn(head);
  if (acknowledged === undefined) {
    refuse(exchange, 'acknowledged-invalid');
    return false;
  }
  const fingerprint = fingerprintOf(state.method, head[1] ?? '', state.bytes);
  const nowMs = DateNow();
  const session = useSession(headValue(head, SESSION) ?? '', nowMs);
  if (session === undefined) {
    refuse(exchange, 'session-gone');
    return false;
  }
  for (let index = 0; index < acknowledged.length; index += 1) {
    const told = acknowledged[index] as Place;
    acknowledge(session, told.slot, told.number);
  }
  const slot = session.slots[place.slot];
  if (slot !== undefined && place.number <= slot.number) {
    if (place.number < slot.number || slot.remembered === undefined) refuse(exchange, 'request-over');
    else join(exchange, fingerprint, slot.remembered, markOf(place.slot, place.number));
    return false;
  }
  state.head = withoutHeaders(head, [SESSION, REQUEST, ACKNOWLEDGED]);
  const begun = beginIn(session, place.slot, place.number, fingerprint, exchange, nowMs);
  if (typeof begun !== 'number') return true;
  countRefused();
  refuse(exchange, 'full', begun);
  return false;
}

function join(exchange: Exchange, fingerprint: string, remembered: Remembered, mark: string): void {
  if (!isRun(remembered)) {
    if (fingerprintIn(remembered) === fingerprint) deliverKept(exchange, remembered, mark);
    else refuse(exchange, 'number-reused');
  } else if (remembered.fingerprint !== fingerprint) refuse(exchange, 'number-reused');
  else {
    const { owner } = remembered;
    if (owner !== undefined) supersede(owner, remembered);
    waitFor(exchange, remembered);
  }
}

/** The client asks again on another connection: the one on which it has waited so far is of no use to it. */
function supersede(owner: Exchange, entry: ReplyEntry): void {
  const before = enter();
  try {
    releaseEntry(entry, owner);
  } finally {
    leave(before);
  }
  refuse(owner, 'superseded');
}

/** `SLOT.NUMBER`, or a number alone for slot 0. */
function placeOf(text: string): Place | undefined {
  const found = regexpExec(PLACE, text);
  if (found === null) return undefined;
  const slot = NumberParseInt(found[1] ?? '0', DECIMAL);
  return slot < limits.sessionSlots
    ? { slot, number: NumberParseInt(found[2] as string, DECIMAL) }
    : undefined;
}

/**
 * Replies that the client has, from all its lists, of which an element may be empty (RFC 9110 §5.6.1);
 * undefined when one is no place, or they are too many.
 */
function placesIn(head: readonly string[]): readonly Place[] | undefined {
  const places = bareArray<Place>();
  for (let field = FIRST_HEADER; field < head.length; field += 2) {
    if (head[field] !== ACKNOWLEDGED) continue;
    const elements = stringSplit(head[field + 1] ?? '', ',');
    for (let index = 0; index < elements.length; index += 1) {
      const text = stringTrim(elements[index] as string);
      if (text === '') continue;
      const place = placeOf(text);
      if (place === undefined || places.length === limits.sessionSlots) return undefined;
      places[places.length] = place;
    }
  }
  return places;
}

/** An answer to this request alone. */
function refuse(exchange: Exchange, problem: ProblemName, retryAfterS = 0): void {
  deliverReply(exchange.id, problemHead(problem, retryAfterS), problemBody(problem));
}
