/**
 * Adds names to the export section of a WebAssembly module. The engine as published exports neither
 * its function table (needed to hear of promise rejections that nobody handles, and to put guards
 * before native functions) nor its stack pointer (needed to prove that a machine rests at the
 * bottom of its stack between turns) nor the function that calls a value (needed by the guards). No
 * code, data or existing export changes.
 */
import { name as encodedName, readUnsigned, sized, unsigned } from './wasm-encoding.ts';

const EXPORT_SECTION = 7;
const KIND = { func: 0, table: 1, memory: 2, global: 3 } as const;
const HEADER_BYTES = 8;

export interface AddedExport {
  readonly name: string;
  readonly kind: keyof typeof KIND;
  readonly index: number;
}

/**
 * A copy of `module` with `added` at the end of its exports. Throws a
 * RangeError when it has no export section.
 */
export function addExports(module: Uint8Array, added: readonly AddedExport[]): Uint8Array<ArrayBuffer> {
  const cursor = { at: HEADER_BYTES };
  while (cursor.at < module.length) {
    const start = cursor.at;
    const id = module[cursor.at++];
    const size = readUnsigned(module, cursor);
    const body = cursor.at;
    if (id === EXPORT_SECTION) {
      const count = readUnsigned(module, cursor);
      const section = [
        ...unsigned(count + added.length),
        ...module.subarray(cursor.at, body + size),
        ...added.flatMap(exportEntry),
      ];
      return concat([
        module.subarray(0, start),
        Uint8Array.from([EXPORT_SECTION, ...sized(section)]),
        module.subarray(body + size),
      ]);
    }
    cursor.at = body + size;
  }
  throw new RangeError('the module has no export section');
}

const exportEntry = ({ name, kind, index }: AddedExport): number[] => [
  ...encodedName(name),
  KIND[kind],
  ...unsigned(index),
];

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
