/**
 * What V8 has on `Error` and programs count on: `captureStackTrace`, and `stackTraceLimit`, which bounds the
 * frames that are printed. `stack` itself is the engine's.
 */
import { errorFrames } from './inspect-error.ts';
import { lookNative } from './native-looks.ts';
import { ReflectDefineProperty } from './primordials.ts';

const PRINTED_FRAMES = 10;

/** A shorthand, for it has no constructor. No frame above a function is left out: the engine cannot. */
const { captureStackTrace } = {
  captureStackTrace(target: unknown): void {
    if ((typeof target !== 'object' || target === null) && typeof target !== 'function')
      throw new TypeError('captureStackTrace wants an object');
    const frames = errorFrames(new Error(), Number.POSITIVE_INFINITY);
    const value = frames === '' ? '' : `${frames}\n`;
    const stack = { value, writable: true, enumerable: false, configurable: true };
    if (!ReflectDefineProperty(target, 'stack', stack)) throw new TypeError('The object takes no stack');
  },
};

export function completeError(): void {
  lookNative(captureStackTrace, 'captureStackTrace');
  const rest = { writable: true, configurable: true };
  ReflectDefineProperty(Error, 'captureStackTrace', {
    value: captureStackTrace,
    enumerable: false,
    ...rest,
  });
  ReflectDefineProperty(Error, 'stackTraceLimit', { value: PRINTED_FRAMES, enumerable: true, ...rest });
}
