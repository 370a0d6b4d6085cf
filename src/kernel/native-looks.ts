/**
 * Functions and classes of the kernel look native to the guest: their text
 * is what the engine shows of its own.
 */
import { functionToString, ReflectDefineProperty, SafeWeakMap } from './primordials.ts';

const texts = new SafeWeakMap<object, string>();

export function lookNative(target: object, name: string): void {
  texts.set(target, `function ${name}() {\n    [native code]\n}`);
}

/** Replaces Function.prototype.toString. A method shorthand, for it has no constructor. */
export function hideSources(): void {
  const replacement = {
    toString(this: unknown): string {
      const hidden = typeof this === 'function' ? texts.get(this) : undefined;
      return hidden ?? functionToString(this);
    },
  }.toString;
  lookNative(replacement, 'toString');
  ReflectDefineProperty(Function.prototype, 'toString', {
    value: replacement,
    writable: true,
    configurable: true,
  });
}
