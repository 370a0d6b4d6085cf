/**
 * The engine: QuickJS compiled to WebAssembly by quickjs-emscripten, taken as published but for three names
 * added to its export list and one function that is wrapped (held-error.ts). Everything here is pinned to the
 * sha256 of the module; another build refuses to start until somebody has classified its imports (imports.ts)
 * and checked the layout below. FT §2.1: know every source of nondeterminism.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { sha256 } from '../base/digest.ts';
import { TandemError } from '../base/errors.ts';
import { type BacktraceFunctions, holdErrors } from './held-error.ts';
import { addExports } from './wasm-exports.ts';

/** quickjs-emscripten 0.32.0, variant release-sync: Bellard's QuickJS 2025-09-13, Emscripten 5.0.1. */
const ENGINE_SHA256 = '105c3bed22d457e43e3d1c3c1c6959fda62a8fe06f0fc8a985303c3a2be72232';

/**
 * Where QuickJS keeps what the machine reads or sets directly. Each is checked
 * at every boot (machine.ts, guards.ts).
 */
export const LAYOUT = {
  /** What Emscripten's sbrk gave last, u32, at a fixed place of the memory. */
  heapEnd: 86_864,
  /** JSContext.random_state, u64: the state of Math.random. */
  contextRandomState: 224,
  /** JSContext.interrupt_counter, i32: steps to the next poll, at most interruptCounterStart. */
  contextInterruptCounter: 232,
  interruptCounterStart: 10_000,
  /** JSRuntime.interrupt_handler, a table index; set by QTS_RuntimeEnableInterruptHandler. */
  runtimeInterruptHandler: 152,
  /** JSRuntime.host_promise_rejection_tracker, a table index; nobody sets it but us. */
  runtimeRejectionTracker: 160,
  /** JSObject.u.array_buffer: pointer to a JSArrayBuffer. */
  objectArrayBuffer: 32,
  /** JSArrayBuffer.byte_length, i32; 0 when detached. */
  arrayBufferLength: 0,
  /** JSArrayBuffer.data: pointer to the bytes. QTS_GetArrayBuffer would give a copy of them. */
  arrayBufferData: 12,
  /** JSObject.class_id, u16. */
  objectClass: 6,
  classArray: 2,
  classNativeFunction: 12,
  /** JSObject.prop: pointer to the properties' values, JSValues; an array's first one is its length. */
  objectProperties: 24,
  /** JSObject.u.cfunc.c_function of a native function: a table index. */
  functionIndex: 36,
  /** JSObject.u.cfunc.cproto, u8: how the function is called. */
  functionProtocol: 41,
  protocolGeneric: 0,
  protocolGenericMagic: 1,
  /** JSObject.u.cfunc.magic, i16: tells natives from each other that share one C function. */
  functionMagic: 42,
  /** JSString.len, 31 bits, and JSStringRope.len. */
  stringLength: 4,
  stringLengthMask: 0x7fff_ffff,
} as const;

/**
 * A JSValue is 64 bits, the upper half its tag, the lower one a pointer or a
 * small number (quickjs.h, NaN boxing).
 */
export const JS_VALUE_BYTES = 8;
export const JS_TAG = {
  string: -7,
  stringRope: -6,
  object: -1,
  int: 0,
  null: 2,
  undefined: 3,
  exception: 6,
} as const;

/** The names that the additional exports get. */
export const ADDED_EXPORTS = { table: '__table', stackPointer: '__stack_pointer', call: '__call' } as const;

/**
 * JS_Call(context, function, this, argument count, pointer to arguments):
 * its number in the module as published.
 */
const CALL_FUNCTION = 28;
const BACKTRACE: BacktraceFunctions = { imported: 19, buildBacktrace: 348, freeValue: 19 };

export interface Engine {
  /** Of the module as published. */
  readonly sha256: string;
  /** Compiled once; may be handed to other threads. */
  readonly module: WebAssembly.Module;
}

/** Reads, checks and compiles the engine. Throws a TandemError when the installed build is another one. */
export function loadEngine(): Engine {
  const require = createRequire(createRequire(import.meta.url).resolve('quickjs-emscripten'));
  const bytes = readFileSync(require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
  const hash = sha256(bytes);
  if (hash !== ENGINE_SHA256) {
    throw new TandemError(
      'ENGINE_UNKNOWN',
      `the installed QuickJS module has sha256 ${hash}, not ${ENGINE_SHA256}`,
      'install the locked dependencies with: npm ci',
    );
  }
  const patched = addExports(holdErrors(bytes, BACKTRACE), [
    { name: ADDED_EXPORTS.table, kind: 'table', index: 0 },
    { name: ADDED_EXPORTS.stackPointer, kind: 'global', index: 0 },
    { name: ADDED_EXPORTS.call, kind: 'func', index: CALL_FUNCTION },
  ]);
  inlineFunctions();
  return { sha256: hash, module: new WebAssembly.Module(patched) };
}

/**
 * For all WebAssembly that this process compiles from now on. V8 inlines its functions into each other since
 * the one of Node 23; earlier ones can, and do so when they are told. QuickJS is published compiled for size,
 * with small functions left as calls: a guest runs faster by a tenth to a fifth, in the same memory
 * (test/determinism/engines).
 */
export function inlineFunctions(): void {
  const INLINES_UNASKED = 23;
  if (Number.parseInt(process.versions.node, 10) < INLINES_UNASKED) {
    setFlagsFromString('--experimental-wasm-inlining');
  }
}
