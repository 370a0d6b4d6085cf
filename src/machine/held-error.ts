/**
 * Keeps an error alive while QuickJS writes its stack.
 *
 * A frame that an error leaves adds itself to the error's `stack` (build_backtrace), and does so with the
 * exception that is pending, which it does not own. When the memory for that cannot be had, the engine throws
 * `out of memory`, which frees what was pending, and goes on with freed memory: a guest at its limit broke
 * its own heap, on both hosts alike. Here the error is held meanwhile. Whoever calls finds the new exception
 * pending, as the engine means it to be.
 */
import { type Code, code } from './wasm-assembler.ts';
import { wrapFunction } from './wasm-wrap.ts';

/** Numbers in the module as published (engine.ts). */
export interface BacktraceFunctions {
  readonly imported: number;
  /** build_backtrace(context, error, file name, line, column, flags). */
  readonly buildBacktrace: number;
  /** JS_FreeValue(context, value). */
  readonly freeValue: number;
}

const PARAMETERS = { context: 0, error: 1, count: 6 } as const;
/** A value's upper half is its tag, and -1 an object's (engine.ts, JS_TAG). */
const LEAST_OBJECT = -1n << 32n;

/** A copy of the engine's `module` that does so. */
export function holdErrors(
  module: Uint8Array,
  { imported, buildBacktrace, freeValue }: BacktraceFunctions,
): Uint8Array<ArrayBuffer> {
  const pointer: Code = [...code.get(PARAMETERS.error), ...code.wrap];
  const isNone: Code = [...code.get(PARAMETERS.error), ...code.i64(LEAST_OBJECT), ...code.lessUnsigned64];
  // An object begins with the number of its references.
  const hold: Code = [
    ...pointer,
    ...pointer,
    ...code.load32(0),
    ...code.i32(1),
    ...code.add32,
    ...code.store32(0),
  ];
  const parameters = Array.from({ length: PARAMETERS.count }, (_, local) => code.get(local)).flat();
  const letGo: Code = [
    ...code.get(PARAMETERS.context),
    ...code.get(PARAMETERS.error),
    ...code.call(freeValue),
  ];
  return wrapFunction(module, {
    imported,
    own: buildBacktrace - imported,
    wrapper: (original) => [
      ...isNone,
      ...code.when(code.return),
      ...hold,
      ...parameters,
      ...code.call(original),
      ...letGo,
    ],
  });
}
