/**
 * Exactly once for requests with an Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): the first runs, a retry gets
 * the same reply. The table lies in the machine's memory, so a backup that goes live has it too.
 *
 * A key is never forgotten within its lifetime, by the guest's logged clock; when the table is full, new keys are refused. A reply
 * of 5xx is kept like any other, also the one after a kill: the run did happen, and a second one might do its work twice.
 */
import { deliverReply, type Exchange, refuse } from './exchanges.ts';
import { enter, leave } from './host.ts';
import { limits } from './limits.ts';
import {
  arrayBufferByteLength,
  DateNow,
  MathFloor,
  MathImul,
  matches,
  regexpExec,
  SafeMap,
  stringReplaceAll,
  typedArrayLength,
} from './primordials.ts';
import { countHeader, headValue, type RequestState } from './request.ts';

export interface ReplyEntry {
  readonly key: string;
  readonly method: string;
  readonly target: string;
  /** The body as it came, or a hash of a long one. */
  readonly body: ArrayBuffer | string | undefined;
  /** What this entry costs, as counted against the bound. */
  bytes: number;
  expiresMs: number;
  /** The request that waits for the reply on a living connection. */
  owner: Exchange | undefined;
  /** The reply; undefined while the handler runs. */
  head: string | undefined;
  reply: string | ArrayBuffer;
  /** The entry that came after this one. */
  next: ReplyEntry | undefined;
}

const HEADER = 'idempotency-key';
const BARE_KEY = /^[\x21\x23-\x7e][\x21-\x7e]*$/;
const QUOTED_KEY = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

const entries = new SafeMap<string, ReplyEntry>();
let oldest: ReplyEntry | undefined;
let newest: ReplyEntry | undefined;
let totalBytes = 0;

/** Whether the handler must run for this request. If not, the request is answered already, or waits for a run that goes on. */
export function admitKeyed(exchange: Exchange): boolean {
  const key = keyOf(exchange.state.head ?? []);
  if (key === undefined) {
    refuse(
      exchange,
      400,
      `Idempotency-Key must be one value of 1 to ${limits.keyLength} visible ASCII characters`,
    );
    return false;
  }
  purge(limits.replyPurgeSteps);
  const entry = entries.get(key);
  if (entry !== undefined) {
    join(exchange, entry);
    return false;
  }
  return begin(exchange, key);
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

function join(exchange: Exchange, entry: ReplyEntry): void {
  if (!sameRequest(exchange.state, entry)) {
    refuse(exchange, 422, 'This Idempotency-Key was used for another request');
  } else if (entry.head !== undefined) deliverReply(exchange, entry.head, entry.reply);
  else if (entry.owner !== undefined) {
    refuse(exchange, 409, 'A request with this Idempotency-Key is being processed');
  } else {
    const before = enter();
    exchange.entry = entry;
    entry.owner = exchange;
    leave(before);
  }
}

function begin(exchange: Exchange, key: string): boolean {
  const { state } = exchange;
  const body = fingerprint(state.bytes);
  const target = (state.head ?? [])[1] ?? '';
  const bytes = limits.replyOverheadBytes + 2 * (key.length + target.length) + sizeOf(body);
  if (!makeRoom(bytes)) {
    const header = `\nretry-after\n${limits.retryAfterSeconds}`;
    refuse(exchange, 503, 'Too many Idempotency-Keys are remembered: try again later', header);
    return false;
  }
  const entry: ReplyEntry = {
    key,
    method: state.method,
    target,
    body,
    bytes,
    expiresMs: DateNow() + limits.replyLifetimeMs,
    owner: exchange,
    head: undefined,
    reply: '',
    next: undefined,
  };
  const before = enter();
  entries.set(key, entry);
  if (newest === undefined) oldest = entry;
  else newest.next = entry;
  newest = entry;
  totalBytes += bytes;
  exchange.entry = entry;
  leave(before);
  return true;
}

/** The run is over: keeps its reply, and sends it to whoever waits. The first reply is the only one. */
export function settleReply(entry: ReplyEntry, head: string, body: string | ArrayBuffer): void {
  if (entry.head !== undefined) return;
  const before = enter();
  const bytes = 2 * head.length + sizeOf(body);
  entry.head = head;
  entry.reply = body;
  entry.bytes += bytes;
  totalBytes += bytes;
  const { owner } = entry;
  entry.owner = undefined;
  if (owner !== undefined) deliverReply(owner, head, body);
  leave(before);
}

/** The connection that waited for the reply is gone; the run goes on. */
export function releaseEntry(entry: ReplyEntry, exchange: Exchange): void {
  if (entry.owner === exchange) entry.owner = undefined;
}

function makeRoom(bytes: number): boolean {
  const fits = (): boolean => entries.size < limits.replyEntries && totalBytes + bytes <= limits.replyBytes;
  while (!fits()) {
    if (purge(1) === 0) return false;
  }
  return true;
}

/** Drops up to `steps` entries whose time is over, oldest first; how many it dropped. A run that goes on is no waste. */
function purge(steps: number): number {
  if (oldest === undefined) return 0;
  const now = DateNow();
  let dropped = 0;
  while (dropped < steps) {
    const entry: ReplyEntry | undefined = oldest;
    if (entry === undefined || entry.expiresMs > now || entry.head === undefined) break;
    const before = enter();
    entries.delete(entry.key);
    oldest = entry.next;
    if (oldest === undefined) newest = undefined;
    totalBytes -= entry.bytes;
    leave(before);
    dropped += 1;
  }
  return dropped;
}

function sizeOf(body: ArrayBuffer | string | undefined): number {
  if (body === undefined) return 0;
  return typeof body === 'string' ? 2 * body.length : arrayBufferByteLength(body);
}

/** What is kept of a body to compare a retry's with: itself, or of a long one its length and two 32-bit hashes. */
function fingerprint(body: ArrayBuffer | undefined): ArrayBuffer | string | undefined {
  if (body === undefined) return undefined;
  const length = arrayBufferByteLength(body);
  if (length <= limits.replyBodyBytes) return body;
  const words = new Uint32Array(body, 0, MathFloor(length / 4));
  let a = 0x811c9dc5;
  let b = length;
  for (let index = 0; index < typedArrayLength(words); index += 1) {
    const word = words[index] as number;
    a = MathImul(a ^ word, 0x01000193);
    b = MathImul(b ^ (word >>> 15) ^ word, 0x85ebca6b) + index;
    b = (b << 13) | (b >>> 19);
  }
  const rest = new Uint8Array(body, typedArrayLength(words) * 4);
  for (let index = 0; index < typedArrayLength(rest); index += 1) {
    a = MathImul(a ^ (rest[index] as number), 0x01000193);
    b = MathImul(b ^ (rest[index] as number), 0xc2b2ae35);
  }
  return `${length}:${a >>> 0}:${b >>> 0}`;
}

function sameRequest(state: RequestState, entry: ReplyEntry): boolean {
  if (state.method !== entry.method || (state.head ?? [])[1] !== entry.target) return false;
  const body = fingerprint(state.bytes);
  if (body === undefined || entry.body === undefined || typeof body === 'string') return body === entry.body;
  return typeof entry.body !== 'string' && sameBytes(body, entry.body);
}

function sameBytes(one: ArrayBuffer, other: ArrayBuffer): boolean {
  const a = new Uint8Array(one);
  const b = new Uint8Array(other);
  if (typedArrayLength(a) !== typedArrayLength(b)) return false;
  for (let index = 0; index < typedArrayLength(a); index += 1) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}
