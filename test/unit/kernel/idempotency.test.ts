/** Exactly once inside one machine: a key runs once and has one reply, whatever happens to connections. */
import { expect, test } from 'vitest';
import { run } from './harness.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const COUNTER = `let n = 0; const waiting = [];
export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/release') { for (const w of waiting.splice(0)) w(); return new Response('released') }
  if (pathname === '/count') return new Response(String(n));
  n += 1; const mine = n; request.signal.addEventListener('abort', () => console.log('aborted', mine));
  if (pathname === '/slow') await new Promise((resolve) => waiting.push(resolve));
  if (pathname === '/throw') throw new Error('no');
  return new Response('run ' + mine, { headers: { 'x-run': String(mine) } }) } }`;
const keyed = (key: string, body = 'b') => ({ body, headers: { 'idempotency-key': key } });

test('a retry gets the same reply and the handler runs once', () => {
  const guest = run(COUNTER);
  const first = guest.fetch('/a', keyed('k1'));
  const second = guest.fetch('/a', keyed('k1'));
  expect(second).toEqual({ ...first, id: second.id });
  expect(guest.fetch('/a', keyed('"k1"')).text).toBe('run 1');
  expect(guest.fetch('/a', keyed('k2')).text).toBe('run 2');
  expect(guest.fetch('/a', { body: 'b' }).text).toBe('run 3');
});

test('an error reply is a reply too', () => {
  const guest = run(COUNTER);
  expect(guest.fetch('/throw', keyed('k')).status).toBe(500);
  expect(guest.fetch('/throw', keyed('k')).status).toBe(500);
  expect(guest.fetch('/count').text).toBe('1');
});

test('another request under the same key is refused with 422', () => {
  const guest = run(COUNTER);
  guest.fetch('/a', keyed('k'));
  expect(guest.fetch('/a', keyed('k', 'other')).status).toBe(422);
  expect(guest.fetch('/b', keyed('k')).status).toBe(422);
  expect(guest.fetch('/a', { ...keyed('k'), method: 'PUT' }).status).toBe(422);
  const long = 'x'.repeat(10_000);
  expect(guest.fetch('/a', keyed('long', long)).status).toBe(200);
  expect(guest.fetch('/a', keyed('long', long)).status).toBe(200);
  expect(guest.fetch('/a', keyed('long', `${long.slice(1)}y`)).status).toBe(422);
  expect(guest.fetch('/count').text).toBe('2');
});

test('while the first runs on a living connection a retry is refused with 409; when that is gone it waits for the run', () => {
  const guest = run(COUNTER);
  const first = guest.request('/slow', keyed('k'));
  expect(guest.fetch('/slow', keyed('k')).status).toBe(409);
  guest.abort(first);
  expect(guest.stdout).toEqual([]);
  const retry = guest.request('/slow', keyed('k'));
  expect(guest.reply(retry)).toBe(undefined);
  expect(guest.fetch('/slow', keyed('k')).status).toBe(409);
  guest.abort(retry);
  const third = guest.request('/slow', keyed('k'));
  expect(guest.machine.openRequests).toBe(1);
  guest.fetch('/release');
  expect(guest.reply(third)?.text).toBe('run 1');
  expect(guest.reply(first)).toBe(undefined);
  expect(guest.reply(retry)).toBe(undefined);
  expect(guest.machine.openRequests).toBe(0);
});

test('a run whose connection died keeps its reply for a retry that comes after it', () => {
  const guest = run(COUNTER);
  const first = guest.request('/slow', keyed('k'));
  guest.abort(first);
  guest.fetch('/release');
  expect(guest.fetch('/slow', keyed('k')).text).toBe('run 1');
});

test('going live aborts requests without a key, and those with one wait for their retries', () => {
  const guest = run(COUNTER);
  guest.request('/slow', keyed('k'));
  guest.request('/slow');
  guest.live();
  expect(guest.stdout).toEqual(['aborted 2']);
  expect(guest.machine.openRequests).toBe(0);
  const retry = guest.request('/slow', keyed('k'));
  guest.fetch('/release');
  expect(guest.reply(retry)?.text).toBe('run 1');
  expect(guest.replies.map((reply) => reply.text)).toEqual(['released', 'run 1']);
});

test('a key is kept for a day of guest time, then forgotten', () => {
  const guest = run(COUNTER);
  guest.fetch('/a', keyed('k'));
  guest.nowMs += DAY_MS - 1;
  expect(guest.fetch('/a', keyed('k')).text).toBe('run 1');
  guest.nowMs += 1;
  expect(guest.fetch('/a', keyed('k')).text).toBe('run 2');
});

test('a key is a string of structured fields, or bare; its parameters mean nothing', () => {
  const guest = run(COUNTER);
  expect(guest.fetch('/a', keyed('"k 1; \\"x\\""')).text).toBe('run 1');
  for (const [key, text] of [
    ['"k 1; \\"x\\"";a;b=2', 'run 1'],
    ['"k"; ttl="x;y"', 'run 2'],
    ['"k"', 'run 2'],
    ['k', 'run 2'],
    ['k;a', 'run 3'],
  ]) {
    expect({ key, text: guest.fetch('/a', keyed(key!)).text }).toEqual({ key, text });
  }
});

test('keys that are not valid are refused with 400 and problem details', () => {
  const guest = run(COUNTER);
  for (const key of ['', 'a b', 'x'.repeat(256), '"open', 'ä', '""', '"a"b', '"a" b', '"a";B', '"a\\b"']) {
    const reply = guest.fetch('/a', keyed(key));
    expect({ key, status: reply.status }).toEqual({ key, status: 400 });
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(reply.text)).toMatchObject({ type: 'urn:tandem:problem:key-invalid', status: 400 });
  }
  expect(guest.fetch('/a', keyed('x'.repeat(255))).status).toBe(200);
  expect(guest.fetch('/count').text).toBe('1');
});

test('each refusal has problem details and its name in a header; a 409 says when to ask again', () => {
  const guest = run(COUNTER);
  guest.request('/slow', keyed('k'));
  const inUse = guest.fetch('/slow', keyed('k'));
  expect(inUse.headers).toMatchObject({ 'tandem-refusal': 'key-in-use', 'retry-after': '1' });
  const reused = guest.fetch('/slow', keyed('k', 'another'));
  expect([reused.status, reused.headers['tandem-refusal']]).toEqual([422, 'key-reused']);
  expect(JSON.parse(reused.text)).toMatchObject({ type: 'urn:tandem:problem:key-reused', status: 422 });
});

test('when there is no room, new keys are refused until the moment that the refusal names, and old ones still answered', () => {
  const guest = run(
    `const big = 'x'.repeat(1_000_000); export default { fetch: (r) => new Response(r.url.endsWith('/small') ? 'x' : big) }`,
    { memoryMaximumBytes: 256 << 20, replyMaximumBytes: 8 << 20, replyLifetimeMs: 60_000 },
  );
  guest.fetch('/', keyed('k0'));
  guest.nowMs += 20_500;
  const statuses = Array.from({ length: 7 }, (_, index) => guest.fetch('/', keyed(`k${index + 1}`)).status);
  // The sixth ran, but its reply found no room any more; three quarters of the room are for keys.
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200]);
  expect(guest.fetch('/', keyed('k6')).status).toBe(507);
  for (let index = 0; guest.machine.kept.refused === 0; index += 1)
    guest.fetch('/small', keyed(`small${index}`));
  const refusal = guest.replies.at(-1);
  expect([refusal?.status, refusal?.headers['tandem-refusal'], refusal?.headers['retry-after']]).toEqual([
    503,
    'full',
    '40',
  ]);
  expect(guest.fetch('/', keyed('k0')).status).toBe(200);
  expect(guest.fetch('/').status).toBe(200);
  guest.nowMs += 39_499;
  expect(guest.fetch('/small', keyed('late')).headers['retry-after']).toBe('1');
  guest.nowMs += 1;
  expect(guest.fetch('/small', keyed('late')).status).toBe(200);
  expect(guest.fetch('/', keyed('k1')).status).toBe(200);
});

test('what keys cost is counted, and given back when they expire', () => {
  const guest = run(COUNTER);
  expect(guest.machine.kept).toEqual({ keys: 0, sessions: 0, bytes: 0, refused: 0 });
  for (let index = 0; index < 100; index += 1) guest.fetch('/a', keyed(`key-${index}`));
  const { keys, bytes } = guest.machine.kept;
  expect(keys).toBe(100);
  expect(bytes / keys).toBeLessThan(250);
  guest.nowMs += DAY_MS;
  for (let index = 0; index < 40; index += 1) guest.fetch('/a', keyed('later'));
  expect(guest.machine.kept.keys).toBe(1);
  expect(guest.machine.kept.bytes).toBeLessThan(250);
});

test('a reply is replayed as it was, whatever its head and its characters', () => {
  const guest = run(
    `let n = 0; export default { async fetch(r) { n += 1; const { body, size } = await r.json();
      return new Response(body, { headers: { 'x-long': 'h'.repeat(size), 'x-run': String(n) } }) } }`,
  );
  const bodies = ['', 'ä', '日本語', 'é'.repeat(3000), '日'.repeat(3000), 'a'.repeat(3000), '\u0000x'];
  for (const [index, body] of [...bodies, ...bodies].entries()) {
    const ask = keyed(`k${index}`, JSON.stringify({ body, size: index < bodies.length ? 3 : 700 }));
    const first = guest.fetch('/', ask);
    const again = guest.fetch('/', ask);
    expect(again).toEqual({ ...first, id: again.id });
    expect(first.text).toBe(body);
  }
  // More different heads than are kept once for all.
  for (let index = 0; index < 400; index += 1) {
    const ask = keyed(`many${index}`, JSON.stringify({ body: 'x', size: 2 }));
    const first = guest.fetch('/', ask);
    expect(guest.fetch('/', ask).headers).toEqual(first.headers);
  }
});

test('binary and empty bodies are replayed byte for byte', () => {
  const guest = run(
    `let n = 0; export default { fetch: () => new Response(n++ ? null : new Uint8Array([0, 255, 128, 0])) }`,
  );
  guest.fetch('/', keyed('k'));
  expect([...guest.fetch('/', keyed('k')).bytes]).toEqual([0, 255, 128, 0]);
  guest.fetch('/', keyed('e'));
  expect([...guest.fetch('/', keyed('e')).bytes]).toEqual([]);
});
