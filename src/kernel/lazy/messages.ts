/**
 * MessageChannel and its ports, within one machine, and the events that carry
 * something: messages, errors, rejections.
 */
import { Event, EventTarget } from '../events.ts';
import { queueMicrotask } from '../scheduling.ts';
import { structuredClone } from '../structured-clone.ts';
import { asInterface } from '../webidl.ts';

type Init = Readonly<Record<string, unknown>> | undefined;

export class MessageEvent extends Event {
  readonly #init: Init;

  constructor(type: unknown, init: Init = undefined) {
    super(type, init);
    this.#init = init;
  }

  get data(): unknown {
    return this.#init?.['data'] ?? null;
  }

  get origin(): string {
    return `${(this.#init?.['origin'] ?? '') as string}`;
  }

  get lastEventId(): string {
    return `${(this.#init?.['lastEventId'] ?? '') as string}`;
  }

  get source(): unknown {
    return this.#init?.['source'] ?? null;
  }

  get ports(): readonly unknown[] {
    return Object.freeze([...((this.#init?.['ports'] ?? []) as Iterable<unknown>)]);
  }
}

const INTERNAL = {};
let entangle: (one: MessagePort, other: MessagePort) => void;

export class MessagePort extends EventTarget {
  #other: MessagePort | undefined;
  #started = false;
  #waiting: unknown[] = [];
  #onmessage: unknown = null;

  static {
    entangle = (one, other) => {
      one.#other = other;
      other.#other = one;
    };
  }

  constructor(token?: unknown) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
    super();
  }

  get onmessage(): unknown {
    return this.#onmessage;
  }

  set onmessage(value: unknown) {
    if (typeof this.#onmessage === 'function') this.removeEventListener('message', this.#onmessage);
    this.#onmessage = typeof value === 'function' ? value : null;
    if (this.#onmessage !== null) this.addEventListener('message', this.#onmessage);
    this.start();
  }

  postMessage(message: unknown, options: unknown = undefined): void {
    const transfer = Array.isArray(options)
      ? options
      : (options as { transfer?: unknown } | undefined)?.transfer;
    const data = structuredClone(message, { transfer: transfer ?? [] });
    const other = this.#other;
    if (other !== undefined) other.#receive(data);
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const data of this.#waiting.splice(0)) this.#deliver(data);
  }

  close(): void {
    if (this.#other !== undefined) this.#other.#other = undefined;
    this.#other = undefined;
  }

  #receive(data: unknown): void {
    if (this.#started) this.#deliver(data);
    else this.#waiting.push(data);
  }

  #deliver(data: unknown): void {
    queueMicrotask(() => this.dispatchEvent(new MessageEvent('message', { data })));
  }
}

export class MessageChannel {
  readonly port1 = new MessagePort(INTERNAL);
  readonly port2 = new MessagePort(INTERNAL);

  constructor() {
    entangle(this.port1, this.port2);
  }
}

export class ErrorEvent extends Event {
  readonly #init: Init;

  constructor(type: unknown, init: Init = undefined) {
    super(type, init);
    this.#init = init;
  }

  get message(): string {
    return `${(this.#init?.['message'] ?? '') as string}`;
  }

  get filename(): string {
    return `${(this.#init?.['filename'] ?? '') as string}`;
  }

  get lineno(): number {
    return Number(this.#init?.['lineno'] ?? 0);
  }

  get colno(): number {
    return Number(this.#init?.['colno'] ?? 0);
  }

  get error(): unknown {
    return this.#init?.['error'];
  }
}

export class PromiseRejectionEvent extends Event {
  readonly #init: Init;

  constructor(type: unknown, init: Init) {
    super(type, init);
    if (init?.['promise'] === undefined) throw new TypeError('A PromiseRejectionEvent has a promise');
    this.#init = init;
  }

  get promise(): unknown {
    return this.#init?.['promise'];
  }

  get reason(): unknown {
    return this.#init?.['reason'];
  }
}

asInterface(ErrorEvent, 'ErrorEvent');
asInterface(PromiseRejectionEvent, 'PromiseRejectionEvent');
asInterface(MessageEvent, 'MessageEvent');
asInterface(MessagePort, 'MessagePort');
asInterface(MessageChannel, 'MessageChannel');
