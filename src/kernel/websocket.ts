/**
 * WebSockets of clients, in the shape that Workers gave them: `new WebSocketPair()` has two ends, one goes to
 * the client with `new Response(null, { status: 101, webSocket })`, the other is the guest's. What a client
 * says is an input; what the guest says is an output, in order and by the output rule (FT §2.2). A connection
 * does not outlive its host: after a go-live every socket closes with 1006, and clients connect anew; but
 * those of clients that offer to come back wait for them (socket-resume.ts).
 */
import { RESUMABLE, SOCKET } from './abi.ts';
import { copyOfBytes } from './buffer-source.ts';
import { DOMException } from './dom-exception.ts';
import { EventTarget } from './events.ts';
import { crossable, enter, leave } from './host.ts';
import { limits } from './limits.ts';
import { arrayBufferByteLength, arrayJoin, bareArray, uncurry } from './primordials.ts';
import type { Said } from './socket-lane.ts';
import { forgetLane, heardInLane, type LaneAsked, openLane, outlives, sayInLane } from './socket-resume.ts';
import {
  closeSaid,
  end,
  hear,
  LOST,
  loseConnections,
  NO_CODE,
  open,
  put,
  type SocketState,
  STATE,
  textSaid,
} from './socket-state.ts';
import { utf8Length } from './utf8.ts';
import { scalarString } from './webidl.ts';

const NORMAL = 1000;
const FAILED = 1011;
const OWN_CODES = { from: 3000, to: 4999 } as const;
/** A close frame carries 125 bytes, its code included. */
const REASON_BYTES = 123;
const PROTOCOL_HEADER = 'sec-websocket-protocol';
const INTERNAL = {};

let stateOf: (socket: WebSocket) => SocketState;
export let isWebSocket: (value: unknown) => value is WebSocket;

export class WebSocket extends EventTarget {
  static readonly CONNECTING = STATE.connecting;
  static readonly OPEN = STATE.open;
  static readonly CLOSING = STATE.closing;
  static readonly CLOSED = STATE.closed;
  readonly #state: SocketState;

  static {
    stateOf = (socket) => socket.#state;
    isWebSocket = (value): value is WebSocket =>
      typeof value === 'object' && value !== null && #state in value;
  }

  constructor(token?: unknown) {
    if (token !== INTERNAL)
      throw new TypeError('A guest opens no WebSockets; its clients do: see new WebSocketPair()');
    super();
    this.#state = {
      socket: this,
      peer: undefined,
      id: 0,
      protocol: '',
      readyState: STATE.open,
      isAccepted: false,
      isGiven: false,
      waiting: bareArray(),
      lane: undefined,
      handlers: { __proto__: null } as never,
    };
  }

  get readyState(): number {
    return this.#state.readyState;
  }

  get protocol(): string {
    return this.#state.protocol;
  }

  get url(): string {
    return '';
  }

  get extensions(): string {
    return '';
  }

  get bufferedAmount(): number {
    return 0;
  }

  get binaryType(): string {
    return 'arraybuffer';
  }

  set binaryType(value: unknown) {
    if (value !== 'arraybuffer') throw new TypeError('Bytes come as an ArrayBuffer');
  }

  get onmessage(): unknown {
    return handlerOf(this, 'message');
  }

  set onmessage(value: unknown) {
    setHandler(this, 'message', value);
  }

  get onclose(): unknown {
    return handlerOf(this, 'close');
  }

  set onclose(value: unknown) {
    setHandler(this, 'close', value);
  }

  get onerror(): unknown {
    return handlerOf(this, 'error');
  }

  set onerror(value: unknown) {
    setHandler(this, 'error', value);
  }

  get onopen(): unknown {
    return handlerOf(this, 'open');
  }

  set onopen(value: unknown) {
    setHandler(this, 'open', value);
  }

  /** The guest takes this end; the other one is the client's. */
  accept(): void {
    const state = this.#state;
    if (state.isGiven) throw new TypeError('This end was given to the client');
    state.isAccepted = true;
  }

  send(data: unknown): void {
    const state = this.#state;
    requireAccepted(state);
    const said = saidOf(data);
    if (state.readyState === STATE.open) say(state, said);
  }

  close(code: unknown = undefined, reason: unknown = ''): void {
    const state = this.#state;
    requireAccepted(state);
    const text = scalarString(reason);
    const number = code === undefined ? NO_CODE : Number(code) & 0xffff;
    const isOwn = number >= OWN_CODES.from && number <= OWN_CODES.to;
    if (code !== undefined && number !== NORMAL && !isOwn)
      throw new DOMException('A socket is closed with 1000, or with 3000 to 4999', 'InvalidAccessError');
    if (utf8Length(text) > REASON_BYTES || !crossable(text))
      throw new DOMException(`A reason has at most ${REASON_BYTES} bytes, and no NUL`, 'SyntaxError');
    if (state.readyState !== STATE.open) return;
    say(state, closeSaid(number, text));
    state.readyState = STATE.closing;
  }
}

export class WebSocketPair {
  declare readonly 0: WebSocket;
  declare readonly 1: WebSocket;

  constructor() {
    const one = new WebSocket(INTERNAL);
    const other = new WebSocket(INTERNAL);
    stateOf(one).peer = stateOf(other);
    stateOf(other).peer = stateOf(one);
    this[0] = one;
    this[1] = other;
  }
}

const handlerOf = (socket: WebSocket, name: string): unknown => stateOf(socket).handlers[name] ?? null;

const add = uncurry(
  EventTarget.prototype.addEventListener as (this: EventTarget, ...rest: unknown[]) => void,
);
const remove = uncurry(
  EventTarget.prototype.removeEventListener as (this: EventTarget, ...rest: unknown[]) => void,
);

function setHandler(socket: WebSocket, name: string, value: unknown): void {
  const { handlers } = stateOf(socket);
  const before = handlers[name];
  if (before !== undefined) remove(socket, name, before);
  handlers[name] = typeof value === 'function' ? value : undefined;
  if (typeof value === 'function') add(socket, name, value);
}

function requireAccepted(state: SocketState): void {
  if (state.isGiven) throw new TypeError('This end was given to the client; the other one is yours');
  if (!state.isAccepted) throw new TypeError('Call accept() first');
}

function saidOf(data: unknown): Said {
  const bytes = copyOfBytes(data);
  const said =
    bytes === undefined
      ? textSaid(scalarString(data))
      : { head: SOCKET.binary, body: bytes, length: arrayBufferByteLength(bytes) };
  if (said.length > limits.socketMessageBytes)
    throw new TypeError(`A message has at most ${limits.socketMessageBytes} bytes, not ${said.length}`);
  return said;
}

function say(state: SocketState, said: Said): void {
  const before = enter();
  try {
    if (state.id === 0 && state.lane === undefined) state.waiting[state.waiting.length] = said;
    else speak(state, said);
  } finally {
    leave(before);
  }
}

function speak(state: SocketState, said: Said): void {
  if (state.lane === undefined) put(state.id, said);
  else sayInLane(state, state.lane, said);
}

/**
 * The response that carries `given` leaves for request `id`: the connection is a socket from now on.
 * `list`: its headers; `asked`: if the client wants one that outlives its connection, and only then
 * `id` may be 0, for a client that is away. False when there are too many of those, which the client
 * has been told. Called inside a section.
 */
export function connectSocket(
  given: WebSocket,
  id: number,
  list: readonly string[],
  asked: LaneAsked | undefined,
): boolean {
  const client = stateOf(given);
  const own = client.peer as SocketState;
  const headers: string[] = bareArray();
  headers[0] = SOCKET.accept;
  for (let index = 0; index < list.length; index += 2) {
    const isProtocol = list[index] === PROTOCOL_HEADER;
    if (isProtocol) own.protocol = list[index + 1] as string;
    if (isProtocol && asked !== undefined) continue;
    headers[headers.length] = list[index] as string;
    headers[headers.length] = list[index + 1] as string;
  }
  if (asked !== undefined) {
    headers[headers.length] = PROTOCOL_HEADER;
    headers[headers.length] = RESUMABLE.protocol;
  }
  const accept = { head: arrayJoin(headers, '\n'), body: '', length: 0 };
  const waiting = own.waiting;
  client.isGiven = true;
  if (asked === undefined) put(id, accept);
  else {
    own.lane = openLane(own, id, asked, accept);
    if (own.lane === undefined) return false;
  }
  if (id !== 0) open.set(id, own);
  own.id = id;
  own.waiting = bareArray();
  for (let index = 0; index < waiting.length && own.lane?.isGone !== true; index += 1)
    speak(own, waiting[index] as Said);
  return true;
}

/** Why this end cannot go to a client; undefined when it can. */
export function whyNotGiven(given: WebSocket): string | undefined {
  const { isGiven, isAccepted, peer } = stateOf(given);
  if (isGiven || peer?.isGiven === true) return 'This WebSocketPair was given to a client before';
  return isAccepted
    ? 'The end of a WebSocketPair that goes to the client is not accepted by the guest'
    : undefined;
}

/** A message of the client's. Runs the guest's listeners. */
export function messageArrived(id: number, data: string | ArrayBuffer): void {
  const state = open.get(id);
  if (state === undefined) return;
  if (state.lane !== undefined) heardInLane(state, state.lane, data);
  else if (state.readyState === STATE.open) hear(state, data);
}

/** The connection is over, in order or not. Runs the guest's listeners, unless the socket outlives it. */
export function socketClosed(id: number, code: number, reason: string, wasClean: boolean): void {
  const state = open.get(id);
  if (state === undefined) return;
  let goesOn = false;
  const before = enter();
  try {
    open.delete(id);
    goesOn = outlives(state, code);
  } finally {
    leave(before);
  }
  if (!goesOn) end(state, code, reason, wasClean);
}

/**
 * There was no memory for a message: a socket that has lost one is over.
 * False when there is no socket of this id.
 */
export function dropSocket(id: number): boolean {
  const state = open.get(id);
  if (state === undefined) return false;
  const before = enter();
  try {
    put(id, closeSaid(FAILED, 'out of memory'));
  } finally {
    if (state.lane !== undefined) forgetLane(state.lane);
    state.lane = undefined;
    leave(before);
  }
  socketGone(id);
  return true;
}

/** Its client left before the response could. */
export function socketRefused(given: WebSocket): void {
  const own = stateOf(given).peer as SocketState;
  stateOf(given).isGiven = true;
  end(own, LOST, '', false);
}

/** The connection of this request, or the socket that it became, is gone. */
export const socketGone = (id: number): void => socketClosed(id, LOST, '', false);

/** Every connection is gone; `tellLostSockets` says so to the guest. */
export const loseSockets = (): void => loseConnections((state) => outlives(state, LOST));
