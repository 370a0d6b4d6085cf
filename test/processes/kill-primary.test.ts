/**
 * The main story with real processes (FT §2.2, §2.3): the primary is killed as a failing machine would die,
 * its backup goes live on the same port with the same state, clients lose nothing that they were promised,
 * and a new backup makes the pair complete again.
 */
import http from 'node:http';
import { describe, expect, test } from 'vitest';
import { guest, program, signal, tandem } from '../support/processes.ts';
import { ask, Bank, insist, jsonOf, NoAnswer } from '../support/processes-client.ts';
import { type Run, runWithSpare } from '../support/processes-run.ts';

/** What a client may see of a machine that dies under its connection. */
const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

interface Kill {
  readonly killed: number;
  readonly atMs: number;
  /** Index of the first event after it. */
  readonly from: number;
}

function killPrimary(pair: Run): Kill {
  const [killed, from, atMs] = [pair.primaryPid, pair.now, performance.now()];
  expect(signal(killed, 'SIGKILL')).toBe(true);
  return { killed, from, atMs };
}

describe('when the primary is killed', () => {
  test('the same port serves the same balances, from the old backup, and a new backup joins', async () => {
    const pair = await runWithSpare(program('bank.js')).ready();
    const bank = new Bank(pair.url);
    for (const [id, amount] of [
      ['ada', 10],
      ['grace', 20],
      ['ada', 5],
    ] as const) {
      await bank.deposit(id, amount);
    }
    expect(await pair.hash()).toMatchObject({ equal: true });
    const heir = pair.backupPid;

    const { killed, from, atMs: killedAtMs } = killPrimary(pair);
    expect(await bank.balance('ada')).toBe(15);
    const firstReplyMs = performance.now() - killedAtMs;
    expect(await bank.balance('grace')).toBe(20);
    expect(await bank.deposit('ada', 1)).toBe(16);

    const redundant = await pair.waitFor('redundant', from);
    expect(pair.story(from)).toEqual([
      expect.objectContaining({ event: 'failure-detected', pid: heir, peer: 'primary' }),
      expect.objectContaining({ event: 'go-live', pid: heir }),
      expect.objectContaining({ event: 'redundant', backup: { pid: pair.backupPid } }),
    ]);
    expect(pair.primaryPid).toBe(heir);
    expect([killed, heir]).not.toContain(pair.backupPid);
    const hashes = await pair.hash();
    expect(hashes).toMatchObject({ equal: true, primary: { pid: heir }, backup: { pid: pair.backupPid } });
    expect(hashes.primary?.hash).toBe(hashes.backup?.hash);
    expect(await pair.status()).toMatchObject({ live: true, redundant: true, failovers: 1, url: pair.url });

    const goLive = await pair.waitFor('go-live', from);
    console.log(
      `go-live ${goLive.event.ms.toFixed(1)} ms after the suspicion; first reply ${firstReplyMs.toFixed(0)} ms after the kill; ` +
        `redundant ${(redundant.atMs - killedAtMs).toFixed(0)} ms after it, pause ${redundant.event.pauseMs.toFixed(1)} ms`,
    );
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
  });

  test('by the command `tandem kill primary`, `tandem hash` waits for the new backup and finds both machines equal', async () => {
    const pair = await runWithSpare(program('bank.js')).ready();
    const bank = new Bank(pair.url);
    await bank.deposit('ada', 10);
    const [doomed, heir] = [pair.primaryPid, pair.backupPid];

    const kill = tandem('kill', 'primary', '--json', '--admin', pair.admin);
    expect(await kill.exited).toEqual({ code: 0, signal: null });
    expect(JSON.parse(kill.stdout.texts.join(''))).toEqual({ killed: doomed, role: 'primary' });

    const hash = tandem('hash', '--json', '--admin', pair.admin);
    expect(await hash.exited).toEqual({ code: 0, signal: null });
    expect(JSON.parse(hash.stdout.texts.join(''))).toMatchObject({ equal: true, primary: { pid: heir } });
    expect(await bank.balance('ada')).toBe(10);

    // In the same moment: the supervisor may not even know that the primary is dead.
    const [dead, hashes] = await Promise.all([
      ask(`${pair.admin}/kill/primary`, { method: 'POST' }),
      ask(`${pair.admin}/hash`, { method: 'POST' }),
    ]);
    expect(jsonOf(dead)).toMatchObject({ killed: heir });
    expect(jsonOf(hashes)).toMatchObject({ equal: true });
  });

  test('a request in flight is answered by the new primary, and its work is done once', async () => {
    const pair = await runWithSpare(guest('slow.js')).ready();
    const reply = insist(`${pair.url}/`, { method: 'POST' });
    await pair.waitForLine((text) => text === 'begun');
    const { from } = killPrimary(pair);
    await pair.waitFor('go-live', from);

    const answer = await reply;
    expect(jsonOf(answer)).toEqual({ count: 1 });
    expect(answer.tries).toBeGreaterThan(1);
    expect(jsonOf(await insist(pair.url))).toEqual({ count: 1 });
    expect(pair.printed().map(({ event }) => event.text)).toEqual(['begun']);
  });

  test('a client that knows nothing of it sees a reset connection at most, and is served when it comes again', async () => {
    const pair = await runWithSpare(program('bank.js')).ready();
    await new Bank(pair.url).deposit('ada', 10);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const seen: string[] = [];
    let going = true;
    const client = (async () => {
      while (going) {
        try {
          const answer = await ask(`${pair.url}/accounts/ada`, { agent });
          seen.push(`${answer.status} ${answer.body}`);
        } catch (error) {
          if (!(error instanceof NoAnswer)) throw error;
          seen.push(error.code);
        }
      }
    })();
    const { from } = killPrimary(pair);
    await pair.waitFor('redundant', from);
    going = false;
    await client;
    agent.destroy();

    const failed = seen.filter((what) => !what.startsWith('200 '));
    // Two: a connection that the pool had kept, and one that the dying host had just accepted.
    expect(failed.length).toBeLessThanOrEqual(2);
    expect(failed.filter((code) => !RESETS.has(code))).toEqual([]);
    expect(new Set(seen.filter((what) => what.startsWith('200 ')))).toEqual(
      new Set(['200 {"id":"ada","balance":10}']),
    );
    expect(seen.at(-1)).toContain('200');
  });

  test('in the moment when the pair is complete, the backup begins what the primary may not have begun', async () => {
    const pair = await runWithSpare(program('bank.js')).ready();
    const { from } = killPrimary(pair);
    const bank = new Bank(pair.url);
    expect(await bank.deposit('ada', 10)).toBe(10);
    await pair.waitFor('redundant', from);
    expect(await pair.hash()).toMatchObject({ equal: true });
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
  });

  test('again and again, each former backup carries on with the balance it was left', async () => {
    const pair = await runWithSpare(program('bank.js')).ready();
    const bank = new Bank(pair.url);
    const pids = new Set<number>([pair.primaryPid]);
    for (let round = 1; round <= 3; round += 1) {
      expect(await bank.deposit('ada', 1)).toBe(round);
      const { from } = killPrimary(pair);
      expect(await bank.balance('ada')).toBe(round);
      await pair.waitFor('redundant', from);
      pids.add(pair.primaryPid);
    }
    expect(pids.size).toBe(4);
    expect(await pair.hash()).toMatchObject({ equal: true });
  });
});
