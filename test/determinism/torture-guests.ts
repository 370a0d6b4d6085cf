/**
 * Guests that try to break determinism or the host (src/machine/README.md names them row by row).
 * Each is the body of a fetch handler; the machine must answer `/alive` afterwards, and everything it
 * did must be the same on the other side.
 */

export interface TortureGuest {
  readonly name: string;
  /** Top-level code. */
  readonly setup?: string;
  /** Body of an async function (path, request); what it returns is the response, or its text. */
  readonly handler: string;
  /** Paths to ask for, in order. */
  readonly paths?: readonly string[];
  /** What the responses must be, where that is known. */
  readonly replies?: readonly (string | RegExp)[];
  readonly memoryMaximumBytes?: number;
  /** Kill after this much scripted time; a poll takes 0.04 ms of it. */
  readonly turnLimitMs?: number;
  /** Progress marks inside a turn, besides those at outputs; every ms by default. */
  readonly markEveryMs?: number;
}

/** A recursion must end in an error that the guest can catch. */
const caught = (code: string): string => `
  try { ${code}; return 'done'; } catch (error) { return error.constructor.name + ': ' + error.message; }`;

const recursions: Readonly<Record<string, string>> = {
  calls: 'const f = () => f() + 1; f()',
  'mutual calls with many arguments':
    'const f = (...a) => g(1, 2, 3, ...a.slice(0, 60)); const g = (...a) => f(...a); f()',
  'JSON.parse': "JSON.parse('['.repeat(200000))",
  'JSON.parse of objects': `JSON.parse('{"a":'.repeat(200000))`,
  // Each level is compared with those above it: twice as deep takes four times as long.
  'JSON.stringify': 'let o = {}; for (let i = 0; i < 10000; i++) o = { o }; JSON.stringify(o)',
  'the parser': "eval('('.repeat(100000))",
  'the parser with arrays': "eval('['.repeat(100000))",
  'the parser with functions': "eval('()=>'.repeat(100000) + '1')",
  'regular expression groups': "new RegExp('('.repeat(100000))",
  'a regular expression that nests':
    "new RegExp('(?:'.repeat(5000) + 'a' + ')*'.repeat(5000)).exec('a'.repeat(100))",
  getters: 'const o = { get x() { return this.x; } }; o.x',
  setters: 'const o = { set x(v) { this.x = v; } }; o.x = 1',
  proxies: 'const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x',
  'proxy chains': 'let p = {}; for (let i = 0; i < 100000; i++) p = new Proxy(p, {}); p.x',
  'prototype chains': 'let o = {}; for (let i = 0; i < 100000; i++) o = Object.create(o); o.missing',
  'sort callbacks': 'const f = () => [2, 1].sort(f); f()',
  'replace callbacks': "const f = () => 'a'.replace('a', f); f()",
  'slow natives through getters':
    'const like = { length: 1, get 0() { return [].join.call(like); } }; [].join.call(like)',
  'slow natives through callbacks':
    'const like = { length: 1, 0: 1 }; const f = () => [].map.call(like, f); f()',
  'different slow natives by turns': `
    const like = { length: 1, get 0() { return [].indexOf.call(other, 1); } };
    const other = { length: 1, get 0() { return [].slice.call(like); } }; [].includes.call(like, 2)`,
  toString: 'const o = { toString() { return String(o); } }; String(o)',
  valueOf: 'const o = { valueOf() { return +o; } }; +o',
  constructors: 'class A { constructor() { new A(); } } new A()',
  'deep class chains': 'let A = class {}; for (let i = 0; i < 20000; i++) A = class extends A {}; new A()',
  spread: 'const o = { get [Symbol.iterator]() { return [...o]; } }; [...o]',
  'iterators that iterate': 'const o = { *[Symbol.iterator]() { yield* o; } }; [...o]',
  'bind chains': 'let f = () => 1; for (let i = 0; i < 5000; i++) f = f.bind(null); f()',
  generators: 'function* g() { yield* g(); } [...g()]',
  'async functions': 'const f = async () => { await f(); }; await f()',
  'flat arrays': 'let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.flat(Infinity)',
  'toString of nested arrays': 'let a = []; for (let i = 0; i < 100000; i++) a = [a]; String(a)',
  structuredClone: 'let o = {}; for (let i = 0; i < 5000; i++) o = { o }; structuredClone(o)',
  'console.log of a deep thing': 'let o = {}; for (let i = 0; i < 100000; i++) o = { o }; console.log(o)',
  'error causes':
    "let e = new Error('x'); for (let i = 0; i < 20000; i++) e = new Error('x', { cause: e }); console.log(e)",
  'Symbol.toPrimitive': 'const o = { [Symbol.toPrimitive]: () => o + 1 }; o + 1',
  instanceof: 'const o = { [Symbol.hasInstance]: (x) => x instanceof o }; 1 instanceof o',
  'freeing a list of 300000': 'let l = null; for (let i = 0; i < 300000; i++) l = { l }; l = null',
  'freeing 300000 closures':
    'let f = () => 0; for (let i = 0; i < 300000; i++) { const g = f; f = () => g; } f = null',
  'import() of itself': "await import('./guest.js')",
};

const GUARDED_ARRAY_METHODS = [
  ...[
    'copyWithin',
    'every',
    'fill',
    'filter',
    'flat',
    'flatMap',
    'forEach',
    'includes',
    'indexOf',
    'join',
    'lastIndexOf',
    'map',
  ],
  ...[
    'reduce',
    'reduceRight',
    'reverse',
    'shift',
    'slice',
    'some',
    'sort',
    'splice',
    'toLocaleString',
    'toReversed',
    'toSorted',
  ],
  ...['toSpliced', 'unshift', 'with'],
];

export const tortureGuests: readonly TortureGuest[] = [
  ...Object.entries(recursions).map(
    ([kind, code]): TortureGuest => ({
      name: `deep recursion: ${kind}`,
      handler: caught(code),
    }),
  ),
  {
    name: 'a recursion of thousands of calls is nothing special',
    handler: `
      const count = (n) => (n === 0 ? 0 : 1 + count(n - 1));
      const nested = (n) => (n === 0 ? [] : [nested(n - 1)]);
      const depth = (list) => list.reduce((most, one) => Math.max(most, 1 + depth(one)), 0);
      return [count(5000), depth(nested(1200))].join(' ');`,
    replies: ['5000 1200'],
  },
  {
    name: 'memory exhaustion by strings, arrays, buffers and maps is an error that the guest can catch',
    memoryMaximumBytes: 32 * 1024 * 1024,
    handler: `
      const kept = [];
      try {
        for (let i = 0; ; i++) {
          if (path === '/strings') kept.push('x'.repeat(100000) + i);
          else if (path === '/arrays') kept.push(new Array(10000).fill(i));
          else if (path === '/buffers') kept.push(new Uint8Array(1000000).fill(i));
          else { const m = new Map(); for (let k = 0; k < 1000; k++) m.set(k, { k, i }); kept.push(m); }
        }
      } catch (error) { kept.length = 0; return String(error && error.message); }`,
    paths: ['/strings', '/arrays', '/buffers', '/maps', '/strings'],
    // QuickJS throws null when there is no memory left even for the error.
    replies: [/memory|null/, /memory|null/, /memory|null/, /memory|null/, /memory|null/],
  },
  {
    name: 'thousands of outputs in one turn, wherever between them the engine polls, and no other marks',
    markEveryMs: 60_000,
    handler: "for (let i = 0; i < 30_000; i++) console.log('line', i); return 'told';",
    replies: ['told'],
  },
  {
    name: 'an endless loop is killed, answered 503, and the machine goes on',
    turnLimitMs: 2,
    handler: "if (path === '/loop') for (;;) {} return 'fine';",
    paths: ['/loop', '/x', '/loop', '/x'],
    replies: [/./, 'fine', /./, 'fine'],
  },
  {
    name: 'an endless loop that reads the clock is killed, too',
    turnLimitMs: 20,
    handler: "if (path === '/loop') for (let n = 0; ; n += Date.now()) {} return 'fine';",
    paths: ['/loop', '/x'],
    replies: [/./, 'fine'],
  },
  {
    name: 'killed code sees neither catch nor finally',
    turnLimitMs: 2,
    setup: 'let seen = 0;',
    handler:
      "if (path === '/loop') { try { for (;;) {} } catch { seen = 1; } finally { seen = 2; } } return String(seen);",
    paths: ['/loop', '/x'],
    replies: [/./, '0'],
  },
  {
    name: 'an endless flood of promise jobs is killed',
    turnLimitMs: 2,
    handler:
      "if (path === '/flood') await new Promise(() => { const f = () => Promise.resolve().then(f); f(); }); return 'fine';",
    paths: ['/flood', '/x'],
    replies: [/./, 'fine'],
  },
  {
    name: 'a catastrophic regular expression is killed',
    turnLimitMs: 2,
    handler: "if (path === '/re') return String(/(a*)*b/.test('a'.repeat(40))); return 'fine';",
    paths: ['/re', '/x'],
    replies: [/./, 'fine'],
  },
  {
    name: 'weak references and finalizers, as far as there are any, behave the same on both sides',
    setup: `
      const log = [];
      const registry = typeof FinalizationRegistry === 'function' ? new FinalizationRegistry((v) => log.push(v)) : null;
      const refs = [];`,
    handler: `
      for (let i = 0; i < 2000; i++) {
        const o = { i, big: new Array(50).fill(i) };
        o.self = o;
        registry?.register(o, i);
        if (typeof WeakRef === 'function') refs.push(new WeakRef(o));
      }
      await null;
      return refs.filter((r) => r.deref() !== undefined).length + ' ' + log.length;`,
    paths: ['/a', '/b', '/c'],
  },
  {
    name: 'a guest that replaces primordials harms only itself',
    setup: `
      Map.prototype.has = () => false; Map.prototype.get = () => undefined; Map.prototype.set = () => { throw new Error('no'); };
      Promise.prototype.then = function () { throw new Error('no then'); };
      JSON.stringify = () => 'lies'; JSON.parse = () => { throw new Error('no'); };
      Array.prototype.push = () => { throw new Error('no push'); };
      Array.prototype[Symbol.iterator] = () => { throw new Error('no iterator'); };
      Function.prototype.call = Function.prototype.apply = () => { throw new Error('no call'); };
      Object.defineProperty(Object.prototype, 'status', { get() { throw new Error('no status'); }, set() {}, configurable: true });
      Object.defineProperty(Object.prototype, 'then', { get() { return undefined; }, configurable: true });
      String.prototype.split = () => []; String.prototype.toLowerCase = () => 'x'; RegExp.prototype.exec = () => null;
      globalThis.Response0 = Response; Date.now = () => 7; Math.random = () => 4; Uint8Array.prototype.set = () => {};`,
    handler: "return 'still here';",
    paths: ['/a', '/b'],
  },
  {
    name: 'native calls that never poll are killed over a huge array-like, every one of them',
    turnLimitMs: 4,
    handler: `
      const [, name] = path.split('/');
      const like = { length: 2 ** 31 - 1 };
      if (name === 'fill') return String([].fill.call(new Proxy(like, { set: () => true }), 1));
      return name === 'x' ? 'fine' : String([][name].apply(like, name === 'toSpliced' ? [0, 0] : [() => 1]));`,
    paths: GUARDED_ARRAY_METHODS.flatMap((name) => [`/${name}`, '/x']),
    replies: GUARDED_ARRAY_METHODS.flatMap(() => [/took too long/, 'fine']),
  },
  {
    name: 'native calls that never poll are killed over a sparse array and in a long text',
    turnLimitMs: 4,
    handler: `
      const text = 'a'.repeat(400000), part = 'a'.repeat(200000) + 'b';
      const sparse = []; sparse[2 ** 31] = 1;
      switch (path) {
        case '/reverse': return String(sparse.reverse());
        case '/forEach': return String(sparse.forEach(() => 1));
        case '/nested': return String([].indexOf.call({ length: 2, get 1() { return sparse.indexOf(5); } }, 1));
        case '/needle': return String(text.indexOf(part));
        case '/rope': return String((text + text).replaceAll('b' + part, ''));
        default: return 'fine';
      }`,
    paths: ['/reverse', '/x', '/forEach', '/x', '/nested', '/x', '/needle', '/x', '/rope', '/x'],
    replies: [
      /took too long/,
      'fine',
      /took too long/,
      'fine',
      /took too long/,
      'fine',
      /took too long/,
      'fine',
      /took too long/,
      'fine',
    ],
  },
  {
    name: 'NaN payloads through typed arrays',
    handler: `
      const f = new Float64Array(4), b = new BigUint64Array(f.buffer), u = new Uint32Array(f.buffer);
      u[0] = 0xdeadbeef; u[1] = 0x7ff40001; u[3] = 0xfff80000;
      f[2] = f[0]; f[3] = -f[1] + 0 * Infinity; const g = new Float32Array(f);
      const v = new DataView(new ArrayBuffer(8)); v.setFloat64(0, f[0]); v.setFloat32(4, Number.NaN);
      return [...b].map(String).join() + [...new Uint32Array(g.buffer)].join() + v.getBigUint64(0)
        + [0 / 0, Math.sqrt(-1), Infinity - Infinity, Number('x'), parseInt('')].map((x) => { f[0] = x; return b[0]; }).join();`,
    paths: ['/a', '/b'],
  },
  {
    name: 'dates are UTC, whatever the host thinks',
    handler: `
      const d = new Date(Date.UTC(2026, 6, 1, 12));
      return [d.toString(), d.getTimezoneOffset(), new Date(2026, 0, 1).getTime(), new Date('2026-07-01T00:00').toISOString(),
        d.toLocaleString(), d.toLocaleDateString(), d.toLocaleTimeString(), Date.parse('1 Jan 2026'), new Date(1e15).toString()].join('|');`,
    replies: [/GMT\+0000.*\|0\|1767225600000\|2026-07-01T00:00:00.000Z/],
  },
  {
    name: 'ten thousand timers, many cancelled, some nested',
    setup: 'let fired = 0; const ids = [];',
    handler: `
      if (path === '/set') {
        for (let i = 0; i < 10000; i++) ids.push(setTimeout(() => { fired++; if (i % 100 === 0) setTimeout(() => fired++, 1); }, (i * 7919) % 50));
        for (let i = 0; i < 10000; i += 2) clearTimeout(ids[i]);
      }
      return String(fired);`,
    paths: ['/set', '/x', '/y'],
  },
  {
    name: 'exceptions in every callback',
    setup: `
      setInterval(() => { throw new Error('interval'); }, 5);
      setTimeout(() => { throw null; }, 1); setTimeout(() => { throw { toString() { throw 1; } }; }, 2);
      queueMicrotask(() => { throw new Error('microtask'); }); Promise.reject(new Error('nobody listens'));
      setTimeout(async () => { throw Symbol('s'); }, 3);`,
    handler: `
      if (path === '/throw') throw new Error('thrown');
      if (path === '/reject') return Promise.reject('rejected');
      if (path === '/proxy') throw new Proxy({}, { get() { throw 'again'; }, getPrototypeOf() { throw 'and again'; } });
      return 'fine';`,
    paths: ['/throw', '/reject', '/proxy', '/x'],
    replies: [/./, /./, /./, 'fine'],
  },
  {
    name: 'a promise flood of thirty thousand',
    handler:
      'let n = 0; await Promise.all(Array.from({ length: 30000 }, async () => { await null; n++; })); return String(n);',
    replies: ['30000'],
  },
  {
    name: 'a memory that grows while a buffer is filled from outside',
    handler: `
      const parts = [];
      for (let i = 0; i < 100; i++) { parts.push(new Uint8Array(300000)); crypto.getRandomValues(parts[i].subarray(0, 1000)); }
      return String(parts.reduce((sum, p) => (sum * 31 + p[7]) % 65521, 0));`,
    paths: ['/a', '/b'],
  },
  {
    name: 'outputs that make the memory grow while they leave are whole',
    handler: "console.log('y'.repeat(200)); return 'z'.repeat(8000000);",
    paths: ['/a', '/b'],
    replies: ['z'.repeat(8_000_000), 'z'.repeat(8_000_000)],
  },
  {
    name: 'a guest that has used up its memory gets errors from its own outputs, and serves again when it has freed some',
    memoryMaximumBytes: 24 * 1024 * 1024,
    setup: 'const kept = [];',
    handler: `
      if (path === '/fill') for (let size = 1e6; size > 8; size /= 2) try { for (;;) kept.push('x'.repeat(size) + kept.length); } catch {}
      if (path === '/free') kept.length = 0;
      console.log('y'.repeat(300000));
      return 'z'.repeat(200000);`,
    paths: ['/a', '/fill', '/b', '/free', '/c'],
    replies: ['z'.repeat(200_000), /./, /./, 'z'.repeat(200_000), 'z'.repeat(200_000)],
  },
  {
    name: 'responses and errors that are more than a host can pass on',
    memoryMaximumBytes: 256 * 1024 * 1024,
    handler: `
      if (path === '/error') throw new Error('e'.repeat(17e6));
      return (path === '/wide' ? '\\u20ac' : 'x').repeat(path === '/wide' ? 6e6 : 17e6);`,
    paths: ['/text', '/wide', '/error'],
    replies: ['The response is too large\n', 'The response is too large\n', 'Internal Server Error\n'],
  },
  {
    name: 'heads of streams that are more than a host can pass on',
    memoryMaximumBytes: 256 * 1024 * 1024,
    handler: `
      const headers = path === '/one' ? { x: 'a'.repeat(20e6) } : Array.from({ length: 500 }, (_, n) => ['x' + n, 'a'.repeat(1000)]);
      return new Response(new ReadableStream({ pull(c) { c.close(); } }), { headers });`,
    paths: ['/one', '/many'],
    replies: ['The response is too large\n', 'The response is too large\n'],
  },
  {
    name: 'transcendental functions and number formatting',
    handler: `
      let s = 0, t = '';
      for (let i = 1; i < 20000; i++) s += Math.sin(i) * Math.exp(Math.cos(i)) + Math.pow(i, 0.37) + Math.cbrt(i) + Math.tan(i) + Math.log1p(i);
      for (const n of [s, 1e21, 5e-324, 0.1 + 0.2, 123456.789]) t += n.toString() + n.toFixed(5) + n.toPrecision(9) + n.toString(7) + n.toLocaleString();
      return t;`,
    paths: ['/a'],
  },
];

/** The whole program. */
export function programOf({ setup = '', handler }: TortureGuest): string {
  return `${setup}
const torture = async (path, request) => { ${handler} };
const NativeResponse = Response, NativeURL = URL;
export default {
  async fetch(request) {
    const path = new NativeURL(request.url).pathname;
    if (path === '/alive') return new NativeResponse('alive');
    const made = await torture(path, request);
    return made instanceof NativeResponse ? made : new NativeResponse(made);
  },
};
`;
}
