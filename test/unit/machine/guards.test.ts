/** Guards in the function table: natives stay the engine's own, and what they see decides who does the work. */
import { describe, expect, it } from 'vitest';
import { evaluate, Guest, run } from '../kernel/harness.ts';

const MIB = 1024 * 1024;

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

describe('an array of more elements than one native call may touch', () => {
  const LENGTH = 1_000_050;
  const answer = (body: string): unknown => {
    const guest = new Guest(`export default { fetch() { ${body} } }`, {
      memoryMaximumBytes: 512 * MIB,
    }).start();
    return JSON.parse(guest.fetch('/').text);
  };

  it('is sorted by text in runs and a merge, undefined last and holes behind it', () => {
    expect(
      answer(`const a = []; a.length = ${LENGTH} + 3;
        for (let i = 0; i < ${LENGTH}; i++) a[i] = i % 100_000 === 7 ? undefined : String((i * 7919) % 1000);
        a.sort();
        let wrong = 0;
        for (let i = 1; i < ${LENGTH} - 11; i++) if (a[i - 1] > a[i]) wrong++;
        return Response.json([wrong, a[0], a[${LENGTH} - 12], a.slice(-14), ${LENGTH} in a, a.length]);`),
    ).toEqual([0, '0', '999', new Array(14).fill(null), false, LENGTH + 3]);
  });

  it('is sorted by a comparison as stably as a short one', () => {
    expect(
      answer(`const a = Array.from({ length: ${LENGTH} }, (_, i) => i);
        const sorted = a.toSorted((x, y) => x % 3 - y % 3);
        let wrong = 0;
        for (let i = 1; i < ${LENGTH}; i++) {
          const [x, y] = [sorted[i - 1], sorted[i]];
          if (x % 3 > y % 3 || (x % 3 === y % 3 && x > y)) wrong++;
        }
        return Response.json([wrong, sorted.length, a[1]]);`),
    ).toEqual([0, LENGTH, 1]);
  });
});

describe('two machines', () => {
  it('that boot the same image have the same memory, guards and all', () => {
    const machines = [new Guest('').machine, new Guest('').machine];
    expect(machines[0]?.stateHash()).toEqual(machines[1]?.stateHash());
  });
});
