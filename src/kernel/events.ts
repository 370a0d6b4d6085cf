/** Event, CustomEvent and EventTarget, without a tree: an event has one target. */
import { DOMException } from './dom-exception.ts';
import { bareArray, ReflectApply } from './primordials.ts';
import { reportUncaught } from './report.ts';

interface EventState {
  readonly type: string;
  readonly cancelable: boolean;
  readonly bubbles: boolean;
  readonly composed: boolean;
  readonly timeStamp: number;
  target: EventTarget | null;
  dispatching: boolean;
  stopped: boolean;
  canceled: boolean;
  passive: boolean;
}

interface EventInit {
  readonly bubbles?: unknown;
  readonly cancelable?: unknown;
  readonly composed?: unknown;
  readonly detail?: unknown;
}

let eventState: (event: Event) => EventState;
let isEvent: (value: unknown) => value is Event;

export class Event {
  readonly #state: EventState;

  static {
    eventState = (event) => event.#state;
    isEvent = (value): value is Event => typeof value === 'object' && value !== null && #state in value;
  }

  constructor(type: unknown, init: EventInit | undefined = undefined) {
    this.#state = {
      type: `${type as string}`,
      cancelable: Boolean(init?.cancelable),
      bubbles: Boolean(init?.bubbles),
      composed: Boolean(init?.composed),
      timeStamp: 0,
      target: null,
      dispatching: false,
      stopped: false,
      canceled: false,
      passive: false,
    };
  }

  get type(): string {
    return this.#state.type;
  }

  get target(): EventTarget | null {
    return this.#state.target;
  }

  get currentTarget(): EventTarget | null {
    return this.#state.dispatching ? this.#state.target : null;
  }

  get srcElement(): EventTarget | null {
    return this.#state.target;
  }

  get bubbles(): boolean {
    return this.#state.bubbles;
  }

  get cancelable(): boolean {
    return this.#state.cancelable;
  }

  get composed(): boolean {
    return this.#state.composed;
  }

  get defaultPrevented(): boolean {
    return this.#state.canceled;
  }

  get eventPhase(): number {
    return this.#state.dispatching ? 2 : 0;
  }

  get isTrusted(): boolean {
    return false;
  }

  get timeStamp(): number {
    return this.#state.timeStamp;
  }

  composedPath(): EventTarget[] {
    return this.#state.dispatching && this.#state.target !== null ? [this.#state.target] : [];
  }

  preventDefault(): void {
    if (this.#state.cancelable && !this.#state.passive) this.#state.canceled = true;
  }

  stopImmediatePropagation(): void {
    this.#state.stopped = true;
  }

  stopPropagation(): void {}
}

export class CustomEvent extends Event {
  readonly #detail: unknown;

  constructor(type: unknown, init: EventInit | undefined = undefined) {
    super(type, init);
    this.#detail = init?.detail ?? null;
  }

  get detail(): unknown {
    return this.#detail;
  }
}

interface Listener {
  readonly type: string;
  readonly callback: unknown;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

interface ListenerOptions {
  readonly capture?: unknown;
  readonly once?: unknown;
  readonly passive?: unknown;
  readonly signal?: EventTarget & { readonly aborted: boolean };
}

/** `change`: one listener more, said before it is there; or one fewer, said when it is gone. */
type Watch = (target: EventTarget, change: 1 | -1) => void;

export let watchListeners: (target: EventTarget, watch: Watch) => void;

export class EventTarget {
  #listeners: Listener[] = bareArray();
  #watch: Watch | undefined;

  static {
    watchListeners = (target, watch) => {
      target.#watch = watch;
    };
  }

  addEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    const choices = typeof options === 'object' && options !== null ? (options as ListenerOptions) : {};
    const capture = typeof options === 'object' ? Boolean(choices.capture) : Boolean(options);
    const { signal } = choices;
    if (signal?.aborted === true) return;
    if (callback === null || callback === undefined) return;
    if (typeof callback !== 'function' && typeof callback !== 'object') {
      throw new TypeError('A listener is a function or an object with handleEvent');
    }
    const name = `${type as string}`;
    if (this.#find(name, callback, capture) >= 0) return;
    const listener: Listener = {
      type: name,
      callback,
      capture,
      once: Boolean(choices.once),
      passive: Boolean(choices.passive),
      removed: false,
    };
    this.#watch?.(this, 1);
    this.#listeners[this.#listeners.length] = listener;
    signal?.addEventListener('abort', () => this.removeEventListener(name, callback, capture));
  }

  removeEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    const capture =
      typeof options === 'object' && options !== null
        ? Boolean((options as ListenerOptions).capture)
        : Boolean(options);
    const place = this.#find(`${type as string}`, callback, capture);
    if (place >= 0) this.#removeAt(place);
  }

  dispatchEvent(event: unknown): boolean {
    if (!isEvent(event)) throw new TypeError('dispatchEvent wants an Event');
    const state = eventState(event);
    if (state.dispatching) throw new DOMException('The event is being dispatched', 'InvalidStateError');
    state.target = this;
    state.dispatching = true;
    this.#call(event, state);
    state.dispatching = false;
    state.stopped = false;
    return !state.canceled;
  }

  #call(event: Event, state: EventState): void {
    const count = this.#listeners.length;
    if (count === 0) return;
    const now: Listener[] = bareArray();
    for (let index = 0; index < count; index += 1) now[index] = this.#listeners[index] as Listener;
    for (let index = 0; index < count && !state.stopped; index += 1) {
      const listener = now[index] as Listener;
      if (listener.type !== state.type || listener.removed) continue;
      if (listener.once) this.removeEventListener(listener.type, listener.callback, listener.capture);
      state.passive = listener.passive;
      callListener(listener.callback, this, event);
      state.passive = false;
    }
  }

  #find(type: string, callback: unknown, capture: boolean): number {
    const listeners = this.#listeners;
    for (let index = 0; index < listeners.length; index += 1) {
      const listener = listeners[index] as Listener;
      if (listener.type === type && listener.callback === callback && listener.capture === capture)
        return index;
    }
    return -1;
  }

  #removeAt(place: number): void {
    const listeners = this.#listeners;
    (listeners[place] as Listener).removed = true;
    for (let index = place + 1; index < listeners.length; index += 1) {
      listeners[index - 1] = listeners[index] as Listener;
    }
    listeners.length -= 1;
    this.#watch?.(this, -1);
  }
}

/** What a listener throws is reported, and the others are called all the same. */
export function callListener(callback: unknown, target: unknown, event: Event): void {
  try {
    if (typeof callback === 'function') ReflectApply(callback as () => unknown, target, [event]);
    else {
      const method: unknown = (callback as { handleEvent?: unknown }).handleEvent;
      if (typeof method !== 'function') throw new TypeError('The listener has no handleEvent method');
      ReflectApply(method as () => unknown, callback, [event]);
    }
  } catch (error) {
    reportUncaught(error);
  }
}
