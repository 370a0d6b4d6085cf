/** What the console prints is what Node prints, and no value makes it throw. */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format } from 'node:util';
import { expect, test } from 'vitest';
import { run } from './harness.ts';

/** Argument lists as source text: evaluated by the guest and by Node. */
const CASES = [
  'new (class Own extends Map {})([[1, 2]]), new (class Own extends Set {})(), new (class Own extends Map {})()',
  'new (class Own extends Uint8Array {})(2), new (class Own extends Date {})(0), new (class Own extends RegExp {})(/a/g)',
  `'text', 1, -0, NaN, 10n, true, null, undefined, Symbol('s')`,
  `{}, [], { a: 1 }, [1, 'two', [3]], { 'b-c': "it's", [Symbol('k')]: 1 }`,
  `{ a: { b: { c: { d: 1 } } } }, [[[[1]]]]`,
  `{ s: 'line\\nbreak', t: "it's", u: 'say "hi" it\\'s', v: '\\x07\\u{1f600}\\ud800' }`,
  `new Map([['a', 1], [{ k: 1 }, [2]]]), new Set([1, 'x']), new Map(), new Set()`,
  `new Date(0), new Date(NaN), /a+b/gi`,
  `[1, , 3, , ,], [, 'x'], new Array(5)`,
  `Array.from({ length: 120 }, (_, i) => i)`,
  `Array.from({ length: 30 }, (_, i) => 'item' + i)`,
  `Array.from({ length: 7 }, (_, i) => ({ i }))`,
  `new Uint8Array([1, 2, 255]), new Float64Array(3), new BigInt64Array(2)`,
  `new Uint8Array([1, 2, 255]).buffer`,
  `function foo() {}, () => {}, class A {}, class B extends Map {}, Math.max`,
  `(() => { const a = { name: 'a' }; a.self = a; a.list = [a]; return a })()`,
  `(() => { class Point { x = 1; y = 2 } class Named extends Point { z = { deep: [1] } } return [new Point(), new Named()] })()`,
  `Object.create(null), Object.assign(Object.create(null), { a: 1 })`,
  `{ get a() { return 1 }, set b(v) {}, get c() { return 1 }, set c(v) {} }`,
  `new Number(3), new String('abc'), new Boolean(false)`,
  `{ long: 'x'.repeat(60), other: 'y'.repeat(30), n: [1, 2, 3] }`,
  `{ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 'some text that is quite long', j: 'another text' }`,
  `[['a', 1], ['b', 2]], [{ x: 1, y: { z: [1, { w: 1 }] } }]`,
  `'%s is %d years and %i, %f', 'Bob', 42.5, 42.9, '1.5', 'extra', { a: 1 }`,
  `'%j %o %O %% %c styled', { a: [1] }, [1], { b: { c: {} } }, 'color: red'`,
  `'%s %s', 'only one'`,
  `'100%', 5`,
  `'%d', '0x10'`,
  `'%s', null, undefined`,
  `'%s', -0`,
  `'%i', 'abc'`,
  `'%x', 1`,
  `{ toString() { return 'x' } }, { [Symbol.toStringTag]: 'Tag' }`,
  `new WeakMap(), new WeakSet()`,
  `[undefined, null], { u: undefined, n: null }`,
  `{ f() {}, g: class {}, h: async () => {}, *i() {} }`,
  `[1.5, -2, 1e21, 0xff], ['a\\nb']`,
  `[['x'.repeat(30), 'y'.repeat(30), 'z'.repeat(30)]]`,
  `new URL('http://u:p@a.b:81/c?d=e&f=g#h'), { u: new URL('http://a/') }, { a: { b: { c: new URL('http://a/') } } }`,
  `[new URLSearchParams('a=1&b=2&a=3'), new URLSearchParams()], new URLSearchParams({ "it's": 'say "x"' })`,
  `{ p: new URLSearchParams({ a: 'x'.repeat(20), b: 'y'.repeat(40) }) }, { p: new URLSearchParams({ a: 'x'.repeat(21), b: 'y'.repeat(40) }) }`,
  `{ a: { b: { c: new URLSearchParams('a=1') } } }, { a: { b: new URLSearchParams('a=1') } }, { a: { b: new URL('http://a/?b=c') } }`,
  `new Headers({ b: '1', a: '2' }), new Headers(), { h: new Headers([['x-y', 'y']]) }, { a: { b: { c: new Headers({ a: 'b' }) } } }`,
  `(() => { const h = new Headers(); for (const v of ['a=1', 'b=2']) { h.append('set-cookie', v); h.append('x', v) } return h })()`,
  `{ a: { b: { c: {} } } }, { a: { b: { c: [] } } }, { a: { b: { c: new Map() } } }, { a: { b: { c: new Set() } } }`,
  `{ a: { b: { c: new (class X {})() } } }, { a: { b: { c: Object.create(null) } } }, { a: { b: { c: new Uint8Array() } } }`,
  `{ a: { b: { c: () => 1 } } }, { a: { b: { c: new Date(0) } } }, { a: { b: { c: /x/ } } }, { a: { b: { c: new Number(3) } } }`,
  `{ a: { b: { c: new Map([[1, 2]]) } } }, { a: { b: { c: Object.assign(new Date(0), { x: 1 }) } } }, { a: { b: { c: Object.assign([], { x: 1 }) } } }`,
  `{ a: { b: { c: new Uint8Array(3) } } }, { a: { b: { c: Promise.resolve() } } }, { a: { b: { c: new WeakMap() } } }, { a: { b: { c: new ArrayBuffer(1) } } }`,
  `{ a: { b: [{}] } }, { a: { b: { c: { d: {} } } } }, [[[[]]]], [[[[{}]]]]`,
  `'%s %s', { toString() { return 'own' } }, new (class A { toString() { return 'inherited' } })()`,
  `'%s %s %s', { a: 1 }, [1, [2]], new Date(0)`,
  `'%s %s', Object.create({ toString() { return 'p' } }), { toString: 5 }`,
  `'%s %s %s', () => 1, class Q {}, Object.assign(() => 1, { toString() { return 'fn' } })`,
  `'%s', new (class extends Error { toString() { return 'err!' } })('m')`,
  `'%s', new URL('http://a/')`,
  `'%s', { [Symbol.toPrimitive]() { return 'prim' } }`,
];

/** What Node prints; keys that are symbols, and `byteLength`, as it did before Node 22 and 24. */
const printed = (...values: unknown[]): string =>
  format(...values)
    .replace(/([{,] )(Symbol\([^)]*\)): /g, '$1[$2]: ')
    .replace('[byteLength]', 'byteLength');

test('values and format specifiers are printed as Node prints them', () => {
  const guest = run(CASES.map((source) => `console.log(${source});`).join('\n'));
  const wrong = CASES.map((source, index) => ({
    source,
    text: guest.stdout[index],
    node: printed(...(new Function(`return [${source}]`)() as unknown[])),
  })).filter(({ text, node }) => text !== node);
  expect(wrong).toEqual([]);
});

test('errors are printed with class, message, frames of the guest, cause and extra properties', () => {
  const guest =
    run(`class MyError extends Error { constructor(m, o) { super(m, o); this.name = 'MyError'; this.code = 7 } }
console.log(new MyError('broken', { cause: new TypeError('why') })); console.log({ error: new RangeError('inside') }); console.log('%s', new Error('short'));`);
  expect(guest.stdout[0]).toMatch(
    /^MyError: broken\n {4}at MyError \(guest\.js:1:56\)\n {4}at .*guest\.js:2:24\) \{\n {2}\[cause\]: TypeError: why\n {6}at .*guest\.js:2:57\),\n {2}code: 7\n\}$/,
  );
  expect(guest.stdout[1]).toMatch(/^\{\n {2}error: RangeError: inside\n {6}at .*guest\.js:2/);
  expect(guest.stdout[2]).toBe('Error: short');
});

test('a Map or a Set is a table of what is in it, as in Node', () => {
  const tables = [
    `new Map([['a', 1], ['b', { x: 1 }]])`,
    `new Map([[{ k: 1 }, [1, 2]]]), ['x']`,
    'new Map()',
    `new Set(['p', { q: 1 }])`,
    'new Set()',
  ];
  const guest = run(tables.map((table) => `console.table(${table});`).join('\n'));
  const lines: string[] = [];
  const stdout = new Writable({ write: (text, _, done) => done(void lines.push(String(text).trimEnd())) });
  const node = new Console({ stdout });
  for (const table of tables)
    node.table(...(new Function(`return [${table}]`)() as [unknown, (readonly string[])?]));
  expect(guest.stdout).toEqual(lines);
});

test('of a deep stack the first frames are printed, as many as Error.stackTraceLimit says', () => {
  const guest = run(`const deep = (n) => { if (n === 0) throw new Error('deep'); deep(n - 1) };
    const print = (limit) => { Error.stackTraceLimit = limit; try { deep(40) } catch (error) { console.log(error) } };
    console.log(Error.stackTraceLimit, Object.keys(Error).join());
    try { deep(40) } catch (error) { console.log(error); console.log(error.stack.trim().split('\\n').length) }
    print(3); print(0); print(Infinity); delete Error.stackTraceLimit;
    Error.stackTraceLimit = 2; setTimeout(() => deep(40), 1);`);
  guest.sleep(1);
  const frames = (text = ''): number => text.split('\n').filter((line) => line.startsWith('    at ')).length;
  const [about, first, whole, three, none, all] = guest.stdout;
  expect([about, Number(whole) > 40]).toEqual(['10 stackTraceLimit', true]);
  expect([first, three, none].map(frames)).toEqual([10, 3, 0]);
  expect([none, frames(all) > 40]).toEqual(['[Error: deep]', true]);
  expect(guest.stderr.map(frames)).toEqual([2]);
});

test('Error.captureStackTrace gives an object, or an error of a class of its own, the stack of its caller', () => {
  const guest =
    run(`class Own extends Error { constructor(message) { super(message); Error.captureStackTrace(this, Own) } }
    const { stack, message } = new Own('m'); console.log(message, /^ {4}at Own \\(guest.js:1:/.test(stack), stack.includes('kernel'));
    const holder = {}; (function here() { TypeError.captureStackTrace(holder) })();
    console.log(holder.stack.includes('at here (guest.js:3:'), JSON.stringify({ ...Object.getOwnPropertyDescriptor(holder, 'stack'), value: 0 }));
    for (const wrong of [1, undefined, Object.freeze({})]) try { Error.captureStackTrace(wrong) } catch (error) { console.log(error.name) }
    console.log(String(Error.captureStackTrace).includes('[native code]'), 'prototype' in Error.captureStackTrace);`);
  expect(guest.stderr).toEqual([]);
  expect(guest.stdout).toEqual([
    'm true false',
    'true {"value":0,"writable":true,"enumerable":false,"configurable":true}',
    'TypeError',
    'TypeError',
    'TypeError',
    'true false',
  ]);
});

test('streams, groups, counters, timers, assertions and tables', () => {
  const guest =
    run(`console.info('i'); console.debug('d'); console.error('e'); console.warn('w'); console.trace('t');
    console.group('G'); console.log('in\\nside'); console.group(); console.log('deeper'); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('out');
    console.count(); console.count('x'); console.count(); console.countReset(); console.count(); console.time('T'); console.timeLog('T', 1); console.timeEnd('T'); console.timeEnd('T');
    console.assert(1, 'no'); console.assert(0, 'yes %d', 5); console.assert(false); console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); console.log();
    console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]); console.table(['p', 'q']); console.table(5); const { log } = console; log('free');`);
  expect(guest.stdout).toEqual([
    'i',
    'd',
    'G',
    '  in\n  side',
    '    deeper',
    'out',
    'default: 1',
    'x: 1',
    'default: 2',
    'default: 1',
    'T: 0ms 1',
    'T: 0ms',
    '{ a: [Object] }',
    '',
    "┌─────────┬───┬─────┬──────┐\n│ (index) │ a │ b   │ c    │\n├─────────┼───┼─────┼──────┤\n│ 0       │ 1 │ 'x' │      │\n│ 1       │ 2 │     │ true │\n└─────────┴───┴─────┴──────┘",
    "┌─────────┬────────┐\n│ (index) │ Values │\n├─────────┼────────┤\n│ 0       │ 'p'    │\n│ 1       │ 'q'    │\n└─────────┴────────┘",
    '5',
    'free',
  ]);
  expect(guest.stderr.map((line) => line.split('\n')[0])).toEqual([
    'e',
    'w',
    'Trace: t',
    "Timer 'T' does not exist",
    'Assertion failed: yes 5',
    'Assertion failed',
  ]);
});

test('no value makes a console call throw, and each call still says something', () => {
  const guest = run(`const hostile = [
    new Proxy({}, { ownKeys() { throw 1 } }), new Proxy([], { get() { throw 1 }, getPrototypeOf() { throw 2 } }), { get [Symbol.toStringTag]() { throw 3 } },
    { [Symbol.for('nodejs.util.inspect.custom')]() { throw 4 } }, { toJSON() { throw 5 } }, Object.create(new Proxy({}, { getPrototypeOf() { throw 6 } })), (() => { const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy })(),
    Object.defineProperty(new Error('e'), 'stack', { get() { throw 7 } }), Object.defineProperty([1], '0', { get() { throw 8 } }), (() => { let o = {}; for (let i = 0; i < 1000; i++) o = { o }; return o })() ];
    for (const value of hostile) { console.log(value); console.log('%s %d %j %o', value, value, value, value); console.table(value); console.group(value); console.groupEnd() }
    console.count({ toString() { throw 9 } }); console.log('end');`);
  expect(guest.stdout.at(-1)).toBe('end');
  expect(guest.exitCode).toBe(0);
  expect(guest.stdout.length + guest.stderr.length).toBe(42);
});

test('NULs and lone surrogates are shown, and a text beyond the limit is cut with a marker', () => {
  const guest = run(`console.log('a\\0b\\ud800c'); console.log('x'.repeat(3_000_000));`, {
    memoryMaximumBytes: 128 << 20,
  });
  expect(guest.stdout[0]).toBe('a\u2400b\ufffdc');
  expect(guest.stdout[1]).toHaveLength(1024 * 1024 + '… [1951424 more characters cut off]'.length);
});

test('own inspectors of objects are honoured', () => {
  const guest = run(
    `const custom = Symbol.for('nodejs.util.inspect.custom'); console.log({ a: { [custom]: () => 'MINE' } }, { [custom]: () => ({ shown: 1 }) });`,
  );
  expect(guest.stdout).toEqual(['{ a: MINE } { shown: 1 }']);
});
