/** Small pieces of Web IDL that the Web APIs share. */
import { isWellFormed, ReflectDefineProperty, ReflectOwnKeys, toWellFormed } from './primordials.ts';

/** A string without lone surrogates, as USVString has it. Symbols throw. */
export function scalarString(value: unknown): string {
  const text = typeof value === 'string' ? value : `${value as string}`;
  return isWellFormed(text) ? text : toWellFormed(text);
}

/**
 * Makes a class look like a platform one: enumerable members, a string tag, an iterator under the given name.
 */
export function asInterface(
  interfaceObject: new (...args: never[]) => object,
  name: string,
  iterates?: string,
): void {
  // The bundler may have renamed the class.
  ReflectDefineProperty(interfaceObject, 'name', { value: name, configurable: true });
  const prototype = interfaceObject.prototype as Record<PropertyKey, unknown>;
  const keys = ReflectOwnKeys(prototype);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string | symbol;
    if (typeof key === 'string' && key !== 'constructor') {
      ReflectDefineProperty(prototype, key, { enumerable: true });
    }
  }
  ReflectDefineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  if (iterates !== undefined) {
    ReflectDefineProperty(prototype, Symbol.iterator, {
      value: prototype[iterates],
      writable: true,
      configurable: true,
    });
  }
}
