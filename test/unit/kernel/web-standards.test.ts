/**
 * What guests find of WinterTC's minimum common API beyond requests and URLs: cases after the
 * standards, and after what the web platform tests look at. Each expression is evaluated in a guest and
 * compared with what the standard says.
 */
import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { evaluate, run } from './harness.ts';

type Case = readonly [claim: string, expression: string, expected: unknown];

const PRELUDE = `
  const text = (stream) => new Response(stream).text();
  const of = (...chunks) => new ReadableStream({ start(c) { for (const chunk of chunks) c.enqueue(chunk); c.close(); } });
  const all = async (stream) => { const list = []; for await (const chunk of stream) list.push(chunk); return list; };
  const bytes = (text) => new TextEncoder().encode(text);
  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const failure = async (run) => { try { await run(); } catch (error) { return error.name; } };
`;

/** All cases of a group in one guest: an engine for each would take longer than all of them. */
function holds(cases: readonly Case[]): void {
  const each = cases.map(([, expression]) => `(async () => [await (async () => (${expression}))()])()`);
  const guest = run(`${PRELUDE}\nconsole.log(JSON.stringify(await Promise.all([${each.join(',\n')}])))`);
  guest.sleep(100);
  const line = guest.stdout.at(-1);
  if (line === undefined) throw new Error(guest.stderr.join('\n') || 'the guest said nothing');
  const found = JSON.parse(line) as readonly [unknown][];
  const said = Object.fromEntries(cases.map(([claim], index) => [claim, found[index]?.[0]]));
  expect(said).toEqual(Object.fromEntries(cases.map(([claim, , expected]) => [claim, expected])));
}

describe('streams', () => {
  it('are read, piped, transformed, teed, cancelled and aborted as the standard says', () => {
    holds([
      ['chunks come in order', `all(of('a', 'b'))`, ['a', 'b']],
      [
        'a stream is made of anything that iterates',
        `all(ReadableStream.from(['a', Promise.resolve('b')]))`,
        ['a', 'b'],
      ],
      [
        'a reader locks',
        `(() => { const s = of('a'); s.getReader(); return [s.locked, failure(() => s.getReader())]; })()[0]`,
        true,
      ],
      [
        'a second reader is refused',
        `failure(() => { const s = of(); s.getReader(); s.getReader(); })`,
        'TypeError',
      ],
      [
        'pulling stops at the high-water mark',
        `(async () => { let n = 0; new ReadableStream({ pull(c) { c.enqueue(++n); } }, { highWaterMark: 3 }); await new Promise((r) => setTimeout(r)); return n; })()`,
        3,
      ],
      [
        'sizes count',
        `(async () => { let n = 0; new ReadableStream({ pull(c) { n += 1; c.enqueue('xxxx'); } }, { highWaterMark: 8, size: (c) => c.length }); await new Promise((r) => setTimeout(r)); return n; })()`,
        2,
      ],
      [
        'cancel tells the source why',
        `(async () => { let why; await new ReadableStream({ cancel(r) { why = r; } }).cancel('enough'); return why; })()`,
        'enough',
      ],
      [
        'both branches of a tee have all',
        `(async () => { const [a, b] = of('x', 'y').tee(); return [await all(a), await all(b)]; })()`,
        [
          ['x', 'y'],
          ['x', 'y'],
        ],
      ],
      [
        'an error reaches the reader',
        `failure(() => all(new ReadableStream({ pull() { throw new RangeError('r'); } })))`,
        'RangeError',
      ],
      [
        'leaving a loop cancels',
        `(async () => { let gone = false; const s = new ReadableStream({ pull(c) { c.enqueue(1); }, cancel() { gone = true; } }); for await (const x of s) break; return gone; })()`,
        true,
      ],
      [
        'writes wait for the sink',
        `(async () => { const log = []; const w = new WritableStream({ async write(c) { await null; log.push(c); } }).getWriter(); w.write(1); w.write(2); await w.close(); return log; })()`,
        [1, 2],
      ],
      [
        'desiredSize falls with what is queued',
        `(() => { const w = new WritableStream({ write: () => new Promise(() => {}) }, new CountQueuingStrategy({ highWaterMark: 2 })).getWriter(); w.write(1); return w.desiredSize; })()`,
        1,
      ],
      [
        'an aborted writer fails',
        `(async () => { const s = new WritableStream(); const w = s.getWriter(); await w.abort(new RangeError('r')); return failure(() => w.write(1)); })()`,
        'RangeError',
      ],
      [
        'transforms map and flush',
        `all(of(1, 2).pipeThrough(new TransformStream({ transform(c, t) { t.enqueue(c * 2); }, flush(t) { t.enqueue('end'); } })))`,
        [2, 4, 'end'],
      ],
      [
        'a pipe is stopped by its signal',
        `(async () => { const c = new AbortController(); const p = new ReadableStream().pipeTo(new WritableStream(), { signal: c.signal }); c.abort(); return failure(() => p); })()`,
        'AbortError',
      ],
      [
        'a byte stream fills the buffer it is given',
        `(async () => { const r = new ReadableStream({ type: 'bytes', pull(c) { const v = c.byobRequest.view; v[0] = 7; c.byobRequest.respond(1); } }).getReader({ mode: 'byob' }); const { value } = await r.read(new Uint8Array(4)); return [...value]; })()`,
        [7],
      ],
      [
        'a byte strategy counts bytes',
        `new ByteLengthQueuingStrategy({ highWaterMark: 1 }).size(new Uint8Array(5))`,
        5,
      ],
    ]);
  });

  it('carry text and compressed bytes', () => {
    holds([
      [
        'text is encoded, halves of a pair joined',
        `text(of('h\\u00e9', '\\ud83d', '\\ude00').pipeThrough(new TextEncoderStream()))`,
        'h\u00e9\u{1f600}',
      ],
      [
        'half a pair at the end is replaced',
        `text(of('\\ud83d').pipeThrough(new TextEncoderStream()))`,
        '\ufffd',
      ],
      [
        'bytes are decoded across chunks',
        `all(of(new Uint8Array([0xc3]), new Uint8Array([0xa9])).pipeThrough(new TextDecoderStream()))`,
        ['\u00e9'],
      ],
      [
        'a fatal decoder fails',
        `failure(() => all(of(new Uint8Array([0xff])).pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))))`,
        'TypeError',
      ],
      ...['gzip', 'deflate', 'deflate-raw'].map(
        (format): Case => [
          `${format} comes back`,
          `text(of(bytes('hello '.repeat(500))).pipeThrough(new CompressionStream('${format}')).pipeThrough(new DecompressionStream('${format}')))`,
          'hello '.repeat(500),
        ],
      ),
      ['an unknown format is refused', `failure(() => new CompressionStream('br'))`, 'TypeError'],
      [
        'what is damaged fails',
        `failure(() => text(of(bytes('no gzip at all')).pipeThrough(new DecompressionStream('gzip'))))`,
        'TypeError',
      ],
      [
        'what ends too early fails',
        `(async () => { const whole = new Uint8Array(await new Response(of(bytes('hello')).pipeThrough(new CompressionStream('gzip'))).arrayBuffer()); return failure(() => text(of(whole.slice(0, 12)).pipeThrough(new DecompressionStream('gzip')))); })()`,
        'TypeError',
      ],
    ]);
  });
});

describe('bodies', () => {
  it('are blobs, forms, streams, and know what they are', () => {
    holds([
      [
        'a blob joins its parts',
        `new Blob(['ab', bytes('c'), new Blob(['d']), new Uint16Array([0x6665]).buffer]).text()`,
        'abcdef',
      ],
      [
        'a blob has a size and a type in lower case',
        `(() => { const b = new Blob(['\\u00e9'], { type: 'Text/X' }); return [b.size, b.type]; })()`,
        [2, 'text/x'],
      ],
      ['a slice counts from both ends', `new Blob(['abcdef']).slice(-4, -1).text()`, 'cde'],
      ['a blob streams', `text(new Blob(['streamed']).stream())`, 'streamed'],
      [
        'a file has a name and a time',
        `(() => { const f = new File(['x'], 'n.txt', { lastModified: 5, type: 'a/b' }); return [f.name, f.lastModified, f.type, f instanceof Blob]; })()`,
        ['n.txt', 5, 'a/b', true],
      ],
      [
        'a body of a blob has its type',
        `new Response(new Blob(['x'], { type: 'a/b' })).headers.get('content-type')`,
        'a/b',
      ],
      [
        'blob() has the type of the body',
        `(async () => (await new Response('x', { headers: { 'content-type': 'a/c' } }).blob()).type)()`,
        'a/c',
      ],
      [
        'a form keeps order and repeats',
        `(() => { const f = new FormData(); f.append('a', 1); f.append('b', 2); f.append('a', 3); f.set('b', 4); return [...f]; })()`,
        [
          ['a', '1'],
          ['b', '4'],
          ['a', '3'],
        ],
      ],
      [
        'set replaces all of a name',
        `(() => { const f = new FormData(); f.append('a', 1); f.append('a', 2); f.set('a', 3); return [...f.entries()]; })()`,
        [['a', '3']],
      ],
      [
        'a form comes back from multipart',
        `(async () => { const f = new FormData(); f.append('a"\\n', 'x\\ny'); f.append('f', new Blob(['body\\r\\n--'], { type: 'a/b' }), 'n"m.txt'); const g = await new Response(f).formData(); const [, file] = [...g.values()]; return [[...g.keys()], g.get('a"\\r\\n'), file.name, file.type, await file.text()]; })()`,
        [['a"\r\n', 'f'], 'x\r\ny', 'n"m.txt', 'a/b', 'body\r\n--'],
      ],
      [
        'a form comes from urlencoded',
        `(async () => [...await new Response('a=1+2&b=%C3%A9', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }).formData()])()`,
        [
          ['a', '1 2'],
          ['b', '\u00e9'],
        ],
      ],
      ['what is no form is refused', `failure(() => new Response('x').formData())`, 'TypeError'],
      [
        'a form without its end is refused',
        `failure(() => new Response('--b\\r\\ncontent-disposition: form-data; name="a"\\r\\n\\r\\nx', { headers: { 'content-type': 'multipart/form-data; boundary=b' } }).formData())`,
        'TypeError',
      ],
      ['a stream is a body', `new Response(of(bytes('a'), bytes('b'))).text()`, 'ab'],
      ['a stream of anything else is refused', `failure(() => new Response(of('a')).text())`, 'TypeError'],
      [
        'a body is used once',
        `(async () => { const r = new Response(of(bytes('a'))); await r.text(); return [r.bodyUsed, await failure(() => r.text())]; })()`,
        [true, 'TypeError'],
      ],
      [
        'a body that is being read cannot be read',
        `(async () => { const r = new Response('a'); r.body.getReader(); return failure(() => r.text()); })()`,
        'TypeError',
      ],
      [
        'the same body is given each time',
        `(() => { const r = new Response('a'); return r.body === r.body && r.body instanceof ReadableStream; })()`,
        true,
      ],
      ['no body is null', `[new Response().body, new Response(null, { status: 204 }).body]`, [null, null]],
      [
        'clones of a stream both have it',
        `(async () => { const r = new Response(of(bytes('a'))); const c = r.clone(); return [await r.text(), await c.text()]; })()`,
        ['a', 'a'],
      ],
      [
        'a body passes from one to another',
        `(async () => { const a = new Response('x'); const b = new Response(a.body, { status: 201 }); return [await b.text(), a.bodyUsed]; })()`,
        ['x', true],
      ],
    ]);
  });
});

describe('crypto.subtle', () => {
  /**
   * Test vectors: FIPS 180, RFC 4231, RFC 5869, RFC 6070; the one for AES-GCM from McGrew and Viega's paper.
   */
  it('gives the published results', () => {
    holds([
      [
        'SHA-1',
        `(async () => hex(await crypto.subtle.digest('SHA-1', bytes('abc'))))()`,
        'a9993e364706816aba3e25717850c26c9cd0d89d',
      ],
      [
        'SHA-256',
        `(async () => hex(await crypto.subtle.digest({ name: 'sha-256' }, bytes('abc'))))()`,
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      ],
      [
        'SHA-384',
        `(async () => hex(await crypto.subtle.digest('SHA-384', bytes('abc'))).slice(0, 32))()`,
        'cb00753f45a35e8bb5a03d699ac65007',
      ],
      [
        'SHA-512',
        `(async () => hex(await crypto.subtle.digest('SHA-512', bytes('abc'))).slice(0, 32))()`,
        'ddaf35a193617abacc417349ae204131',
      ],
      [
        'HMAC',
        `(async () => { const k = await crypto.subtle.importKey('raw', bytes('Jefe'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']); return hex(await crypto.subtle.sign('HMAC', k, bytes('what do ya want for nothing?'))); })()`,
        '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      ],
      [
        'HKDF',
        `(async () => { const k = await crypto.subtle.importKey('raw', new Uint8Array(22).fill(0x0b), 'HKDF', false, ['deriveBits']); return hex(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: Uint8Array.from({ length: 13 }, (_, i) => i), info: Uint8Array.from({ length: 10 }, (_, i) => 0xf0 + i) }, k, 336)); })()`,
        '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
      ],
      [
        'PBKDF2',
        `(async () => { const k = await crypto.subtle.importKey('raw', bytes('password'), 'PBKDF2', false, ['deriveBits']); return hex(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-1', salt: bytes('salt'), iterations: 2 }, k, 160)); })()`,
        'ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957',
      ],
      [
        'AES-GCM',
        `(async () => { const k = await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt']); return hex(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, k, new Uint8Array(16))); })()`,
        '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf',
      ],
    ]);
  });

  it('counts in AES-CTR with as many bits as it is told, wherever they wrap, as Node does', async () => {
    const key = new Uint8Array(16).map((_, at) => at);
    const cases = [1, 4, 8, 12, 63, 64, 127, 128].flatMap((length) =>
      [
        'ff'.repeat(16),
        `${'00'.repeat(15)}fe`,
        `${'a7'.repeat(8)}${'ff'.repeat(7)}fd`,
        '00'.repeat(16),
      ].flatMap((counter) => [0, 1, 16, 33, 100, 256].map((size) => ({ length, counter, size }))),
    );
    const node = await webcrypto.subtle.importKey('raw', key, 'AES-CTR', false, ['encrypt']);
    const expected = await Promise.all(
      cases.map(({ length, counter, size }) =>
        webcrypto.subtle
          .encrypt(
            { name: 'AES-CTR', length, counter: Buffer.from(counter, 'hex') },
            node,
            new Uint8Array(size),
          )
          .then(
            (made) => Buffer.from(made).toString('hex'),
            (error: Error) => error.name,
          ),
      ),
    );
    expect(expected.filter((made) => made === 'OperationError').length).toBeGreaterThan(10);
    const made = evaluate<string[]>(
      `(async () => {
        const k = await crypto.subtle.importKey('raw', new Uint8Array(16).map((_, at) => at), 'AES-CTR', false, ['encrypt', 'decrypt']);
        const from = (text) => new Uint8Array(text.match(/../g).map((byte) => parseInt(byte, 16)));
        const each = async ({ length, counter, size }) => {
          const algorithm = { name: 'AES-CTR', length, counter: from(counter) };
          const sealed = await crypto.subtle.encrypt(algorithm, k, new Uint8Array(size));
          const opened = new Uint8Array(await crypto.subtle.decrypt(algorithm, k, sealed));
          return opened.length === size && opened.every((byte) => byte === 0) ? hex(sealed) : 'not the same again';
        };
        return Promise.all(${JSON.stringify(cases)}.map((one) => each(one).catch((error) => error.name)));
      })()`,
      PRELUDE,
    );
    expect(made).toEqual(expected);
  });

  it('has AES-GCM tags of every length that the standard has, as Node does, and no other', async () => {
    const bits = [32, 64, 96, 104, 112, 120, 128];
    const iv = new Uint8Array(12);
    const node = await webcrypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt']);
    const expected = await Promise.all(
      bits.map(async (tagLength) => {
        const made = await webcrypto.subtle.encrypt(
          { name: 'AES-GCM', iv, tagLength },
          node,
          Buffer.from('x'),
        );
        return Buffer.from(made).toString('hex');
      }),
    );
    const made = evaluate(
      `(async () => {
        const k = await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt', 'decrypt']);
        const each = async (tagLength) => {
          const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12), tagLength };
          const sealed = await crypto.subtle.encrypt(algorithm, k, bytes('x'));
          return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, k, sealed)) === 'x' && hex(sealed);
        };
        return [...await Promise.all(${JSON.stringify(bits)}.map(each)), await failure(() => each(40))];
      })()`,
      PRELUDE,
    );
    expect(made).toEqual([...expected, 'OperationError']);
  });

  it('keeps its promises about keys and forged data', () => {
    const hmac = `crypto.subtle.importKey('raw', bytes('k'), { name: 'HMAC', hash: 'SHA-512' }, true, ['sign', 'verify'])`;
    holds([
      [
        'a signature is verified',
        `(async () => { const k = await ${hmac}; const s = await crypto.subtle.sign('HMAC', k, bytes('d')); return [await crypto.subtle.verify('HMAC', k, s, bytes('d')), await crypto.subtle.verify('HMAC', k, s, bytes('e')), await crypto.subtle.verify('HMAC', k, s.slice(1), bytes('d'))]; })()`,
        [true, false, false],
      ],
      [
        'a key is exported and imported',
        `(async () => { const jwk = await crypto.subtle.exportKey('jwk', await ${hmac}); const k = await crypto.subtle.importKey('jwk', jwk, { name: 'HMAC', hash: 'SHA-512' }, true, ['sign']); return [jwk.kty, jwk.alg, new TextDecoder().decode(await crypto.subtle.exportKey('raw', k))]; })()`,
        ['oct', 'HS512', 'k'],
      ],
      [
        'a key that is not extractable stays inside',
        `(async () => { const k = await crypto.subtle.generateKey({ name: 'AES-CBC', length: 128 }, false, ['encrypt']); return failure(() => crypto.subtle.exportKey('raw', k)); })()`,
        'InvalidAccessError',
      ],
      [
        'a key is for what it is for',
        `(async () => { const k = await crypto.subtle.generateKey({ name: 'AES-CBC', length: 128 }, false, ['encrypt']); return failure(() => crypto.subtle.decrypt({ name: 'AES-CBC', iv: new Uint8Array(16) }, k, new Uint8Array(16))); })()`,
        'InvalidAccessError',
      ],
      ...(['AES-GCM', 'AES-CBC', 'AES-CTR'] as const).map(
        (name): Case => [
          `${name} comes back`,
          `(async () => { const k = await crypto.subtle.generateKey({ name: '${name}', length: 256 }, false, ['encrypt', 'decrypt']); const a = { name: '${name}', iv: new Uint8Array(16), counter: new Uint8Array(16), length: 64 }; return new TextDecoder().decode(await crypto.subtle.decrypt(a, k, await crypto.subtle.encrypt(a, k, bytes('secret')))); })()`,
          'secret',
        ],
      ),
      [
        'forged data is refused',
        `(async () => { const k = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt', 'decrypt']); const a = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: bytes('h') }; const c = new Uint8Array(await crypto.subtle.encrypt(a, k, bytes('x'))); c[0] ^= 1; return [await failure(() => crypto.subtle.decrypt(a, k, c)), await failure(() => crypto.subtle.decrypt(a, k, c.slice(0, 3)))]; })()`,
        ['OperationError', 'OperationError'],
      ],
      [
        'what is not there is named',
        `failure(() => crypto.subtle.generateKey({ name: 'RSA-PSS' }, true, ['sign']))`,
        'NotSupportedError',
      ],
      [
        'an illegal key is refused',
        `failure(() => crypto.subtle.importKey('raw', new Uint8Array(5), 'AES-GCM', true, ['encrypt']))`,
        'DataError',
      ],
    ]);
  });
});

describe('the rest', () => {
  it('URLPattern, events, messages, errors of the global object', () => {
    holds([
      [
        'patterns match and name groups',
        `(() => { const p = new URLPattern({ pathname: '/books/:id(\\\\d+)' }); return [p.test('http://h/books/7'), p.test('http://h/books/x'), p.exec('http://h/books/7').pathname.groups.id]; })()`,
        [true, false, '7'],
      ],
      [
        'a pattern of one text',
        `new URLPattern('https://*.example.com/a/*').test('https://www.example.com/a/b')`,
        true,
      ],
      [
        'messages arrive cloned, in order',
        `(async () => { const { port1, port2 } = new MessageChannel(); const got = []; const done = new Promise((r) => { port2.onmessage = (e) => { got.push(e.data); if (got.length === 2) r(got); }; }); const o = { a: 1 }; port1.postMessage(o); o.a = 2; port1.postMessage([o]); return done; })()`,
        [{ a: 1 }, [{ a: 2 }]],
      ],
      [
        'a port waits until it is listened to',
        `(async () => { const { port1, port2 } = new MessageChannel(); port1.postMessage(1); await null; return new Promise((r) => { port2.addEventListener('message', (e) => r(e.data)); port2.start(); }); })()`,
        1,
      ],
      [
        'buffers are transferred',
        `(() => { const { port1 } = new MessageChannel(); const b = new ArrayBuffer(8); port1.postMessage(b, [b]); return b.byteLength; })()`,
        0,
      ],
      [
        'error events carry',
        `(() => { const e = new ErrorEvent('error', { message: 'm', lineno: 3, error: 7 }); return [e.message, e.lineno, e.error, e instanceof Event]; })()`,
        ['m', 3, 7, true],
      ],
      ['a rejection event has a promise', `failure(() => new PromiseRejectionEvent('x', {}))`, 'TypeError'],
      [
        'any of several signals',
        `(() => { const c = new AbortController(); const s = AbortSignal.any([new AbortController().signal, c.signal]); c.abort('why'); return [s.aborted, s.reason]; })()`,
        [true, 'why'],
      ],
      [
        'a signal that is late',
        `new Promise((r) => { const s = AbortSignal.timeout(5); s.onabort = () => r(s.reason.name); setTimeout(() => {}, 10); })`,
        'TimeoutError',
      ],
    ]);
  });

  it('an error that a listener prevents is not printed and ends nothing; one that nobody prevents is and does', () => {
    const guest = run(`
      addEventListener('unhandledrejection', (event) => { console.log('rejected', event.reason.message); event.preventDefault(); });
      onerror = (message) => { console.log(message); return true; };
      Promise.reject(new Error('one'));
      setTimeout(() => { throw new Error('two'); }, 1);
      setTimeout(() => { reportError(new Error('three')); onerror = null; throw new Error('four'); }, 2);
    `);
    guest.sleep(10);
    expect(guest.stdout).toEqual(['rejected one', 'Uncaught Error: two', 'Uncaught Error: three']);
    expect(guest.stderr.join()).toContain('Uncaught Error: four');
    expect(guest.exitCode).toBe(1);
  });

  it("an error out of the kernel's parts shows the guest's own frames alone", () => {
    const guest = run("function own() { new CompressionStream('br'); }\nown();");
    expect(guest.stderr.join('\n').split('\n').slice(1)).toEqual([
      expect.stringMatching(/^ {4}at own \(guest\.js:1:\d+\)$/),
      expect.stringMatching(/^ {4}at <anonymous> \(guest\.js:2:\d+\)$/),
    ]);
  });

  it('what few guests use is made when it is first named, and can be replaced before', () => {
    const guest = run(`
      const kind = () => 'get' in Object.getOwnPropertyDescriptor(globalThis, 'ReadableStream') ? 'unmade' : 'made';
      const before = kind();
      ReadableStream.name;
      Blob = class Mine {};
      console.log(before, kind(), Blob.name, String(WritableStream).includes('[native code]'), typeof FormData);
    `);
    expect(guest.stdout).toEqual(['unmade made Mine true function']);
  });

  it('a guest that replaces the built-ins breaks its own streams at most: requests, timers and keys go on', () => {
    const guest = run(`
      Promise.prototype.then = () => { throw new Error('then'); };
      Array.prototype.push = Array.prototype.shift = () => { throw new Error('array'); };
      Uint8Array.prototype.set = Map.prototype.get = Object.defineProperty = () => { throw new Error('built-in'); };
      let runs = 0;
      export default { fetch(request) {
        if (request.url.endsWith('/stream')) return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(1)); c.close(); } }));
        runs += 1;
        return new Response(String(runs));
      } };
    `);
    guest.request('/stream');
    const headers = { 'idempotency-key': 'k' };
    expect(guest.fetch('/', { method: 'POST', headers }).text).toBe('1');
    expect(guest.fetch('/', { method: 'POST', headers }).text).toBe('1');
    expect(guest.fetch('/').text).toBe('2');
  });
});
