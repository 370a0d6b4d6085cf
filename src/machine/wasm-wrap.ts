/**
 * Puts a function of one's own before a function of a WebAssembly module: whoever calls that one, from inside
 * the module too, calls the new one, which can call it. The original goes to the end of the module, so no
 * other function changes its number.
 */
import { type Code, functionBody } from './wasm-assembler.ts';
import { readUnsigned, unsigned } from './wasm-encoding.ts';
import { concat, rewriteSection } from './wasm-sections.ts';

const FUNCTION_SECTION = 3;
const CODE_SECTION = 10;

export interface Wrapping {
  /** The function's number among the module's own, imported ones not counted. */
  readonly own: number;
  /** The functions that the module imports. */
  readonly imported: number;
  /** The new body, with the parameters and the result of the old one; `original`: how to call that. */
  readonly wrapper: (original: number) => Code;
}

/** Throws a RangeError for a module that has no such function. */
export function wrapFunction(
  module: Uint8Array,
  { own, imported, wrapper }: Wrapping,
): Uint8Array<ArrayBuffer> {
  const withType = rewriteSection(module, FUNCTION_SECTION, (body) => {
    const types = itemsOf(body, (cursor) => readUnsigned(body, cursor));
    return concat([unsigned(types.length + 1), ...types, itemAt(types, own)]);
  });
  return rewriteSection(withType, CODE_SECTION, (body) => {
    const bodies = itemsOf(body, (cursor) => {
      const size = readUnsigned(body, cursor);
      cursor.at += size;
    });
    const original = itemAt(bodies, own);
    const wrapped = Uint8Array.from(functionBody([], wrapper(imported + bodies.length)));
    return concat([unsigned(bodies.length + 1), ...bodies.with(own, wrapped), original]);
  });
}

/** The items of a list, as bytes; `skip` moves behind one. */
function itemsOf(body: Uint8Array, skip: (cursor: { at: number }) => void): Uint8Array[] {
  const cursor = { at: 0 };
  const count = readUnsigned(body, cursor);
  return Array.from({ length: count }, () => {
    const from = cursor.at;
    skip(cursor);
    return body.subarray(from, cursor.at);
  });
}

function itemAt(items: readonly Uint8Array[], index: number): Uint8Array {
  const item = items[index];
  if (item === undefined) throw new RangeError(`the module has no function of its own ${index}`);
  return item;
}
