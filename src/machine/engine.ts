/**
 * The engine: QuickJS compiled to WebAssembly by quickjs-emscripten, taken as published but for two names added to its
 * export list. Everything here is pinned to the sha256 of the module; another build refuses to start until somebody
 * has classified its imports (imports.ts) and checked the layout below. FT §2.1: know every source of nondeterminism.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { sha256 } from '../base/digest.ts';
import { TandemError } from '../base/errors.ts';
import { addExports } from './wasm-exports.ts';

/** quickjs-emscripten 0.32.0, variant release-sync: Bellard's QuickJS 2025-09-13, Emscripten 5.0.1. */
const ENGINE_SHA256 = '105c3bed22d457e43e3d1c3c1c6959fda62a8fe06f0fc8a985303c3a2be72232';

/** Where QuickJS keeps what the machine reads or sets directly. Each is checked at every boot (machine.ts). */
export const LAYOUT = {
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
} as const;

/** The names that the two additional exports get. */
export const ADDED_EXPORTS = { table: '__table', stackPointer: '__stack_pointer' } as const;

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
  const patched = addExports(bytes, [
    { name: ADDED_EXPORTS.table, kind: 'table', index: 0 },
    { name: ADDED_EXPORTS.stackPointer, kind: 'global', index: 0 },
  ]);
  return { sha256: hash, module: new WebAssembly.Module(patched) };
}
