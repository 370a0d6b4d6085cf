/**
 * One instance of the engine: its exports under their real names, its memory, and the few
 * conversions between QuickJS values and ours. Nothing here decides anything; machine.ts does. Calls
 * go straight to the WebAssembly exports, not through quickjs-emscripten's contexts and handles:
 * those allocate in the guest's heap and catch what is thrown (TRAPS: the boundary must be narrow,
 * and a failed check must unwind the machine).
 */
import { limits } from '../base/limits.ts';
import { ADDED_EXPORTS, LAYOUT } from './engine.ts';
import type { ImportHandlers } from './imports.ts';
import { trapImports } from './imports.ts';

/** A pointer to a JSValue on the module's heap; owned by whoever got it, until `release`. */
export type ValuePointer = number;

/** Minified export names of this build, by their C names. Pinned with the module. */
const EXPORTS = {
  initialise: 'u',
  malloc: 'v',
  free: 'M',
  newRuntime: 'K',
  setMaxStackSize: 'D',
  newContext: 'N',
  enableInterruptHandler: 'Fa',
  getUndefined: 'E',
  getFalse: 'G',
  getTrue: 'H',
  freeValuePointer: 'P',
  newArrayBuffer: 'X',
  newFloat64: 'Y',
  getFloat64: 'Z',
  newString: '_',
  getString: '$',
  freeCString: 'S',
  isJobPending: 'fa',
  executePendingJob: 'ga',
  getPropNumber: 'ia',
  call: 'ma',
  resolveException: 'na',
  dump: 'oa',
  eval: 'pa',
  newFunction: 'Da',
  argument: 'Ea',
} as const;

export type CallValue = (
  context: number,
  callee: bigint,
  self: bigint,
  argumentCount: number,
  argumentPointer: number,
) => bigint;

type Raw = Record<keyof typeof EXPORTS, (...numbers: number[]) => number>;

export class Instance {
  readonly memory: WebAssembly.Memory;
  readonly raw: Raw;
  readonly table: WebAssembly.Table;
  /**
   * JS_Call, with JSValues in place of pointers to them: the kernel's slow versions
   * are called by it, from WebAssembly.
   */
  readonly callValue: CallValue;
  readonly #stackPointer: WebAssembly.Global;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(module: WebAssembly.Module, memoryInitialBytes: number, handlers: ImportHandlers) {
    this.memory = new WebAssembly.Memory({
      initial: memoryInitialBytes / WASM_PAGE_BYTES,
      // The machine's own limit is kept where the memory grows (machine.ts): it
      // may change while the machine runs.
      maximum: limits.machineCapBytes / WASM_PAGE_BYTES,
    });
    const { exports } = new WebAssembly.Instance(module, trapImports(module, this.memory, handlers));
    this.raw = Object.fromEntries(
      Object.entries(EXPORTS).map(([name, minified]) => [name, exports[minified]]),
    ) as Raw;
    this.table = exports[ADDED_EXPORTS.table] as WebAssembly.Table;
    this.callValue = exports[ADDED_EXPORTS.call] as CallValue;
    this.#stackPointer = exports[ADDED_EXPORTS.stackPointer] as WebAssembly.Global;
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#view = new DataView(this.memory.buffer);
    this.raw.initialise();
  }

  /** The linear memory. The view is replaced when the memory grows: do not keep it. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  get view(): DataView {
    if (this.#view.buffer !== this.memory.buffer) this.#view = new DataView(this.memory.buffer);
    return this.#view;
  }

  /**
   * Memory from here on was never written: the heap, which lies behind the C stack, has not
   * grown so far, and it never shrinks.
   */
  get heapEnd(): number {
    return this.view.getUint32(LAYOUT.heapEnd, true);
  }

  /** Where the C stack stands; the same between any two turns. */
  get stackPointer(): number {
    return this.#stackPointer.value as number;
  }

  /** Grows to `sizeBytes` in all. Throws what the host throws when it has no memory left. */
  grow(sizeBytes: number): void {
    const missing = sizeBytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
  }

  /** Copies `bytes` into fresh heap memory, followed by a NUL. The caller frees it. */
  allocate(bytes: Uint8Array): number {
    const pointer = this.raw.malloc(bytes.length + 1) >>> 0;
    if (pointer === 0) return 0;
    this.bytes.set(bytes, pointer);
    this.bytes[pointer + bytes.length] = 0;
    return pointer;
  }

  allocateText(text: string): number {
    return this.allocate(new TextEncoder().encode(text));
  }

  /** The UTF-8 bytes of the C string at `pointer`, as a view. */
  cString(pointer: number): Uint8Array {
    const bytes = this.bytes;
    return bytes.subarray(pointer, bytes.indexOf(0, pointer));
  }

  /** The JSValue itself, as the engine's own functions take it; it owns nothing. */
  value(pointer: ValuePointer): bigint {
    return this.view.getBigInt64(pointer, true);
  }

  /** A JSValue that the kernel promises to be a number. */
  number(context: number, value: ValuePointer): number {
    // JS_TAG_INT is 0 in the upper half of the NaN box: the common case without a call.
    const view = this.view;
    return view.getUint32(value + 4, true) === 0
      ? view.getInt32(value, true)
      : Number((this.raw.getFloat64 as (c: number, v: number) => number)(context, value));
  }
}

export const WASM_PAGE_BYTES = 65_536;
