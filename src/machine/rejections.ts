/**
 * Hears of promises that are rejected with nobody listening. QuickJS has a hook for it that this build does
 * not export, so its field in the runtime is set directly, to a WebAssembly function of the right type that
 * calls the kernel. Deterministic: it runs inside the engine, at the same step on every host.
 */
import { invariant } from '../base/assert.ts';
import { JS_VALUE_BYTES, LAYOUT } from './engine.ts';
import type { Instance, ValuePointer } from './instance.ts';
import { assemble, I32, I64, IMPORT_MODULE, type ImportedFunction, reexport } from './wasm-assembler.ts';

/** Places in the machine's memory that the hook uses. */
export interface TrackerPlaces {
  readonly values: number;
  readonly args: number;
  readonly undefinedValue: ValuePointer;
  readonly booleans: readonly [no: ValuePointer, yes: ValuePointer];
  /** In the engine's function table. */
  readonly index: number;
}

/** `kernelFunction` is called with (promise, reason, handled). Called once, while the machine boots. */
export function installRejectionTracker(
  instance: Instance,
  context: number,
  runtime: number,
  kernelFunction: ValuePointer,
): TrackerPlaces {
  const { raw } = instance;
  const places = {
    values: raw.malloc(2 * JS_VALUE_BYTES) >>> 0,
    args: raw.malloc(3 * 4) >>> 0,
    undefinedValue: raw.getUndefined(),
    booleans: [raw.getFalse(), raw.getTrue()] as const,
  };
  const index = hook(instance, context, kernelFunction, places);
  instance.view.setUint32(runtime + LAYOUT.runtimeRejectionTracker, index, true);
  return { ...places, index };
}

/** In an instance whose memory is a copy of one that has booted. */
export function setRejectionTracker(
  instance: Instance,
  context: number,
  kernelFunction: ValuePointer,
  places: TrackerPlaces,
): void {
  const index = hook(instance, context, kernelFunction, places);
  invariant('I9', index === places.index, 'the function table has another length than at boot');
}

/** Returns the hook's index in the function table. */
function hook(
  instance: Instance,
  context: number,
  kernelFunction: ValuePointer,
  { values, args, undefinedValue, booleans }: Omit<TrackerPlaces, 'index'>,
): number {
  const { raw } = instance;
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
  return index;
}

const TRACKER = {
  name: 'tracker',
  type: { parameters: [I32, I64, I64, I32, I32] },
} as const satisfies ImportedFunction;

let trackerModule: WebAssembly.Module | undefined;

/** A WebAssembly function of the hook's type that calls `callback`. */
function trackerFunction(
  callback: (context: number, promise: bigint, reason: bigint, handled: number, opaque: number) => void,
): unknown {
  trackerModule ??= new WebAssembly.Module(assemble(reexport(TRACKER)));
  return new WebAssembly.Instance(trackerModule, { [IMPORT_MODULE]: { [TRACKER.name]: callback } }).exports[
    TRACKER.name
  ];
}
