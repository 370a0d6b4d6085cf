/**
 * Sessions inside one machine: a numbered request runs once and has one
 * reply, and what a client costs is bounded.
 */
import { expect, test } from 'vitest';
import { type Guest, run } from './harness.ts';

const COUNTER = `let n = 0; const waiting = [];
export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/release') { for (const w of waiting.splice(0)) w(); return new Response('released') }
  if (pathname === '/count') return new Response(String(n));
  if (pathname === '/names') return new Response([...request.headers.keys()].join());
  if (pathname === '/loop') for (;;);
  n += 1; const mine = n; request.signal.addEventListener('abort', () => console.log('aborted', mine));
  if (pathname === '/slow') await new Promise((resolve) => waiting.push(resolve));
  return new Response('run ' + mine, { headers: { 'x-run': String(mine) } }) } }`;
const PATH = '/.well-known/tandem/session';
const IDLE_MS = 60_000;

function open(guest: Guest): string {
  const reply = guest.fetch(PATH, { method: 'POST' });
  expect(reply.status).toBe(201);
  const { session, slots, idleMs } = JSON.parse(reply.text);
  expect(session).toMatch(/^[0-9a-f]{32}$/);
  expect(slots).toBe(16);
  expect(idleMs).toBe(IDLE_MS);
  return session;
}

const start = (options = {}): Guest => run(COUNTER, { replyLifetimeMs: IDLE_MS, ...options });
const numbered = (session: string, request: string, body = 'b', more = {}) => ({
  body,
  headers: { 'tandem-session': session, 'tandem-request': request, ...more },
});
const refusal = (guest: Guest, target: string, options: object): unknown => {
  const { status, headers, text } = guest.fetch(target, options);
  expect(JSON.parse(text).status).toBe(status);
  return [status, headers['tandem-refusal']];
};

test('a request with a number runs once, and a retry gets its reply; the guest sees an ordinary request', () => {
  const guest = start();
  const session = open(guest);
  const first = guest.fetch('/a', numbered(session, '1'));
  const again = guest.fetch('/a', numbered(session, '1'));
  expect(again).toEqual({ ...first, id: again.id });
  expect(guest.fetch('/a', numbered(session, '0.2')).text).toBe('run 2');
  expect(guest.fetch('/a', numbered(session, '15.1')).text).toBe('run 3');
  expect(guest.fetch('/names', numbered(session, '15.2', '', { accept: 'x' })).text).toBe('accept,host');
});

test('a higher number in a slot ends the lower one: a late copy of that is never executed', () => {
  const guest = start();
  const session = open(guest);
  guest.fetch('/a', numbered(session, '1'));
  guest.fetch('/a', numbered(session, '7'));
  expect(refusal(guest, '/a', numbered(session, '1'))).toEqual([410, 'request-over']);
  expect(refusal(guest, '/a', numbered(session, '5'))).toEqual([410, 'request-over']);
  expect(guest.fetch('/a', numbered(session, '7')).text).toBe('run 2');
  expect(guest.fetch('/count').text).toBe('2');
});

test('an acknowledged reply is dropped, and its request not executed again', () => {
  const guest = start();
  const session = open(guest);
  guest.fetch('/a', numbered(session, '3.1'));
  guest.fetch('/a', numbered(session, '4.9'));
  const { bytes } = guest.machine.kept;
  guest.fetch('/count', {
    headers: { 'tandem-session': session, 'tandem-request': '0.1', 'tandem-acknowledged': '3.1, 4.8,, 4.9' },
  });
  expect(refusal(guest, '/a', numbered(session, '3.1'))).toEqual([410, 'request-over']);
  expect(refusal(guest, '/a', numbered(session, '4.9'))).toEqual([410, 'request-over']);
  expect(guest.machine.kept.bytes).toBeLessThan(bytes + 150);
  expect(guest.fetch('/a', numbered(session, '3.2')).text).toBe('run 3');
});

test('the same number with another request is refused with 422', () => {
  const guest = start();
  const session = open(guest);
  guest.fetch('/a', numbered(session, '1'));
  expect(refusal(guest, '/a', numbered(session, '1', 'c'))).toEqual([422, 'number-reused']);
  expect(refusal(guest, '/b', numbered(session, '1'))).toEqual([422, 'number-reused']);
  expect(refusal(guest, '/a', { ...numbered(session, '1'), method: 'PUT' })).toEqual([422, 'number-reused']);
});

test('a retry takes the reply over from a connection that still waits for it', () => {
  const guest = start();
  const session = open(guest);
  const first = guest.request('/slow', numbered(session, '1'));
  const second = guest.request('/slow', numbered(session, '1'));
  expect([guest.reply(first)?.status, guest.reply(first)?.headers['tandem-refusal']]).toEqual([
    409,
    'superseded',
  ]);
  guest.abort(second);
  const third = guest.request('/slow', numbered(session, '1'));
  expect(guest.reply(third)).toBe(undefined);
  expect(guest.machine.openRequests).toBe(1);
  guest.fetch('/release');
  expect(guest.reply(third)?.text).toBe('run 1');
  expect(guest.reply(second)).toBe(undefined);
  expect(guest.stdout).toEqual([]);
});

test('going live aborts nothing in a session; retries wait for the runs', () => {
  const guest = start();
  const session = open(guest);
  guest.request('/slow', numbered(session, '1'));
  guest.live();
  expect(guest.stdout).toEqual([]);
  const retry = guest.request('/slow', numbered(session, '1'));
  guest.fetch('/release');
  expect(guest.reply(retry)?.text).toBe('run 1');
});

test("a client that gave a request up may use its slot again; the old run goes on, and its reply is nobody's", () => {
  const guest = start();
  const session = open(guest);
  const given = guest.request('/slow', numbered(session, '1'));
  guest.abort(given);
  expect(guest.fetch('/a', numbered(session, '2')).text).toBe('run 2');
  guest.fetch('/release');
  expect(guest.fetch('/a', numbered(session, '2')).text).toBe('run 2');
  expect(refusal(guest, '/slow', numbered(session, '1'))).toEqual([410, 'request-over']);
  expect(guest.reply(given)).toBe(undefined);
});

test('a killed request has its one reply, too', () => {
  const guest = start();
  const session = open(guest);
  guest.killAtPoll = 20;
  const id = guest.request('/loop', numbered(session, '1'));
  guest.killAtPoll = Number.POSITIVE_INFINITY;
  expect(guest.last?.broken).toBe(true);
  guest.recover();
  expect(guest.reply(id)?.status).toBe(503);
  expect(guest.fetch('/loop', numbered(session, '1')).status).toBe(503);
});

test('numbers that are none are refused with 400', () => {
  const guest = start();
  const session = open(guest);
  for (const request of ['', '0', '0.0', '16.1', '-1.1', '1.1.1', 'a', '1.', '99999999999999999999']) {
    expect([request, refusal(guest, '/a', numbered(session, request))]).toEqual([
      request,
      [400, 'number-invalid'],
    ]);
  }
  expect(guest.fetch('/count').text).toBe('0');
});

test('an acknowledgement that is none is refused with 400: nothing is executed, nothing forgotten', () => {
  const guest = start();
  const session = open(guest);
  const first = guest.fetch('/a', numbered(session, '3.1'));
  const tooMany = Array.from({ length: 17 }, () => '3.1').join();
  for (const acknowledged of ['nonsense', '3.1, x', '3.1 4.1', '16.1', '3.0', '"3.1"', tooMany]) {
    const request = numbered(session, '0.1', 'b', { 'tandem-acknowledged': acknowledged });
    expect([acknowledged, refusal(guest, '/a', request)]).toEqual([
      acknowledged,
      [400, 'acknowledged-invalid'],
    ]);
  }
  const again = guest.fetch('/a', numbered(session, '3.1'));
  expect(again).toEqual({ ...first, id: again.id });
  expect(guest.fetch('/count').text).toBe('1');
});

test('a number without a session is refused with 400: it must not run without a promise that it runs once', () => {
  const guest = start();
  expect(refusal(guest, '/a', { method: 'POST', headers: { 'tandem-request': '1' } })).toEqual([
    400,
    'number-invalid',
  ]);
  expect(guest.fetch('/count').text).toBe('0');
});

test("a program's own response says nothing in Tandem's name", () => {
  const guest = run(
    `export default { fetch: () => new Response('mine', { status: 410, headers: {
    'tandem-refusal': 'session-gone', 'Tandem-Request': '9.9', 'x-mine': 'yes' } }) };`,
    { replyLifetimeMs: IDLE_MS },
  );
  const session = open(guest);
  for (const headers of [{}, numbered(session, '1').headers]) {
    const reply = guest.fetch('/', { method: 'POST', headers });
    expect(reply.status).toBe(410);
    expect(reply.headers['tandem-refusal']).toBeUndefined();
    expect(reply.headers['tandem-request']).not.toBe('9.9');
    expect(reply.headers['x-mine']).toBe('yes');
  }
});

test('a session is forgotten when nobody has used it for its time, never before, and then executes nothing', () => {
  const guest = start();
  const idle = open(guest);
  const used = open(guest);
  guest.fetch('/a', numbered(idle, '1'));
  guest.nowMs += IDLE_MS - 1;
  guest.fetch('/a', numbered(used, '1'));
  expect(guest.machine.kept.sessions).toBe(2);
  guest.nowMs += 1;
  expect(refusal(guest, '/a', numbered(idle, '1'))).toEqual([410, 'session-gone']);
  expect(refusal(guest, '/a', numbered(idle, '2'))).toEqual([410, 'session-gone']);
  expect(guest.fetch('/a', numbered(used, '1')).text).toBe('run 2');
  expect(guest.machine.kept.sessions).toBe(1);
  expect(guest.fetch('/count').text).toBe('2');
});

test('each use of a session counts, also one shortly after another', () => {
  const guest = start();
  const session = open(guest);
  guest.nowMs += 999;
  guest.fetch('/a', numbered(session, '1'));
  guest.nowMs += IDLE_MS - 1;
  open(guest);
  expect(guest.fetch('/a', numbered(session, '2')).text).toBe('run 2');
  guest.nowMs += IDLE_MS;
  expect(refusal(guest, '/a', numbered(session, '3'))).toEqual([410, 'session-gone']);
});

test('a session that was closed is gone, with all it cost', () => {
  const guest = start();
  const session = open(guest);
  const waiting = guest.request('/slow', numbered(session, '2'));
  expect(guest.fetch(PATH, { method: 'DELETE', headers: { 'tandem-session': session } }).status).toBe(204);
  expect(guest.fetch(PATH, { method: 'DELETE', headers: { 'tandem-session': session } }).status).toBe(204);
  expect(guest.machine.kept).toEqual({ keys: 0, sessions: 0, bytes: 0, refused: 0 });
  guest.fetch('/release');
  expect(guest.reply(waiting)?.text).toBe('run 1');
  expect(guest.machine.kept.bytes).toBe(0);
});

test('when there is no room for sessions or their replies, nothing is executed and a time is named', () => {
  const guest = start({ replyMaximumBytes: 64 << 10 });
  const sessions: string[] = [];
  let full = guest.fetch(PATH, { method: 'POST' });
  while (full.status === 201) {
    sessions.push(JSON.parse(full.text).session);
    full = guest.fetch(PATH, { method: 'POST' });
  }
  expect([full.status, full.headers['retry-after']]).toEqual([503, '60']);
  expect(sessions.length).toBeGreaterThan(80);
  expect(refusal(guest, '/a', numbered(sessions[0]!, '1'))).toEqual([503, 'full']);
  expect(guest.fetch('/count').text).toBe('0');
  // Keys have a share of their own.
  expect(guest.fetch('/a', { body: 'b', headers: { 'idempotency-key': 'k' } }).status).toBe(200);
  guest.nowMs += 60_000;
  expect(guest.fetch(PATH, { method: 'POST' }).status).toBe(201);
});

test('many sessions cost what is counted: some hundred bytes each', () => {
  const guest = run(COUNTER, { replyMaximumBytes: 64 << 20, memoryMaximumBytes: 256 << 20 });
  for (let index = 0; index < 2_000; index += 1) {
    const { session } = JSON.parse(guest.fetch(PATH, { method: 'POST' }).text);
    guest.fetch('/a', numbered(session, '1'));
    guest.fetch('/a', numbered(session, '2'));
  }
  const { sessions, bytes } = guest.machine.kept;
  expect(sessions).toBe(2_000);
  expect(bytes / sessions).toBeLessThan(800);
});

test("paths of Tandem's own are not for the program", () => {
  const guest = start();
  expect(refusal(guest, '/.well-known/tandem/other', {})).toEqual([404, 'no-such-path']);
  expect(refusal(guest, PATH, {})).toEqual([404, 'no-such-path']);
  expect(guest.fetch('/.well-known/other').text).toBe('run 1');
});
