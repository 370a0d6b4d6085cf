/**
 * Exactly once for requests with an Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): the first runs, a retry gets
 * the same reply. A reply of 5xx is kept like any other, also the one after a kill: the run did happen, and a second one might do its
 * work twice.
 */
import type { Exchange, ReplyEntry } from './exchange.ts';
import { enter, leave } from './host.ts';
import { limits } from './limits.ts';
import { deliverReply, refusalBody, refusalHead } from './open-requests.ts';
import { matches, regexpExec, stringReplaceAll } from './primordials.ts';
import {
  entryFor,
  isSameRequest,
  type KeyedRequest,
  keepReply,
  lookUp,
  putIntoTable,
} from './reply-cache.ts';
import { countHeader, headValue } from './request-head.ts';

const HEADER = 'idempotency-key';
const BARE_KEY = /^[\x21\x23-\x7e][\x21-\x7e]*$/;
const QUOTED_KEY = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** Whether the handler must run for this request. If not, the request is answered already, or waits for a run that goes on. */
export function admitKeyed(exchange: Exchange): boolean {
  const head = exchange.state.head ?? [];
  const key = keyOf(head);
  if (key === undefined) {
    refuse(
      exchange,
      400,
      `Idempotency-Key must be one value of 1 to ${limits.keyLength} visible ASCII characters`,
    );
    return false;
  }
  const { method, bytes } = exchange.state;
  const request: KeyedRequest = { method, target: head[1] ?? '', body: bytes };
  const entry = lookUp(key);
  if (entry !== undefined) {
    join(exchange, request, entry);
    return false;
  }
  return begin(exchange, key, request);
}

function begin(exchange: Exchange, key: string, request: KeyedRequest): boolean {
  const entry = entryFor(key, request, exchange);
  if (entry !== undefined) {
    const before = enter();
    try {
      putIntoTable(entry);
      exchange.entry = entry;
    } finally {
      leave(before);
    }
    return true;
  }
  const header = `\nretry-after\n${limits.retryAfterSeconds}`;
  refuse(exchange, 503, 'Too many Idempotency-Keys are remembered: try again later', header);
  return false;
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

function join(exchange: Exchange, request: KeyedRequest, entry: ReplyEntry): void {
  if (!isSameRequest(request, entry)) {
    refuse(exchange, 422, 'This Idempotency-Key was used for another request');
  } else if (entry.head !== undefined) deliverReply(exchange.id, entry.head, entry.reply);
  else if (entry.owner !== undefined) {
    refuse(exchange, 409, 'A request with this Idempotency-Key is being processed');
  } else {
    const before = enter();
    exchange.entry = entry;
    entry.owner = exchange;
    leave(before);
  }
}

/** An answer to this request alone: the key's run, if there is one, has its own. */
function refuse(exchange: Exchange, status: number, text: string, header = ''): void {
  deliverReply(exchange.id, refusalHead(status) + header, refusalBody(text));
}

/** The run is over: keeps its reply, and sends it to whoever waits. The first reply is the only one. */
export function settleReply(entry: ReplyEntry, head: string, body: string | ArrayBuffer): void {
  if (entry.head !== undefined) return;
  const before = enter();
  keepReply(entry, head, body);
  const { owner } = entry;
  entry.owner = undefined;
  if (owner !== undefined) deliverReply(owner.id, head, body);
  leave(before);
}

/** The connection that waited for the reply is gone; the run goes on. */
export function releaseEntry(entry: ReplyEntry, exchange: Exchange): void {
  if (entry.owner === exchange) entry.owner = undefined;
}
