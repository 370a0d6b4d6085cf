/**
 * Adds names to the export section of a WebAssembly module. The engine as published exports neither
 * its function table (needed to hear of promise rejections that nobody handles, and to put guards
 * before native functions) nor its stack pointer (needed to prove that a machine rests at the
 * bottom of its stack between turns) nor the function that calls a value (needed by the guards). No
 * code, data or existing export changes.
 */
import { name as encodedName, readUnsigned, unsigned } from './wasm-encoding.ts';
import { concat, rewriteSection } from './wasm-sections.ts';

const EXPORT_SECTION = 7;
const KIND = { func: 0, table: 1, memory: 2, global: 3 } as const;

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
  return rewriteSection(module, EXPORT_SECTION, (body) => {
    const cursor = { at: 0 };
    const count = readUnsigned(body, cursor);
    return concat([unsigned(count + added.length), body.subarray(cursor.at), added.flatMap(exportEntry)]);
  });
}

const exportEntry = ({ name, kind, index }: AddedExport): number[] => [
  ...encodedName(name),
  KIND[kind],
  ...unsigned(index),
];
