/**
 * What the parts of `inspect` share: where in the value they are, and the way back in for what lies inside.
 */
import { objectHasOwn, type SafeMap } from './primordials.ts';

export interface Context {
  readonly depth: number;
  readonly showHidden: boolean;
  /** The objects around the present one. */
  readonly path: object[];
  /** Circular targets and their numbers. */
  readonly circular: SafeMap<object, number>;
  indentation: number;
  /** Nesting of the object formatted last: tells how many levels lie below the present one. */
  current: number;
  /** A value inside the present one, as `inspect` shows it. */
  readonly formatValue: (context: Context, value: unknown, level: number) => string;
}

/** Accessors are shown as such: no getter runs. */
export function descriptorText(context: Context, descriptor: PropertyDescriptor, level: number): string {
  if (objectHasOwn(descriptor, 'value')) return context.formatValue(context, descriptor.value, level + 1);
  if (descriptor.get === undefined) return descriptor.set === undefined ? 'undefined' : '[Setter]';
  return descriptor.set === undefined ? '[Getter]' : '[Getter/Setter]';
}
