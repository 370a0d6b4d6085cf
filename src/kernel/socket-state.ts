/**
 * What the kernel keeps of each WebSocket of a client, the one way out to it, and its end. websocket.ts has
 * the guest's side, socket-resume.ts what lets one outlive its connection.
 */
import { SOCKET } from './abi.ts';
import { Event, EventTarget } from './events.ts';
import { messagesPart } from './global-events.ts';
import { crossable, enter, leave, outputSocket } from './host.ts';
import { arrayBufferByteLength, bareArray, SafeMap, uncurry } from './primordials.ts';
import type { Lane, Said } from './socket-lane.ts';
import { encodeUtf8, utf8Length } from './utf8.ts';

export const STATE = { connecting: 0, open: 1, closing: 2, closed: 3 } as const;
export const LOST = 1006;
export const NO_CODE = 1005;

export interface SocketState {
  readonly socket: EventTarget;
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
  /** Of one that outlives its connection. */
  lane: Lane | undefined;
  readonly handlers: Record<string, unknown>;
}

/** Those with a connection, by the request that became it. */
export const open = new SafeMap<number, SocketState>();
/** Sockets whose end the guest has not been told yet. */
let lost: SocketState[] = bareArray();
let told = 0;

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

/** A well-formed text. */
export function textSaid(text: string): Said {
  return { head: SOCKET.text, body: crossable(text) ? text : encodeUtf8(text), length: utf8Length(text) };
}

export const closeSaid = (code: number, reason: string): Said => ({
  head: `${SOCKET.close}\n${code}\n${reason}`,
  body: '',
  length: 0,
});

/** Called inside a section (host.ts). */
export function put(id: number, { head, body }: Said): void {
  outputSocket(id, head, body, typeof body === 'string' ? 0 : arrayBufferByteLength(body));
}

/** The guest hears a message. Runs its listeners. */
export function hear(state: SocketState, data: string | ArrayBuffer): void {
  const { MessageEvent } = messagesPart() as unknown as {
    MessageEvent: new (type: string, init: object) => Event;
  };
  dispatch(state.socket, new MessageEvent('message', { data }));
}

/** The guest hears that it is over, once. Runs its listeners. */
export function end(state: SocketState, code: number, reason: string, wasClean: boolean): void {
  if (state.readyState === STATE.closed) return;
  state.readyState = STATE.closed;
  state.waiting = bareArray();
  dispatch(state.socket, new CloseEvent('close', { code, reason, wasClean }));
}

/** It is over, of which `tellLostSockets` tells the guest. Called inside a section. */
export function lose(state: SocketState): void {
  if (state.readyState === STATE.closed) return;
  lost[lost.length] = state;
  state.readyState = STATE.closing;
}

/**
 * Every connection is gone: those that end with it are lost, of the others `stays` takes care. Allocates no
 * more for a socket than `stays` does.
 */
export function loseConnections(stays: (state: SocketState) => boolean): void {
  const before = enter();
  try {
    const all = bareArray<SocketState>();
    open.forEach((state) => {
      all[all.length] = state;
    });
    open.clear();
    for (let index = 0; index < all.length; index += 1) {
      const state = all[index] as SocketState;
      if (!stays(state)) lose(state);
    }
  } finally {
    leave(before);
  }
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
