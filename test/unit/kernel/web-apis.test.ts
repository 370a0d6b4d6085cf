/** The Web APIs against Node's own: each script runs in the guest and here, and must give the same. */
import { expect, test } from 'vitest';
import { limits } from '../../../src/kernel/limits.ts';
import { ENTROPY_SEED_BYTES } from '../../../src/machine/entropy-seed.ts';
import { evaluate, type Guest, run } from './harness.ts';

/** Types are gone by then; the guest gets the function's text. */
const same = (script: () => unknown) => async (): Promise<void> => {
  const node: unknown = JSON.parse(JSON.stringify(await script()));
  expect(evaluate(`(${script.toString()})()`)).toEqual(node);
};

test(
  'Headers: normalising, combining, order, cookies, validation',
  same(() => {
    const attempt = (f: () => unknown): unknown => {
      try {
        return f() ?? 'fine';
      } catch (error) {
        return `${error}`.split(':')[0];
      }
    };
    const h = new Headers([
      ['B', ' 1 '],
      ['a', '2'],
      ['b', '3'],
      ['Set-Cookie', 'x=1'],
      ['set-cookie', 'y=2'],
    ]);
    h.append('C', 'ü');
    h.set('a', 'new');
    h.delete('none');
    return [
      [...h],
      [...h.keys()],
      [...h.values()],
      h.get('B'),
      h.get('nope'),
      h.has('SET-cookie'),
      h.getSetCookie(),
      [...new Headers(h)],
      [...new Headers({ x: 'y', Z: '1' })],
      attempt(() => h.set('a b', '1')),
      attempt(() => h.set('a', 'x\ny')),
      attempt(() => h.append('', 'x')),
      attempt(() => h.append('x', '\u0100')),
      attempt(() => new Headers([['a']] as never)),
      attempt(() => new Headers('x' as never)),
      attempt(() => h.set('ok', '\t v \r\n')),
      h.get('ok'),
      (() => {
        const seen: string[] = [];
        h.forEach((v, k) => {
          seen.push(k + v);
        });
        return seen;
      })(),
      Object.prototype.toString.call(h),
    ];
  }),
);

test(
  'Response: status, headers, bodies of each kind, clone, json, redirect, error',
  same(async () => {
    const attempt = async (f: () => unknown): Promise<unknown> => {
      try {
        return (await f()) ?? 'fine';
      } catch (error) {
        return (error as Error).name;
      }
    };
    const r = new Response('hällo', { status: 201, statusText: 'Made', headers: { 'X-A': '1' } });
    const c = r.clone();
    const bytes = new Uint8Array([1, 2, 3, 0, 255]);
    return [
      r.status,
      r.ok,
      r.statusText,
      [...r.headers],
      r.bodyUsed,
      await r.text(),
      r.bodyUsed,
      await c.text(),
      await attempt(() => r.text()),
      await attempt(() => r.clone()),
      [...new Uint8Array(await new Response(bytes.subarray(1)).arrayBuffer())],
      [...new Uint8Array(await new Response(bytes.buffer).arrayBuffer())],
      await new Response(new URLSearchParams({ a: 'b c' })).text(),
      [...new Response(new URLSearchParams({ a: 'b c' })).headers],
      await new Response(null).text(),
      new Response(null).body,
      [...new Response(bytes).headers],
      await new Response('\ufeffx').text(),
      await new Response(5 as never).text(),
      await Response.json({ a: [1] }).json(),
      [...Response.json(1, { status: 202 }).headers],
      await attempt(() => Response.json(undefined)),
      Response.redirect('http://h/x', 301).status,
      [...Response.redirect('http://h/x', 302).headers],
      await attempt(() => Response.redirect('http://h/x', 200 as never)),
      Response.error().type,
      Response.error().status,
      await attempt(() => new Response('x', { status: 204 })),
      await attempt(() => new Response('x', { status: 199 })),
      await attempt(() => new Response('x', { status: 600 })),
      await attempt(() => new Response('x', { statusText: '\n' })),
      new Response(null, { status: 304 }).status,
      await attempt(() => new Response('{').json()),
      await attempt(() => Response.redirect('http://h/x', 302).headers.set('a', 'b')),
      await new Response(new Response('through').body).text(),
      new Response().ok,
    ];
  }),
);

test(
  'Request: method, URL, headers, bodies, clone, refusals',
  same(async () => {
    const attempt = async (f: () => unknown): Promise<unknown> => {
      try {
        return (await f()) ?? 'fine';
      } catch (error) {
        return (error as Error).name;
      }
    };
    const q = new Request('http://h/a/../b?c#d', {
      method: 'post',
      body: '{"a":1}',
      headers: { 'content-type': 'x/y' },
    });
    const copy = new Request(q, { headers: { z: '1' } });
    return [
      copy.method,
      copy.url,
      [...copy.headers],
      q.bodyUsed,
      await copy.json(),
      await attempt(() => q.text()),
      new Request('http://h', { method: 'patch' }).method,
      new Request('http://h').method,
      await attempt(() => new Request('relative')),
      await attempt(() => new Request('http://h', { method: 'CONNECT' })),
      await attempt(() => new Request('http://h', { method: 'a b' })),
      await attempt(() => new Request('http://h', { body: 'x' })),
      [...new Request('http://h', { method: 'PUT', body: 'x' }).headers],
      await new Request('http://h', { method: 'PUT', body: 'x' }).clone().text(),
      new Request(new URL('http://u/')).url,
      new Request('http://h', { signal: AbortSignal.abort() }).signal.aborted,
      q.redirect,
      q.mode,
    ];
  }),
);

test("a client's request has its URL, immutable headers, a signal, and bodies of each kind", () => {
  const guest = run(`export default { async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url); ctx.waitUntil(Promise.resolve());
    if (pathname === '/echo') return new Response(await request.arrayBuffer(), { headers: request.headers });
    if (pathname === '/json') return Response.json(await request.json());
    if (pathname === '/set') { try { request.headers.set('a', 'b') } catch (e) { return new Response(e.name) } }
    if (pathname === '/stream') { let n = 0; for await (const chunk of request.body) n += chunk.length; return new Response(String(n)) }
    if (pathname === '/lines') return Response.json([typeof env, ...request.headers]);
    return new Response(request.url) } }`);
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  expect([...guest.fetch('/echo', { body: bytes }).bytes]).toEqual([...bytes]);
  expect(guest.fetch('/json', { body: '{"ä":[1]}' }).text).toBe('{"ä":[1]}');
  expect(guest.fetch('/json', { body: '{' }).status).toBe(500);
  expect(guest.fetch('/set').text).toBe('TypeError');
  const large = new Uint8Array(300_000).fill(65);
  expect(guest.fetch('/stream', { body: large }).text).toBe('300000');
  expect(guest.fetch('/echo', { body: large }).bytes.length).toBe(300_000);
  expect(
    JSON.parse(guest.fetch('/lines', { headers: { 'x-b': '1', accept: '*/*', 'user-agent': 'ü' } }).text),
  ).toEqual(['object', ['accept', '*/*'], ['host', 'localhost:8080'], ['user-agent', 'ü'], ['x-b', '1']]);
  const urls: [string, string, string][] = [
    ['/a?b=%20#', 'h.example:80', 'http://h.example/a?b=%20#'],
    ['/a/../b', 'H', 'http://h/b'],
    ['*', 'h', 'http://h/*'],
    ['http://other/x', 'h', 'http://other/x'],
    ['/ä"', 'h:8080', 'http://h:8080/%C3%A4%22'],
    ['/', 'bad host', 'http://localhost/'],
    ['/', '', 'http://localhost/'],
    ['/x', '127.0.0.1:3', 'http://127.0.0.1:3/x'],
    ['/', '[::1]:8', 'http://[::1]:8/'],
    ['//evil/x', 'h', 'http://h//evil/x'],
    ['/', 'a/b', 'http://localhost/'],
  ];
  for (const [target, host, url] of urls) expect(guest.fetch(target, { headers: { host } }).text).toBe(url);
});

test('a response with a NUL, a lone surrogate or bytes leaves as the right bytes', () => {
  const guest =
    run(`const bodies = { '/nul': 'a\\0b', '/lone': 'x\\ud800y', '/bytes': new Uint8Array([0, 1, 255]), '/emoji': '😀', '/none': null, '/long': 'ä'.repeat(100_000), '/head': 'h' };
    export default { fetch: (r) => { const p = new URL(r.url).pathname; return new Response(bodies[p], { headers: { 'x-latin': 'é', 'set-cookie': 'a=1' } }) } }`);
  expect([...guest.fetch('/nul').bytes]).toEqual([97, 0, 98]);
  expect(guest.fetch('/lone').text).toBe('x\ufffdy');
  expect([...guest.fetch('/bytes').bytes]).toEqual([0, 1, 255]);
  expect(guest.fetch('/emoji').text).toBe('😀');
  expect(guest.fetch('/none')).toMatchObject({ text: '', headers: { 'x-latin': 'é' } });
  expect(guest.fetch('/long').bytes.length).toBe(200_000);
});

test('the signal of a request is aborted when its client is gone, asked for before or after', () => {
  const guest = run(`export default { fetch(request) {
    request.signal.onabort = () => console.log('on'); request.signal.addEventListener('abort', (e) => { console.log(e.type, request.signal.reason.name); throw new Error('listener') });
    globalThis.kept = request; return new Promise(() => {}) } }; setTimeout(() => console.log(kept.signal.aborted, kept.clone().signal.aborted), 10)`);
  guest.abort(guest.request('/'));
  guest.sleep(10);
  expect(guest.stdout).toEqual(['on', 'abort AbortError', 'true true']);
  expect(guest.stderr.join()).toMatch(/listener/);
  expect(guest.last?.broken).toBe(false);
});

test(
  'AbortController, AbortSignal.any, events and listeners',
  same(() => {
    const log: unknown[] = [];
    const a = new AbortController();
    const b = new AbortController();
    const any = AbortSignal.any([a.signal, b.signal]);
    any.addEventListener('abort', () => log.push('any'), { once: true });
    b.abort('why');
    b.abort('again');
    const target = new EventTarget();
    const listener = {
      handleEvent(e: Event) {
        log.push(['object', e.type, e.target === target]);
      },
    };
    const stop = new AbortController();
    target.addEventListener('x', listener);
    target.addEventListener('x', listener);
    target.addEventListener('x', () => log.push('once'), { once: true });
    target.addEventListener('x', () => log.push('stopped'), { signal: stop.signal });
    const first = target.dispatchEvent(new Event('x'));
    stop.abort();
    target.removeEventListener('x', listener);
    target.addEventListener('x', (e) => {
      e.preventDefault();
      e.stopImmediatePropagation();
    });
    target.addEventListener('x', () => log.push('never'));
    const second = target.dispatchEvent(new CustomEvent('x', { cancelable: true, detail: 5 }));
    let thrown: unknown;
    try {
      any.throwIfAborted();
    } catch (error) {
      thrown = error;
    }
    return [
      log,
      any.aborted,
      any.reason,
      a.signal.aborted,
      first,
      second,
      thrown,
      AbortSignal.abort().reason.name,
      new CustomEvent('y', { detail: 1 }).detail,
      new DOMException('m', 'DataCloneError').code,
      `${new DOMException('m', 'AbortError')}`,
    ];
  }),
);

test(
  'structuredClone copies data with cycles, and refuses what is none',
  same(() => {
    const attempt = (f: () => unknown): unknown => {
      try {
        return f();
      } catch (error) {
        return (error as Error).name;
      }
    };
    const source: Record<string, unknown> = {
      n: 1,
      d: new Date(5),
      r: /x/gi,
      m: new Map([[{ k: 1 }, new Set([1])]]),
      // biome-ignore lint/suspicious/noSparseArray: holes are copied as holes
      a: [1, , 3],
      u: undefined,
      b: new Uint8Array([1, 2, 3]).subarray(1),
      w: new Number(4),
      big: 5n.toString(),
    };
    source['self'] = source;
    const copy = structuredClone(source) as Record<string, unknown>;
    const error = structuredClone(new RangeError('bad', { cause: 'c' }));
    const buffer = new ArrayBuffer(8);
    const moved = structuredClone({ buffer }, { transfer: [buffer] });
    class Point {
      x = 1;
      get y() {
        return 2;
      }
    }
    return [
      copy['self'] === copy,
      (copy['d'] as Date).getTime(),
      String(copy['r']),
      [...(copy['m'] as Map<object, Set<number>>)].map(([k, v]) => [k, [...v]]),
      copy['a'],
      1 in (copy['a'] as object),
      'u' in copy,
      [...(copy['b'] as Uint8Array)],
      (copy['b'] as Uint8Array).byteOffset,
      typeof copy['w'],
      error instanceof RangeError,
      error.message,
      error.cause,
      buffer.byteLength,
      moved.buffer.byteLength,
      JSON.stringify(structuredClone(new Point())),
      Object.getPrototypeOf(structuredClone(new Point())) === Object.prototype,
      attempt(() => structuredClone(() => 1)),
      attempt(() => structuredClone({ a: Symbol('s') })),
      attempt(() => structuredClone(new WeakMap())),
      attempt(() => structuredClone(Promise.resolve())),
      attempt(() =>
        structuredClone({
          get x() {
            throw new TypeError('getter');
          },
        }),
      ),
      Object.getPrototypeOf(structuredClone(Object.create(null))) === Object.prototype,
      JSON.stringify(structuredClone({ [Symbol.toStringTag]: 'Map', a: [{ b: 1 }] })),
      structuredClone(Object.setPrototypeOf(new Date(5), Object.prototype)) instanceof Date,
      structuredClone(Object.setPrototypeOf(new Map([[1, 2]]), null)) instanceof Map,
      structuredClone('x'),
      structuredClone(null),
    ];
  }),
);

test('random bytes and UUIDs are drawn from one logged seed, within the quota', () => {
  const guest =
    run(`const u = crypto.randomUUID(); const b = crypto.getRandomValues(new Uint8Array(10)); const w = crypto.getRandomValues(new Uint32Array(4).subarray(1, 3)); crypto.getRandomValues(new Uint8Array(0));
    console.log(u, [...b].join(), w.length, [...new Uint32Array(w.buffer)].map((x) => x !== 0).join());
    for (const f of [() => crypto.getRandomValues(new Uint8Array(65537)), () => crypto.getRandomValues(new Float32Array(1)), () => crypto.getRandomValues({}), () => crypto.getRandomValues(new DataView(new ArrayBuffer(1)))]) try { f() } catch (e) { console.log(e.name) }`);
  expect(guest.entropyReads).toEqual([ENTROPY_SEED_BYTES]);
  expect(guest.stdout[0]).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} (?:\d+,){9}\d+ 2 false,true,true,false$/,
  );
  expect(guest.stdout.slice(1)).toEqual([
    'QuotaExceededError',
    'TypeMismatchError',
    'TypeMismatchError',
    'TypeMismatchError',
  ]);
});

test('a thousand identifiers cost the log five seeds, no two of them are equal, and a long read brings a seed of its own', () => {
  const guest = run(`const ids = new Set(); for (let i = 0; i < 1000; i++) ids.add(crypto.randomUUID());
    const long = crypto.getRandomValues(new Uint8Array(65536));
    console.log(ids.size, new Set(long).size)`);
  expect(guest.stdout).toEqual(['1000 256']);
  const perSeed = Math.floor(limits.randomPoolBytes / 16);
  expect(guest.entropyReads).toEqual(
    Array.from({ length: Math.ceil(1000 / perSeed) + 1 }, () => ENTROPY_SEED_BYTES),
  );
});

test('a machine that goes live draws from a seed of its own', () => {
  const guest = run('export default { fetch: () => new Response(crypto.randomUUID()) }');
  guest.fetch('/');
  guest.fetch('/');
  expect(guest.entropyReads).toHaveLength(1);
  guest.live();
  guest.fetch('/');
  expect(guest.entropyReads).toHaveLength(2);
});

test('the globals are exactly the ones on the list', () => {
  const names = evaluate<string[]>(`Object.getOwnPropertyNames(globalThis).sort()`);
  for (const absent of [
    'print',
    'std',
    'os',
    'scriptArgs',
    'gc',
    '__kernel',
    'process',
    'require',
    'Atomics',
    'WebAssembly',
    'Intl',
    'Temporal',
    'setImmediate',
    'hypercall',
  ])
    expect(names).not.toContain(absent);
  expect(names).toMatchInlineSnapshot(`
    [
      "AbortController",
      "AbortSignal",
      "AggregateError",
      "Array",
      "ArrayBuffer",
      "BigInt",
      "BigInt64Array",
      "BigUint64Array",
      "Blob",
      "Boolean",
      "ByteLengthQueuingStrategy",
      "CloseEvent",
      "CompressionStream",
      "CountQueuingStrategy",
      "Crypto",
      "CryptoKey",
      "CustomEvent",
      "DOMException",
      "DataView",
      "Date",
      "DecompressionStream",
      "Error",
      "ErrorEvent",
      "EvalError",
      "Event",
      "EventTarget",
      "File",
      "FinalizationRegistry",
      "Float16Array",
      "Float32Array",
      "Float64Array",
      "FormData",
      "Function",
      "Headers",
      "Infinity",
      "Int16Array",
      "Int32Array",
      "Int8Array",
      "InternalError",
      "Iterator",
      "JSON",
      "Map",
      "Math",
      "MessageChannel",
      "MessageEvent",
      "MessagePort",
      "NaN",
      "Number",
      "Object",
      "Performance",
      "Promise",
      "PromiseRejectionEvent",
      "Proxy",
      "RangeError",
      "ReadableByteStreamController",
      "ReadableStream",
      "ReadableStreamBYOBReader",
      "ReadableStreamBYOBRequest",
      "ReadableStreamDefaultController",
      "ReadableStreamDefaultReader",
      "ReferenceError",
      "Reflect",
      "RegExp",
      "Request",
      "Response",
      "Set",
      "SharedArrayBuffer",
      "String",
      "SubtleCrypto",
      "Symbol",
      "SyntaxError",
      "TextDecoder",
      "TextDecoderStream",
      "TextEncoder",
      "TextEncoderStream",
      "TransformStream",
      "TransformStreamDefaultController",
      "TypeError",
      "URIError",
      "URL",
      "URLPattern",
      "URLSearchParams",
      "Uint16Array",
      "Uint32Array",
      "Uint8Array",
      "Uint8ClampedArray",
      "WeakMap",
      "WeakRef",
      "WeakSet",
      "WebSocket",
      "WebSocketPair",
      "WritableStream",
      "WritableStreamDefaultController",
      "WritableStreamDefaultWriter",
      "addEventListener",
      "atob",
      "btoa",
      "clearInterval",
      "clearTimeout",
      "console",
      "crypto",
      "decodeURI",
      "decodeURIComponent",
      "dispatchEvent",
      "encodeURI",
      "encodeURIComponent",
      "escape",
      "eval",
      "fetch",
      "globalThis",
      "isFinite",
      "isNaN",
      "navigator",
      "onerror",
      "onrejectionhandled",
      "onunhandledrejection",
      "parseFloat",
      "parseInt",
      "performance",
      "queueMicrotask",
      "removeEventListener",
      "reportError",
      "self",
      "setInterval",
      "setTimeout",
      "structuredClone",
      "undefined",
      "unescape",
    ]
  `);
  expect(
    evaluate(
      `[navigator.userAgent, self === globalThis, typeof performance.now(), performance.timeOrigin, new Date(2024, 0, 1).toISOString(), new Date(0).getTimezoneOffset(), eval('1+1'), new Function('return 7')()]`,
    ),
  ).toEqual(['Tandem', true, 'number', 1_700_000_000_000, '2024-01-01T00:00:00.000Z', 0, 2, 7]);
});

test("WeakRef and FinalizationRegistry are deterministic: equal memories, and the callbacks' errors are told", () => {
  const source = `const seen = []; const registry = new FinalizationRegistry((held) => { seen.push(held); if (held === 5) throw new Error('in registry') });
    export default { fetch() { let cycle = {}; cycle.self = cycle; for (let i = 0; i < 2000; i++) { const o = { i }; o.o = o; registry.register(o, i); } const refs = Array.from({ length: 100 }, () => new WeakRef({ big: new Array(100).fill(1) })); return Response.json([seen.length, refs.filter((r) => r.deref()).length]) } }`;
  const guests = [0, 1].map(() => run(source));
  const texts = guests.map((guest: Guest) => Array.from({ length: 20 }, () => guest.fetch('/').text));
  expect(texts[0]).toEqual(texts[1]);
  expect(JSON.parse(texts[0]!.at(-1)!)[0]).toBeGreaterThan(1000);
  expect(guests[0]!.machine.stateHash()).toBe(guests[1]!.machine.stateHash());
  expect(guests[0]!.stderr.filter((line) => line.includes('in registry')).length).toBeGreaterThan(10);
});

test(
  'localeCompare: letters before accents before case, punctuation, numbers, options',
  same(() => {
    const attempt = (f: () => unknown): unknown => {
      try {
        return f();
      } catch (error) {
        return (error as Error).name;
      }
    };
    let seed = 1;
    const below = (most: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
      return seed % most;
    };
    const letters = ` _-,;:!?.'"()[]{}@*/\\&#%\`^+<=>|~$0123456789abcdzABCDZéèêëÉÈöÖüÜßæÆøØñåÅçłŁœ`;
    const word = (): string =>
      Array.from({ length: below(6) }, () => letters[below(letters.length)]).join('');
    const ways = [
      undefined,
      { numeric: true },
      { sensitivity: 'base' },
      { sensitivity: 'accent' },
      { sensitivity: 'case' },
      { caseFirst: 'upper' },
    ] as Intl.CollatorOptions[];
    const compared: unknown[] = [];
    for (const options of ways) {
      for (let count = 0; count < 300; count += 1) {
        const one = word();
        const other = [word(), word(), one.toUpperCase(), one.normalize('NFD')][below(4)] as string;
        compared.push([one, other, one.localeCompare(other, undefined, options)]);
      }
    }
    const names = [
      'Zoe',
      'adam',
      'Ünal',
      'Adam',
      'file10',
      'file9',
      'é',
      'e',
      'f',
      'мир',
      'я',
      'α',
      'St Paul',
      'St. Paul',
    ];
    return [
      compared,
      names.toSorted((a, b) => a.localeCompare(b)),
      names.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true })),
      [''.localeCompare.length, ''.localeCompare.name, 'u'.localeCompare(undefined as never)],
      '\u0000a\n'.localeCompare('a\n'),
      attempt(() => String.prototype.localeCompare.call(null, 'a')),
      attempt(() => 'a'.localeCompare('b', 'en', { sensitivity: 'none' } as never)),
      attempt(() => 'a'.localeCompare('b', 'en', null as never)),
      Object.getOwnPropertyDescriptor(String.prototype, 'localeCompare')?.enumerable,
    ];
  }),
);

test(
  'DOMException has its constants, on the class and on each of its objects',
  same(() => {
    const constants = Object.entries(DOMException).filter(([name]) => name.endsWith('_ERR'));
    const aborted = AbortSignal.abort().reason as DOMException;
    return [
      constants.sort(([, one], [, other]) => one - other),
      constants.every(([name, code]) => (aborted as unknown as Record<string, number>)[name] === code),
      aborted.code === DOMException.ABORT_ERR,
      Object.getOwnPropertyDescriptor(DOMException, 'TIMEOUT_ERR'),
      Object.keys(aborted),
    ];
  }),
);
