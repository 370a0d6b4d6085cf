/**
 * AbortController and AbortSignal. A signal by time-out uses a timer that
 * does not keep a plain program alive.
 */
import { DOMException } from './dom-exception.ts';
import { callListener, Event, EventTarget } from './events.ts';
import { bareArray, MathFloor, SafeSet, uncurry } from './primordials.ts';
import { startTimer } from './timers.ts';

const INTERNAL = {};

interface SignalState {
  aborted: boolean;
  reason: unknown;
  onabort: unknown;
  /** Signals made of this one by `AbortSignal.any`. */
  dependents: AbortSignal[];
  /** What the kernel does besides; made when it is first wanted. */
  steps: SafeSet<() => void> | undefined;
}

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
      state.steps ??= new SafeSet();
      state.steps.add(step);
      return () => state.steps?.delete(step);
    };
    abortSignal = (signal, reason) => {
      const state = signal.#state;
      if (state.aborted) return;
      state.aborted = true;
      state.reason = reason;
      const { dependents } = state;
      state.dependents = bareArray();
      const { steps } = state;
      state.steps = undefined;
      steps?.forEach((step) => {
        step();
      });
      const event = new Event('abort');
      const { onabort } = state;
      if (typeof onabort === 'function') callListener(onabort, signal, event);
      dispatch(signal, event);
      for (let index = 0; index < dependents.length; index += 1) {
        abortSignal(dependents[index] as AbortSignal, reason);
      }
    };
  }

  constructor(token?: unknown) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
    super();
    this.#state = {
      aborted: false,
      reason: undefined,
      onabort: null,
      dependents: bareArray(),
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
    return this.#state.aborted;
  }

  get reason(): unknown {
    return this.#state.reason;
  }

  get onabort(): unknown {
    return this.#state.onabort;
  }

  set onabort(value: unknown) {
    this.#state.onabort = typeof value === 'function' ? value : null;
  }

  throwIfAborted(): void {
    if (this.#state.aborted) throw this.#state.reason;
  }
}

const MAXIMUM_DELAY_MS = Number.MAX_SAFE_INTEGER;
const abortError = (): DOMException => new DOMException('The operation was aborted', 'AbortError');
const dispatch = uncurry(EventTarget.prototype.dispatchEvent as (this: EventTarget, event: Event) => boolean);

/** A signal that is aborted with the first of `signals`. */
export function anySignal(signals: readonly unknown[]): AbortSignal {
  const result = newSignal();
  for (let index = 0; index < signals.length; index += 1) {
    const signal = signals[index];
    if (!isAbortSignal(signal)) throw new TypeError('AbortSignal.any wants AbortSignals');
    const state = stateOf(signal);
    if (state.aborted) {
      abortSignal(result, state.reason);
      return result;
    }
  }
  for (let index = 0; index < signals.length; index += 1) {
    const { dependents } = stateOf(signals[index] as AbortSignal);
    dependents[dependents.length] = result;
  }
  return result;
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
