/**
 * WebSockets that outlive their connections, for clients that offer the subprotocol of abi.ts's RESUMABLE:
 * when a connection is lost, with its host or without, the guest's socket waits for its client to come back
 * on another one. Then both say how much they have received, and what is missing is said again; so each
 * message arrives once and in order, in both directions. The guest's program is not asked and need not know.
 */
import { RESUMABLE, RESUMABLE_END, SOCKET } from './abi.ts';
import { randomHex } from './crypto.ts';
import { enter, leave } from './host.ts';
import { limits } from './limits.ts';
import {
  bareArray,
  mapIteratorNext,
  NumberParseInt,
  regexpExec,
  SafeMap,
  stringSlice,
  stringSplit,
  stringStartsWith,
  stringTrim,
} from './primordials.ts';
import { headValue } from './request-head.ts';
import {
  acknowledged,
  allFit,
  forgetKept,
  framed,
  keep,
  keptCount,
  type Lane,
  newLane,
  type Said,
} from './socket-lane.ts';
import {
  closeSaid,
  end,
  hear,
  lose,
  open,
  put,
  type SocketState,
  STATE,
  tellLostSockets,
  textSaid,
} from './socket-state.ts';
import { startTimer, stopTimer } from './timers.ts';

const PROTOCOL_HEADER = 'sec-websocket-protocol';
const ACCEPT: Said = {
  head: `${SOCKET.accept}\n${PROTOCOL_HEADER}\n${RESUMABLE.protocol}`,
  body: '',
  length: 0,
};
const FIRST_HEADER = 2;
const DECIMAL = 10;
const NORMAL = 1000;
/** Service restart: whoever still listens connects anew. */
const ANEW = 1012;
const OPEN = /^tandem\.open\.([0-9a-f]{32})$/;
const RESUME = /^tandem\.resume\.([0-9a-f]{32})\.([0-9]{1,15})$/;
const COUNT = /^[0-9]{1,15}$/;
const CLOSE = /^([0-9]{4})\n([\s\S]*)$/;
const ID_BYTES = 16;
const GONE =
  'this WebSocket is not known here any more: its client was away for too long, or the machine is another one';

/** What a handshake asks for. */
export interface LaneAsked {
  readonly origin: string | undefined;
  /** The id that a client wants that has heard of no socket yet. */
  readonly name: string | undefined;
  /** Of a client that comes back: which, and how much it has received. */
  readonly resume: { readonly id: string; readonly received: number } | undefined;
  /** The head without the words that are for the kernel. */
  readonly head: string[];
}

const lanes = new SafeMap<string, SocketState>();
/** Those that are over, by the time of that: they take no place from others. */
const over = new SafeMap<string, SocketState>();

const findLane = (id: string): SocketState | undefined => lanes.get(id) ?? over.get(id);

/** Undefined for a handshake that is none, or offers other subprotocols alone. */
export function laneAsked(head: readonly string[]): LaneAsked | undefined {
  if (headValue(head, 'upgrade') !== 'websocket') return undefined;
  const rest: string[] = bareArray();
  let isOffered = false;
  let name: string | undefined;
  let resume: LaneAsked['resume'];
  for (let index = 0; index < head.length; index += 1) {
    const text = head[index] as string;
    if (index < FIRST_HEADER || index % 2 === 1 || text !== PROTOCOL_HEADER) {
      rest[rest.length] = text;
      continue;
    }
    index += 1;
    const tokens = stringSplit(head[index] as string, ',');
    let others = '';
    for (let each = 0; each < tokens.length; each += 1) {
      const token = stringTrim(tokens[each] as string);
      const wanted = regexpExec(OPEN, token);
      const found = regexpExec(RESUME, token);
      if (token === RESUMABLE.protocol) isOffered = true;
      else if (wanted !== null) name = wanted[1] as string;
      else if (found !== null)
        resume = { id: found[1] as string, received: NumberParseInt(found[2] as string, DECIMAL) };
      else others += others === '' ? token : `, ${token}`;
    }
    if (others === '') continue;
    rest[rest.length] = text;
    rest[rest.length] = others;
  }
  return isOffered ? { origin: headValue(head, 'origin'), name, resume, head: rest } : undefined;
}

/** Whether there is nothing yet that the client could come back to. */
export const isNewLane = ({ name, resume }: LaneAsked): boolean =>
  resume === undefined && (name === undefined || findLane(name) === undefined);

/**
 * The connection of request `id` is the first of this socket; 0 while its client is away. Undefined, and the
 * client is told, when there are too many. Called inside a section (host.ts).
 */
export function openLane(
  state: SocketState,
  id: number,
  { origin, name }: LaneAsked,
  accept: Said,
): Lane | undefined {
  if (id !== 0) put(id, accept);
  if (lanes.size >= limits.resumableSockets) {
    if (id !== 0) put(id, closeSaid(RESUMABLE_END.full, 'too many WebSockets are open: try again later'));
    return undefined;
  }
  const lane = newLane(name ?? randomHex(ID_BYTES), origin, accept);
  if (id === 0 && !awaitClient(state, lane)) return undefined;
  lane.connection = id;
  if (id !== 0) put(id, hello(state, lane));
  lanes.set(lane.id, state);
  return lane;
}

/** The client on the connection of request `id` asks for what is not its own. Called inside a section. */
export function refuseLane(id: number): void {
  put(id, ACCEPT);
  put(id, closeSaid(RESUMABLE_END.gone, GONE));
}

/** A client comes back on the connection of request `id`. Runs the guest's listeners if that ends it. */
export function resumeLane(id: number, { origin, name, resume }: LaneAsked): void {
  const state = findLane(resume?.id ?? name ?? '');
  const lane = state?.lane;
  // A first handshake of a client that has shown that it knows its socket is a late copy.
  const accept = resume === undefined ? lane?.accept : ACCEPT;
  let isClosed = false;
  const before = enter();
  try {
    if (accept === undefined || state === undefined || lane === undefined || lane.origin !== origin) {
      refuseLane(id);
      return;
    }
    put(id, accept);
    if (resume !== undefined) lane.accept = undefined;
    // What was kept for a client that has closed it is gone.
    if (!lane.isOver && !acknowledged(lane, resume?.received ?? 0)) {
      put(id, closeSaid(RESUMABLE_END.malformed, 'no such number of messages was said to you'));
      return;
    }
    leaveConnection(lane, closeSaid(ANEW, 'its client goes on with another connection'));
    stopTimer(lane.timer);
    open.set(id, state);
    lane.connection = id;
    put(id, hello(state, lane));
    for (let index = lane.first; index < lane.kept.length && lane.connection === id; index += 1)
      putKept(state, lane, lane.kept[index] as Said);
    if (lane.isOver) put(id, closeSaid(NORMAL, ''));
    isClosed = hasClosed(state, lane);
  } finally {
    leave(before);
  }
  if (isClosed) finish(state as SocketState, lane as Lane);
}

const hello = ({ protocol }: SocketState, lane: Lane): Said =>
  textSaid(`${RESUMABLE.hello}${lane.id}\n${lane.received}\n${protocol}`);

/** Says it to the client now, if that is there, and as often as need be. Called inside a section. */
export function sayInLane(state: SocketState, lane: Lane, unframed: Said): void {
  // Whatever was kept now would be kept for nobody, and never given back.
  if (lane.isGone) return;
  const said = framed(unframed);
  if (unframed.head !== SOCKET.text && unframed.head !== SOCKET.binary)
    lane.closing = stringSlice(unframed.head, SOCKET.close.length + 1);
  const fits = keep(lane, said);
  if (lane.connection !== 0) putKept(state, lane, said);
  if (!fits) drop(state, lane);
  let largest = allFit() ? undefined : largestLane();
  while (largest !== undefined) {
    drop(largest, largest.lane as Lane);
    largest = allFit() ? undefined : largestLane();
  }
}

function putKept(state: SocketState, lane: Lane, said: Said): void {
  try {
    put(lane.connection, said);
  } catch {
    // No memory to say it: on this connection nothing may follow it.
    try {
      leaveConnection(lane, closeSaid(ANEW, 'out of memory'));
    } finally {
      if (!awaitClient(state, lane)) drop(state, lane);
    }
  }
}

/** What the client says. Runs the guest's listeners. */
export function heardInLane(state: SocketState, lane: Lane, data: string | ArrayBuffer): void {
  if (lane.isOver) return;
  lane.accept = undefined;
  if (typeof data !== 'string' || stringStartsWith(data, RESUMABLE.text)) {
    receive(lane);
    if (state.readyState === STATE.open) hear(state, typeof data === 'string' ? stringSlice(data, 1) : data);
    return;
  }
  const rest = stringSlice(data, 1);
  if (stringStartsWith(data, RESUMABLE.acknowledge) && regexpExec(COUNT, rest) !== null) {
    if (!takeAcknowledgement(lane, NumberParseInt(rest, DECIMAL))) breakOff(state, lane);
    else if (hasClosed(state, lane)) finish(state, lane);
    return;
  }
  if (!stringStartsWith(data, RESUMABLE.close) || regexpExec(CLOSE, rest) === null) {
    breakOff(state, lane);
    return;
  }
  const before = enter();
  try {
    receive(lane);
    retire(state, lane);
    put(lane.connection, closeSaid(NORMAL, ''));
  } finally {
    leave(before);
  }
  endAs(state, rest);
}

/** False when no such number of messages was said. */
function takeAcknowledgement(lane: Lane, count: number): boolean {
  const before = enter();
  try {
    return acknowledged(lane, count);
  } finally {
    leave(before);
  }
}

/** Its client has closed it. Called inside a section. */
function retire(state: SocketState, lane: Lane): void {
  if (over.size >= limits.socketsOver) {
    const { lane: oldest } = mapIteratorNext(over.values()).value as { readonly lane: Lane };
    stopTimer(oldest.timer);
    remove(oldest);
  }
  over.set(lane.id, state);
  lanes.delete(lane.id);
  lane.isOver = true;
  state.readyState = STATE.closing;
  forgetKept(lane);
}

/**
 * The output rule holds the word back until the backup has the message, too: then the client may forget it.
 */
function receive(lane: Lane): void {
  const before = enter();
  try {
    lane.received += 1;
    put(lane.connection, textSaid(`${RESUMABLE.acknowledge}${lane.received}`));
  } catch {
    // No memory for it: the next one says as much.
  } finally {
    leave(before);
  }
}

/** Its connection is gone: false when it does not outlive that. Called inside a section. */
export function outlives(state: SocketState, code: number): boolean {
  const { lane } = state;
  if (lane === undefined) return false;
  lane.connection = 0;
  // To a client that has closed it, and has heard so, nothing is left to say. One that has only lost patience
  // closes its connection in order, too, but with no code.
  const isDone = lane.isGone || (lane.isOver && code === NORMAL);
  if (!isDone && awaitClient(state, lane)) return true;
  remove(lane);
  return false;
}

/** There was no memory for a message of its client's. Called inside a section. */
export function forgetLane(lane: Lane): void {
  remove(lane);
}

/** False when there is no memory for that. */
function awaitClient(state: SocketState, lane: Lane): boolean {
  try {
    lane.timer = startTimer(() => giveUp(state, lane), limits.socketAwayMs, [], false, false);
    return true;
  } catch {
    return false;
  }
}

function giveUp(state: SocketState, lane: Lane): void {
  const before = enter();
  try {
    remove(lane);
    lose(state);
  } finally {
    leave(before);
  }
  tellLostSockets();
}

/** Called inside a section. */
function leaveConnection(lane: Lane, word: Said): void {
  const { connection } = lane;
  if (connection === 0) return;
  lane.connection = 0;
  open.delete(connection);
  put(connection, word);
}

/** Gives back all that was counted for it. A client may have opened another one by its name since. */
function remove(lane: Lane): void {
  if (lane.isGone) return;
  lane.isGone = true;
  (lane.isOver ? over : lanes).delete(lane.id);
  forgetKept(lane);
}

/**
 * It keeps too much for a client that is slow, or away. Its guest hears of it in a turn
 * of its own. Called inside a section.
 */
function drop(state: SocketState, lane: Lane): void {
  if (lane.isGone) return;
  stopTimer(lane.timer);
  remove(lane);
  leaveConnection(lane, closeSaid(RESUMABLE_END.full, 'more was said to this client than is kept for it'));
  if (state.readyState === STATE.closed) return;
  lose(state);
  startTimer(tellLostSockets, 0, [], false, false);
}

/** The client says what no client says. */
function breakOff(state: SocketState, lane: Lane): void {
  const before = enter();
  try {
    leaveConnection(lane, closeSaid(RESUMABLE_END.malformed, `this is no word of ${RESUMABLE.protocol}`));
  } finally {
    remove(lane);
    lose(state);
    leave(before);
  }
  tellLostSockets();
}

/** The guest has closed it, and the client has all that was said, that included. */
const hasClosed = (state: SocketState, lane: Lane): boolean =>
  state.readyState === STATE.closing && !lane.isOver && keptCount(lane) === 0;

/** Runs the guest's listeners. */
function finish(state: SocketState, lane: Lane): void {
  const before = enter();
  try {
    leaveConnection(lane, closeSaid(NORMAL, ''));
  } finally {
    remove(lane);
    leave(before);
  }
  endAs(state, lane.closing);
}

/** `words`: code and reason, a line each. */
function endAs(state: SocketState, words: string): void {
  const found = regexpExec(CLOSE, words) as RegExpExecArray;
  end(state, NumberParseInt(found[1] as string, DECIMAL), found[2] as string, true);
}

/** The one that keeps most. */
function largestLane(): SocketState | undefined {
  let largest: SocketState | undefined;
  lanes.forEach((state) => {
    if (largest === undefined || (state.lane as Lane).bytes > (largest.lane as Lane).bytes) largest = state;
  });
  return largest;
}
