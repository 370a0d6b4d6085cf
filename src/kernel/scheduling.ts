/** The functions with which a guest asks for a later call: timers, microtasks, reports. */
import { ReflectApply, whenSettled } from './primordials.ts';
import { reportUncaught } from './report.ts';
import { delayOf, startTimer, stopTimer } from './timers.ts';

function start(callback: unknown, delay: unknown, args: unknown[], repeats: boolean): number {
  if (typeof callback !== 'function') {
    throw new TypeError('A timer wants a function; text to evaluate is refused');
  }
  return startTimer(callback as () => unknown, delayOf(delay), args, repeats, true);
}

export function setTimeout(callback: unknown, delay: unknown = 0, ...args: unknown[]): number {
  return start(callback, delay, args, false);
}

export function setInterval(callback: unknown, delay: unknown = 0, ...args: unknown[]): number {
  return start(callback, delay, args, true);
}

export function clearTimeout(id: unknown = undefined): void {
  if (typeof id === 'number') stopTimer(id);
  else if (typeof id === 'string') stopTimer(Number(id));
}

export function clearInterval(id: unknown = undefined): void {
  clearTimeout(id);
}

export function queueMicrotask(callback: unknown): void {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask wants a function');
  whenSettled(undefined, () => {
    try {
      ReflectApply(callback as () => unknown, undefined, []);
    } catch (error) {
      reportUncaught(error);
    }
  });
}

export function reportError(error: unknown): void {
  reportUncaught(error);
}
