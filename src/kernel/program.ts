/**
 * What kind of program the guest is, and when it ends. One with `export default { fetch }` serves and
 * never ends by itself; every other is a plain program: it ends when nothing is pending, or with the first
 * error that nobody caught, as in Node.
 */
import { PROGRAM } from './abi.ts';
import { type Handler, setHandler } from './exchanges.ts';
import { listensForFetch } from './global-events.ts';
import { hasEnded, leave, outputConsole, outputEnd, programKind, setProgram, wantSettle } from './host.ts';
import { limits } from './limits.ts';
import { callsHold } from './outbound-calls.ts';
import { bareArray, objectIsPrototypeOf, SafeMap, whenSettled } from './primordials.ts';
import { reportRejection, writeError } from './report.ts';
import { timersHold } from './timers.ts';

const HINT =
  'tandem: the default export has no fetch method, so this runs as a plain program; to serve requests: export default { fetch(request) { … } }';
const UNHEARD =
  'tandem: requests reach no listener and no named export, so this runs as a plain program; to serve them: export default { fetch(request) { … } }';
const UNSETTLED = 'tandem: a top-level await never settled, and nothing is left that could settle it';

/** Exit codes as Node has them. */
const EXIT = { done: 0, error: 1, unsettledAwait: 13 } as const;

let evaluated = false;
/** Promises that were rejected with nobody listening, since the job queue was last empty. */
const unhandled = new SafeMap<unknown, unknown>();

/** The engine tells of a promise; called in the middle of anything, so it only takes a note. */
export function noteRejection(promise: unknown, reason: unknown, handled: boolean): void {
  if (handled) unhandled.delete(promise);
  else {
    unhandled.set(promise, reason);
    wantSettle();
  }
}

/** The guest's module has been evaluated, or still awaits something. */
export function moduleLoaded(value: unknown): void {
  wantSettle();
  if (!objectIsPrototypeOf(promisePrototype, value as object)) {
    begin(value as Record<string, unknown>);
    return;
  }
  whenSettled(value, (namespace) => begin(namespace as Record<string, unknown>), moduleFailed);
}

const promisePrototype = Promise.prototype;

export function moduleFailed(error: unknown): void {
  evaluated = true;
  unhandled.clear();
  setProgram(PROGRAM.plain);
  writeError('Uncaught', error);
  outputEnd(EXIT.error);
}

function begin(namespace: Record<string, unknown>): void {
  evaluated = true;
  if (hasEnded()) return;
  try {
    const application = namespace['default'];
    const fetch = fetchOf(application);
    if (fetch !== undefined) {
      setHandler(application, fetch);
      setProgram(PROGRAM.serving);
      return;
    }
    setProgram(PROGRAM.plain);
    if (application !== undefined) outputConsole(2, HINT);
    else if (listensForFetch() || typeof namespace['fetch'] === 'function') outputConsole(2, UNHEARD);
  } catch (error) {
    moduleFailed(error);
  }
}

/**
 * The method is looked up once: what it is while the program runs cannot change
 * under a replayed log, nor by accident.
 */
function fetchOf(application: unknown): Handler | undefined {
  if ((typeof application !== 'object' || application === null) && typeof application !== 'function') {
    return undefined;
  }
  const fetch: unknown = (application as { fetch?: unknown }).fetch;
  return typeof fetch === 'function' ? (fetch as Handler) : undefined;
}

/** An error that nobody caught ends a program that serves nobody. */
export function uncaughtEnds(): void {
  if (programKind() !== PROGRAM.serving) outputEnd(EXIT.error);
}

/** The job queue is empty. */
export function settle(): void {
  leave(0);
  reportUnhandled();
  if (programKind() === PROGRAM.serving || hasEnded() || unhandled.size > 0) return;
  if (timersHold() || callsHold()) return;
  if (evaluated) outputEnd(EXIT.done);
  else {
    outputConsole(2, UNSETTLED);
    outputEnd(EXIT.unsettledAwait);
  }
}

/** Before a turn: a plain program may end with it. */
export function expectEnd(): void {
  if (programKind() !== PROGRAM.serving || unhandled.size > 0) wantSettle();
}

function reportUnhandled(): void {
  if (unhandled.size === 0) return;
  const reasons = bareArray<unknown>();
  const promises = bareArray<unknown>();
  unhandled.forEach((reason, promise) => {
    if (reasons.length === limits.rejectionReports) return;
    reasons[reasons.length] = reason;
    promises[promises.length] = promise;
  });
  const rest = unhandled.size - reasons.length;
  unhandled.clear();
  for (let index = 0; index < reasons.length; index += 1) reportRejection(reasons[index], promises[index]);
  if (rest > 0) outputConsole(2, `tandem: and ${rest} more promises were rejected with nobody listening`);
}
