/**
 * Planned switch-overs with real processes (FT §3.3): under load and without Idempotency-Keys, no reply is
 * lost and none is repeated; a host that dies around one costs no more than at any other time.
 */
import http from 'node:http';
import { expect, test } from 'vitest';
import type { SwitchOver } from '../../src/host/supervisor/report.ts';
import { guest, program, signal, tandem } from '../support/processes.ts';
import { ask, Bank, jsonOf } from '../support/processes-client.ts';
import { type Run, run, runWithSpare } from '../support/processes-run.ts';

const CLIENTS = 8;

async function switchOver(pair: Run): Promise<SwitchOver> {
  const process = tandem('switch-over', '--json', '--admin', pair.admin);
  await process.exited;
  expect(process.exit, process.stderr.texts.join('\n')).toEqual({ code: 0, signal: null });
  return JSON.parse(process.stdout.texts.join('\n')) as SwitchOver;
}

/**
 * One connection that deposits without a key until it is told to end: any
 * reply that is lost, or a reset, fails it.
 */
async function deposit(url: string, name: string, isOver: () => boolean): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let balance = 0;
  try {
    while (!isOver()) {
      const answer = await ask(`${url}/accounts/${name}/deposit`, {
        method: 'POST',
        body: JSON.stringify({ amount: 1 }),
        agent,
      });
      balance += 1;
      expect(jsonOf(answer)['balance']).toBe(balance);
    }
  } finally {
    agent.destroy();
  }
  return balance;
}

test('FT §3.3: roles change to and fro under load, and clients without keys lose no reply and get none twice', async () => {
  const pair = runWithSpare(program('bank.js'), '--suspect-ms', '30000');
  await pair.ready();
  const first = pair.primaryPid;
  let isOver = false;
  const clients = Array.from({ length: CLIENTS }, (_, each) => deposit(pair.url, `c${each}`, () => isOver));
  const gapsMs: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const { from, to, gapMs } = await switchOver(pair);
    expect(to.pid).not.toBe(from.pid);
    gapsMs.push(gapMs);
    expect(await pair.hash()).toMatchObject({
      equal: true,
      primary: { pid: to.pid },
      backup: { pid: from.pid },
    });
  }
  isOver = true;
  const balances = await Promise.all(clients);
  process.stdout.write(`clients waited for ${gapsMs.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
  expect(pair.story().map(({ event }) => event)).toEqual(['ready', ...gapsMs.map(() => 'switch-over')]);
  expect(Math.min(...balances)).toBeGreaterThan(0);
  expect((await pair.status()).primary).toEqual({ pid: first });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('the new primary is killed: the old one, its backup, goes live with everything', async () => {
  const pair = runWithSpare(program('bank.js'));
  await pair.ready();
  const bank = new Bank(pair.url);
  expect(await bank.deposit('ada', 5)).toBe(5);
  const { from, to } = await switchOver(pair);
  expect(await bank.deposit('ada', 5)).toBe(10);
  const since = pair.now;
  signal(to.pid, 'SIGKILL');
  expect(await bank.deposit('ada', 5)).toBe(15);
  await pair.waitFor('go-live', since);
  expect(pair.primaryPid).toBe(from.pid);
  await pair.waitFor('redundant', since);
  expect(await pair.hash()).toMatchObject({ equal: true });
});

/** A client at the primary whom its guest never answers; resolves with what it meets instead. */
async function waitingClient(pair: Run): Promise<() => Promise<string>> {
  const end = ask(pair.url).then(
    ({ status }) => `answered ${status}`,
    (error: Error) => error.message,
  );
  await pair.waitForLine((text) => text === 'waiting');
  return () => end;
}

const gone = (text: string): boolean => text === 'gone';

test('a client that waits at the former primary is reset when that host goes live again in the place of a dead one', async () => {
  const pair = runWithSpare(guest('waiting.js'));
  await pair.ready();
  const end = await waitingClient(pair);
  const { to } = await switchOver(pair);
  signal(to.pid, 'SIGKILL');
  expect(await end()).toMatch(/ECONNRESET/);
  await pair.waitForLine(gone);
});

test('when the former primary is lost, the guest hears at once that its clients have gone', async () => {
  const pair = runWithSpare(guest('waiting.js'));
  await pair.ready();
  const end = await waitingClient(pair);
  const { from } = await switchOver(pair);
  signal(from.pid, 'SIGKILL');
  await pair.waitForLine(gone);
  expect(await end()).toMatch(/ECONNRESET/);
});

test('without a backup the roles stay, and the command says why', async () => {
  const pair = run(program('bank.js'));
  await pair.ready();
  signal(pair.backupPid, 'SIGSTOP');
  const process = tandem('switch-over', '--admin', pair.admin);
  await process.exited;
  expect(process.exit?.code).toBe(1);
  expect(process.stderr.texts.join('\n')).toMatch(/no switch-over: .*\n.*the roles are what they were/);
  expect(await new Bank(pair.url).deposit('ada', 5)).toBe(5);
});
