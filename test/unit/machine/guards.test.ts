/**
 * Guards in the function table: natives stay the engine's own, and what they see decides who does the work.
 */
import { describe, expect, it, vi } from 'vitest';
import { LAYOUT } from '../../../src/machine/engine.ts';
import { evaluate, Guest, run } from '../kernel/harness.ts';

describe('a guarded native', () => {
  it('is the same function object everywhere, with the name, length and text that the engine gave it', () => {
    expect(
      evaluate(`Object.entries(Object.getOwnPropertyDescriptors({ a: [].indexOf, b: 'x'.split, c: [].push })).map(([, d]) =>
        [d.value.name, d.value.length, String(d.value), Object.getOwnPropertyNames(d.value), 'prototype' in d.value])`),
    ).toEqual([
      ['indexOf', 1, 'function indexOf() {\n    [native code]\n}', ['length', 'name'], false],
      ['split', 2, 'function split() {\n    [native code]\n}', ['length', 'name'], false],
      ['push', 1, 'function push() {\n    [native code]\n}', ['length', 'name'], false],
    ]);
  });

  it('gets all arguments of a long call, also those behind the ones that have names', () => {
    expect(
      evaluate(`(() => { const like = { length: 2, 0: 'a', 1: 'b' };
        return [Array.prototype.unshift.apply(like, Array.from({ length: 5000 }, (_, i) => i)), like[4999], like[5000], like[5001]]; })()`),
    ).toEqual([5002, 4999, 'a', 'b']);
  });

  it('tells a missing argument from undefined', () => {
    expect(
      evaluate(
        `[[], [undefined]].map((rest) => Array.prototype.lastIndexOf.apply({ length: 2, 0: 'a', 1: 'a' }, ['a', ...rest]))`,
      ),
    ).toEqual([1, 0]);
  });

  it('throws through the guard what the guest throws in it', () => {
    expect(
      evaluate(
        `(() => { try { [].indexOf.call({ get length() { throw new RangeError('mine'); } }); } catch (e) { return String(e); } })()`,
      ),
    ).toBe('RangeError: mine');
  });

  it('can be called in a slow call of a slow call', () => {
    expect(
      evaluate(
        `(() => { const depth = (n) => n === 0 ? 7 : [].join.call({ length: 1, get 0() { return depth(n - 1); } }); return depth(20); })()`,
      ),
    ).toBe('7');
  });

  it('that shares its C function with one that needs no guard leaves it alone', () => {
    expect(evaluate(`[[].push, [].pop].map((f) => f.call({ length: 2 ** 31 }))`)).toEqual([2 ** 31, null]);
  });

  it('on long ropes searches as on any text', () => {
    expect(
      evaluate(`(() => { const half = 'ab'.repeat(3000); const text = half + 'needle' + half; const part = 'b' + 'needle' + half;
        return [text.indexOf(part), text.lastIndexOf(part), text.includes(part), text.split(part).length]; })()`),
    ).toEqual([5999, 5999, true, 2]);
  });

  it('recurses through getters to an error that the guest can catch', () => {
    const guest = run(`
      const like = { length: 1, get 0() { return Array.prototype.join.call(like); } };
      try { Array.prototype.join.call(like); } catch (error) { console.log(String(error)); }`);
    expect(guest.stdout).toEqual(['InternalError: stack overflow']);
  });
});

describe('an array-like longer than one native call may walk', () => {
  it('is sorted by text in runs and merges, undefined behind the texts, and holes behind all', () => {
    expect(
      evaluate(`(() => { const a = { length: 1_000_001 };
        for (let i = 0; i < 70_000; i++) a[i * 14] = i % 10_000 === 7 ? undefined : String((i * 7919) % 1000);
        Array.prototype.sort.call(a);
        let wrong = 0;
        for (let i = 1; i < 69_993; i++) if (a[i - 1] > a[i]) wrong++;
        return [wrong, a[0], a[69_992], a[69_993] === undefined, 69_999 in a, Object.keys(a).length]; })()`),
    ).toEqual([0, '0', '999', true, true, 70_001]);
  });

  it('is sorted by a comparison as stably as a short one', () => {
    expect(
      evaluate(`(() => { const a = { length: 1_000_001 };
        for (let i = 0; i < 70_000; i++) a[i * 14] = i;
        Array.prototype.sort.call(a, (x, y) => x % 3 - y % 3);
        let wrong = 0;
        for (let i = 1; i < 70_000; i++) {
          const [x, y] = [a[i - 1], a[i]];
          if (x % 3 > y % 3 || (x % 3 === y % 3 && x > y)) wrong++;
        }
        return [wrong, a[0], a[69_999], 70_000 in a]; })()`),
    ).toEqual([0, 0, 69_998, false]);
  });
});

describe('two machines', () => {
  it('that boot the same image have the same memory, guards and all', () => {
    const machines = [new Guest('').machine, new Guest('').machine];
    expect(machines[0]?.stateHash()).toEqual(machines[1]?.stateHash());
  });
});

describe("a layout that is not the engine's", () => {
  it.each([
    ['objectClass', 10],
    ['classArray', 1],
    ['classNativeFunction', 13],
    ['objectProperties', 20],
    ['functionIndex', 32],
    ['functionProtocol', 40],
    ['functionMagic', 44],
    ['stringLength', 0],
    ['stringLengthMask', 1],
  ] as const)('with another %s does not boot', async (field, value) => {
    vi.resetModules();
    vi.doMock('../../../src/machine/engine.ts', async (original) => ({
      ...(await original<object>()),
      LAYOUT: { ...LAYOUT, [field]: value },
    }));
    const harness = await import('../kernel/harness.ts');
    expect(() => new harness.Guest('')).toThrow(/I9/);
    vi.doUnmock('../../../src/machine/engine.ts');
  });
});
