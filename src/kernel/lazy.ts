/**
 * Parts of the kernel that are evaluated when they are first used: what few guests need costs the others
 * nothing. Their text is part of the image, and it is evaluated inside the machine, at the same place on
 * every host: it is as deterministic as the rest of the kernel.
 *
 * A part runs with the built-ins that the kernel captured, but calls methods where they lie
 * (`array.push`): a guest that replaces those breaks the streams and forms that it uses itself, and
 * nothing of the kernel's tables, which no part ever touches.
 */
import { HYPERCALL } from './abi.ts';
import { hypercall } from './host.ts';
import { ReflectDefineProperty } from './primordials.ts';

const modules: Record<string, object> = { __proto__: null } as never;

/** Makes a module of the kernel's one that parts may import. */
export function share(name: string, module: object): void {
  modules[name] = module;
}

function kernelModule(name: string): object {
  const module = modules[name];
  if (module === undefined) throw new TypeError(`the kernel shares no module ${name}`);
  return module;
}

/** A function that gives what the part exports. */
export function lazily<Exports>(name: string): () => Exports {
  let exports: Exports | undefined;
  return () => {
    if (exports === undefined) {
      const make = hypercall(HYPERCALL.kernelPart, name) as
        | ((from: typeof kernelModule) => Exports)
        | undefined;
      if (make === undefined) throw new RangeError('There is not enough memory');
      exports = make(kernelModule);
    }
    return exports;
  };
}

/**
 * A global that is made when it is first looked at; from then on it is an ordinary property. A guest may
 * put something else in its place before.
 */
export function defineLazily(
  scope: object,
  name: PropertyKey,
  make: () => unknown,
  enumerable: boolean,
): void {
  const put = (value: unknown): void => {
    ReflectDefineProperty(scope, name, { value, writable: true, enumerable, configurable: true });
  };
  ReflectDefineProperty(scope, name, {
    get: () => {
      const value = make();
      put(value);
      return value;
    },
    set: put,
    enumerable,
    configurable: true,
  });
}
