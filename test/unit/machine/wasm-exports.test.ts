/** Adding names to a module's export section changes nothing else of it. */
import { describe, expect, it } from 'vitest';
import { ADDED_EXPORTS, loadEngine } from '../../../src/machine/engine.ts';
import { IMPORT_TABLE, trapImports } from '../../../src/machine/imports.ts';
import { addExports } from '../../../src/machine/wasm-exports.ts';

/**
 * (module (global (mut i32) (i32.const 42)) (export "g" (global 0)) (export
 * "bad" …)) without the second export.
 */
const moduleWithOneExport = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 6, 6, 1, 0x7f, 1, 0x41, 42, 0x0b, 7, 5, 1, 1, 0x67, 3, 0,
]);

describe('added exports', () => {
  it('a second name for a global shares its value', () => {
    const module = new WebAssembly.Module(
      addExports(moduleWithOneExport, [{ name: 'a name of more than one byte', kind: 'global', index: 0 }]),
    );
    const { exports } = new WebAssembly.Instance(module, {});
    const first = exports['g'] as WebAssembly.Global;
    const second = exports['a name of more than one byte'] as WebAssembly.Global;
    expect(second.value).toBe(42);
    first.value = 43;
    expect(second.value).toBe(43);
  });

  it('a module without an export section is refused', () => {
    expect(() => addExports(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), [])).toThrow(RangeError);
  });
});

describe('the engine', () => {
  const engine = loadEngine();

  it('every import of the installed module is classified, and no row of the table is left over', () => {
    const functions = WebAssembly.Module.imports(engine.module).filter(({ kind }) => kind === 'function');
    expect(functions.map(({ name }) => name).sort()).toEqual(Object.keys(IMPORT_TABLE).sort());
  });

  it('the table and the stack pointer are exported', () => {
    const names = WebAssembly.Module.exports(engine.module).map(({ name }) => name);
    expect(names).toContain(ADDED_EXPORTS.table);
    expect(names).toContain(ADDED_EXPORTS.stackPointer);
  });

  it('an import that nobody has classified refuses to boot', () => {
    // (module (import "a" "z" (func)))
    const stranger = new WebAssembly.Module(
      Uint8Array.from([
        0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x7a, 0, 0,
      ]),
    );
    const handlers = {
      clock: () => 0,
      growMemory: () => 0 as const,
      hypercall: () => 0,
      poll: () => 0 as const,
    };
    expect(() => trapImports(stranger, new WebAssembly.Memory({ initial: 1 }), handlers)).toThrow(
      /I9: the engine imports function a\.z, which nobody has classified/,
    );
  });
});
