/** Native calls that never polled: they poll now, can be killed, and still do what the standard says. */
import { expect, test } from 'vitest';
import { evaluate, Guest, run } from './harness.ts';

const OFFENDERS = [
  'Array.prototype.indexOf.call({ length: 2 ** 31 }, 5)',
  'Array.prototype.lastIndexOf.call({ length: 2 ** 31 }, 5)',
  'Array.prototype.includes.call({ length: 2 ** 31 }, 5)',
  'Array.prototype.slice.call({ length: 2 ** 31 })',
  'Array.prototype.join.call({ length: 2 ** 53 }, "")',
  'Array.prototype.sort.call({ length: 2 ** 31 })',
  'Array.prototype.copyWithin.call({ length: 2 ** 31 }, 0, 1)',
  'Array.prototype.shift.call({ length: 2 ** 31 })',
  'Array.prototype.unshift.call({ length: 2 ** 31 }, 1)',
  'Array.prototype.splice.call({ length: 2 ** 31 }, 1, 1)',
  'Array.prototype.fill.call(new Proxy({ length: 2 ** 31 }, { set: () => true }), 1)',
  'Array.prototype.map.call({ length: 2 ** 31 }, () => 1)',
  'Array.prototype.filter.call({ length: 2 ** 31 }, () => 1)',
  'Array.prototype.forEach.call({ length: 2 ** 31 }, () => 1)',
  'Array.prototype.some.call({ length: 2 ** 31 }, () => 1)',
  'Array.prototype.every.call({ length: 2 ** 31 }, () => 1)',
  'Array.prototype.reduce.call({ length: 2 ** 31 }, () => 1, 0)',
  'Array.prototype.reduceRight.call({ length: 2 ** 31 }, () => 1)',
  'Array.prototype.flat.call({ length: 2 ** 31 })',
  'Array.prototype.flatMap.call({ length: 2 ** 31 }, () => 1)',
  'Array.prototype.toLocaleString.call({ length: 2 ** 31 })',
  'Array.prototype.toReversed.call({ length: 2 ** 31 - 1 })',
  'Array.prototype.toSorted.call({ length: 2 ** 31 - 1 })',
  'Array.prototype.toSpliced.call({ length: 2 ** 31 - 1 }, 1, 1)',
  'Array.prototype.with.call({ length: 2 ** 31 - 1 }, 1, 1)',
  'Array.prototype.indexOf.call(new Proxy(Array(2 ** 31), {}), 5)',
  'Array.prototype.indexOf.call(5, 5, Object.defineProperty(Number.prototype, "length", { value: 2 ** 31 }))',
  '(() => { const a = []; a.length = 2 ** 31; a.forEach(() => 1) })()',
  '(() => { const a = []; a[2 ** 31] = 1; a.reverse() })()',
  '(() => { const a = []; a[2 ** 31] = 1; a.indexOf(5) })()',
  '(() => { const a = []; a[2 ** 31] = 1; a.join("") })()',
  '"a".repeat(4_000_000).indexOf("a".repeat(200_000) + "b")',
  '"a".repeat(4_000_000).lastIndexOf("b" + "a".repeat(200_000))',
  '"a".repeat(4_000_000).includes("a".repeat(200_000) + "b")',
  '"a".repeat(4_000_000).split("a".repeat(200_000) + "b")',
  '"a".repeat(4_000_000).replaceAll("a".repeat(200_000) + "b", "")',
];

test.each(OFFENDERS)('%s polls and can be killed', (source) => {
  const guest = new Guest(`export default { fetch() { ${source}; return new Response('done') } }`).start();
  guest.killAtPoll = 20;
  const started = performance.now();
  guest.request('/');
  expect(performance.now() - started).toBeLessThan(5000);
  expect(guest.last?.broken).toBe(true);
  guest.killAtPoll = Number.POSITIVE_INFINITY;
  guest.recover();
  expect(guest.replies.map((reply) => reply.status)).toEqual([503]);
});

test('array methods give on array-likes what Node gives', () => {
  const script = (): unknown => {
    const p = Array.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
    const out: unknown[] = [];
    const likes = (): unknown[] => [
      { length: 4, 0: 'a', 2: 'c', 3: Number.NaN },
      { length: 0 },
      { length: -1, 0: 1 },
      { length: '3', 1: 'x' },
      'text',
      { length: 2.9, 0: 'z', 1: 'y', 2: 'x' },
      { length: 3, 0: ['a', ['b']], 2: 'c' },
      { length: 3, 0: undefined, 1: 'b', 2: 'a' },
      { length: 10n },
    ];
    const calls: [string, unknown[]][] = [
      ['indexOf', ['c']],
      ['indexOf', ['a', -1]],
      ['indexOf', [Number.NaN]],
      ['includes', [Number.NaN]],
      ['includes', [undefined]],
      ['lastIndexOf', ['c']],
      ['lastIndexOf', ['a', undefined]],
      ['join', []],
      ['join', ['-']],
      ['slice', []],
      ['slice', [-2]],
      ['slice', [1, 3]],
      ['map', [(x: unknown) => [x]]],
      ['filter', [(x: unknown) => x !== 'c']],
      ['some', [(x: unknown) => x === 'c']],
      ['every', [(x: unknown) => x === 'c']],
      ['reduce', [(a: unknown, x: unknown) => `${a}${x}`, '']],
      ['reduce', [(a: unknown, x: unknown) => `${a}${x}`]],
      ['reduceRight', [(a: unknown, x: unknown) => `${a}${x}`, '']],
      ['fill', ['f', 1]],
      ['reverse', []],
      ['copyWithin', [1, 0]],
      ['copyWithin', [0, 1]],
      ['shift', []],
      ['unshift', ['n', 'm']],
      ['unshift', []],
      ['splice', [1, 1, 'p', 'q']],
      ['splice', [1, 2]],
      ['splice', []],
      ['splice', [1]],
      ['sort', []],
      ['sort', [(a: unknown, b: unknown) => (String(a) < String(b) ? 1 : String(a) > String(b) ? -1 : 0)]],
      ['forEach', [() => 1]],
      ['flat', []],
      ['flat', [Number.POSITIVE_INFINITY]],
      ['flatMap', [(x: unknown, index: number) => [index, [x]]]],
      ['toLocaleString', []],
      ['toReversed', []],
      ['toSorted', []],
      [
        'toSorted',
        [(a: unknown, b: unknown) => (String(a) < String(b) ? 1 : String(a) > String(b) ? -1 : 0)],
      ],
      ['toSpliced', []],
      ['toSpliced', [1, 1, 'p', 'q']],
      ['toSpliced', [-2]],
      ['with', [1, 'w']],
      ['with', [-1, 'w']],
      ['with', [7, 'w']],
      ['map', [5]],
      ['toSorted', [5]],
    ];
    for (const [name, args] of calls)
      for (const like of likes()) {
        try {
          const result = p[name]?.apply(like, args);
          out.push([
            name,
            typeof result === 'object' ? Object.entries(result as object) : result,
            Object.entries(like as object),
            String((like as { length: number }).length),
          ]);
        } catch (error) {
          out.push([name, (error as Error).constructor.name]);
        }
      }
    return out;
  };
  const text = script.toString().replaceAll(/ as [A-Z]\w*(?=\))/g, '');
  const guest = evaluate<unknown[]>(`(${text})()`);
  const node = JSON.parse(JSON.stringify(script())) as unknown[];
  for (const [index, row] of node.entries()) expect(guest[index]).toEqual(row);
});

test('long real arrays and texts still give right answers', () => {
  expect(
    evaluate(`(() => { const a = []; a[1_500_000] = 'x'; a[3] = 'y'; return [a.indexOf('x'), a.lastIndexOf('y'), a.includes('x'), a.slice(1_499_999).length, a.filter(() => true), a.reverse().indexOf('y'),
    (() => { const t = 'ab'.repeat(300_000) + 'needle' + 'ab'.repeat(300_000); const n = 'ab'.repeat(100) + 'needle'; return [t.indexOf(n), t.lastIndexOf(n), t.includes(n, 600_000), t.split(n).map((s) => s.length), t.replaceAll(n, "[$&]").length, t.replace(n, () => '').length] })()] })()`),
  ).toEqual([
    1_500_000,
    3,
    true,
    2,
    ['y', 'x'],
    1_499_997,
    [599_800, 599_800, false, [599_800, 600_000], 1_200_008, 1_199_800],
  ]);
});

test('guarded methods and classes of the kernel have native looks, and the methods construct nothing', () => {
  expect(
    evaluate(
      `[Array.prototype.indexOf, Array.prototype.reduce, String.prototype.split, URL, setTimeout, Function.prototype.toString].map((f) => [f.name, f.length, String(f)])`,
    ),
  ).toEqual([
    ['indexOf', 1, 'function indexOf() {\n    [native code]\n}'],
    ['reduce', 1, 'function reduce() {\n    [native code]\n}'],
    ['split', 2, 'function split() {\n    [native code]\n}'],
    ['URL', 1, 'function URL() {\n    [native code]\n}'],
    ['setTimeout', 1, 'function setTimeout() {\n    [native code]\n}'],
    ['toString', 0, 'function toString() {\n    [native code]\n}'],
  ]);
  expect(run(`try { new [].indexOf() } catch (e) { console.log(e.name) }`).stdout).toEqual(['TypeError']);
});
