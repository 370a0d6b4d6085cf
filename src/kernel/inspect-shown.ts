/**
 * What `inspect` shows of one object: braces, the text before them, entries.
 * And the name by which an object goes.
 */
import { bareArray, matches, ReflectGetOwnPropertyDescriptor, ReflectGetPrototypeOf } from './primordials.ts';

const INDEX = /^(0|[1-9][0-9]*)$/;

export interface Shown {
  open: string;
  close: string;
  base: string;
  entries: string[];
  isArray: boolean;
  numeric: boolean;
  hasMore: boolean;
  /** Keys that the entries already show. */
  skip: (key: PropertyKey) => boolean;
}

const nothing = (): boolean => false;
export const isIndex = (key: PropertyKey): boolean => typeof key === 'string' && matches(INDEX, key);

export function plainShown(open: string, close: string): Shown {
  return {
    open,
    close,
    base: '',
    entries: bareArray(),
    isArray: false,
    numeric: false,
    hasMore: false,
    skip: nothing,
  };
}

export function baseOnly(base: string): Shown {
  const body = plainShown('{', '}');
  body.base = base;
  return body;
}

/** The nearest constructor's name; `undefined` for a chain without any. */
export function constructorName(value: object): string | undefined {
  let object: object | null = value;
  for (let steps = 0; object !== null && steps < 100; steps += 1) {
    const descriptor = ReflectGetOwnPropertyDescriptor(object, 'constructor');
    const made: unknown = descriptor?.value;
    if (typeof made === 'function') {
      const name: unknown = ReflectGetOwnPropertyDescriptor(made, 'name')?.value;
      if (typeof name === 'string' && name !== '') return name;
    }
    object = ReflectGetPrototypeOf(object);
  }
  return undefined;
}
