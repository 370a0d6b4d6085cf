/**
 * AbortController and AbortSignal. A signal by time-out uses a timer that
 * does not keep a plain program alive.
 *
 * A signal made of others knows those, and they know it only while somebody waits for it: a guest may make
 * one for each request of one that lives as long as the guest, and drop it. One that nobody waits for looks
 * at its sources when it is asked.
 */
import { DOMException } from './dom-exception.ts';
import { callListener, Event, EventTarget, watchListeners } from './events.ts';
import { bareArray, MathFloor, SafeSet, uncurry } from './primordials.ts';
import { startTimer } from './timers.ts';

const INTERNAL = {};

interface SignalState {
  /** Place in the row of all signals that were aborted; 0 for one that is not. */
  order: number;
  reason: unknown;
  onabort: unknown;
  /** Of a signal that is made of others and not aborted: those that are made of none. */
  sources: SafeSet<AbortSignal> | undefined;
  /** How many listeners and steps wait for it; counted for one with sources. */
  waiting: number;
  /** Signals made of this one, and perhaps others, for which somebody waits. */
  dependents: SafeSet<AbortSignal> | undefined;
  /** What the kernel does besides; made when it is first wanted. */
  steps: SafeSet<() => void> | undefined;
}

let lastOrder = 0;

export let abortSignal: (signal: AbortSignal, reason: unknown) => void;
export let isAbortSignal: (value: unknown) => value is AbortSignal;
/**
 * `step` runs when the signal is aborted, before its event; it must not throw. The function takes that back.
 */
export let onceAborted: (signal: AbortSignal, step: () => void) => () => void;
export const newSignal = (): AbortSignal => new AbortSignal(INTERNAL);
let stateOf: (signal: AbortSignal) => SignalState;

export class AbortSignal extends EventTarget {
  readonly #state: SignalState;

  static {
    isAbortSignal = (value): value is AbortSignal =>
      typeof value === 'object' && value !== null && #state in value;
    stateOf = (signal) => signal.#state;
    onceAborted = (signal, step) => {
      const state = signal.#state;
      countWaiting(signal, 1);
      state.steps ??= new SafeSet();
      state.steps.add(step);
      return () => {
        if (state.steps?.delete(step) === true) countWaiting(signal, -1);
      };
    };
    abortSignal = (signal, reason) => {
      const state = signal.#state;
      if (isAborted(state)) return;
      lastOrder += 1;
      state.order = lastOrder;
      state.reason = reason;
      const dependents = newlyAborted(state);
      tell(signal);
      for (let index = 0; index < dependents.length; index += 1) tell(dependents[index] as AbortSignal);
    };
  }

  constructor(token?: unknown) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
    super();
    this.#state = {
      order: 0,
      reason: undefined,
      onabort: null,
      sources: undefined,
      waiting: 0,
      dependents: undefined,
      steps: undefined,
    };
  }

  static abort(reason: unknown = abortError()): AbortSignal {
    const signal = newSignal();
    abortSignal(signal, reason);
    return signal;
  }

  static timeout(milliseconds: unknown): AbortSignal {
    const delay = Number(milliseconds);
    if (!(delay >= 0) || delay > MAXIMUM_DELAY_MS)
      throw new TypeError('The time-out must be from 0 to 2^53 - 1');
    const signal = newSignal();
    const abort = (): void =>
      abortSignal(signal, new DOMException('The operation timed out', 'TimeoutError'));
    startTimer(abort, MathFloor(delay), [], false, false);
    return signal;
  }

  static any(signals: unknown): AbortSignal {
    return anySignal([...(signals as Iterable<unknown>)]);
  }

  get aborted(): boolean {
    return isAborted(this.#state);
  }

  get reason(): unknown {
    return isAborted(this.#state) ? this.#state.reason : undefined;
  }

  get onabort(): unknown {
    return this.#state.onabort;
  }

  set onabort(value: unknown) {
    const handler = typeof value === 'function' ? value : null;
    const before = this.#state.onabort;
    if (handler !== null && before === null) countWaiting(this, 1);
    this.#state.onabort = handler;
    if (handler === null && before !== null) countWaiting(this, -1);
  }

  throwIfAborted(): void {
    if (isAborted(this.#state)) throw this.#state.reason;
  }
}

const MAXIMUM_DELAY_MS = Number.MAX_SAFE_INTEGER;
const abortError = (): DOMException => new DOMException('The operation was aborted', 'AbortError');
const dispatch = uncurry(EventTarget.prototype.dispatchEvent as (this: EventTarget, event: Event) => boolean);

/** A signal that is aborted with the first of `signals`. */
export function anySignal(signals: readonly unknown[]): AbortSignal {
  const result = newSignal();
  const sources = new SafeSet<AbortSignal>();
  for (let index = 0; index < signals.length; index += 1) {
    const signal = signals[index];
    if (!isAbortSignal(signal)) throw new TypeError('AbortSignal.any wants AbortSignals');
    const state = stateOf(signal);
    if (isAborted(state)) {
      abortSignal(result, state.reason);
      return result;
    }
    if (state.sources === undefined) sources.add(signal);
    else
      state.sources.forEach((source) => {
        sources.add(source);
      });
  }
  stateOf(result).sources = sources;
  watchListeners(result, countWaiting);
  return result;
}

/** One that is made of others takes over from the first of them that was aborted. */
function isAborted(state: SignalState): boolean {
  if (state.order > 0 || state.sources === undefined) return state.order > 0;
  state.sources.forEach((source) => {
    const { order, reason } = stateOf(source);
    if (order === 0 || (state.order > 0 && state.order < order)) return;
    state.reason = reason;
    state.order = order;
  });
  if (state.order > 0) state.sources = undefined;
  return state.order > 0;
}

/**
 * One more or one fewer waits for `signal`. In such an order that a kill anywhere leaves
 * its sources knowing too much of it, never too little.
 */
function countWaiting(signal: EventTarget, change: 1 | -1): void {
  const dependent = signal as AbortSignal;
  const state = stateOf(dependent);
  const { sources } = state;
  if (sources === undefined || isAborted(state)) return;
  if (change === 1 && state.waiting === 0) {
    sources.forEach((source) => {
      const known = stateOf(source);
      known.dependents ??= new SafeSet();
      known.dependents.add(dependent);
    });
  }
  state.waiting += change;
  if (state.waiting === 0) leaveSources(state, dependent);
}

function leaveSources({ sources }: SignalState, signal: AbortSignal): void {
  sources?.forEach((source) => {
    stateOf(source).dependents?.delete(signal);
  });
}

/** Those that are aborted with a signal that has just been: all of them are, before any is told. */
function newlyAborted(state: SignalState): AbortSignal[] {
  const all = bareArray<AbortSignal>();
  const { dependents } = state;
  state.dependents = undefined;
  dependents?.forEach((dependent) => {
    const own = stateOf(dependent);
    leaveSources(own, dependent);
    if (own.order === 0 && isAborted(own)) all[all.length] = dependent;
  });
  return all;
}

function tell(signal: AbortSignal): void {
  const state = stateOf(signal);
  const { steps } = state;
  state.steps = undefined;
  steps?.forEach((step) => {
    step();
  });
  const event = new Event('abort');
  const { onabort } = state;
  if (typeof onabort === 'function') callListener(onabort, signal, event);
  dispatch(signal, event);
}

export class AbortController {
  readonly #signal = newSignal();

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason: unknown = abortError()): void {
    abortSignal(this.#signal, reason);
  }
}
