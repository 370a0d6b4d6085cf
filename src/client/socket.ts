/**
 * A WebSocket that does not notice a dead machine: while there is no connection it keeps what is said, looks
 * for the live host and resumes after the last message that was acknowledged. In each direction every message
 * arrives once and in order, or the socket closes.
 */
import { follow } from './cut.ts';
import { wordsOf } from './errors.ts';
import type { LiveHost } from './live-host.ts';
import { Backoff, pause } from './pause.ts';
import { checkSubprotocols, type Heard, MAX_MESSAGE_BYTES, PROTOCOL, SocketLane } from './socket-lane.ts';

/** What this needs of the platform's WebSocket. */
export interface PlatformSocket {
  binaryType: string;
  readonly protocol: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}
export type PlatformSocketClass = new (url: string, protocols: string[]) => PlatformSocket;

export interface SocketSettings {
  readonly live: LiveHost;
  readonly WebSocket: PlatformSocketClass;
  /** With no connection for so long it is given up; 0 for never. */
  readonly deadlineMs: number;
  /** A machine that has not acknowledged what was said for so long is looked for anew. */
  readonly silenceMs: number;
  /** Of the client. */
  readonly closing: AbortSignal;
}

export class TandemCloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(code: number, reason: string, wasClean: boolean) {
    super('close');
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

const STATE = { connecting: 0, open: 1, closing: 2, closed: 3 } as const;
const NORMAL = 1000;
const NO_CODE = 1005;
const LOST = 1006;
const OWN_CODES = { from: 3000, to: 4999 } as const;
/** Close codes with which a machine says that there is nothing to come back to. */
const FINAL_CODES = { from: 4400, to: 4499 } as const;
const NOT_TANDEM = 4406;
const REASON_MOST_BYTES = 123;
/** Hosts say every 20 s that they are there. */
const IDLE_MS = 45_000;
/** The machine is told of so many messages at once, or after so long. */
const TELL_EVERY = 16;
const TELL_MS = 100;
const RETRY_FIRST_MS = 20;
const RETRY_MOST_MS = 500;
/** Handshakes that a live host ends, until the program is taken to decline. */
const DECLINED_AT = 3;

/** How a connection ended, by whichever side. */
type End = 'closed' | 'silent';

type Listener<E> = ((event: E) => void) | null;

/**
 * As the platform's WebSocket. Bytes come as an ArrayBuffer; `readyState` stays
 * OPEN while it looks for another host.
 */
export class TandemWebSocket extends EventTarget {
  readonly #settings: SocketSettings;
  readonly #target: string;
  readonly #protocols: readonly string[];
  readonly #lane = new SocketLane();
  readonly #over = new AbortController();
  readonly #handlers = new Map<string, (event: Event) => void>();
  #socket: PlatformSocket | undefined;
  #host: URL;
  #hasGreeted = false;
  #readyState: number = STATE.connecting;
  #protocol = '';
  #closing: { readonly code: number; readonly reason: string } | undefined;
  #backoff = new Backoff(RETRY_FIRST_MS, RETRY_MOST_MS);
  /** Since when there is no connection. */
  #awaySinceMs = performance.now();
  #declined = 0;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #isWatchShort = false;
  #teller: ReturnType<typeof setTimeout> | undefined;

  /** `target`: path and query. Throws a SyntaxError for subprotocols that are none, as the platform does. */
  constructor(target: string, protocols: readonly string[], settings: SocketSettings) {
    super();
    checkSubprotocols(protocols);
    this.#target = target;
    this.#protocols = protocols;
    this.#settings = settings;
    this.#host = settings.live.url;
    this.#over.signal.addEventListener(
      'abort',
      follow(settings.closing, () => this.#abandon()),
    );
    // As the platform's does, when whoever makes it has put his listeners on.
    queueMicrotask(() => this.#connect());
  }

  get url(): string {
    return this.#url().href;
  }

  get readyState(): number {
    return this.#readyState;
  }

  /** The subprotocol that the program chose. */
  get protocol(): string {
    return this.#protocol;
  }

  /** Bytes that the machine has not acknowledged; they are kept until it has. */
  get bufferedAmount(): number {
    return this.#lane.keptBytes;
  }

  get binaryType(): 'arraybuffer' {
    return 'arraybuffer';
  }

  set onopen(listener: Listener<Event>) {
    this.#handle('open', listener);
  }

  set onmessage(listener: Listener<MessageEvent>) {
    this.#handle('message', listener);
  }

  set onclose(listener: Listener<TandemCloseEvent>) {
    this.#handle('close', listener);
  }

  set onerror(listener: Listener<Event>) {
    this.#handle('error', listener);
  }

  /**
   * Throws an InvalidStateError before it is open, a TypeError for more than 1 MiB, a
   * SocketFullError when no more can be kept.
   */
  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (this.#readyState === STATE.connecting)
      throw new DOMException('this WebSocket is not open yet: wait for the event open', 'InvalidStateError');
    if (this.#readyState !== STATE.open) return;
    const said = typeof data === 'string' ? data : copyOf(data);
    const bytes = typeof said === 'string' ? bytesOf(said) : said.byteLength;
    if (bytes > MAX_MESSAGE_BYTES)
      throw new TypeError(`a message has at most ${MAX_MESSAGE_BYTES} bytes, not ${bytes}: send it in parts`);
    this.#put(this.#lane.say(said, bytes));
    this.#watchShortly();
  }

  /** Closes when the machine has all that was said. Throws as the platform's does. */
  close(code?: number, reason = ''): void {
    const isOwn = code !== undefined && code >= OWN_CODES.from && code <= OWN_CODES.to;
    if (code !== undefined && code !== NORMAL && !isOwn)
      throw new DOMException('a WebSocket is closed with 1000, or with 3000 to 4999', 'InvalidAccessError');
    if (bytesOf(reason) > REASON_MOST_BYTES)
      throw new DOMException(`a reason has at most ${REASON_MOST_BYTES} bytes`, 'SyntaxError');
    if (this.#readyState === STATE.connecting) this.#finish(LOST, '', false);
    else if (this.#readyState === STATE.open) this.#close(code ?? NO_CODE, reason);
  }

  #close(code: number, reason: string): void {
    this.#readyState = STATE.closing;
    this.#closing = { code, reason };
    this.#put(this.#lane.close(code, reason));
    this.#watchShortly();
  }

  #url(): URL {
    const url = new URL(this.#target, this.#host);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url;
  }

  #put(frame: string | Uint8Array<ArrayBuffer>): void {
    if (this.#hasGreeted) this.#socket?.send(frame);
  }

  #connect(): void {
    if (this.#readyState === STATE.closed) return;
    this.#host = this.#settings.live.url;
    const offer = this.#lane.offer(this.#protocols);
    let socket: PlatformSocket;
    try {
      socket = new this.#settings.WebSocket(this.#url().href, offer);
    } catch (error) {
      // What the platform does not permit now (a page's policy, a port), it does not later either.
      this.#finish(LOST, wordsOf(error), false);
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      if (socket.protocol !== PROTOCOL)
        this.#finish(NOT_TANDEM, `${this.#host.origin} does not speak ${PROTOCOL}`, false);
    };
    socket.onmessage = ({ data }: { readonly data: string | ArrayBuffer }) => this.#onFrame(data);
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) =>
      this.#onClosed(code, reason);
    this.#watchFor(this.#settings.silenceMs);
  }

  #onFrame(data: string | ArrayBuffer): void {
    let heard: Heard;
    try {
      heard = this.#lane.heard(data);
    } catch (error) {
      this.#finish(LOST, wordsOf(error), false);
      return;
    }
    if (heard.kind === 'hello') this.#greet(heard);
    this.#watchFor(this.#lane.isAcknowledged ? IDLE_MS : this.#settings.silenceMs);
    if (this.#closing !== undefined && this.#lane.isAcknowledged)
      this.#finish(this.#closing.code, this.#closing.reason, true);
    else if (heard.kind === 'message') {
      this.#tellSoon();
      this.dispatchEvent(new MessageEvent('message', { data: heard.data }));
    } else if (heard.kind === 'close') {
      this.#put(this.#lane.acknowledgement());
      this.#finish(heard.code, heard.reason, true);
    }
  }

  #greet({ protocol, missing }: Extract<Heard, { kind: 'hello' }>): void {
    this.#hasGreeted = true;
    this.#backoff = new Backoff(RETRY_FIRST_MS, RETRY_MOST_MS);
    for (const frame of missing) this.#put(frame);
    if (this.#readyState !== STATE.connecting) return;
    this.#protocol = protocol;
    this.#readyState = STATE.open;
    this.dispatchEvent(new Event('open'));
  }

  #onClosed(code: number, reason: string): void {
    if (code >= FINAL_CODES.from && code <= FINAL_CODES.to) this.#finish(code, reason, false);
    else this.#lose('closed');
  }

  /** The connection is of no use any more. */
  #lose(end: End): void {
    if (this.#hasGreeted) this.#awaySinceMs = performance.now();
    this.#letGo();
    // Its reason is that it is over.
    this.#again(end).catch(() => {});
  }

  async #again(end: End): Promise<void> {
    const { live, deadlineMs } = this.#settings;
    const { signal } = this.#over;
    const host = this.#host;
    // One that says nothing yet may be about to accept.
    if (end === 'closed' && !this.#lane.isOpen && (await live.isLive(host))) this.#declined += 1;
    const isOld = deadlineMs > 0 && performance.now() - this.#awaySinceMs >= deadlineMs;
    if (isOld || this.#declined >= DECLINED_AT) {
      const why = isOld ? `no connection for ${deadlineMs} ms` : `${host.origin} declines this WebSocket`;
      this.#finish(LOST, why, false);
      return;
    }
    const found = await live.find(host);
    if (!found || live.url === host) await pause(this.#backoff.nextMs(), signal);
    signal.throwIfAborted();
    this.#connect();
  }

  /** With a code the machine knows that nothing is left to say, and forgets this WebSocket at once. */
  #letGo(code?: number): void {
    clearTimeout(this.#watch);
    clearTimeout(this.#teller);
    this.#teller = undefined;
    this.#hasGreeted = false;
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    // One that is not connected yet says so once more.
    socket.onerror = () => {};
    socket.close(code);
  }

  #finish(code: number, reason: string, wasClean: boolean): void {
    if (this.#readyState === STATE.closed) return;
    this.#readyState = STATE.closed;
    this.#over.abort(new Error('this WebSocket is closed'));
    this.#letGo(wasClean ? NORMAL : undefined);
    if (!wasClean) this.dispatchEvent(new Event('error'));
    this.dispatchEvent(new TandemCloseEvent(code, reason, wasClean));
  }

  /** The client was closed. The machine hears of it if it can be told at once. */
  #abandon(): void {
    if (this.#readyState === STATE.open) this.#put(this.#lane.close(NORMAL, ''));
    this.#finish(LOST, 'the client was closed', false);
  }

  #tellSoon(): void {
    if (this.#lane.untold >= TELL_EVERY) this.#tell();
    else this.#teller ??= setTimeout(() => this.#tell(), TELL_MS);
  }

  #tell(): void {
    clearTimeout(this.#teller);
    this.#teller = undefined;
    this.#put(this.#lane.acknowledgement());
  }

  /** From now on; a connection on which nothing is heard for so long is given up. */
  #watchFor(ms: number): void {
    if (this.#readyState === STATE.closed) return;
    clearTimeout(this.#watch);
    this.#isWatchShort = ms < IDLE_MS;
    this.#watch = setTimeout(() => this.#lose('silent'), ms);
  }

  /** Something was said that is to be acknowledged. */
  #watchShortly(): void {
    if (this.#hasGreeted && !this.#isWatchShort) this.#watchFor(this.#settings.silenceMs);
  }

  #handle<E extends Event>(name: string, listener: Listener<E>): void {
    const before = this.#handlers.get(name);
    if (before !== undefined) this.removeEventListener(name, before);
    this.#handlers.delete(name);
    if (listener === null) return;
    const handler = (event: Event): void => listener.call(this, event as E);
    this.#handlers.set(name, handler);
    this.addEventListener(name, handler);
  }
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Throws a TypeError for what has no bytes, as a Blob has none yet. */
function copyOf(data: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(data))
    return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (Object.prototype.toString.call(data) === '[object ArrayBuffer]') return new Uint8Array(data.slice(0));
  throw new TypeError('a message is a string, an ArrayBuffer or a view of one');
}
