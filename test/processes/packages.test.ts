/**
 * Guests that are written with packages from npm, over HTTP: what clients were told before a SIGKILL is true
 * after it, and both memories are the same.
 */
import http from 'node:http';
import { describe, expect, test } from 'vitest';
import { program, signal } from '../support/processes.ts';
import { type Answer, type Ask, ask, insist } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

const json = (body: unknown): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const form = (body: string): Ask => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body,
});

interface Case {
  readonly guest: string;
  /** What clients do before the kill. */
  readonly before: readonly (readonly [path: string, ask: Ask])[];
  /** What they ask after it, and what the answer must contain. */
  readonly after: readonly [path: string, told: string];
}

const cases: readonly Case[] = [
  {
    guest: 'chess-club.ts',
    before: [
      ['/games', json({})],
      ...['f3', 'e5', 'g4', 'Qh4'].map((move) => ['/games/game-1/moves', json({ move })] as const),
    ],
    after: ['/games/game-1', '"over":"checkmate"'],
  },
  {
    guest: 'notes.ts',
    before: [
      ['/plan', { method: 'POST', body: 'world' }],
      ['/plan?at=0', { method: 'POST', body: 'hello ' }],
    ],
    after: ['/plan', 'hello world'],
  },
  {
    guest: 'linter.ts',
    before: [['/', { method: 'POST', body: 'const a = b;' }]],
    after: ['/', '"checked":1'],
  },
  {
    guest: 'letters.ts',
    before: [['/ada', form('what=caf%C3%A9&count=3')]],
    after: ['/ada', '<p>3 × café</p>'],
  },
  {
    guest: 'library.ts',
    before: [
      ['/', json({ title: 'Moby-Dick', text: 'a whale' })],
      ['/', json({ title: 'Emma', text: 'a match' })],
    ],
    after: ['/?q=whales', '"title":"Moby-Dick"'],
  },
  {
    guest: 'discounts.ts',
    before: [
      [
        '/rules',
        json({
          name: 'tiny',
          conditions: { all: [{ fact: 'total', operator: 'lessThan', value: 5 }] },
          event: { type: 'discount', params: { percent: 50 } },
        }),
      ],
    ],
    after: ['/', '"tiny"'],
  },
  {
    guest: 'reports.ts',
    before: [
      ['/', json({ amount: 2 })],
      ['/', json({ amount: 40 })],
    ],
    after: [`/?q=${encodeURIComponent('$sum(figures.amount)')}`, '"answer":42'],
  },
];

async function killed(pair: Run): Promise<void> {
  const from = pair.now;
  signal(pair.primaryPid, 'SIGKILL');
  await pair.waitFor('redundant', from);
}

/** Of a response that does not end. */
function firstEvent(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false }, (response) => {
      response.setEncoding('utf8').once('data', (text: string) => {
        request.destroy();
        resolve(text);
      });
    });
    request.on('error', reject);
  });
}

describe('a guest with a package', () => {
  test.each(cases)(
    '$guest: what it told before the kill it tells after it',
    async ({ guest, before, after: [path, told] }) => {
      const pair = await run(program(guest)).ready();
      for (const [target, what] of before) {
        expect((await ask(pair.url + target, { timeoutMs: 60_000, ...what })).status).toBeLessThan(300);
      }
      const atFirst = await ask(pair.url + path, { timeoutMs: 60_000 });
      expect(atFirst.body).toContain(told);
      await killed(pair);
      expect((await insist(pair.url + path)).body).toBe(atFirst.body);
      expect(await pair.hash()).toMatchObject({ equal: true });
      expect(await pair.stop()).toEqual({ code: 0, signal: null });
    },
  );

  test('shop.tsx (Hono, JSX, zod, cookies, JWT, server-sent events): a session signed before the kill is valid after it', async () => {
    const pair = await run(program('shop.tsx')).ready();
    const login = await ask(`${pair.url}/login`, form('name=ada'));
    expect(login.status).toBe(303);
    const cookie = String(login.headers['set-cookie']).split(';')[0] as string;
    const order = (body: unknown, headers = {}): Promise<Answer> =>
      ask(`${pair.url}/cart`, { ...json(body), headers: { 'content-type': 'application/json', ...headers } });
    expect((await order({ product: 'bread', amount: 2 })).status).toBe(401);
    expect((await order({ product: 'bread', amount: 99 }, { cookie })).status).toBe(422);
    expect(await order({ product: 'bread', amount: 2 }, { cookie })).toMatchObject({
      status: 201,
      body: '{"bread":2}',
    });
    await killed(pair);
    const page = await ask(pair.url, { headers: { cookie } });
    expect(page.body).toContain('<h1>Hello, ada</h1>');
    expect(page.body).toContain('bread: 18 left, 2 yours');
    expect(page.headers).toMatchObject({ 'x-sales': '1', 'x-content-type-options': 'nosniff' });
    expect(await firstEvent(`${pair.url}/sales`)).toContain('ada takes 2 bread');
    expect(await pair.hash()).toMatchObject({ equal: true });
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
  });
});
