/**
 * The machine's privileged instructions: every function that the WebAssembly module imports, known by
 * what it does and trapped. The names are minified by the build, so the table is pinned to the
 * module's sha256 (engine.ts), and a module with an import that is not here does not boot. README.md
 * has the determinism argument, row by row.
 */
import { InvariantViolation } from '../base/assert.ts';

/**
 * What becomes of a call: answered by us, or proof that something impossible
 * happened, which stops the host (I9).
 */
export type ImportClass =
  | 'clock'
  | 'memory-growth'
  | 'hypercall'
  | 'poll'
  | 'local-time'
  | 'time-zone'
  | 'environment-sizes'
  | 'environment'
  | 'impossible';

export interface ImportRow {
  readonly class: ImportClass;
  /** The function's name before minification. */
  readonly means: string;
}

/** All functions imported from module `a`; `a.a` is the memory. */
export const IMPORT_TABLE: Readonly<Record<string, ImportRow>> = {
  p: { class: 'clock', means: 'emscripten_date_now' },
  k: { class: 'memory-growth', means: 'emscripten_resize_heap' },
  s: { class: 'hypercall', means: 'qts_host_call_function' },
  i: { class: 'poll', means: 'qts_host_interrupt_handler' },
  m: { class: 'local-time', means: '_localtime_js' },
  n: { class: 'time-zone', means: '_tzset_js' },
  f: { class: 'environment-sizes', means: 'environ_sizes_get' },
  e: { class: 'environment', means: 'environ_get' },
  b: { class: 'impossible', means: '__assert_fail' },
  q: { class: 'impossible', means: '_abort_js' },
  l: { class: 'impossible', means: '_emscripten_runtime_keepalive_clear' },
  r: { class: 'impossible', means: 'proc_exit' },
  j: { class: 'impossible', means: '_setitimer_js' },
  c: { class: 'impossible', means: 'fd_write' },
  d: { class: 'impossible', means: 'fd_close' },
  o: { class: 'impossible', means: 'fd_seek' },
  h: { class: 'impossible', means: 'qts_host_load_module_source' },
  g: { class: 'impossible', means: 'qts_host_normalize_module' },
  t: { class: 'impossible', means: 'qts_host_ref_free' },
};

/** The answers that need the machine; the rest of the table is answered here. */
export interface ImportHandlers {
  clock(): number;
  /** `requestedBytes` in all; 1 when the memory has grown, 0 when the guest is out of memory. */
  growMemory(requestedBytes: number): 0 | 1;
  hypercall(
    context: number,
    self: number,
    argumentCount: number,
    argumentPointer: number,
    hostRef: number,
  ): number;
  poll(): 0 | 1;
}

type ImportFunction = (...parameters: never[]) => number | undefined;

/**
 * The import object for one machine. Throws an InvariantViolation for a module
 * whose imports are not all in the table.
 */
export function trapImports(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  handlers: ImportHandlers,
): WebAssembly.Imports {
  const traps: Record<string, WebAssembly.ImportValue> = {};
  for (const { name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === 'memory') {
      traps[name] = memory;
      continue;
    }
    const row = Object.hasOwn(IMPORT_TABLE, name) ? IMPORT_TABLE[name] : undefined;
    if (row === undefined || kind !== 'function') {
      throw new InvariantViolation('I9', `the engine imports ${kind} a.${name}, which nobody has classified`);
    }
    traps[name] = trapFor(row, memory, handlers) as WebAssembly.ImportValue;
  }
  return { a: traps };
}

function trapFor(row: ImportRow, memory: WebAssembly.Memory, handlers: ImportHandlers): ImportFunction {
  switch (row.class) {
    case 'clock':
      return () => handlers.clock();
    case 'memory-growth':
      return (requestedBytes: number) => handlers.growMemory(requestedBytes >>> 0);
    case 'hypercall':
      return (context: number, self: number, count: number, pointer: number, ref: number) =>
        handlers.hypercall(context, self, count, pointer, ref);
    case 'poll':
      return () => handlers.poll();
    case 'local-time':
      return (seconds: bigint, tm: number) => writeUtcTime(memory, seconds, tm >>> 0);
    case 'time-zone':
      return (zone: number, daylight: number, standardName: number, daylightName: number) =>
        writeUtcZone(memory, zone >>> 0, daylight >>> 0, standardName >>> 0, daylightName >>> 0);
    case 'environment-sizes':
      return (count: number, size: number) => {
        const view = new DataView(memory.buffer);
        view.setUint32(count >>> 0, 0, true);
        view.setUint32(size >>> 0, 0, true);
        return 0;
      };
    case 'environment':
      return () => 0;
    case 'impossible':
      return () => {
        throw new InvariantViolation('I9', `the engine called ${row.means}, which no guest can reach`);
      };
  }
}

/** Fills a C `struct tm` for UTC: the guest's time zone is part of the image. */
function writeUtcTime(memory: WebAssembly.Memory, seconds: bigint, tm: number): undefined {
  const date = new Date(Number(seconds) * 1000);
  const startOfYear = Date.UTC(date.getUTCFullYear(), 0, 1);
  const fields = [
    date.getUTCSeconds(),
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth(),
    date.getUTCFullYear() - 1900,
    date.getUTCDay(),
    Math.floor((date.getTime() - startOfYear) / 86_400_000),
    0, // tm_isdst
    0, // tm_gmtoff
  ];
  const view = new DataView(memory.buffer);
  for (const [index, value] of fields.entries()) view.setInt32(tm + index * 4, value, true);
}

function writeUtcZone(
  memory: WebAssembly.Memory,
  zone: number,
  daylight: number,
  standardName: number,
  daylightName: number,
): undefined {
  const view = new DataView(memory.buffer);
  view.setInt32(zone, 0, true);
  view.setInt32(daylight, 0, true);
  const utc = [0x55, 0x54, 0x43, 0]; // "UTC"
  new Uint8Array(memory.buffer, standardName, utc.length).set(utc);
  new Uint8Array(memory.buffer, daylightName, utc.length).set(utc);
}
