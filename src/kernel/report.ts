/** Errors that nobody caught, told on stderr with the guest's file and line. What that means for the program is program.ts's. */
import { outputConsole } from './host.ts';
import { inspect } from './inspect.ts';
import { errorFrames, errorTitle, isErrorObject } from './inspect-error.ts';

let onUncaught: (error: unknown) => void = () => {};

/** Who decides whether a program goes on after an error. */
export function setUncaughtHandler(handler: (error: unknown) => void): void {
  onUncaught = handler;
}

/** An error that left a callback of the guest's. */
export function reportUncaught(error: unknown): void {
  writeError('Uncaught', error);
  onUncaught(error);
}

export function reportRejection(reason: unknown): void {
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
