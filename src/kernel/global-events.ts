/**
 * The events of the global object: `error` for what no one caught, `unhandledrejection` for promises,
 * and whatever a guest dispatches there.
 */
import { type Event, EventTarget } from './events.ts';
import { errorTitle, isErrorObject } from './inspect-error.ts';
import part from './lazy/messages.part';
import { lazily } from './lazy.ts';
import { ReflectApply, ReflectDefineProperty } from './primordials.ts';

interface EventClasses {
  readonly ErrorEvent: new (type: string, init: object) => Event;
  readonly PromiseRejectionEvent: new (type: string, init: object) => Event;
}

export const messagesPart = lazily<EventClasses & Readonly<Record<string, unknown>>>(part);
const HANDLERS = ['error', 'unhandledrejection', 'rejectionhandled'] as const;

const target = new EventTarget();
const { addEventListener: add, removeEventListener: remove, dispatchEvent: dispatch } = EventTarget.prototype;
const handlers: Record<string, unknown> = {
  __proto__: null,
  error: null,
  unhandledrejection: null,
  rejectionhandled: null,
} as never;
/** Somebody has ever listened: before, no event need be made. */
let isHeard = false;
let isReporting = false;
let hasFetchListener = false;

/** As programs for service workers do, which are not served here. */
export const listensForFetch = (): boolean => hasFetchListener;

/** Methods of the global object. */
export const globalListening: Readonly<Record<string, (...values: never[]) => unknown>> = {
  addEventListener(...values: never[]): void {
    isHeard = true;
    if (values[0] === 'fetch') hasFetchListener = true;
    ReflectApply(add as () => void, target, values);
  },
  removeEventListener(...values: never[]): void {
    ReflectApply(remove as () => void, target, values);
  },
  dispatchEvent(...values: never[]): unknown {
    return ReflectApply(dispatch as () => unknown, target, values);
  },
};

/** `onerror` and its kin. */
export function defineHandlers(scope: object): void {
  for (let index = 0; index < HANDLERS.length; index += 1) {
    const name = HANDLERS[index] as string;
    ReflectDefineProperty(scope, `on${name}`, {
      get: () => handlers[name],
      set: (value: unknown) => {
        handlers[name] = typeof value === 'function' ? value : null;
        isHeard = true;
      },
      enumerable: true,
      configurable: true,
    });
  }
}

/** Tells the guest's listeners of an error; true when one of them says that it is dealt with. */
export function interceptError(error: unknown, promise: unknown): boolean {
  // An error of a listener's own is reported without them.
  if (!isHeard || isReporting) return false;
  isReporting = true;
  try {
    return promise === undefined ? toldOfError(error) : toldOfRejection(error, promise);
  } finally {
    isReporting = false;
  }
}

function toldOfError(error: unknown): boolean {
  const message = isErrorObject(error) ? errorTitle(error) : '';
  const event = new (messagesPart().ErrorEvent)('error', {
    message: `Uncaught ${message}`,
    error,
    cancelable: true,
  });
  const { error: handler } = handlers;
  // An old custom: this handler has five parameters, and true means that it is dealt with.
  const isDealtWith =
    typeof handler === 'function' &&
    ReflectApply(handler as () => unknown, undefined, [`Uncaught ${message}`, '', 0, 0, error]) === true;
  return isCanceled(event) || isDealtWith;
}

function toldOfRejection(reason: unknown, promise: unknown): boolean {
  const init = { promise, reason, cancelable: true };
  const event = new (messagesPart().PromiseRejectionEvent)('unhandledrejection', init);
  const { unhandledrejection: handler } = handlers;
  if (typeof handler === 'function') ReflectApply(handler as () => unknown, undefined, [event]);
  return isCanceled(event);
}

const isCanceled = (event: Event): boolean =>
  !(ReflectApply(dispatch as () => unknown, target, [event] as never[]) as boolean) || event.defaultPrevented;
