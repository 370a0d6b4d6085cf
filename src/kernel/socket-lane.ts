/**
 * A WebSocket that outlives its connections, as the machine keeps it: what was said in each direction
 * is counted, and what the client has not acknowledged is kept, so that a client that comes back gets
 * what is missing and nothing twice. The manner is that of XMPP's stream management (XEP-0198): a
 * message has no number on the wire, for a connection keeps the order and both sides count. Pure
 * bookkeeping; websocket.ts speaks and listens.
 */
import { RESUMABLE, SOCKET } from './abi.ts';
import { limits } from './limits.ts';
import { bareArray, stringSlice, typedArrayBuffer, typedArraySet } from './primordials.ts';

/** One message as it leaves (abi.ts's SOCKET). */
export interface Said {
  readonly head: string;
  readonly body: string | ArrayBuffer;
  /** Of the body, in bytes. */
  readonly length: number;
}

export interface Lane {
  readonly id: string;
  /** Of the page that opened it; nobody else resumes it. */
  readonly origin: string | undefined;
  /** The response to its handshake, until the client has shown that it knows of it. */
  accept: Said | undefined;
  /** Id of the request that became its connection; 0 while the client is away. */
  connection: number;
  /** While it is away, the timer that ends the wait. */
  timer: number;
  received: number;
  acknowledged: number;
  /** What was said since, from `first` on. */
  kept: (Said | undefined)[];
  first: number;
  bytes: number;
  /** The client has closed it: it is known only so that the client can be told again. */
  isOver: boolean;
  /** Nobody can come back to it: nothing is kept any more. */
  isGone: boolean;
  /** Code and reason, a line each, with which the guest has closed it. */
  closing: string;
}

/** Kept of all lanes. */
let allBytes = 0;

export const newLane = (id: string, origin: string | undefined, accept: Said): Lane => ({
  id,
  origin,
  accept,
  connection: 0,
  timer: 0,
  received: 0,
  acknowledged: 0,
  kept: bareArray(),
  first: 0,
  bytes: 0,
  isOver: false,
  isGone: false,
  closing: '',
});

const costOf = ({ length }: Said): number => length + limits.socketKeptOverheadBytes;

export const keptCount = ({ kept, first }: Lane): number => kept.length - first;

const TEXT_BYTE = 109;

/** A message as it is said in a lane (abi.ts's RESUMABLE). */
export function framed(said: Said): Said {
  const { head, body, length } = said;
  if (head === SOCKET.binary) return said;
  if (head === SOCKET.text) {
    if (typeof body === 'string') return { head, body: RESUMABLE.text + body, length: length + 1 };
    const bytes = new Uint8Array(length + 1);
    bytes[0] = TEXT_BYTE;
    typedArraySet(bytes, new Uint8Array(body), 1);
    return { head, body: typedArrayBuffer(bytes), length: length + 1 };
  }
  const text = RESUMABLE.close + stringSlice(head, SOCKET.close.length + 1);
  return { head: SOCKET.text, body: text, length: text.length };
}

/** False when this lane keeps more than it may. Called inside a section (host.ts). */
export function keep(lane: Lane, said: Said): boolean {
  lane.kept[lane.kept.length] = said;
  lane.bytes += costOf(said);
  allBytes += costOf(said);
  return lane.bytes <= limits.socketKeptBytes && keptCount(lane) <= limits.socketKeptMessages;
}

export const allFit = (): boolean => allBytes <= limits.socketsKeptBytes;

/**
 * The client has `count` messages: they need not be kept. False when that cannot be. Called inside a section.
 */
export function acknowledged(lane: Lane, count: number): boolean {
  const more = count - lane.acknowledged;
  if (!(more >= 0 && more <= keptCount(lane))) return false;
  for (let index = 0; index < more; index += 1) {
    const cost = costOf(lane.kept[lane.first] as Said);
    lane.kept[lane.first] = undefined;
    lane.first += 1;
    lane.bytes -= cost;
    allBytes -= cost;
  }
  lane.acknowledged = count;
  if (lane.first * 2 > lane.kept.length) compact(lane);
  return true;
}

/** Nothing of it is needed any more. Called inside a section. */
export function forgetKept(lane: Lane): void {
  allBytes -= lane.bytes;
  lane.bytes = 0;
  lane.kept = bareArray();
  lane.first = 0;
}

/** Each message is moved once for one that has gone. */
function compact(lane: Lane): void {
  const rest = bareArray<Said | undefined>();
  for (let index = lane.first; index < lane.kept.length; index += 1) rest[rest.length] = lane.kept[index];
  lane.kept = rest;
  lane.first = 0;
}
