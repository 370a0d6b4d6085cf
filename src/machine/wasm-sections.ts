/**
 * Changes a section of a WebAssembly module and leaves every other byte what it is. The engine is used as it
 * is published but for what is done by these means (engine.ts): names in its export list, and one function
 * that is wrapped.
 */
import { readUnsigned, unsigned } from './wasm-encoding.ts';

const HEADER_BYTES = 8;

/**
 * A copy of `module` whose section `id` has the body that `rewrite` makes of the one it has. Throws a
 * RangeError when there is no such section.
 */
export function rewriteSection(
  module: Uint8Array,
  id: number,
  rewrite: (body: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const cursor = { at: HEADER_BYTES };
  while (cursor.at < module.length) {
    const start = cursor.at;
    const present = module[cursor.at++];
    const size = readUnsigned(module, cursor);
    const end = cursor.at + size;
    if (present === id) {
      const body = rewrite(module.subarray(cursor.at, end));
      const head = [id, ...unsigned(body.length)];
      return concat([module.subarray(0, start), head, body, module.subarray(end)]);
    }
    cursor.at = end;
  }
  throw new RangeError(`the module has no section ${id}`);
}

export function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
