/** A function that is put before another one of a module: who calls that one calls it. */
import { describe, expect, it } from 'vitest';
import { assemble, code, I32, IMPORT_MODULE } from '../../../src/machine/wasm-assembler.ts';
import { rewriteSection } from '../../../src/machine/wasm-sections.ts';
import { wrapFunction } from '../../../src/machine/wasm-wrap.ts';

/** `add` is the host's; `twice` adds a number to itself, and `quadruple` calls it two times. */
const imported = [{ name: 'add', type: { parameters: [I32, I32], result: I32 } }] as const;
const [ADD, TWICE] = [0, 1];
const module = assemble({
  imports: imported,
  functions: [
    {
      name: 'twice',
      type: { parameters: [I32], result: I32 },
      code: [...code.get(0), ...code.get(0), ...code.call(ADD)],
    },
    {
      name: 'quadruple',
      type: { parameters: [I32], result: I32 },
      code: [...code.get(0), ...code.call(TWICE), ...code.call(TWICE)],
    },
  ],
  memory: false,
});

const exportsOf = (bytes: Uint8Array<ArrayBuffer>): Record<string, (value: number) => number> => {
  const imports = { [IMPORT_MODULE]: { add: (a: number, b: number) => a + b } };
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as never;
};

describe('a wrapped function', () => {
  it('is called from outside and from inside, and calls the original, which has its number no more', () => {
    const wrapped = wrapFunction(module, {
      imported: imported.length,
      own: TWICE - imported.length,
      wrapper: (original) => [...code.get(0), ...code.i32(100), ...code.add32, ...code.call(original)],
    });
    const { twice, quadruple } = exportsOf(wrapped);
    expect([exportsOf(module)['twice']?.(1), exportsOf(module)['quadruple']?.(1)]).toEqual([2, 4]);
    expect([twice?.(1), quadruple?.(1)]).toEqual([202, 604]);
  });

  it('that the module does not have is refused', () => {
    const wrapping = { imported: 1, own: 2, wrapper: () => [] };
    expect(() => wrapFunction(module, wrapping)).toThrow(RangeError);
  });

  it('leaves every other section what it is', () => {
    const same = rewriteSection(module, 10, (body) => body);
    expect(Buffer.from(same).equals(module)).toBe(true);
    expect(() => rewriteSection(module, 11, (body) => body)).toThrow(RangeError);
  });
});
