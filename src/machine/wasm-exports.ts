/**
 * Adds names to the export section of a WebAssembly module. The engine as published exports neither its function table (needed
 * to hear of promise rejections that nobody handles) nor its stack pointer (needed to prove that a machine rests at the
 * bottom of its stack between turns). No code, data or existing export changes.
 */

const EXPORT_SECTION = 7;
const KIND = { func: 0, table: 1, memory: 2, global: 3 } as const;
const HEADER_BYTES = 8;

export interface AddedExport {
  readonly name: string;
  readonly kind: keyof typeof KIND;
  readonly index: number;
}

/** A copy of `module` with `added` at the end of its exports. Throws a RangeError when it has no export section. */
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
        Uint8Array.from([EXPORT_SECTION, ...unsigned(section.length), ...section]),
        module.subarray(body + size),
      ]);
    }
    cursor.at = body + size;
  }
  throw new RangeError('the module has no export section');
}

function exportEntry({ name, kind, index }: AddedExport): number[] {
  const utf8 = new TextEncoder().encode(name);
  return [...unsigned(utf8.length), ...utf8, KIND[kind], ...unsigned(index)];
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

function readUnsigned(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined || shift > 28) throw new RangeError('malformed LEB128');
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
