/**
 * Errors that nobody caught, told on stderr with the guest's file and line. What that
 * means for the program is program.ts's.
 */
import { outputConsole } from './host.ts';
import { inspect } from './inspect.ts';
import { errorFrames, errorTitle, isErrorObject } from './inspect-error.ts';

let onUncaught: (error: unknown) => void = () => {};
let intercept: Interceptor = () => false;

/**
 * Tells the guest's own listeners first; true when one of them has dealt with it. `promise`:
 * the one that was rejected, if one was.
 */
export type Interceptor = (error: unknown, promise: unknown) => boolean;

/** Who decides whether a program goes on after an error, and who may deal with it before. */
export function setUncaughtHandler(handler: (error: unknown) => void, interceptor: Interceptor): void {
  onUncaught = handler;
  intercept = interceptor;
}

/** An error that left a callback of the guest's. */
export function reportUncaught(error: unknown): void {
  if (intercept(error, undefined)) return;
  writeError('Uncaught', error);
  onUncaught(error);
}

export function reportRejection(reason: unknown, promise: unknown): void {
  if (intercept(reason, promise)) return;
  writeError('Uncaught (in promise)', reason);
  onUncaught(reason);
}

/** `prefix`, the error and its stack, on stderr. Never throws but for want of memory or stack. */
export function writeError(prefix: string, error: unknown): void {
  outputConsole(2, `${prefix} ${errorText(error)}`);
}

function errorText(error: unknown): string {
  try {
    if (!isErrorObject(error)) return inspect(error);
    const frames = errorFrames(error);
    const text = inspect(error);
    return frames === '' ? errorTitle(error) : text;
  } catch {
    return 'an error that cannot be inspected';
  }
}
