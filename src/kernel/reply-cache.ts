/**
 * The replies that are kept for retries, under their Idempotency-Keys. The table lies in the machine's memory, so a backup that goes
 * live has it too.
 *
 * A key is never forgotten within its lifetime, by the guest's logged clock; when the table is full, new keys find no room. After that time
 * it goes in any case: a run that has not ended by then, if it ever will, keeps its key no longer.
 */
import type { Exchange, ReplyEntry } from './exchange.ts';
import { enter, leave } from './host.ts';
import { limits } from './limits.ts';
import {
  arrayBufferByteLength,
  DateNow,
  MathFloor,
  MathImul,
  SafeMap,
  typedArrayLength,
} from './primordials.ts';

/** What makes a request the same as another. */
export interface KeyedRequest {
  readonly method: string;
  readonly target: string;
  readonly body: ArrayBuffer | undefined;
}

const entries = new SafeMap<string, ReplyEntry>();
let oldest: ReplyEntry | undefined;
let newest: ReplyEntry | undefined;
let totalBytes = 0;

/** What is kept under a key; entries whose time is over are dropped on the way. */
export function lookUp(key: string): ReplyEntry | undefined {
  purge(limits.replyPurgeSteps);
  return entries.get(key);
}

/** A place for the reply to `run`, not yet in the table; undefined when there is no room. */
export function entryFor(key: string, request: KeyedRequest, run: Exchange): ReplyEntry | undefined {
  const body = fingerprint(request.body);
  const { method, target } = request;
  const bytes = limits.replyOverheadBytes + 2 * (key.length + target.length) + sizeOf(body);
  if (!makeRoom(bytes)) return undefined;
  const expiresMs = DateNow() + limits.replyLifetimeMs;
  return {
    key,
    method,
    target,
    body,
    bytes,
    expiresMs,
    run,
    owner: run,
    head: undefined,
    reply: '',
    next: undefined,
  };
}

/** Called inside a section (host.ts). Nothing has moved when it throws for want of memory. */
export function putIntoTable(entry: ReplyEntry): void {
  entries.set(entry.key, entry);
  if (newest === undefined) oldest = entry;
  else newest.next = entry;
  newest = entry;
  totalBytes += entry.bytes;
}

/** Puts a reply into its place. Called inside a section (host.ts). */
export function keepReply(entry: ReplyEntry, head: string, body: string | ArrayBuffer): void {
  const bytes = 2 * head.length + sizeOf(body);
  entry.head = head;
  entry.reply = body;
  entry.run = undefined;
  if (entries.get(entry.key) !== entry) return;
  entry.bytes += bytes;
  totalBytes += bytes;
}

/** The requests for which a handler runs under a key. */
export function forEachRun(each: (run: Exchange) => void): void {
  for (let entry = oldest; entry !== undefined; entry = entry.next) {
    if (entry.run !== undefined) each(entry.run);
  }
}

function makeRoom(bytes: number): boolean {
  const fits = (): boolean => entries.size < limits.replyEntries && totalBytes + bytes <= limits.replyBytes;
  while (!fits()) {
    if (purge(1) === 0) return false;
  }
  return true;
}

/** Drops up to `steps` entries whose time is over, oldest first; how many it dropped. */
function purge(steps: number): number {
  if (oldest === undefined) return 0;
  const now = DateNow();
  let dropped = 0;
  while (dropped < steps) {
    const entry: ReplyEntry | undefined = oldest;
    if (entry === undefined || entry.expiresMs > now) break;
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

export function isSameRequest(request: KeyedRequest, entry: ReplyEntry): boolean {
  if (request.method !== entry.method || request.target !== entry.target) return false;
  const body = fingerprint(request.body);
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
