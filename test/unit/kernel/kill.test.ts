/**
 * Runaway turns: what is killed gets its answer, what is not goes on, and no kill
 * falls while kernel tables are in motion.
 */
import { expect, test } from 'vitest';
import { type Guest, run } from './harness.ts';

const APP = `let n = 0;
setInterval(() => { n += 1 }, 100);
setInterval(() => { if (globalThis.spin) { globalThis.spin = false; while (true); } }, 100);
export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/sync') { try { while (true); } finally { n = -1000 } }
  if (pathname === '/async') { await null; while (true); }
  if (pathname === '/later') { await new Promise((resolve) => setTimeout(resolve, 50)); while (true); }
  if (pathname === '/spin') globalThis.spin = true;
  if (pathname === '/regexp') /(a*)*b/.exec('a'.repeat(40));
  if (pathname === '/clock') while (Date.now() > 0);
  if (pathname === '/flood') { const again = () => Promise.resolve().then(again); for (let i = 0; i < 100; i++) again(); while (true); }
  return new Response(String(n)) } }`;

/** Enough that kills fall on every step of what the kernel does with a promise that was settled. */
const COUNT = 3000;

function killed(guest: Guest, act: () => void): void {
  guest.killAtPoll = 17;
  act();
  guest.killAtPoll = Number.POSITIVE_INFINITY;
  expect(guest.last?.broken).toBe(true);
  guest.recover();
}

test.each(['/sync', '/async', '/regexp', '/clock'])(
  'a handler that runs away (%s) is killed, and its client gets 503',
  (path) => {
    const guest = run(APP);
    killed(guest, () => guest.request(path));
    expect(guest.replies.map((reply) => reply.status)).toEqual([503]);
    expect(guest.machine.openRequests).toBe(0);
    expect(guest.fetch('/').text).toBe('0');
    guest.sleep(100);
    expect(guest.fetch('/').text).toBe('1');
  },
);

test('a handler that runs away after a timer is answered too, and others in flight are not touched', () => {
  const guest = run(APP);
  const other = guest.request('/later');
  const id = guest.request('/later');
  guest.killAtPoll = 17;
  guest.nowMs = guest.machine.nextAlarmMs;
  guest.alarm();
  guest.killAtPoll = Number.POSITIVE_INFINITY;
  guest.recover();
  expect(guest.reply(other)?.status).toBe(503);
  expect(guest.reply(id)).toBe(undefined);
  expect(guest.machine.openRequests).toBe(1);
  expect(guest.fetch('/').status).toBe(200);
});

test('an interval that is killed goes on, and so do the other timers', () => {
  const guest = run(APP);
  guest.fetch('/spin');
  guest.sleep(99);
  guest.nowMs = guest.machine.nextAlarmMs;
  guest.alarm();
  killed(guest, () => guest.alarm());
  guest.sleep(200);
  expect(guest.fetch('/').text).toBe('3');
  expect(guest.machine.nextAlarmMs).toBeLessThan(Number.POSITIVE_INFINITY);
});

test('a promise flood is killed job by job', () => {
  const guest = run(APP);
  killed(guest, () => guest.request('/flood'));
  expect(guest.replies.map((reply) => reply.status)).toEqual([503]);
  expect(guest.fetch('/').status).toBe(200);
});

test('a handler that outlives the kill of its turn, and of its answer, still tells its errors', () => {
  const guest = run(`export default { async fetch() {
    queueMicrotask(() => { while (true); });
    await new Promise((resolve) => setTimeout(resolve, 50)); throw new Error('later') } }`);
  killed(guest, () => guest.request('/'));
  expect(guest.replies.map((reply) => reply.status)).toEqual([503]);
  guest.sleep(50);
  expect(guest.stderr.at(-1)).toMatch(/Uncaught Error: later/);
  expect(guest.replies.length).toBe(1);
});

test('an async handler with a key that is killed after its timer ran once too, whether its client is still there or not', () => {
  for (const isGone of [false, true]) {
    const guest = run(APP);
    const options = { body: 'x', headers: { 'idempotency-key': 'k' } };
    const id = guest.request('/later', options);
    if (isGone) guest.abort(id);
    guest.nowMs = guest.machine.nextAlarmMs;
    killed(guest, () => guest.alarm());
    expect(guest.reply(id)?.status).toBe(isGone ? undefined : 503);
    expect(guest.fetch('/later', options).status).toBe(503);
    expect(guest.machine.openRequests).toBe(0);
  }
});

test.each([
  ['with clients that wait', false],
  ['whose clients are gone', true],
])('kills that fall on the kernel as it listens to handlers lose no reply: runs %s', (_, areGone) => {
  const source = `let n = 0; const gate = new Promise((resolve) => setTimeout(resolve, 50));
export default { async fetch(request) {
  if (request.method === 'GET') return new Response('' + n);
  const mine = n++; await gate; if (mine === 0) while (true); return new Response('ok') } }`;
  const guest = run(source);
  const keyed = (index: number) => ({ body: 'x', headers: { 'idempotency-key': `k${index}` } });
  const ids = Array.from({ length: COUNT }, (_unused, index) => guest.request('/', keyed(index)));
  if (areGone) for (const id of ids) guest.abort(id);
  guest.nowMs = guest.machine.nextAlarmMs;
  killed(guest, () => guest.alarm());
  const replies = ids.map((id, index) => guest.reply(areGone ? guest.request('/', keyed(index)) : id));
  const statuses = replies.map((reply) => reply?.status);
  expect(new Set(statuses.filter((status) => status !== undefined))).toEqual(new Set([200, 503]));
  expect(statuses.filter((status) => status === 503).length).toBeLessThan(COUNT / 50);
  // Kills on the engine's own steps between two jobs; those on the kernel's would be some seventy.
  expect(statuses.filter((status) => status === undefined).length).toBeLessThan(3);
  expect(guest.machine.openRequests).toBeLessThan(3);
  expect(guest.fetch('/').text).toBe(`${COUNT}`);
});

test('a request whose promise a killed callback would have resolved waits until its client leaves; its key is free after a day', () => {
  const guest = run(`let n = 0; export default { fetch() {
    const mine = ++n;
    return new Promise((resolve) => setTimeout(() => { if (mine === 1) while (true); resolve(new Response('run ' + mine)) }, 50)) } }`);
  const options = { body: 'x', headers: { 'idempotency-key': 'k' } };
  const id = guest.request('/', options);
  guest.nowMs = guest.machine.nextAlarmMs;
  killed(guest, () => guest.alarm());
  expect(guest.machine.openRequests).toBe(1);
  guest.abort(id);
  const retry = guest.request('/', options);
  expect(guest.machine.openRequests).toBe(1);
  guest.nowMs += 24 * 60 * 60 * 1000;
  const later = guest.request('/', options);
  guest.sleep(50);
  expect([guest.reply(id), guest.reply(retry), guest.reply(later)?.text]).toEqual([
    undefined,
    undefined,
    'run 2',
  ]);
});

test('a keyed request that was killed ran once: its retries get the same 503', () => {
  const guest = run(APP);
  const options = { body: 'x', headers: { 'idempotency-key': 'k' } };
  killed(guest, () => guest.request('/sync', options));
  expect(guest.fetch('/sync', options).status).toBe(503);
  expect(guest.machine.openRequests).toBe(0);
});

test('kills at every poll of a turn busy with timers, headers and console leave timers and requests in order', () => {
  const source = `let fired = 0; const ids = [];
export default { fetch(request) {
  if (request.url.endsWith('/work')) for (let i = 0; ; i++) { const id = setTimeout(() => { fired++ }, 1000 + i % 7); if (i % 2) clearTimeout(id); ids.push(id); if (i % 50 === 0) console.log(i) }
  if (request.url.endsWith('/clear')) { for (const id of ids) clearTimeout(id); return new Response(String(ids.length)) }
  return new Response(String(fired)) } }`;
  for (let poll = 16; poll < 40; poll += 1) {
    const guest = run(source);
    guest.killAtPoll = poll;
    guest.request('/work');
    guest.killAtPoll = Number.POSITIVE_INFINITY;
    expect(guest.last?.broken).toBe(true);
    guest.recover();
    expect(guest.replies.map((reply) => reply.status)).toEqual([503]);
    if (poll % 2 === 0) {
      // At most one timer was set by a call that was killed before it could tell the timer's id.
      guest.fetch('/clear');
      guest.sleep(10_000);
      expect(Number(guest.fetch('/').text)).toBeLessThanOrEqual(1);
      expect(guest.machine.nextAlarmMs).toBe(Number.POSITIVE_INFINITY);
    } else {
      const before = guest.machine.nextAlarmMs;
      guest.sleep(before - guest.nowMs);
      expect(Number(guest.fetch('/').text)).toBeGreaterThan(0);
    }
  }
});

test('the mask is never left set', () => {
  const guest =
    run(`function deep(n) { try { setTimeout(() => {}, 1); clearTimeout(setTimeout(() => {}, 2)); console.log(n); queueMicrotask(() => {}) } catch {} deep(n + 1) }
export default { fetch(request) {
  if (request.url.endsWith('/deep')) try { deep(0) } catch {}
  if (request.url.endsWith('/spin')) while (true);
  return new Response('ok') } }`);
  expect(guest.fetch('/deep').text).toBe('ok');
  guest.sleep(10);
  expect(guest.machine.nextAlarmMs).toBe(Number.POSITIVE_INFINITY);
  killed(guest, () => guest.request('/spin'));
  expect(guest.replies.at(-1)?.status).toBe(503);
});

const FULL = `const kept = []; const text = '\\u00e9'.repeat(400000); text.length;
const fill = () => { try { for (;;) kept.push(new Uint8Array(100000)) } catch {} };`;

test('a console call for which there is no memory leaves what follows stoppable', () => {
  const guest = run(
    `${FULL} export default { fetch(request) {
      if (request.url.endsWith('/free')) { kept.length = 0; return new Response('free') }
      fill();
      try { console.log(text) } catch {}
      for (let n = 0; n < 1e6; n++);
      return new Response('not stopped') } }`,
    { memoryMaximumBytes: 32 << 20 },
  );
  killed(guest, () => guest.request('/'));
  expect(guest.replies.at(-1)?.status).toBe(503);
  expect(guest.fetch('/free').text).toBe('free');
});

test.each([
  ['at once', 'new Response(text)', {}],
  ['later', 'new Promise((resolve) => setTimeout(() => resolve(new Response(text)), 1))', {}],
  ['under a key', 'new Response(text)', { 'idempotency-key': 'k' }],
])('a response that finds no memory on its way out (%s) becomes a 500, once', (_, response, headers) => {
  const guest = run(
    `${FULL} export default { fetch(request) { if (request.method === 'GET') { kept.length = 0; return new Response('free') }
      fill();
      return ${response} } }`,
    { memoryMaximumBytes: 32 << 20 },
  );
  const id = guest.request('/', { body: 'x', headers });
  guest.sleep(5);
  if (guest.last?.broken === true) guest.recover();
  expect(guest.replies.map((reply) => [reply.id, reply.status])).toEqual([[id, 500]]);
  expect(guest.machine.openRequests).toBe(0);
  expect(guest.fetch('/').text).toBe('free');
});

test('a guest that uses up its memory gets errors it can catch, and serves on', () => {
  const guest = run(
    `let hoard = []; export default { fetch(request) {
      if (request.url.endsWith('/hoard')) { try { for (;;) hoard.push(new Uint8Array(1_000_000)) } catch (e) { hoard = []; return new Response(e.message) } }
      return new Response('ok') } }`,
    { memoryMaximumBytes: 32 << 20 },
  );
  expect(guest.fetch('/hoard').text).toMatch(/memory/);
  expect(guest.fetch('/').text).toBe('ok');
});

test('a request for which no memory is left is answered all the same', () => {
  const guest = run(
    `const hoard = []; const fill = () => {
      for (let size = 1e6; size >= 8; size >>= 1) { try { for (;;) hoard.push(new ArrayBuffer(size)) } catch {} } };
    export default { fetch(request) { if (request.url.endsWith('/fill')) fill(); return new Response('ok') } }`,
    { memoryMaximumBytes: 20 << 20 },
  );
  guest.request('/fill');
  const id = guest.request('/', { body: 'y'.repeat(5000) });
  expect(guest.last?.broken).toBe(true);
  guest.recover();
  expect(guest.reply(id)?.status).toBe(503);
});
