/**
 * WebSockets of clients, in the shape that Workers gave them: `new WebSocketPair()` has two ends, one goes to the client with
 * `new Response(null, { status: 101, webSocket })`, the other is the guest's. What a client says is an input; what the guest says is an output, in order and by the
 * output rule (FT §2.2). A connection does not outlive its host: after a go-live every socket closes with 1006, and clients connect anew.
 */
import { SOCKET } from './abi.ts';
import { copyOfBytes } from './buffer-source.ts';
import { DOMException } from './dom-exception.ts';
import { Event, EventTarget } from './events.ts';
import { messagesPart } from './global-events.ts';
import { crossable, enter, leave, outputSocket } from './host.ts';
import { limits } from './limits.ts';
import { arrayBufferByteLength, arrayJoin, bareArray, SafeMap, uncurry } from './primordials.ts';
import { encodeUtf8, utf8Length } from './utf8.ts';
import { scalarString } from './webidl.ts';

const STATE = { connecting: 0, open: 1, closing: 2, closed: 3 } as const;
const LOST = 1006;
const NO_CODE = 1005;
const NORMAL = 1000;
const FAILED = 1011;
const OWN_CODES = { from: 3000, to: 4999 } as const;
/** A close frame carries 125 bytes, its code included. */
const REASON_BYTES = 123;
const INTERNAL = {};

interface SocketState {
  readonly socket: WebSocket;
  peer: SocketState | undefined;
  /** Of the request that became it; 0 before its response has left. */
  id: number;
  protocol: string;
  readyState: number;
  isAccepted: boolean;
  /** Went to a client with a response: the guest has the other end. */
  isGiven: boolean;
  /** Said before the response left. */
  waiting: Said[];
  readonly handlers: Record<string, unknown>;
}

interface Said {
  readonly head: string;
  readonly body: string | ArrayBuffer;
}

const open = new SafeMap<number, SocketState>();
/** Sockets whose end the guest has not been told yet. */
let lost: SocketState[] = bareArray();
let told = 0;

let stateOf: (socket: WebSocket) => SocketState;
export let isWebSocket: (value: unknown) => value is WebSocket;
const dispatch = uncurry(EventTarget.prototype.dispatchEvent as (this: EventTarget, event: Event) => boolean);

export class CloseEvent extends Event {
  readonly #init: Readonly<Record<string, unknown>>;

  constructor(type: unknown, init: Readonly<Record<string, unknown>> = {}) {
    super(type, init);
    this.#init = init;
  }

  get code(): number {
    return Number(this.#init['code'] ?? 0);
  }

  get reason(): string {
    return `${(this.#init['reason'] ?? '') as string}`;
  }

  get wasClean(): boolean {
    return Boolean(this.#init['wasClean']);
  }
}

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
    say(state, { head: `${SOCKET.close}\n${number}\n${text}`, body: '' });
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
  const said = bytes === undefined ? textOf(scalarString(data)) : { head: SOCKET.binary, body: bytes };
  const length = typeof said.body === 'string' ? utf8Length(said.body) : arrayBufferByteLength(said.body);
  if (length > limits.socketMessageBytes)
    throw new TypeError(`A message has at most ${limits.socketMessageBytes} bytes, not ${length}`);
  return said;
}

const textOf = (text: string): Said => ({
  head: SOCKET.text,
  body: crossable(text) ? text : encodeUtf8(text),
});

function say(state: SocketState, said: Said): void {
  const before = enter();
  try {
    if (state.id === 0) state.waiting[state.waiting.length] = said;
    else put(state.id, said);
  } finally {
    leave(before);
  }
}

function put(id: number, { head, body }: Said): void {
  outputSocket(id, head, body, typeof body === 'string' ? 0 : arrayBufferByteLength(body));
}

/** The response that carries `given` leaves for request `id`: the connection is a socket from now on. `list`: its headers. Called inside a section. */
export function connectSocket(given: WebSocket, id: number, list: readonly string[]): void {
  const client = stateOf(given);
  const own = client.peer as SocketState;
  const waiting = own.waiting;
  open.set(id, own);
  client.isGiven = true;
  own.id = id;
  own.waiting = bareArray();
  for (let index = 0; index < list.length; index += 2)
    if (list[index] === 'sec-websocket-protocol') own.protocol = list[index + 1] as string;
  const headers = list.length === 0 ? '' : `\n${arrayJoin(list, '\n')}`;
  put(id, { head: `${SOCKET.accept}${headers}`, body: '' });
  for (let index = 0; index < waiting.length; index += 1) put(id, waiting[index] as Said);
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
  if (state === undefined || state.readyState !== STATE.open) return;
  const { MessageEvent } = messagesPart() as unknown as {
    MessageEvent: new (type: string, init: object) => Event;
  };
  dispatch(state.socket, new MessageEvent('message', { data }));
}

/** The connection is over, in order or not. Runs the guest's listeners. */
export function socketClosed(id: number, code: number, reason: string, wasClean: boolean): void {
  const state = open.get(id);
  if (state === undefined) return;
  open.delete(id);
  end(state, code, reason, wasClean);
}

/** There was no memory for a message: a socket that has lost one is over. False when there is no socket of this id. */
export function dropSocket(id: number): boolean {
  const state = open.get(id);
  if (state === undefined) return false;
  const before = enter();
  try {
    put(id, { head: `${SOCKET.close}\n${FAILED}\nout of memory`, body: '' });
  } finally {
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

function end(state: SocketState, code: number, reason: string, wasClean: boolean): void {
  if (state.readyState === STATE.closed) return;
  state.readyState = STATE.closed;
  state.waiting = bareArray();
  dispatch(state.socket, new CloseEvent('close', { code, reason, wasClean }));
}

/** Every connection is gone; `tellLostSockets` says so to the guest. */
export function loseSockets(): void {
  const before = enter();
  open.forEach((state) => {
    lost[lost.length] = state;
  });
  open.clear();
  for (let index = 0; index < lost.length; index += 1)
    (lost[index] as SocketState).readyState = STATE.closing;
  leave(before);
}

/** Runs the guest's listeners; after a kill, those that are left. */
export function tellLostSockets(): void {
  while (told < lost.length) {
    const state = lost[told] as SocketState;
    told += 1;
    end(state, LOST, '', false);
  }
  lost = bareArray();
  told = 0;
}
