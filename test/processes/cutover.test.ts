/**
 * What load balancers, plain clients and operators see of two hosts on their
 * own, before and after the live one dies.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'tandem-vm/client';
import { describe, expect, test } from 'vitest';
import { program, signal, temporaryDirectory, until } from '../support/processes.ts';
import { ask, insist, jsonOf } from '../support/processes-client.ts';
import { type Host, loggingUrlOf, Pair, saidReady, startPair } from '../support/processes-pair.ts';
import { run } from '../support/processes-run.ts';

const LIVE = '/.well-known/tandem/live';
const liveness = async (host: Host): Promise<unknown[]> => {
  const { status, headers, body } = await ask(`${host.url}${LIVE}`);
  return [status, headers['tandem-live'], JSON.parse(body)];
};
/**
 * As a kubelet asks: any status from 200 to 399 is success, a redirect too; nobody who answers is failure.
 */
const isReady = (host: Host): Promise<boolean> =>
  ask(`${host.url}${LIVE}`, { headers: { 'user-agent': 'kube-probe/1.33', accept: '*/*' } }).then(
    ({ status }) => status >= 200 && status < 400,
    () => false,
  );
const answers = (host: Host): Promise<boolean> =>
  ask(`${host.url}${LIVE}`).then(
    () => true,
    () => false,
  );
const saidLive = (host: Host): Promise<unknown> =>
  host.process.stderr.waitFor('live', (line) => /live in epoch \d+ at position/.test(line));

describe('two hosts with ports of their own', () => {
  test('the readiness path is 200 on the live one alone; the other one names it and redirects plain clients to it', async () => {
    const { primary, backup } = await startPair({ program: program('bank.js') });
    expect(await liveness(primary)).toEqual([200, undefined, { live: true }]);
    expect(await liveness(backup)).toEqual([503, primary.url, { live: false, url: primary.url }]);

    const deposit = { method: 'POST', body: '{"amount":10}' };
    const redirect = await ask(`${backup.url}/accounts/ada/deposit?x=1`, deposit);
    expect([redirect.status, redirect.headers.location]).toEqual([
      307,
      `${primary.url}/accounts/ada/deposit?x=1`,
    ]);
    // What follows a redirect as the standard says arrives, body and all.
    const followed = await fetch(`${backup.url}/accounts/ada/deposit`, deposit);
    expect([followed.status, followed.url]).toEqual([200, `${primary.url}/accounts/ada/deposit`]);
    const numbered = await ask(`${backup.url}/`, {
      headers: { 'tandem-session': 's', 'tandem-request': '1' },
    });
    expect([numbered.status, numbered.headers['tandem-refusal'], numbered.headers['tandem-live']]).toEqual([
      503,
      'not-live',
      primary.url,
    ]);

    expect(signal(primary.process.pid, 'SIGKILL')).toBe(true);
    await saidLive(backup);
    expect(await liveness(backup)).toEqual([200, undefined, { live: true }]);
    expect(jsonOf(await insist(`${backup.url}/accounts/ada`))).toMatchObject({ balance: 10 });
  });

  test('the client library finds whoever is live, also when it knows only the one that is not', async () => {
    const { primary, backup } = await startPair({ program: program('bank.js') });
    const client = createClient(backup.url);
    const deposit = async (): Promise<unknown> => {
      const reply = await client.fetch('/accounts/ada/deposit', { method: 'POST', body: '{"amount":1}' });
      return ((await reply.json()) as { balance: number }).balance;
    };
    expect(await deposit()).toBe(1);
    expect(signal(primary.process.pid, 'SIGKILL')).toBe(true);
    expect(await deposit()).toBe(2);
    await client.close();
  });

  test('--advertise is what others are told; --on-go-live runs once on whoever becomes live, and nothing waits for it', async () => {
    const pair = new Pair({ program: program('bank.js') });
    const told = join(temporaryDirectory(), 'told');
    const command = `echo "$TANDEM_VM $TANDEM_EPOCH $TANDEM_URL" >> ${told}; echo moved; exit 3`;
    const primary = await pair.startPrimary([
      '--advertise',
      'http://one.example:81',
      '--on-go-live',
      command,
    ]);
    await saidReady(primary, 'primary');
    const backup = await pair.startBackup(await loggingUrlOf(primary), ['--on-go-live', command]);
    await saidReady(backup, 'backup');
    expect(await liveness(backup)).toEqual([
      503,
      'http://one.example:81',
      { live: false, url: 'http://one.example:81' },
    ]);
    expect((await ask(`${backup.url}/x`)).headers.location).toBe('http://one.example:81/x');

    expect(signal(primary.process.pid, 'SIGKILL')).toBe(true);
    await backup.process.stderr.waitFor('its words', (line) => line === 'on go-live: moved');
    await backup.process.stderr.waitFor('its end', (line) => line === 'on go-live: ended with code 3');
    const lines = readFileSync(told, 'utf8').trimEnd().split('\n');
    expect(lines).toEqual([
      `${pair.vm} 1 http://one.example:81`,
      expect.stringMatching(new RegExp(`^${pair.vm} [2-9] ${backup.url}$`)),
    ]);
  });
});

test('a host that takes clients at any address is named by the one where its peers find it', async () => {
  const pair = new Pair({ program: program('bank.js') });
  const primary = await pair.startPrimary(['--address', '0.0.0.0', '--log-listen', '127.0.0.2:0']);
  await saidReady(primary, 'primary');
  const backup = await pair.startBackup(await loggingUrlOf(primary));
  await saidReady(backup, 'backup');
  const { port } = new URL(primary.url);
  expect((await liveness(backup))[1]).toBe(`http://127.0.0.2:${port}`);
});

describe('a readiness probe of Kubernetes, for which a redirect is success', () => {
  test('finds the live host alone: no backup, no spare that waits or finds nobody, and no primary that still awaits its backup', async () => {
    const everywhere = ['--address', '0.0.0.0'];
    const pair = new Pair({ program: program('bank.js') });
    const primary = await pair.startPrimary([...everywhere, '--await-backup']);
    const logging = await loggingUrlOf(primary);
    expect(await isReady(primary)).toBe(false);
    const backup = await pair.startBackup(logging, everywhere);
    await saidReady(backup, 'backup');
    await until('the primary is ready', () => isReady(primary));
    const spare = await pair.startSpare([logging], everywhere);
    await spare.process.stderr.waitFor('its place', (line) => line.includes('a spare of '));
    const lonely = await pair.startSpare(['ws://127.0.0.1:1'], everywhere);
    const others = [backup, spare, lonely];
    for (const host of others) await until('it answers', () => answers(host));
    expect(await Promise.all(others.map(isReady))).toEqual([false, false, false]);
    const statuses = others.map(async (host) => (await ask(`${host.url}${LIVE}`)).status);
    expect(await Promise.all(statuses)).toEqual([503, 503, 503]);

    expect(signal(primary.process.pid, 'SIGKILL')).toBe(true);
    await until('the backup is ready', () => isReady(backup));
    expect(await Promise.all([primary, spare, lonely].map(isReady))).toEqual([false, false, false]);
  });
});

describe('a supervised run', () => {
  test('has the readiness path on its one port, and the command on each go-live', async () => {
    const told = join(temporaryDirectory(), 'told');
    const pair = await run(
      program('bank.js'),
      '--on-go-live',
      `echo "$TANDEM_EPOCH $TANDEM_URL" >> ${told}; sleep 5`,
    ).ready();
    expect((await ask(`${pair.url}${LIVE}`)).status).toBe(200);
    const from = pair.now;
    expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
    await pair.waitFor('go-live', from);
    expect((await insist(`${pair.url}${LIVE}`)).status).toBe(200);
    await pair.waitFor('redundant', from);
    const lines = readFileSync(told, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[1])).toEqual([pair.url, pair.url]);
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
  });
});
