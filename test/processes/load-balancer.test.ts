/** The recipe for HAProxy in the README, with a real HAProxy before two real hosts, one of which is killed. */
import { randomUUID } from 'node:crypto';
import { createClient } from 'tandem-vm/client';
import { describe, expect, test } from 'vitest';
import { noHaproxy, startHaproxy } from '../support/haproxy.ts';
import { program, signal, until } from '../support/processes.ts';
import { ask, insist, jsonOf, type NoAnswer } from '../support/processes-client.ts';
import { startPair } from '../support/processes-pair.ts';

const CUSTOMERS = 4;
/** After these a client with a key asks again. */
const AGAIN: ReadonlySet<string> = new Set(['ECONNRESET', '502', '503']);

describe.skipIf(noHaproxy !== undefined)('behind HAProxy, when the live host is killed', () => {
  test('users of the library see no error, clients with keys ask again at most, and every deposit is done once', async () => {
    const { primary, backup } = await startPair({ program: program('bank.js') });
    const url = await startHaproxy([primary.url, backup.url]);
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
    // What HAProxy could not try again itself: one for each request that was under way, or none.
    expect(seen.filter((status) => !AGAIN.has(status) && status !== '200')).toEqual([]);
    for (const [kind, counts] of made.entries()) {
      for (const [index, count] of counts.entries()) {
        const answer = await insist(`${url}/accounts/${kind === 0 ? 'k' : 'l'}${index}`);
        expect(jsonOf(answer)).toMatchObject({ balance: count });
      }
    }
    await library.close();
  });
});
