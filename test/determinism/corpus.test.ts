/**
 * The guest programs as a determinism corpus (FT §2.1), each driven with its own traffic: equal hashes at
 * every hash point, recorded and replayed, cloned at any turn, gone live at any entry.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodeRequest } from '../../src/host/front/request-codec.ts';
import { bundleGuest } from '../../src/host/guest/bundle.ts';
import { encodeCallBody, encodeCallFailed, encodeCallHead } from '../../src/host/outbound/call-codec.ts';
import { encodeSocketClosed, encodeSocketMessage } from '../../src/host/sockets/socket-codec.ts';
import type { Input } from '../support/life.mjs';
import { inVcpuThread } from '../support/vcpu-thread.ts';

const folder = new URL('../../guest-programs/', import.meta.url);
const guests = readdirSync(folder).filter((name) => /\.(js|tsx?)$/.test(name) && !name.endsWith('.d.ts'));

const get = (target: string): Input => ({ target });
const post = (target: string, body: unknown, headers = {}): Input => ({
  method: 'POST',
  target,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const form = (target: string, body: string): Input => ({
  method: 'POST',
  target,
  body,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const text = (method: string, target: string, body: string): Input => ({ method, target, body });
const pause = (advanceMs: number): Input => ({ advanceMs });

/** Somebody comes into the room: a request that becomes a WebSocket. */
function handshake(id: number, target: string): Input {
  const head = { method: 'GET', target, rawHeaders: ['host', 'localhost:8080'], isHandshake: true };
  const payload = encodeRequest(id, head, new Uint8Array(0));
  if (payload === undefined) throw new Error('no handshake');
  return { payload };
}

const line = (id: string): Uint8Array => Buffer.from(JSON.stringify({ id, name: 'ada', text: `line ${id}` }));

/**
 * What the other bank says to the call of the `i`th transfer, and to those of earlier ones
 * that are made again: some are left open.
 */
function answers(i: number): Input[] {
  const key = { id: i + 1, generation: 0 };
  const status = i % 4 === 1 ? 503 : 200;
  const head = { status, statusText: '', url: 'http://other.test/', redirected: false, headers: [] };
  if (i % 4 === 0) return [];
  if (i % 4 === 2) return [{ payload: encodeCallFailed(key, 'connection reset') }];
  return [
    { payload: encodeCallHead(key, head) },
    { payload: encodeCallBody(key, Buffer.from('{}'), i % 3 === 0) },
  ];
}

/** What each guest's clients do. A guest without a row is a plain program: it has no clients. */
const traffic: Readonly<Record<string, readonly Input[]>> = {
  'bank.js': times(60, (i) => [
    post(
      `/accounts/${['ada', 'bob', 'eve'][i % 3]}/deposit`,
      { amount: i + 1 },
      i % 4 === 0 ? { 'idempotency-key': `key-${i % 12}` } : {},
    ),
    get(`/accounts/${['ada', 'bob', 'eve'][i % 3]}`),
    post('/accounts/ada/deposit', i % 2 === 0 ? { amount: -1 } : 'nonsense'),
    pause(i % 7),
  ]).flat(),
  'likes-naive.js': times(40, (i) => [post(`/posts/${i % 3}/like`, {}), get(`/posts/${i % 3}`)]).flat(),
  'likes.js': times(40, (i) => [
    post(`/posts/${i % 3}/like`, {}, { 'idempotency-key': `like-${i % 20}` }),
    get(`/posts/${i % 3}`),
  ]).flat(),
  'lottery.js': times(40, (i) => [post('/draw', { of: 49, take: 6 }), get('/'), pause(i)]).flat(),
  'transfer.js': times(12, (i) => [
    post('/accounts/ada/deposit', { amount: 10 }),
    post('/accounts/ada/transfer', { amount: 10, to: 'http://other.test/accounts/bob' }),
    ...answers(i),
    pause(i * 40),
  ]).flat(),
  'chat.js': times(12, (i) => [
    get('/room'),
    handshake(1000 + i, `/room?after=${i}`),
    ...times(3, (each) => ({
      payload: encodeSocketMessage(1000 + (i % 5), true, line(`${i}-${each % 2}`)),
    })),
    ...(i % 3 === 2 ? [{ abort: 1000 + i - 1 }, pause(i * 10)] : []),
    ...(i % 4 === 3
      ? [{ payload: encodeSocketClosed(1000 + i, 1000, true, new Uint8Array(0)) }, get('/')]
      : []),
  ]).flat(),
  'shop.tsx': [
    form('/login', 'name=ada'),
    { ...post('/cart', { product: 'bread', amount: 2 }), cookie: true },
    get('/sales'),
    { ...get('/'), cookie: true },
    post('/cart', { product: 'bread', amount: 2 }),
    { ...post('/cart', { product: 'stones', amount: 2 }), cookie: true },
    ...times(9, (i): Input[] => [
      { ...post('/cart', { product: ['apples', 'cheese'][i % 2], amount: i + 1 }), cookie: true },
      pause(20),
      i % 3 === 0 ? { abort: 3 + i } : get('/sales'),
    ]).flat(),
    { ...get('/cart'), cookie: true },
  ],
  'chess-club.ts': [
    post('/games', {}),
    ...['e4', 'e5', 'Qh5', 'Ke7', 'Qxe5'].map((move) => post('/games/game-1/moves', { move })),
    get('/games/game-1'),
    get('/games/game-1/board'),
    post('/games/game-1/moves', { move: 'Ke6' }),
  ],
  'notes.ts': times(20, (i) => [
    text('POST', `/plan?at=${(i * 7) % 11}`, `word${i} `),
    get('/plan'),
    get('/plan?update'),
  ]).flat(),
  'linter.ts': [
    text('POST', '/', 'const a = 1; function f(b) { return a + b + c; }'),
    text('POST', '/', 'let ='),
    ...times(10, (i) =>
      text('POST', '/', `export const x${i} = async (y) => { for await (const z of y) q\`\${z}\`; };`),
    ),
    get('/'),
  ],
  'letters.ts': times(20, (i) => [
    form(`/c${i % 3}`, `what=caf%C3%A9+${i}&count=${i}`),
    get(`/c${i % 3}`),
  ]).flat(),
  'library.ts': [
    ...times(20, (i) =>
      post('/', {
        title: `Book ${i}`,
        text: ['whales and ships', 'love and war', 'ships in bottles'][i % 3],
      }),
    ),
    get('/?q=ship'),
    get('/?q=whle'),
    get('/suggest?q=bo'),
  ],
  'discounts.ts': [
    ...times(10, (i) => post('/', { customer: `c${i % 2}`, total: 60 + i * 10 })),
    post('/rules', {
      name: 'regulars',
      conditions: { all: [{ fact: 'orders', operator: 'greaterThan', value: 3 }] },
      event: { type: 'discount', params: { percent: 7 } },
    }),
    ...times(6, (i) => post('/', { customer: `c${i % 2}`, total: 200 })),
    get('/'),
  ],
  'reports.ts': [
    ...times(12, (i) => post('/', { city: ['Bonn', 'Ulm'][i % 2], amount: i * 1.5 })),
    get('/?q=$sum(figures.amount)'),
    get(`/?q=${encodeURIComponent('figures{city: $average(amount)}')}`),
    get(`/?q=${encodeURIComponent("$map(figures[amount > 5], function($f) { $f.city & ' ' & $f.amount })")}`),
    get('/?q=((('),
  ],
  'store.js': times(30, (i) => [
    {
      ...text('PUT', `/k${i % 4}?ttl=${i % 3 === 1 ? 0.5 : 0}`, `value ${i}`),
      headers: i % 3 === 0 ? { 'if-match': `"${i}"` } : {},
    },
    { ...get(`/k${i % 4}`), headers: { 'if-none-match': `"${i}"` } },
    ...(i % 7 === 6 ? [{ method: 'DELETE', target: `/k${i % 4}` }] : []),
    get('/?prefix=k&after=k1'),
    pause(i * 10),
  ]).flat(),
  'queue.js': times(20, (i) => [
    post('/jobs', { work: i }),
    ...(i % 2 === 0 ? [post('/jobs/take?ms=50', {})] : []),
    pause(i * 5),
    post(`/jobs/${i}/done?token=nobody`, {}),
    post(`/jobs/${i}/extend?token=nobody`, {}),
    ...(i % 4 === 3 ? [post('/jobs/1/revive', {})] : []),
    get('/'),
  ]).flat(),
  'gossip.js': [
    post('/join', { name: 'ada', others: ['http://bob.test', 'http://eve.test'] }),
    ...times(12, (i) => [
      text('PUT', `/notes/n${i % 3}`, `text ${i}`),
      pause(510),
      ...answers(i),
      post('/meet', { [`n${i % 3}`]: [{ text: `eve ${i}`, clock: { eve: i } }] }),
      get('/'),
    ]).flat(),
  ],
  'feed.js': [
    text('POST', '/feed', 'nobody listens yet'),
    ...times(15, (i): Input[] => [
      i % 4 === 0 ? { target: '/feed', headers: { 'last-event-id': String(i * 2) } } : get('/feed'),
      ...times(3, (n) => text('POST', '/feed', `post ${i}.${n}`)),
      i % 3 === 1 ? { abort: 2 + 4 * (i - 1) } : pause(4_000),
    ]).flat(),
  ],
  'ticker.js': times(30, () => [get('/'), pause(700)]).flat(),
};

/** A program that computes for many seconds does so a dozen times here: a smaller constant, the same code. */
const shortened = (source: string): string =>
  source.replace(/^(?:const|var) BLOCKS = \d+;/m, 'const BLOCKS = 5;');

interface Verdict {
  readonly problems: readonly string[];
  readonly outputs: readonly { readonly kind: string }[];
  readonly hashPoints: number;
}

describe('the guest programs', () => {
  it('every one that serves has traffic here', () => {
    expect(guests.length).toBeGreaterThanOrEqual(6);
    for (const name of Object.keys(traffic)) expect(guests).toContain(name);
  });

  it.each(guests)(
    '%s: hashes are equal at every hash point, in clones, and after going live anywhere',
    async (name) => {
      const { source } = await bundleGuest(fileURLToPath(new URL(name, folder)));
      const verdict = await inVcpuThread<Verdict>('torture', {
        guest: { guest: shortened(source), guestName: name },
        inputs: traffic[name] ?? [],
        after: (traffic[name] ?? []).slice(0, 6),
        clones: 4,
        cuts: 6,
      });
      expect(verdict.problems).toEqual([]);
      expect(verdict.hashPoints).toBeGreaterThan(2);
      expect(verdict.outputs.length).toBeGreaterThan(0);
    },
  );
});
