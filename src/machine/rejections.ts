/**
 * Hears of promises that are rejected with nobody listening. QuickJS has a hook for it that this build does not export, so its field in the
 * runtime is set directly, to a WebAssembly function of the right type that calls the kernel. Deterministic: it runs
 * inside the engine, at the same step on every host.
 */
import { invariant } from '../base/assert.ts';
import { LAYOUT } from './engine.ts';
import type { Instance, ValuePointer } from './instance.ts';

const JS_VALUE_BYTES = 8;

/** `kernelFunction` is called with (promise, reason, handled). Called once, while the machine boots. */
export function installRejectionTracker(
  instance: Instance,
  context: number,
  runtime: number,
  kernelFunction: ValuePointer,
): void {
  const { raw } = instance;
  const values = raw.malloc(2 * JS_VALUE_BYTES) >>> 0;
  const args = raw.malloc(3 * 4) >>> 0;
  const undefinedValue = raw.getUndefined();
  const booleans = [raw.getFalse(), raw.getTrue()] as const;
  const tracker = (ctx: number, promise: bigint, reason: bigint, handled: number): void => {
    invariant('I9', ctx === context, 'a rejection from a context nobody made');
    const { view } = instance;
    view.setBigUint64(values, BigInt.asUintN(64, promise), true);
    view.setBigUint64(values + JS_VALUE_BYTES, BigInt.asUintN(64, reason), true);
    view.setUint32(args, values, true);
    view.setUint32(args + 4, values + JS_VALUE_BYTES, true);
    view.setUint32(args + 8, handled === 0 ? booleans[0] : booleans[1], true);
    const result = raw.call(context, kernelFunction, undefinedValue, 3, args);
    // Out of memory or stack inside the kernel's few lines: the report is lost, the same way on every host.
    const error = raw.resolveException(context, result);
    if (error !== 0) raw.freeValuePointer(context, error);
    raw.freeValuePointer(context, result);
  };
  const index = instance.table.grow(1);
  instance.table.set(index, trackerFunction(tracker));
  instance.view.setUint32(runtime + LAYOUT.runtimeRejectionTracker, index, true);
}

/** Gives a JavaScript function the WebAssembly type (i32, i64, i64, i32, i32) → (), by way of a module that re-exports it. */
function trackerFunction(
  callback: (context: number, promise: bigint, reason: bigint, handled: number, opaque: number) => void,
): unknown {
  const i32 = 0x7f;
  const i64 = 0x7e;
  const text = (name: string): number[] => [name.length, ...new TextEncoder().encode(name)];
  const section = (id: number, body: number[]): number[] => [id, body.length, ...body];
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 5, i32, i64, i64, i32, i32, 0]),
    ...section(2, [1, ...text('m'), ...text('f'), 0, 0]),
    ...section(7, [1, ...text('f'), 0, 0]),
  ]);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { f: callback } });
  return instance.exports['f'];
}
