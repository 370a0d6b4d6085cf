/** The assembler: what it makes is what WebAssembly reads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble, code, I32, I64, IMPORT_MODULE, reexport } from '../../../src/machine/wasm-assembler.ts';
import { readUnsigned, signed, unsigned } from '../../../src/machine/wasm-encoding.ts';

/** A module of one function without parameters or imports. */
function evaluate(result: typeof I32 | typeof I64, body: readonly number[]): unknown {
  const bytes = assemble({
    imports: [],
    functions: [{ name: 'f', type: { parameters: [], result }, code: body }],
    memory: false,
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  return (exports['f'] as () => unknown)();
}

describe('numbers', () => {
  it('any unsigned number is read back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        expect(readUnsigned(Uint8Array.from(unsigned(value)), { at: 0 })).toBe(value);
      }),
    );
  });

  it('any constant of 32 or 64 bits is the one that WebAssembly computes with', () => {
    fc.assert(
      fc.property(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (small, large) => {
        expect(evaluate(I32, code.i32(small))).toBe(small);
        expect(evaluate(I64, code.i64(large))).toBe(large);
      }),
    );
  });

  it('small numbers of either sign take one byte', () => {
    expect([signed(0n), signed(63n), signed(-1n), signed(-64n)]).toEqual([[0], [63], [0x7f], [0x40]]);
    expect([signed(64n), signed(-65n)]).toEqual([
      [0xc0, 0],
      [0xbf, 0x7f],
    ]);
  });
});

describe('functions', () => {
  it('a function calls an imported one, and stops at a return', () => {
    const type = { parameters: [I32], result: I32 } as const;
    const bytes = assemble({
      imports: [{ name: 'twice', type }],
      functions: [
        {
          name: 'f',
          type,
          locals: [I32],
          code: [
            ...[...code.get(0), ...code.i32(5), ...code.equal32],
            ...code.when([...code.i32(-1), ...code.return]),
            ...[
              ...code.get(0),
              ...code.call(0),
              ...code.set(1),
              ...code.get(1),
              ...code.i32(1),
              ...code.add32,
            ],
          ],
        },
      ],
      memory: false,
    });
    const imports = { [IMPORT_MODULE]: { twice: (value: number) => value * 2 } };
    const f = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports['f'] as (
      n: number,
    ) => number;
    expect([f(4), f(5), f(6)]).toEqual([9, -1, 13]);
  });

  it('a function that is exported again passes everything on', () => {
    const calls: unknown[] = [];
    const bytes = assemble(reexport({ name: 'f', type: { parameters: [I32, I64] } }));
    const imports = { [IMPORT_MODULE]: { f: (...values: unknown[]) => void calls.push(values) } };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
    (exports['f'] as (a: number, b: bigint) => void)(-7, 2n ** 40n);
    expect(calls).toEqual([[-7, 2n ** 40n]]);
  });
});
