/**
 * The Idempotency-Keys that are remembered, each with its run or its reply. The table lies in the machine's
 * memory, so a backup that goes live has it too.
 *
 * A key is never forgotten within its lifetime, by the guest's logged clock; when there is no room, new keys
 * find none. After that time it goes in any case: a run that has not ended by then, if it ever will, keeps
 * its key no longer. A Map remembers the order in which keys came, which is the order in which they expire.
 */
import type { Exchange, PackedReply, ReplyEntry } from './exchange.ts';
import { enter, leave, replyLifetimeMs } from './host.ts';
import { expiresIn, sizeOfReply } from './kept-reply.ts';
import { limits } from './limits.ts';
import { MathFloor, MathMax, mapIteratorNext, SafeMap } from './primordials.ts';
import { account, hasRoom } from './reply-room.ts';

/** What is remembered under a key: a run that goes on, or its reply. */
export type Remembered = ReplyEntry | PackedReply;

const SECOND_MS = 1000;
/** Less than a ms: what is a whole number of seconds stays it. */
const TINY_S = 0.0005;
const table = new SafeMap<string, Remembered>();
/** When the oldest key expires, in seconds; 0 when it must be looked up. */
let oldestExpiresS = 0;

export const isRun = (remembered: Remembered): remembered is ReplyEntry =>
  typeof remembered !== 'string' && 'keep' in remembered;

/** What is remembered under a key; some of those whose time is over are dropped on the way. */
export function lookUp(key: string, nowMs: number): Remembered | undefined {
  dropExpired(limits.replyPurgeSteps, nowMs);
  const remembered = table.get(key);
  if (remembered === undefined || expiryOf(remembered) * SECOND_MS > nowMs) return remembered;
  // Its turn to be dropped has not come, but its time is over.
  const before = enter();
  try {
    forget(key, remembered);
  } finally {
    leave(before);
  }
  return undefined;
}

/**
 * A new key with its run, remembered from now on; or, when there is no room for it, the
 * number of seconds until there is some.
 */
export function remember(
  key: string,
  fingerprint: string,
  exchange: Exchange,
  nowMs: number,
): ReplyEntry | number {
  const bytes = costOf(key, undefined);
  if (!makeRoom(bytes, nowMs)) return secondsUntilRoom(nowMs);
  const expiresS = MathFloor((nowMs + replyLifetimeMs() + SECOND_MS - 1) / SECOND_MS);
  const keep = (packed: PackedReply): void => keepUnder(key, entry, packed);
  const entry: ReplyEntry = {
    fingerprint,
    kind: 'keys',
    keep,
    mark: '',
    expiresS,
    run: exchange,
    owner: exchange,
  };
  const before = enter();
  try {
    table.set(key, entry);
    account('keys', 1, bytes);
    exchange.entry = entry;
  } finally {
    leave(before);
  }
  return entry;
}

function keepUnder(key: string, entry: ReplyEntry, packed: PackedReply): void {
  if (table.get(key) !== entry) return;
  table.set(key, packed);
  account('keys', 0, costOf(key, packed) - costOf(key, undefined));
}

function forget(key: string, remembered: Remembered): void {
  table.delete(key);
  account('keys', -1, -costOf(key, isRun(remembered) ? undefined : remembered));
}

/** Of a run that goes on, what is set aside for its reply. */
function costOf(key: string, packed: PackedReply | undefined): number {
  const reply = packed === undefined ? limits.replyReservedBytes : sizeOfReply(packed);
  return limits.replyOverheadBytes + key.length + reply;
}

function makeRoom(bytes: number, nowMs: number): boolean {
  while (table.size >= limits.replyEntries || !hasRoom('keys', bytes)) {
    if (dropExpired(1, nowMs) === 0) return false;
  }
  return true;
}

/** Until the oldest key expires; without one it is sessions that have all the room. */
const secondsUntilRoom = (nowMs: number): number =>
  secondsUntil(table.size === 0 ? (nowMs + replyLifetimeMs()) / SECOND_MS : oldestExpiry(), nowMs);

/** Whole seconds from now until a moment: at least one, and not less than it takes. */
export const secondsUntil = (atS: number, nowMs: number): number =>
  MathMax(1, MathFloor(atS + 1 - nowMs / SECOND_MS - TINY_S));

/** When the oldest key expires, in seconds; 0 without one. */
export function oldestExpiry(): number {
  if (table.size === 0) return 0;
  if (oldestExpiresS === 0) oldestExpiresS = expiryOf(table.get(oldestKey()) as Remembered);
  return oldestExpiresS;
}

const oldestKey = (): string => mapIteratorNext(table.keys()).value as string;

const expiryOf = (remembered: Remembered): number =>
  isRun(remembered) ? remembered.expiresS : expiresIn(remembered);

/** Drops up to `steps` keys whose time is over, oldest first; how many it dropped. */
export function dropExpired(steps: number, nowMs: number): number {
  let dropped = 0;
  while (dropped < steps && table.size > 0 && oldestExpiry() * SECOND_MS <= nowMs) {
    const key = oldestKey();
    const remembered = table.get(key) as Remembered;
    const before = enter();
    try {
      forget(key, remembered);
      oldestExpiresS = 0;
    } finally {
      leave(before);
    }
    dropped += 1;
  }
  return dropped;
}
