/** Guests that replace built-ins: timers, replies, keys and reports must not notice. */
import { expect, test } from 'vitest';
import { run } from './harness.ts';

const HOSTILITIES: readonly (readonly [string, string])[] = [
  [
    'Map',
    `Map.prototype.has = Map.prototype.get = Map.prototype.set = Map.prototype.delete = Map.prototype.forEach = () => { throw new Error('map') }; globalThis.Map = undefined;`,
  ],
  [
    'Promise',
    `Promise.prototype.then = Promise.resolve = Promise.reject = () => { throw new Error('promise') }; globalThis.Promise = undefined;`,
  ],
  [
    'species',
    `Object.defineProperty(Promise, Symbol.species, { get() { throw new Error('species') } }); Object.defineProperty(ArrayBuffer, Symbol.species, { get() { throw new Error('species') } });`,
  ],
  [
    'JSON and Date',
    `JSON.stringify = JSON.parse = Date.now = () => { throw new Error('json') }; globalThis.Date = undefined;`,
  ],
  [
    'iterators',
    `Array.prototype[Symbol.iterator] = function* () { throw new Error('iterator') }; Object.getPrototypeOf([][Symbol.iterator]).next = () => { throw 1 };`.replace(
      '[][Symbol.iterator]',
      '[].keys()',
    ),
  ],
  [
    'Function',
    `Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw new Error('call') }; Reflect.apply = undefined;`,
  ],
  [
    'Object setters',
    `for (const key of ['0', '1', '2', '3', 'id', 'state', 'entry', 'next', 'text', 'status', 'list', 'place', 'owner']) Object.defineProperty(Object.prototype, key, { configurable: true, set() { throw new Error('setter ' + key) }, get() { return undefined } });`,
  ],
  [
    'Array setters',
    `for (let i = 0; i < 100; i++) Object.defineProperty(Array.prototype, i, { configurable: true, set() { throw new Error('index') }, get() { throw new Error('index') } });`,
  ],
  [
    'String',
    `for (const key of Object.getOwnPropertyNames(String.prototype)) if (key !== 'constructor' && key !== 'length') try { String.prototype[key] = () => { throw new Error('string') } } catch (e) { if (key !== 'concat') throw e } String.fromCharCode = String.fromCodePoint = undefined; String.prototype[Symbol.split] = () => { throw new Error('split') };`,
  ],
  [
    'Array methods',
    `for (const key of Object.getOwnPropertyNames(Array.prototype)) if (key !== 'constructor' && key !== 'length') Array.prototype[key] = () => { throw new Error('array') }; Array.isArray = undefined;`,
  ],
  [
    'RegExp',
    `RegExp.prototype.exec = RegExp.prototype.test = () => { throw new Error('regexp') }; for (const s of [Symbol.match, Symbol.replace, Symbol.split, Symbol.search]) RegExp.prototype[s] = () => { throw 1 };`,
  ],
  [
    'typed arrays',
    `const T = Object.getPrototypeOf(Uint8Array.prototype); for (const key of ['set', 'indexOf', 'slice', 'subarray']) T[key] = () => { throw new Error('typed') }; Object.defineProperty(T, 'length', { get() { throw new Error('length') } }); ArrayBuffer.prototype.slice = () => { throw 1 }; globalThis.Uint8Array = undefined;`,
  ],
  [
    'Symbol.hasInstance',
    `for (const C of [Error, Object, Function, Response, Request, Headers]) Object.defineProperty(C, Symbol.hasInstance, { value() { throw new Error('hasInstance') } });`,
  ],
  [
    'Error',
    `Object.defineProperty(Error.prototype, 'message', { get() { throw 1 } }); Error.prototype.toString = () => { throw 2 }; Object.defineProperty(Error.prototype, 'name', { get() { throw 3 } });`,
  ],
  [
    'globals',
    `for (const key of Object.getOwnPropertyNames(globalThis)) if (!['globalThis', 'undefined', 'NaN', 'Infinity', 'self'].includes(key)) try { delete globalThis[key] } catch {}`,
  ],
];

test.each(HOSTILITIES)(
  'a guest that breaks %s is served exactly once, its timers fire, its errors are told',
  (_name, attack) => {
    const guest = run(`
    const R = Response, U = Request, timeout = setTimeout, clear = clearTimeout, log = console.log, fail = reportError, E = Error;
    let runs = 0, fired = 0;
    const app = { async fetch(request) {
      const url = request.url;
      if (url === 'http://localhost:8080/throw') throw new E('told');
      if (url === 'http://localhost:8080/runs') return new R('' + runs);
      if (url === 'http://localhost:8080/timer') { timeout(() => { fired += 1; log('fired ' + fired) }, 10); clear(timeout(() => log('never'), 5)); return new R('set') }
      runs += 1;
      const body = await request.text();
      return new R(body + ' ' + runs, { headers: { 'x-method': request.method } });
    } };
    ${attack}
    export default app;`);
    expect(guest.stderr).toEqual([]);
    const keyed = { body: 'höst', headers: { 'idempotency-key': 'k', 'x-other': 'y' } };
    expect(guest.fetch('/a', keyed)).toMatchObject({
      status: 200,
      text: 'höst 1',
      headers: { 'x-method': 'POST' },
    });
    expect(guest.fetch('/a', keyed).text).toBe('höst 1');
    expect(guest.fetch('/a', { body: 'b' }).text).toBe('b 2');
    expect(guest.fetch('/runs').text).toBe('2');
    expect(guest.fetch('/timer').text).toBe('set');
    guest.sleep(50);
    expect(guest.stdout).toEqual(['fired 1']);
    expect(guest.fetch('/throw').status).toBe(500);
    expect(guest.stderr).toHaveLength(1);
    guest.live();
    expect(guest.fetch('/a', keyed).text).toBe('höst 1');
    expect(guest.last?.broken).toBe(false);
  },
);

test.each([
  [
    'Array.prototype.find chooses a hash',
    `Array.prototype.find = () => ({ name: 'SHA-1', code: 99, bytes: 1 });`,
  ],
  ['it chooses a length', `Array.prototype.find = () => ({ name: 'SHA-1', code: 4, bytes: 1 });`],
  [
    'a length changes its mind',
    `let n = 0; Array.prototype.find = () => ({ name: 'SHA-1', code: 4, bytes: { valueOf: () => (n += 1000) } });`,
  ],
  [
    'views say that they are short',
    `Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength', { get: () => 5 });`,
  ],
])('a guest that breaks crypto.subtle breaks nothing else: %s', (_name, attack) => {
  const guest = run(`
    const { subtle } = crypto, R = Response;
    const key = await subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt']);
    const own = await subtle.importKey('raw', new Uint8Array(16), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
    ${attack}
    export default { async fetch() {
      await subtle.digest('SHA-1', new Uint8Array(100)).catch(() => {});
      await subtle.sign('HMAC', own, new Uint8Array(100)).catch(() => {});
      await subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(100)).catch(() => {});
      return new R('here');
    } };`);
  expect(guest.fetch('/').text).toBe('here');
});

test.each([
  ['a buffer that is an array', `buffer = Object.assign(Array(30).fill(65), { byteLength: 20 });`],
  [
    'a length between two numbers',
    `Array.prototype.find = function () { return typeof this[0] === 'string' ? 'HMAC' : { name: 'SHA-1', blockBytes: 99999.5 } };`,
  ],
])('what is no buffer, or no length, never reaches the host: %s', (_name, attack) => {
  const guest = run(`
    const R = Response, views = Object.getPrototypeOf(Uint8Array.prototype);
    let buffer;
    const subtle = crypto.subtle, generate = subtle.generateKey;
    ${attack}
    if (buffer !== undefined) Object.defineProperty(views, 'buffer', { get: () => buffer });
    export default { async fetch() {
      try { await new Blob(['a text']).text(); } catch {}
      try { await generate.call(subtle, { name: 'HMAC', hash: 'SHA-1' }, true, ['sign']); } catch {}
      return new R('here');
    } };`);
  expect(guest.fetch('/').text).toBe('here');
});

test('two machines with the same inputs have the same memory after every attack', () => {
  for (const [, attack] of HOSTILITIES) {
    const hashes = [0, 1].map(() => {
      const guest = run(
        `const R = Response; ${attack}; export default { async fetch() { await null; return new R('x') } }`,
      );
      guest.request('/', { body: 'x', headers: { 'idempotency-key': 'k' } });
      guest.live();
      return guest.machine.stateHash();
    });
    expect(hashes[0]).toBe(hashes[1]);
  }
});

test('objects that only look like a Response, subclasses and thenables get what they deserve', () => {
  const guest = run(`class Mine extends Response { get status() { return 999 } get headers() { throw 1 } }
  export default { fetch(request) {
    switch (new URL(request.url).pathname) {
      case '/subclass': return new Mine('mine', { status: 201 });
      case '/lookalike': return { status: 200, headers: new Headers(), get body() { throw new Error('body') } };
      case '/proxy': return new Proxy(new Response('x'), { get() { throw new Error('trap') } });
      case '/thenable': return { then(resolve) { resolve(new Response('thenable')) } };
      case '/evil': return { get then() { throw new Error('evil then') } };
      case '/twice': return { then(resolve, reject) { resolve(new Response('first')); resolve(new Response('second')); reject(1); throw 2 } };
      case '/used': { const r = new Response('x'); r.text(); return r }
      case '/same': return globalThis.same ??= new Response('same');
      case '/never': return new Promise(() => {});
    } } }`);
  expect(guest.fetch('/subclass')).toMatchObject({ status: 201, text: 'mine' });
  expect(guest.fetch('/lookalike').status).toBe(500);
  expect(guest.fetch('/proxy').status).toBe(500);
  expect(guest.fetch('/thenable').text).toBe('thenable');
  expect(guest.fetch('/evil').status).toBe(500);
  expect(guest.fetch('/twice').text).toBe('first');
  expect(guest.fetch('/used').status).toBe(500);
  expect(guest.fetch('/same').text).toBe('same');
  expect(guest.fetch('/same').status).toBe(500);
  const never = guest.request('/never');
  expect(guest.machine.openRequests).toBe(1);
  guest.abort(never);
  expect(guest.machine.openRequests).toBe(0);
  expect(guest.replies.filter((reply) => reply.id === never)).toEqual([]);
});
