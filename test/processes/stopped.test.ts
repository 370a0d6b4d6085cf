/**
 * Hosts that are not dead but asleep (FT §2.3, split brain), on their own as on two machines: nobody kills
 * the loser of a test-and-set here, so it has to stop itself. A host that slept for seconds wakes up in a
 * world where another is live: nothing leaves it that its backup had not acknowledged, it accepts nobody, and
 * it ends with the reason. A short sleep is no failure at all.
 */
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { guest, pause, until } from '../support/processes.ts';
import { type Answer, ask, jsonOf, NoAnswer } from '../support/processes-client.ts';
import { type Host, loggingUrlOf, Pair, saidReady, startPair } from '../support/processes-pair.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const LONG_MS = 3_000;
const SHORT_MS = 300;
/** So often a busy machine may make a long stop of a short one. */
const TRIALS = 10;
/** Why a host suspects the other one, or doubts itself. */
const LONG_SILENCE = /(?:silent|not running) for (\d+) ms/;
const WRITERS = 8;

const post = (url: string, note: string, timeoutMs = 10_000): Promise<Answer> =>
  ask(url, { method: 'POST', body: note, timeoutMs });

/**
 * Writes notes to one host and never asks twice: tells which of them that host has acknowledged, and when.
 */
class Writer {
  readonly acknowledged: { readonly note: string; readonly sentAtMs: number; readonly atMs: number }[] = [];
  readonly refused: string[] = [];

  async writeTo(url: string, name: string, isOver: () => boolean): Promise<void> {
    for (let number = 1; !isOver(); number += 1) {
      const note = `${name}-${number}`;
      const sentAtMs = performance.now();
      try {
        const { status } = await post(url, note, LONG_MS * 4);
        if (status === 204) this.acknowledged.push({ note, sentAtMs, atMs: performance.now() });
        else this.refused.push(String(status));
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        this.refused.push(error.code);
        await pause(5);
      }
    }
  }
}

const said = (host: Host, what: RegExp): string[] =>
  host.process.stderr.texts.filter((line) => what.test(line));

/** Stops a host for as long as asked. */
async function stopFor(host: Host, ms: number): Promise<void> {
  host.process.kill('SIGSTOP');
  await pause(ms);
  host.process.kill('SIGCONT');
}

/**
 * Stops one host of a new pair for a short time, and sends the primary a note that it then knows. For how
 * long one was silent, or not running, by the word of a host that suspects it or itself: nothing when all is
 * well.
 */
async function stoppedShortly(
  role: 'primary' | 'backup',
): Promise<{ readonly hosts: Awaited<ReturnType<typeof startPair>>; readonly silentMs: readonly number[] }> {
  const hosts = await startPair({ program: guest('ledger.js') });
  await stopFor(hosts[role], SHORT_MS);
  const after = await post(hosts.primary.url, 'after').then(
    ({ status }) => status,
    (error: unknown) => (error instanceof NoAnswer ? error.code : Promise.reject(error)),
  );
  // Twice the time-out, for a suspicion that had begun.
  await pause(2 * limits.suspectAfterMs);
  const silentMs = [hosts.primary, hosts.backup].flatMap((host) =>
    said(host, LONG_SILENCE).map((line) => Number(LONG_SILENCE.exec(line)?.[1])),
  );
  if (silentMs.length === 0) expect(after).toBe(204);
  return { hosts, silentMs };
}

/** Nobody listens there: neither an answer nor an open connection. */
function isClosed(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('close', () => socket.destroy());
  });
}

describe('a primary that is stopped for three seconds', () => {
  test('finds another live, releases nothing that was not acknowledged, and halts with the reason', async () => {
    const { primary, backup } = await startPair({ program: guest('ledger.js') });
    const writers = Array.from({ length: WRITERS }, () => new Writer());
    let isOver = false;
    const load = Promise.all(
      writers.map((writer, number) => writer.writeTo(primary.url, `writer${number}`, () => isOver)),
    );
    const early = await post(primary.url, 'early');
    expect(early.status).toBe(204);

    await until('some load', () => writers.every(({ acknowledged }) => acknowledged.length >= 10));
    await stopFor(primary, LONG_MS);
    const wokenAtMs = performance.now();
    const live = await backup.process.stderr.waitFor('the new primary', (line) => /live in epoch/.test(line));
    expect(await primary.process.exited).toEqual({ code: 1, signal: null });
    const endedAtMs = performance.now();
    isOver = true;
    await load;

    // It went live while the other one slept.
    expect(live.atMs).toBeLessThan(wokenAtMs);
    const epoch = /live in epoch (\d+)/.exec(live.text)?.[1];
    expect(said(primary, /tandem: halted/)).toEqual([
      expect.stringMatching(new RegExp(`epoch ${epoch} belongs to \\S+ \\(${backup.url}\\)`)),
    ]);
    expect(await isClosed(primary.url)).toBe(true);

    const notes: unknown = JSON.parse((await ask(backup.url)).body);
    const acknowledged = writers.flatMap((writer) => writer.acknowledged);
    // Every reply that ever left the old primary stands in the state of the new one.
    expect(notes).toEqual(expect.arrayContaining(['early', ...acknowledged.map(({ note }) => note)]));
    // What reached the sleeper too late to be acknowledged by a backup was never answered.
    expect(acknowledged.filter(({ sentAtMs }) => sentAtMs > live.atMs)).toEqual([]);
    const late = acknowledged.filter(({ atMs }) => atMs > wokenAtMs).length;
    console.log(
      `${acknowledged.length} acknowledged, ${late} of them after the sleep; halted ${(endedAtMs - wokenAtMs).toFixed(0)} ms after waking; ${live.text}`,
    );
  });

  test('wakes up with a request in its socket, and does not answer it', async () => {
    const { primary, backup } = await startPair({ program: guest('ledger.js') });
    expect((await post(primary.url, 'before')).status).toBe(204);
    primary.process.kill('SIGSTOP');
    // The kernel takes connections for a process that sleeps.
    const whileAsleep = post(primary.url, 'while asleep', LONG_MS * 4).then(
      ({ status }) => status,
      (error: unknown) => (error instanceof NoAnswer ? error.code : Promise.reject(error)),
    );
    await backup.process.stderr.waitFor('the new primary', (line) => /live in epoch/.test(line));
    await pause(LONG_MS);
    primary.process.kill('SIGCONT');
    expect(await primary.process.exited).toEqual({ code: 1, signal: null });
    expect(['ECONNRESET', 503]).toContain(await whileAsleep);
    expect(jsonOf(await ask(backup.url))).toEqual(['before']);
  });
});

describe('a backup that is stopped for seconds and cut off meanwhile', () => {
  test('finds that the primary went on without it, halts, and its process ends although nobody answers its farewell', async () => {
    const pair = new Pair({ program: guest('ledger.js') });
    const primary = await pair.startPrimary();
    const cable = await TcpProxy.start(Number(new URL(await loggingUrlOf(primary)).port));
    onTestFinished(() => cable.end());
    const backup = await pair.startBackup(`ws://127.0.0.1:${cable.port}`);
    await saidReady(backup, 'backup');
    backup.process.kill('SIGSTOP');
    cable.weather = 'silent';
    await primary.process.stderr.waitFor('going solo', (line) => /going on without a backup/.test(line));
    backup.process.kill('SIGCONT');
    expect(await backup.process.exited).toEqual({ code: 1, signal: null });
    expect(said(backup, /tandem: halted/)).toEqual([expect.stringMatching(/epoch 3 belongs to/)]);
    expect((await post(primary.url, 'alone')).status).toBe(204);
  });
});

describe('a host that is stopped for 300 ms', () => {
  test.each(['primary', 'backup'] as const)(
    'is no failure: the %s stays what it is',
    {
      timeout: TRIALS * 30_000,
    },
    async (role) => {
      let { hosts, silentMs } = await stoppedShortly(role);
      for (let trial = 1; silentMs.length > 0 && trial < TRIALS; trial += 1) {
        // This machine kept them silent for longer than it was asked to: no host may be quicker than that.
        for (const ms of silentMs) expect(ms).toBeGreaterThanOrEqual(limits.suspectAfterMs);
        ({ hosts, silentMs } = await stoppedShortly(role));
      }
      expect(silentMs).toEqual([]);
      expect((await post(hosts.primary.url, 'later')).status).toBe(204);
      for (const host of [hosts.primary, hosts.backup]) {
        expect(said(host, /live in epoch|going on without|halted/)).toEqual([]);
        expect(host.process.exit).toBeUndefined();
      }
      expect(jsonOf(await ask(hosts.primary.url))).toEqual(['after', 'later']);
    },
  );
});
