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

test('keys that are not valid are refused with 400', () => {
  const guest = run(COUNTER);
  for (const key of ['', 'a b', 'x'.repeat(256), '"open', 'ä', '""']) {
    expect({ key, status: guest.fetch('/a', keyed(key)).status }).toEqual({ key, status: 400 });
  }
  expect(guest.fetch('/a', keyed('x'.repeat(255))).status).toBe(200);
  expect(guest.fetch('/count').text).toBe('1');
});

test('when the cache is full, new keys are refused with 503 and a time to wait, and old ones still answered', () => {
  const guest = run(
    `const big = 'x'.repeat(4_000_000); export default { fetch: (r) => new Response(big.slice(r.url.length)) }`,
    { memoryMaximumBytes: 256 << 20 },
  );
  const statuses = Array.from({ length: 6 }, (_, index) => guest.fetch('/', keyed(`k${index}`)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 503]);
  expect(guest.replies.at(-1)?.headers['retry-after']).toBe('60');
  expect(guest.fetch('/', keyed('k0')).status).toBe(200);
  expect(guest.fetch('/').status).toBe(200);
  guest.nowMs += DAY_MS;
  expect(guest.fetch('/', keyed('k9')).status).toBe(200);
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
