/** What customers write down is enough to judge by at any moment, also while some of them wait. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { contradictionsIn } from './history.ts';
import { Load } from './load.ts';

test('a deposit that the bank has made, and whose answer is still on its way, makes nothing that others are told impossible', async () => {
  const balances = new Map<string, number>();
  let heldKey: string | string[] | undefined;
  let holds = (): void => {};
  const held = new Promise<void>((resolve) => {
    holds = resolve;
  });
  const bank = createServer(async (request, response) => {
    const [, , account = ''] = (request.url ?? '').split('/');
    let body = '';
    for await (const chunk of request) body += chunk;
    const key = request.headers['idempotency-key'];
    if (key !== undefined && key === heldKey) return;
    const amount = request.method === 'POST' ? Number((JSON.parse(body) as { amount: number }).amount) : 0;
    const balance = (balances.get(account) ?? 0) + amount;
    balances.set(account, balance);
    // The first deposit into the account that all share is made, and never answered.
    if (account === 'shared' && amount > 0 && heldKey === undefined) {
      heldKey = key;
      holds();
      return;
    }
    response.end(JSON.stringify({ balance }));
  });
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`;
  const load = new Load({ doors: [{ name: 'h1', url }], customers: 3, seed: 1, meanPauseMs: 1 }).start();
  onTestFinished(async () => {
    await load.abandon();
    bank.closeAllConnections();
    bank.close();
  });
  await held;
  const isTold = (): boolean =>
    load.history.some(({ account, adds, result }) => account === 'shared' && adds > 0 && result !== null);
  await expect.poll(isTold, { timeout: 10_000, interval: 5 }).toBe(true);
  const soFar = load.history;
  expect(soFar.filter(({ account, result }) => account === 'shared' && result === null)).not.toEqual([]);
  expect(contradictionsIn(soFar)).toEqual([]);
});
