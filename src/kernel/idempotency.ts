/**
 * Exactly once for requests with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the
 * first runs, a retry gets the same reply.
 */
import type { Exchange } from './exchange.ts';
import { fingerprintIn, fingerprintOf } from './kept-reply.ts';
import { limits } from './limits.ts';
import { deliverReply } from './open-requests.ts';
import { DateNow, matches, regexpExec, stringReplaceAll } from './primordials.ts';
import { type ProblemName, problemBody, problemHead } from './problem.ts';
import { isRun, lookUp, type Remembered, remember } from './reply-cache.ts';
import { countRefused } from './reply-room.ts';
import { countHeader, headValue } from './request-head.ts';
import { deliverKept, waitFor } from './runs.ts';

const HEADER = 'idempotency-key';
/** Not what the draft says, but what many clients send. */
const BARE_KEY = /^[\x21\x23-\x7e][\x21-\x7e]*$/;
/** A string item of RFC 9651; parameters are allowed and mean nothing here. */
const QUOTED_KEY =
  /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:; *[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|[A-Za-z0-9?@:*._+/=-]+))?)*$/;

/**
 * Whether the handler must run for this request. If not, the request is answered
 * already, or waits for a run that goes on.
 */
export function admitKeyed(exchange: Exchange): boolean {
  const head = exchange.state.head ?? [];
  const key = keyOf(head);
  if (key === undefined) {
    refuse(exchange, 'key-invalid');
    return false;
  }
  const { method, bytes } = exchange.state;
  const fingerprint = fingerprintOf(method, head[1] ?? '', bytes);
  const nowMs = DateNow();
  const remembered = lookUp(key, nowMs);
  if (remembered !== undefined) {
    join(exchange, fingerprint, remembered);
    return false;
  }
  const entry = remember(key, fingerprint, exchange, nowMs);
  if (typeof entry === 'number') {
    countRefused();
    refuse(exchange, 'full', entry);
    return false;
  }
  return true;
}

/** The key; undefined when there is not exactly one, or it is not valid. */
function keyOf(head: readonly string[]): string | undefined {
  const value = headValue(head, HEADER);
  if (value === undefined || countHeader(head, HEADER) !== 1) return undefined;
  const quoted = regexpExec(QUOTED_KEY, value);
  const key =
    quoted === null
      ? value
      : stringReplaceAll(stringReplaceAll(quoted[1] as string, '\\"', '"'), '\\\\', '\\');
  if (key.length === 0 || key.length > limits.keyLength) return undefined;
  return quoted !== null || matches(BARE_KEY, value) ? key : undefined;
}

function join(exchange: Exchange, fingerprint: string, remembered: Remembered): void {
  if (!isRun(remembered)) {
    if (fingerprintIn(remembered) === fingerprint) deliverKept(exchange, remembered);
    else refuse(exchange, 'key-reused');
  } else if (remembered.fingerprint !== fingerprint) refuse(exchange, 'key-reused');
  else if (remembered.owner !== undefined) refuse(exchange, 'key-in-use', limits.retryAfterSeconds);
  else waitFor(exchange, remembered);
}

/** An answer to this request alone: the key's run, if there is one, has its own. */
function refuse(exchange: Exchange, problem: ProblemName, retryAfterS = 0): void {
  deliverReply(exchange.id, problemHead(problem, retryAfterS), problemBody(problem));
}
