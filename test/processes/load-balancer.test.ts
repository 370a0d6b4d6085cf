/**
 * The recipes for HAProxy and nginx in the README, with a real one before
 * two real hosts, one of which is killed.
 */
import { randomUUID } from 'node:crypto';
import { createClient } from 'tandem-vm/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { EventSource } from '../support/event-source.ts';
import { startFullQueue } from '../support/full-queue.ts';
import { noHaproxy, startHaproxy } from '../support/haproxy.ts';
import { noNginx, startNginx } from '../support/nginx.ts';
import { guest, program, signal, until } from '../support/processes.ts';
import { ask, insist, jsonOf, type NoAnswer } from '../support/processes-client.ts';
import { type Host, Pair, saidReady, startPair } from '../support/processes-pair.ts';

const CUSTOMERS = 4;
/** After these a client with a key asks again. */
const AGAIN: ReadonlySet<string> = new Set(['ECONNRESET', '502', '503']);

interface Balancer {
  readonly name: string;
  readonly missing: string | undefined;
  readonly start: (urls: readonly [string, string]) => Promise<string>;
  /** What the README says that hosts behind it are started with. */
  readonly words: readonly string[];
}

const BALANCERS: readonly Balancer[] = [
  { name: 'HAProxy', missing: noHaproxy, start: startHaproxy, words: [] },
  { name: 'nginx', missing: noNginx, start: startNginx, words: ['--no-stand-in'] },
];

for (const { name, missing, start, words } of BALANCERS) {
  test.skipIf(missing !== undefined)(
    `behind ${name}, when the live host is killed, users of the library see no error, clients with keys ask again at most, and every deposit is done once`,
    async () => {
      const { primary, backup } = await startPair({ program: program('bank.js') }, words);
      const url = await start([primary.url, backup.url]);
      const library = createClient(url);
      let going = true;
      const seen: string[] = [];
      const keyed = Array.from({ length: CUSTOMERS }, async (_, index) => {
        let deposits = 0;
        for (; going; deposits += 1) {
          const headers = { 'idempotency-key': `"${randomUUID()}"` };
          for (let status = ''; status !== '200'; ) {
            const answer = await ask(`${url}/accounts/k${index}/deposit`, {
              method: 'POST',
              body: '{"amount":1}',
              headers,
            }).catch((error: NoAnswer) => ({ status: error.code }));
            status = String(answer.status);
            seen.push(status);
          }
        }
        return deposits;
      });
      const numbered = Array.from({ length: CUSTOMERS }, async (_, index) => {
        let deposits = 0;
        for (; going; deposits += 1) {
          const reply = await library.fetch(`/accounts/l${index}/deposit`, {
            method: 'POST',
            body: '{"amount":1}',
          });
          expect(await reply.json()).toMatchObject({ balance: deposits + 1 });
        }
        return deposits;
      });
      await until('each has deposited', () => seen.length > 10 * CUSTOMERS);
      expect(signal(primary.process.pid, 'SIGKILL')).toBe(true);
      await backup.process.stderr.waitFor('live', (line) => /live in epoch \d+ at position/.test(line));
      const before = seen.length;
      await until('all go on', () => seen.length > before + 10 * CUSTOMERS);
      going = false;
      const made = [await Promise.all(keyed), await Promise.all(numbered)];
      // What the balancer could not try again itself.
      expect(seen.filter((status) => !AGAIN.has(status) && status !== '200')).toEqual([]);
      for (const [kind, counts] of made.entries()) {
        for (const [index, count] of counts.entries()) {
          const answer = await insist(`${url}/accounts/${kind === 0 ? 'k' : 'l'}${index}`);
          expect(jsonOf(answer)).toMatchObject({ balance: count });
        }
      }
      await library.close();
    },
  );
}

describe.skipIf(noNginx !== undefined)('behind nginx', () => {
  /** A host that is live without a backup, behind an nginx whose other host is at `other`. */
  const startLone = async (file: string, other: string): Promise<string> => {
    const host: Host = await new Pair({ program: file }).startPrimary(['--no-stand-in']);
    await saidReady(host, 'primary');
    return startNginx([other, host.url]);
  };

  test('while a machine has vanished, everybody is served by the other one: posts, large bodies and WebSockets, too', async () => {
    const url = await startLone(guest('socket-echo.js'), await startFullQueue());
    for (let each = 0; each < 6; each += 1) {
      const answer = await ask(`${url}/plain`, { method: 'POST', body: `${each}` });
      expect([answer.status, answer.body]).toEqual([200, `${each}`]);
    }
    const large = 'x'.repeat(3_000_000);
    expect((await ask(`${url}/plain`, { method: 'POST', body: large })).body).toBe(large);
    const socket = new WebSocket(`${url.replace('http:', 'ws:')}/`, ['one']);
    const echo = await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data) => resolve(String(data)));
      socket.on('open', () => socket.send('hello'));
    });
    expect(echo).toBe('hello');
    socket.terminate();
  });

  test('events reach their readers as they are sent', async () => {
    const url = await startLone(program('feed.js'), 'http://127.0.0.1:1');
    const source = new EventSource(`${url}/feed`);
    onTestFinished(() => source.close());
    await source.until(({ connections }) => connections === 1);
    for (let each = 1; each <= 3; each += 1) {
      jsonOf(await insist(`${url}/feed`, { method: 'POST', body: `${each}` }), 201);
      await source.until(({ events }) => events.length === each);
    }
  });
});
