/**
 * Errors as text: name, message, the guest's own stack. Frames of the kernel are left out:
 * they say nothing to a guest's author.
 */
import {
  arrayJoin,
  bareArray,
  objectHasOwn,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  stringEndsWith,
  stringIncludes,
  stringSplit,
  stringStartsWith,
  stringTrim,
} from './primordials.ts';

/** In the name of the kernel's own script, as the machine evaluates it. */
const KERNEL_FRAME = 'tandem:kernel';
const isErrorNative = (Error as unknown as { isError(value: unknown): boolean }).isError;

export function isErrorObject(value: unknown): value is Error {
  return isErrorNative(value);
}

/** The value of a data property found along the prototype chain; accessors are not run. */
function dataProperty(value: object, key: string): unknown {
  let object: object | null = value;
  for (let steps = 0; object !== null && steps < 100; steps += 1) {
    const descriptor = ReflectGetOwnPropertyDescriptor(object, key);
    if (descriptor !== undefined) return objectHasOwn(descriptor, 'value') ? descriptor.value : undefined;
    object = ReflectGetPrototypeOf(object);
  }
  return undefined;
}

/** `Name: message`, as Error.prototype.toString gives it, without running the guest's code. */
export function errorTitle(error: Error): string {
  const name = dataProperty(error, 'name');
  const message = dataProperty(error, 'message');
  const nameText = typeof name === 'string' ? name : 'Error';
  const messageText = typeof message === 'string' ? message : '';
  if (messageText === '') return nameText;
  return nameText === '' ? messageText : `${nameText}: ${messageText}`;
}

/** How many frames the guest wants to see. */
function printedFrames(): number {
  const limit: unknown = ReflectGetOwnPropertyDescriptor(Error, 'stackTraceLimit')?.value;
  return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY;
}

/** The first frames, each on a line that begins with four spaces; empty when there are none. */
export function errorFrames(error: Error, most = printedFrames()): string {
  const stack = dataProperty(error, 'stack');
  if (typeof stack !== 'string') return '';
  const lines = stringSplit(stack, '\n');
  const kept: string[] = bareArray();
  for (let index = 0; index < lines.length && kept.length < most; index += 1) {
    const line = lines[index] as string;
    const isFrame = stringStartsWith(stringTrim(line), 'at ');
    if (isFrame && !stringIncludes(line, KERNEL_FRAME) && !stringEndsWith(line, '(native)')) {
      kept[kept.length] = line;
    }
  }
  return arrayJoin(kept, '\n');
}

/** Title and frames; an error without frames stands in brackets, as Node shows it. */
export function describeError(error: Error): string {
  const title = errorTitle(error);
  const frames = errorFrames(error);
  return frames === '' ? `[${title}]` : `${title}\n${frames}`;
}
