/**
 * Sessions of clients, in the manner of RIFL and of the client table of Viewstamped Replication: a client
 * numbers its requests, and the machine keeps one reply for each of a few slots (as NFSv4.1 has them), not a
 * history. A higher number in a slot says that the lower one's reply has arrived; so what a client costs is
 * bounded, however much it asks, and a late copy of an old request is recognised for ever.
 *
 * The table lies in the machine's memory, so a backup that goes live has it too. A session is forgotten
 * when nobody has used it for its lifetime, by the guest's logged clock, and not before; a Map holds
 * them in the order of their last use, to a second. A client whose session was forgotten is told so:
 * nothing it asks under that session is executed any more.
 */
import { randomHex } from './crypto.ts';
import type { Exchange, PackedReply, ReplyEntry } from './exchange.ts';
import { enter, leave, replyLifetimeMs } from './host.ts';
import { sizeOfReply } from './kept-reply.ts';
import { limits } from './limits.ts';
import { bareArray, MathFloor, mapIteratorNext, SafeMap } from './primordials.ts';
import { isRun, type Remembered, secondsUntil } from './reply-cache.ts';
import { account, hasRoom } from './reply-room.ts';

export interface Slot {
  /** Of the request that was last begun here. */
  number: number;
  /** Its run or its reply; undefined when the client has acknowledged it. */
  remembered: Remembered | undefined;
}

export interface Session {
  readonly id: string;
  usedMs: number;
  /** When it came to its place in the table: not every use moves it. */
  placedMs: number;
  bytes: number;
  isOpen: boolean;
  readonly slots: (Slot | undefined)[];
}

const SECOND_MS = 1000;
const ID_BYTES = 16;
const table = new SafeMap<string, Session>();

/**
 * A new session; or, when there is no room for it, the number of seconds until there is some at the latest.
 */
export function openSession(nowMs: number): Session | number {
  forgetIdle(limits.replyPurgeSteps, nowMs);
  const bytes = limits.sessionOverheadBytes;
  if (!makeRoom(bytes, 1, nowMs)) return secondsUntilRoom(nowMs);
  const slots = bareArray<Slot | undefined>();
  for (let index = 0; index < limits.sessionSlots; index += 1) slots[index] = undefined;
  const id = randomHex(ID_BYTES);
  const session: Session = { id, usedMs: nowMs, placedMs: nowMs, bytes, isOpen: true, slots };
  const before = enter();
  try {
    table.set(session.id, session);
    account('sessions', 1, bytes);
  } finally {
    leave(before);
  }
  return session;
}

/** The session of this id, used now; undefined when there is none, or none any more. */
export function useSession(id: string, nowMs: number): Session | undefined {
  forgetIdle(limits.replyPurgeSteps, nowMs);
  const session = table.get(id);
  if (session === undefined) return undefined;
  if (isIdle(session, nowMs)) {
    closeSession(session);
    return undefined;
  }
  if (nowMs - session.placedMs >= SECOND_MS) moveToEnd(session, nowMs);
  session.usedMs = nowMs;
  return session;
}

/** Runs that go on lose their place: whoever waits for one still gets its reply. */
export function closeSession(session: Session): void {
  const before = enter();
  try {
    table.delete(session.id);
    session.isOpen = false;
    account('sessions', -1, -session.bytes);
  } finally {
    leave(before);
  }
}

export const findSession = (id: string): Session | undefined => table.get(id);

/**
 * A new request in a slot, whose last reply goes; or, when there is no room for it, the
 * seconds until there is some at the latest.
 */
export function beginIn(
  session: Session,
  index: number,
  number: number,
  fingerprint: string,
  exchange: Exchange,
  nowMs: number,
): ReplyEntry | number {
  const slot = session.slots[index] ?? { number: 0, remembered: undefined };
  const more = costOf(undefined) - slotCost(session.slots[index]);
  if (more > 0 && !makeRoom(more, 0, nowMs)) return secondsUntilRoom(nowMs);
  const expiresS = MathFloor((nowMs + replyLifetimeMs()) / SECOND_MS);
  const keep = (packed: PackedReply): void => keepIn(session, slot, entry, packed);
  const entry: ReplyEntry = {
    fingerprint,
    kind: 'sessions',
    keep,
    mark: markOf(index, number),
    expiresS,
    run: exchange,
    owner: exchange,
  };
  const before = enter();
  try {
    session.slots[index] = slot;
    slot.number = number;
    slot.remembered = entry;
    exchange.entry = entry;
    charge(session, more);
  } finally {
    leave(before);
  }
  return entry;
}

/**
 * What a reply in a session says of itself, so that a client can tell it from one
 * that somebody between them has made.
 */
export const markOf = (index: number, number: number): string => `\ntandem-request\n${index}.${number}`;

/** Called inside a section (host.ts). */
function keepIn(session: Session, slot: Slot, entry: ReplyEntry, packed: PackedReply): void {
  if (!session.isOpen || slot.remembered !== entry) return;
  slot.remembered = packed;
  charge(session, costOf(packed) - costOf(undefined));
}

/** The client has this reply: only the number is remembered. A run that goes on is not touched. */
export function acknowledge(session: Session, index: number, number: number): void {
  const slot = session.slots[index];
  if (slot === undefined || slot.number !== number || slot.remembered === undefined) return;
  if (isRun(slot.remembered)) return;
  const before = enter();
  try {
    charge(session, limits.replyOverheadBytes - slotCost(slot));
    slot.remembered = undefined;
  } finally {
    leave(before);
  }
}

/** Called inside a section (host.ts). */
function charge(session: Session, bytes: number): void {
  session.bytes += bytes;
  account('sessions', 0, bytes);
}

function slotCost(slot: Slot | undefined): number {
  if (slot === undefined) return 0;
  const { remembered } = slot;
  if (remembered === undefined) return limits.replyOverheadBytes;
  return costOf(isRun(remembered) ? undefined : remembered);
}

/** Of a run that goes on, what is set aside for its reply. */
const costOf = (packed: PackedReply | undefined): number =>
  limits.replyOverheadBytes + (packed === undefined ? limits.replyReservedBytes : sizeOfReply(packed));

function makeRoom(bytes: number, count: number, nowMs: number): boolean {
  while (table.size + count > limits.sessions || !hasRoom('sessions', bytes)) {
    if (forgetIdle(1, nowMs) === 0) return false;
  }
  return true;
}

/** No other one was used more than a second before it. */
const oldest = (): Session => mapIteratorNext(table.values()).value as Session;

const isIdle = (session: Session, nowMs: number): boolean => nowMs - session.usedMs >= replyLifetimeMs();

const secondsUntilRoom = (nowMs: number): number =>
  secondsUntil(((table.size === 0 ? nowMs : oldest().usedMs) + replyLifetimeMs()) / SECOND_MS, nowMs);

/** Forgets up to `steps` sessions that nobody has used for their lifetime; how many it forgot. */
function forgetIdle(steps: number, nowMs: number): number {
  let forgotten = 0;
  while (forgotten < steps && table.size > 0) {
    const session = oldest();
    if (!isIdle(session, nowMs)) break;
    closeSession(session);
    forgotten += 1;
  }
  return forgotten;
}

function moveToEnd(session: Session, nowMs: number): void {
  const before = enter();
  try {
    table.delete(session.id);
    table.set(session.id, session);
    session.placedMs = nowMs;
  } catch (error) {
    // No memory for what was there a moment ago: the session is lost, and its client is told so.
    session.isOpen = false;
    account('sessions', -1, -session.bytes);
    throw error;
  } finally {
    leave(before);
  }
}
