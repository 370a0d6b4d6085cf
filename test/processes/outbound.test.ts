/**
 * Outbound calls with real processes (FT §3.4: what was under way when a host died is issued again): with
 * Idempotency-Keys each is executed once at the other server, whatever happens to the hosts; a server that
 * ignores them executes it at least once.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { guest, pause, program, signal, tandem } from '../support/processes.ts';
import { ask, Bank, insist, jsonOf } from '../support/processes-client.ts';
import { run } from '../support/processes-run.ts';

interface Call {
  readonly key: string;
  readonly path: string;
  readonly body: string;
  readonly response: ServerResponse;
}

/** Another service: tells of each call that it gets, and answers as it is told. */
class OtherServer extends EventEmitter<{ call: [Call] }> {
  readonly calls: Call[] = [];
  url = '';

  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  get host(): string {
    return this.url.slice('http://'.length);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const key = String(request.headers['idempotency-key'] ?? '');
    const call = { key, path: request.url ?? '', body, response };
    this.calls.push(call);
    this.emit('call', call);
  }
}

/**
 * Executes each key once and remembers the reply; while the first call is being executed others
 * of its key get 409, as the draft says.
 */
class KeyedBank {
  readonly executions = new Map<string, number>();
  readonly #replies = new Map<string, string>();

  async answer({ key, body, response }: Call): Promise<void> {
    const reply = this.#replies.get(key);
    if (reply !== undefined) {
      response.end(reply);
      return;
    }
    if (this.executions.has(key)) {
      response.writeHead(409).end('the first one is not done');
      return;
    }
    this.executions.set(key, Number((JSON.parse(body) as { amount: number }).amount));
    await pause(Math.random() * 60);
    this.#replies.set(key, 'thanks');
    response.end('thanks');
  }
}

test('a call that is open when the primary dies is made again by the next one, with the same key, and the client gets its answer', async () => {
  const other = await new OtherServer().start();
  const pair = await run(guest('caller.js'), '--allow-net', other.host).ready();
  const first = once(other, 'call');
  const reply = insist(`${pair.url}/?url=${other.url}/pay`, { method: 'POST', timeoutMs: 60_000 });
  await first;
  expect((await pair.status()).hosts.map(({ role, openCalls }) => [role, openCalls])).toEqual([
    ['primary', 1],
    ['backup', 0],
  ]);
  const [second, from] = [once(other, 'call'), pair.now];
  expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
  await pair.waitFor('go-live', from);
  await second;
  const [made, again] = other.calls;
  expect(made?.key).toMatch(/^"[0-9a-f-]{36}"$/);
  expect(again).toMatchObject({ key: made?.key, path: '/pay', body: 'ten' });
  again?.response.end('paid');
  expect((await reply).body).toBe('200 paid');
  expect(other.calls).toHaveLength(2);
  await pair.waitFor('redundant', from);
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('a call whose answer had begun to come in when the primary dies fails in the guest, and is not made again', async () => {
  const other = await new OtherServer().start();
  other.on('call', ({ response }) => response.writeHead(200).write('the beginning'));
  const pair = await run(guest('caller.js'), '--allow-net', other.host).ready();
  const reply = insist(`${pair.url}/?url=${other.url}/pay`, { method: 'POST', timeoutMs: 60_000 });
  // A line that has left is in the backup's log, and so is the head that led to it.
  await pair.waitForLine((text) => text === 'head 200');
  expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
  expect((await reply).body).toBe('TypeError: fetch failed: the host that received the answer is gone');
  expect(other.calls).toHaveLength(1);
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('a call that is open at a planned switch-over is made again by the new primary; the client that waits for it notices nothing', async () => {
  const other = await new OtherServer().start();
  const pair = await run(guest('caller.js'), '--allow-net', other.host).ready();
  const first = once(other, 'call');
  const reply = ask(`${pair.url}/?url=${other.url}/pay`, { method: 'POST', timeoutMs: 60_000 });
  await first;
  const second = once(other, 'call');
  expect(await tandem('switch-over', '--admin', pair.admin).exited).toEqual({ code: 0, signal: null });
  await second;
  const [made, again] = other.calls;
  expect(again?.key).toBe(made?.key);
  again?.response.end('paid');
  expect((await reply).body).toBe('200 paid');
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('a server that nobody has allowed is not called, and the guest is told the flag', async () => {
  const other = await new OtherServer().start();
  const pair = await run(guest('caller.js'), '--allow-net', 'bank.example.com').ready();
  const { body } = await ask(`${pair.url}/?url=${other.url}/pay`, { method: 'POST' });
  expect(body).toBe(
    `TypeError: fetch failed: ${other.host} is not allowed: start Tandem with --allow-net ${other.host}`,
  );
  expect(other.calls).toEqual([]);
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('a list of servers that is none is refused with what would be one', async () => {
  const refused = tandem('run', guest('caller.js'), '--allow-net', 'http://bank.example.com');
  expect(await refused.exited).toEqual({ code: 2, signal: null });
  expect(refused.stderr.texts.join('\n')).toContain('give HOST, HOST:PORT, *.example.com or *');
});

const CUSTOMERS = 6;
const KILLS = 3;
const CALM_MS = 300;

test('money that is sent to another bank while primaries are killed arrives once; and at least once where keys are ignored', async () => {
  const keyed = await new OtherServer().start();
  const keyless = await new OtherServer().start();
  const bank = new KeyedBank();
  keyed.on('call', (call) => void bank.answer(call));
  const arrived = new Map<string, number>();
  keyless.on('call', ({ key, response }) => {
    arrived.set(key, (arrived.get(key) ?? 0) + 1);
    setTimeout(() => response.end(), 5);
  });
  const pair = await run(program('transfer.js'), '--allow-net', '127.0.0.1').ready();
  const home = new Bank(pair.url);
  let isOver = false;
  const sent: string[][] = await Promise.all([
    ...Array.from({ length: CUSTOMERS }, async (_, number) => {
      const ids: string[] = [];
      const id = `customer-${number}`;
      const to = `${number % 2 === 0 ? keyed.url : keyless.url}/accounts/${id}`;
      while (!isOver) {
        await home.deposit(id, 7);
        const answer = await insist(`${pair.url}/accounts/${id}/transfer`, {
          method: 'POST',
          body: JSON.stringify({ amount: 7, to }),
          timeoutMs: 30_000,
        });
        const transfer = jsonOf(answer);
        expect(transfer).toMatchObject({ state: 'done', amount: 7, to });
        ids.push(String(transfer['id']));
      }
      return ids;
    }),
    (async () => {
      for (let kill = 0; kill < KILLS; kill += 1) {
        await pause(Math.random() * CALM_MS);
        const from = pair.now;
        expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
        await pair.waitFor('redundant', from);
      }
      isOver = true;
      return [];
    })(),
  ]);
  const toKeyed = sent.filter((_, number) => number % 2 === 0).flat();
  const toKeyless = sent.filter((_, number) => number % 2 === 1).flat();
  // Every transfer that a customer was told of, and no other: each key was executed once.
  expect([...bank.executions.keys()].sort()).toEqual(toKeyed.map((id) => `"${id}"`).sort());
  expect([...bank.executions.values()].every((amount) => amount === 7)).toBe(true);
  expect([...arrived.keys()].sort()).toEqual(toKeyless.map((id) => `"${id}"`).sort());
  expect(jsonOf(await ask(`${pair.url}/total`))).toEqual({
    total: 0,
    underWay: 0,
    transfers: toKeyed.length + toKeyless.length,
  });
  expect(await pair.hash()).toMatchObject({ equal: true });
  const repeated = [...arrived.values()].filter((count) => count > 1).length;
  console.log(
    `${toKeyed.length} transfers over ${KILLS} kills in ${keyed.calls.length} calls, each executed once; ` +
      `without keys ${toKeyless.length}, ${repeated} of them executed more than once`,
  );
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('a program that calls whatever its clients name gives its own host no orders', async () => {
  const pair = await run(guest('caller.js'), '--allow-net', '*').ready();
  for (const order of ['stop', 'kill/backup', 'limits?memory-bytes=16777216']) {
    const url = encodeURIComponent(`${pair.admin}/${order}`);
    expect((await ask(`${pair.url}/?url=${url}`)).body).toBe('403 a guest gives no orders\n');
  }
  expect(await pair.status()).toMatchObject({ live: true, redundant: true });
});
