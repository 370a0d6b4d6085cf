/**
 * Idempotency-Keys with real processes: their memory is the machine's, so it
 * survives the machine that ran the request.
 */
import { describe, expect, test } from 'vitest';
import { guest, program, signal } from '../support/processes.ts';
import { type Answer, type Ask, ask, insist, jsonOf } from '../support/processes-client.ts';
import { run } from '../support/processes-run.ts';

const deposit = (url: string, key: string, amount = 10): [string, Ask] => [
  `${url}/accounts/ada/deposit`,
  { method: 'POST', headers: { 'idempotency-key': key }, body: JSON.stringify({ amount }) },
];
const refusalOf = ({ status, headers }: Answer): unknown => [status, headers['tandem-refusal']];

describe('a key', () => {
  test('has its reply, its request and its refusals on the new primary, too', async () => {
    const pair = await run(program('bank.js'), '--idempotency-ttl', '24h', '--idempotency-mib', '8').ready();
    const first = await ask(...deposit(pair.url, '"k1"'));
    expect(first.status).toBe(200);
    await pair.hash();
    const from = pair.now;
    expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
    await pair.waitFor('go-live', from);

    const again = await ask(...deposit(pair.url, '"k1"'));
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(refusalOf(await ask(...deposit(pair.url, '"k1"', 11)))).toEqual([422, 'key-reused']);
    expect(jsonOf(await insist(`${pair.url}/accounts/ada`))).toMatchObject({ balance: 10 });

    await pair.waitFor('redundant', from);
    expect(await pair.hash()).toMatchObject({ equal: true });
    const [primary] = (await pair.status()).hosts;
    expect(primary?.kept).toMatchObject({ sessions: 0, maximumBytes: 8 * 2 ** 20, refused: 0 });
    expect(primary?.kept.keys).toBeGreaterThanOrEqual(1);
    const { body } = await ask(`${pair.admin}/metrics`);
    expect(body).toMatch(/^tandem_idempotency_keys\{role="primary"\} [1-9]/m);
    expect(body).toMatch(/^tandem_kept_reply_bytes_maximum\{role="primary"\} 8388608$/m);
  });

  test('that is in use is refused with 409 while its client waits, and not any more when that has gone', async () => {
    const pair = await run(guest('slow.js')).ready();
    const headers = { 'idempotency-key': 'k' };
    const first = ask(pair.url, { method: 'POST', headers, timeoutMs: 300 });
    await pair.waitForLine((text) => text === 'begun');
    const second = await ask(pair.url, { method: 'POST', headers });
    // The first may have given up by now, on a busy machine: then the second one waited for its run.
    expect([409, 200]).toContain(second.status);
    await expect(first).rejects.toThrow('TIMEOUT');
    let third = second;
    while (third.status === 409) third = await ask(pair.url, { method: 'POST', headers });
    expect(jsonOf(third)).toEqual({ count: 1 });
    expect(pair.printed().map(({ event }) => event.text)).toEqual(['begun']);
  });
});
