/**
 * Control operations on a pair that serves (FT §3.3), with real processes: it is switched off in good order
 * by a command and by Ctrl-C, whatever its hosts are about; the limit of its memory is changed while it
 * runs, and holds on whoever is live next.
 */
import http from 'node:http';
import { describe, expect, test } from 'vitest';
import type { HashComparison } from '../../src/host/supervisor/report.ts';
import type { MemoryLimits } from '../../src/host/vcpu/messages.ts';
import {
  type Exit,
  guest,
  type Process,
  pause,
  program,
  signal,
  tandem,
  until,
} from '../support/processes.ts';
import { ask, Bank, insist, jsonOf, NoAnswer } from '../support/processes-client.ts';
import { type Run, run, runWithSpare } from '../support/processes-run.ts';

const MIB = 2 ** 20;
const DONE: Exit = { code: 0, signal: null };
const command = (pair: Run, ...words: readonly string[]): Process => tandem(...words, '--admin', pair.admin);
const printedBy = async (process: Process): Promise<string> => {
  await process.exited;
  return process.stdout.texts.join('\n');
};

/** `tandem stop --json`: what it found, and with which code it ended. */
async function stopped(process: Process): Promise<HashComparison & { readonly code: number | null }> {
  const text = await printedBy(process);
  return { ...(JSON.parse(text) as HashComparison), code: process.exit?.code ?? null };
}

/** Notes under keys of their own, one after the other, until nobody answers: those that were acknowledged. */
async function writeNotes(
  url: string,
  name: string,
  acknowledged: string[],
  enough: () => void,
): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let number = 1; ; number += 1) {
      const note = `${name} ${number}`;
      const headers = { 'idempotency-key': `"${note}"` };
      const { status } = await ask(url, { method: 'POST', body: note, headers, agent });
      // The doors have closed on an open connection.
      if (status === 503) return;
      expect(status).toBe(200);
      acknowledged.push(note);
      enough();
    }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
  } finally {
    agent.destroy();
  }
}

/** Resolves when it was called that often. */
function counter(times: number): { readonly reached: Promise<void>; count(): void } {
  let left = times;
  let resolve = (): void => {};
  const reached = new Promise<void>((done) => {
    resolve = done;
  });
  return {
    reached,
    count: () => {
      left -= 1;
      if (left === 0) resolve();
    },
  };
}

describe('a run that is switched off', () => {
  test('by `tandem stop` under load: every reply that was given is in the state that both machines end with', async () => {
    const pair = await runWithSpare(guest('keeper.js')).ready();
    const acknowledged: string[] = [];
    const { reached, count } = counter(60);
    const clients = ['ada', 'grace', 'mary', 'joan'].map((name) =>
      writeNotes(pair.url, name, acknowledged, count),
    );
    await reached;
    const last = pair.status();
    const answer = await stopped(command(pair, 'stop', '--json'));
    await Promise.all(clients);

    expect(answer).toMatchObject({ equal: true, code: 0 });
    expect(answer.primary?.hash).toBe(answer.backup?.hash);
    expect([answer.primary?.pid, answer.backup?.pid]).toEqual([pair.primaryPid, pair.backupPid]);
    expect(answer.position).toBeGreaterThan((await last).hosts[0]?.recorded ?? 0);
    expect(await pair.process.exited).toEqual(DONE);
    const printed = pair.printed().map(({ event }) => event.text);
    expect(printed).toEqual(expect.arrayContaining(acknowledged));
    expect(new Set(printed).size).toBe(printed.length);
    const { code: _code, ...comparison } = answer;
    expect(pair.story().slice(1)).toEqual([
      { event: 'stopped', ...comparison },
      { event: 'end', code: 0 },
    ]);
    expect(pair.process.family()).toEqual([]);
  });

  test('by `tandem stop`, in words: the position, both hashes, equal', async () => {
    const pair = await run(program('bank.js')).ready();
    await new Bank(pair.url).deposit('ada', 10);
    const words = await printedBy(command(pair, 'stop'));
    const [, hash] = /primary {2}([0-9a-f]{64}) {2}pid/.exec(words) ?? [];
    expect(words).toMatch(/^stopped\nposition \d+\n/);
    expect(words).toContain(`backup   ${hash}  pid ${pair.backupPid}\nequal`);
    expect(await pair.process.exited).toEqual(DONE);
  });

  test('answers requests that are open, and none that come later', async () => {
    const pair = await run(guest('slow.js')).ready();
    const inside = ask(pair.url, { method: 'POST' });
    await pair.waitForLine((text) => text === 'begun');
    const stop = command(pair, 'stop', '--json');
    expect(jsonOf(await inside)).toEqual({ count: 1 });
    expect(await stopped(stop)).toMatchObject({ equal: true, code: 0 });
    expect(await pair.process.exited).toEqual(DONE);
    await expect(ask(pair.url)).rejects.toThrow(NoAnswer);
  });

  test('does not wait for requests that are never answered', async () => {
    const pair = await run(guest('keeper.js')).ready();
    const never = ask(`${pair.url}/never`, { timeoutMs: 60_000 }).catch((error: NoAnswer) => error.code);
    await pair.waitForLine((text) => text === 'waits for ever');
    expect(await stopped(command(pair, 'stop', '--json'))).toMatchObject({ equal: true, code: 0 });
    expect(await never).toMatch(/ECONNRESET|EPIPE/);
    expect(await pair.process.exited).toEqual(DONE);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('by %s it is told the same, as an event', async (name) => {
    const pair = await run(guest('keeper.js')).ready();
    await insist(pair.url, { method: 'POST', body: 'a note' });
    pair.process.kill(name);
    expect(await pair.process.exited).toEqual(DONE);
    expect(pair.story().slice(1)).toEqual([
      expect.objectContaining({ event: 'stopped', equal: true, position: expect.any(Number) }),
      { event: 'end', code: 0 },
    ]);
    expect(pair.process.family()).toEqual([]);
  });

  test('by two at once: both get the one answer', async () => {
    const pair = await run(program('bank.js')).ready();
    const answers = await Promise.all(
      [1, 2].map(() => ask(`${pair.admin}/stop`, { method: 'POST', timeoutMs: 60_000 })),
    );
    expect(jsonOf(answers[0] ?? fail())).toMatchObject({ equal: true });
    expect(answers[1]?.body).toBe(answers[0]?.body);
    expect(await pair.process.exited).toEqual(DONE);
  });

  test('after a failover, as soon as the pair is complete again', async () => {
    const pair = await run(program('bank.js')).ready();
    await new Bank(pair.url).deposit('ada', 10);
    const from = pair.now;
    signal(pair.primaryPid, 'SIGKILL');
    await pair.waitFor('redundant', from);
    expect(await stopped(command(pair, 'stop', '--json'))).toMatchObject({ equal: true, code: 0 });
    expect(await pair.process.exited).toEqual(DONE);
  });

  test('while nobody reads its lines: the comparison does not wait for the terminal, the end does', async () => {
    const pair = await run(guest('keeper.js')).ready();
    pair.process.child.stdout?.pause();
    // More than a pipe takes.
    const notes = Array.from({ length: 10 }, (_, number) => `${number} ${'x'.repeat(200_000)}`);
    for (const body of notes) expect((await ask(pair.url, { method: 'POST', body })).status).toBe(200);
    expect(await stopped(command(pair, 'stop', '--json'))).toMatchObject({ equal: true, code: 0 });
    expect(pair.process.exit).toBeUndefined();
    pair.process.child.stdout?.resume();
    expect(await pair.process.exited).toEqual(DONE);
    expect(pair.printed().map(({ event }) => event.text === notes.shift())).toEqual(Array(10).fill(true));
  });
});

const fail = (): never => {
  throw new Error('no answer');
};

describe('a run that cannot be switched off in good order', () => {
  test('for want of a backup: it says so, with code 1, and ends', async () => {
    const pair = await run(program('bank.js')).ready();
    const [lost, from] = [pair.backupPid, pair.now];
    signal(lost, 'SIGKILL');
    // The next one never gets as far as to join.
    await until('another backup', async () => {
      const { backup } = await pair.status();
      return backup !== null && backup.pid !== lost && signal(backup.pid, 'SIGSTOP');
    });
    await until('the primary alone', async () => (await pair.status()).hosts[0]?.phase === 'solo');
    const answer = await stopped(command(pair, 'stop', '--json'));
    expect(answer).toMatchObject({
      equal: false,
      code: 1,
      position: expect.any(Number),
      primary: { pid: pair.primaryPid },
      backup: null,
      reason: 'there is no backup in sync to compare with',
    });
    expect(await pair.process.exited).toEqual(DONE);
    expect(pair.story(from).at(-1)).toEqual({ event: 'end', code: 0 });
    expect(pair.process.family()).toEqual([]);
  });

  test('because its backup does not answer: it says so within a bound, and ends', async () => {
    const pair = await run(program('bank.js'), '--suspect-ms', '60000').ready();
    signal(pair.backupPid, 'SIGSTOP');
    const stop = command(pair, 'stop');
    expect(await printedBy(stop)).toMatch(
      /^stopped, but not in good order\nnot done within \d+ s: .*the backup .* does not answer$/,
    );
    expect(stop.exit).toEqual({ code: 1, signal: null });
    expect(await pair.process.exited).toEqual(DONE);
    expect(pair.process.family()).toEqual([]);
  });

  test('because its program is in a long turn: refused in clear words, and ended', async () => {
    const pair = await run(guest('endless.js')).ready();
    await until('a turn of more than a second', async () => {
      const { hosts } = await pair.status();
      return hosts.some(({ role, turn }) => role === 'primary' && (turn?.runningMs ?? 0) > 1_000);
    });
    const stop = command(pair, 'stop');
    expect(await printedBy(stop)).toMatch(
      /^stopped, but not in good order\na turn has been running for \d+ ms: it cannot be waited for$/,
    );
    expect(stop.exit).toEqual({ code: 1, signal: null });
    // A plain program that is stopped was not done.
    expect(await pair.process.exited).toEqual({ code: 1, signal: null });
    expect(pair.process.family()).toEqual([]);
  });

  test.each(['at once', 'when the doors are closed'] as const)(
    'because its primary dies %s after the order: the run ends, and nobody is left',
    async (when) => {
      const pair = await run(guest('keeper.js')).ready();
      const never = ask(`${pair.url}/never`, { timeoutMs: 60_000 }).catch(() => undefined);
      await pair.waitForLine((text) => text === 'waits for ever');
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      await ask(pair.url, { agent });
      const answer = ask(`${pair.admin}/stop`, { method: 'POST', timeoutMs: 60_000 });
      if (when === 'when the doors are closed') {
        await until('closed doors', async () => (await ask(pair.url, { agent })).status === 503);
      }
      signal(pair.primaryPid, 'SIGKILL');
      expect(jsonOf(await answer)).toMatchObject({ equal: false, position: null });
      expect(await pair.process.exited).toEqual(DONE);
      expect(pair.process.family()).toEqual([]);
      agent.destroy();
      await never;
    },
  );

  test('because nobody waits for it: a second Ctrl-C ends it, with the code that the first one would have had', async () => {
    const ports = ['--port', '0', '--admin-port', '0'];
    // It has one reason to wait for long: a backup that stands still.
    const words = tandem('run', program('bank.js'), ...ports, '--suspect-ms', '60000');
    const { text } = await words.stderr.waitFor('both pids', (line) => /backup \d+, admin/.test(line));
    signal(Number(/backup (\d+)/.exec(text)?.[1]), 'SIGSTOP');
    words.kill('SIGINT');
    await words.stderr.waitFor('what a second one does', (line) =>
      line.includes('Ctrl-C again does not wait'),
    );
    // One press may arrive twice: a second one is one that comes later.
    await pause(400);
    words.kill('SIGINT');
    expect(await words.exited).toEqual(DONE);
    expect(words.stderr.texts.join('\n')).not.toMatch(/^stopped/m);
    expect(words.family()).toEqual([]);
  });
});

describe('the limit of the memory', () => {
  const grow = async (pair: Run, mib: number): Promise<{ status: number; mib: number }> => {
    const { status, body } = await ask(`${pair.url}/mib`, { method: 'POST', body: String(mib) });
    return { status, mib: (JSON.parse(body) as { mib: number }).mib };
  };
  const limitsOf = async (pair: Run, ...words: readonly string[]): Promise<MemoryLimits> =>
    JSON.parse(await printedBy(command(pair, 'limits', '--json', ...words))) as MemoryLimits;

  test('raised while the program runs, it holds after the primary was killed, and in the backup that joins then', {
    timeout: 120_000,
  }, async () => {
    const pair = await run(guest('keeper.js'), '--memory-mib', '24').ready();
    expect(await limitsOf(pair)).toMatchObject({ memoryMaximumBytes: 24 * MIB });
    expect((await grow(pair, 32)).status).toBe(507);
    expect(await printedBy(command(pair, 'limits', '--memory-mib', '48'))).toMatch(
      /^memory: [\d.]+ MiB of at most 48 MiB$/,
    );
    const before = await grow(pair, 16);
    expect(before.status).toBe(200);
    expect(await pair.hash()).toMatchObject({ equal: true });

    for (let kill = 0; kill < 2; kill += 1) {
      const from = pair.now;
      signal(pair.primaryPid, 'SIGKILL');
      await pair.waitFor('redundant', from);
      expect(await limitsOf(pair)).toMatchObject({ memoryMaximumBytes: 48 * MIB });
    }
    const after = await grow(pair, 64);
    expect(after.status).toBe(507);
    expect(after.mib).toBeGreaterThan(before.mib);
    expect(after.mib).toBeLessThan(48);
    expect((await limitsOf(pair)).memoryBytes).toBeLessThanOrEqual(48 * MIB);
    expect(await pair.hash()).toMatchObject({ equal: true });
  });

  test('lowered below what the memory has, it keeps it from growing, and takes nothing away', async () => {
    const pair = await run(guest('keeper.js')).ready();
    const before = await grow(pair, 24);
    const lowered = await limitsOf(pair, '--memory-mib', '16');
    expect(lowered.memoryMaximumBytes).toBe(16 * MIB);
    expect(lowered.memoryBytes).toBeGreaterThan(24 * MIB);
    expect((await grow(pair, 64)).status).toBe(507);
    expect(await limitsOf(pair)).toEqual(lowered);
    const from = pair.now;
    signal(pair.primaryPid, 'SIGKILL');
    await pair.waitFor('go-live', from);
    expect(jsonOf(await insist(pair.url))['mib']).toBeGreaterThanOrEqual(before.mib);
    expect((await grow(pair, 64)).status).toBe(507);
    await pair.waitFor('redundant', from);
    expect(await pair.hash()).toMatchObject({ equal: true });
  });

  test('changed while a backup joins, it holds there, too', async () => {
    const pair = await run(guest('keeper.js')).ready();
    await grow(pair, 24);
    const from = pair.now;
    let joined = false;
    const redundant = (async () => {
      signal(pair.backupPid, 'SIGKILL');
      await pair.waitFor('redundant', from);
      joined = true;
    })();
    let mib = 100;
    for (; !joined; mib += 1) {
      const answer = await ask(`${pair.admin}/limits?memory-bytes=${mib * MIB}`, { method: 'POST' });
      expect(jsonOf(answer)['memoryMaximumBytes']).toBe(mib * MIB);
    }
    await redundant;
    expect(await pair.hash()).toMatchObject({ equal: true });
    const again = pair.now;
    signal(pair.primaryPid, 'SIGKILL');
    await pair.waitFor('go-live', again);
    await pair.waitFor('redundant', again);
    expect((await limitsOf(pair)).memoryMaximumBytes).toBe((mib - 1) * MIB);
  });

  test('changed by a primary that dies before its backup has acknowledged it: nobody says that it was or was not', async () => {
    const pair = await run(guest('keeper.js'), '--memory-mib', '64', '--suspect-ms', '60000').ready();
    const [heir, from] = [pair.backupPid, pair.now];
    signal(heir, 'SIGSTOP');
    const change = command(pair, 'limits', '--memory-mib', '128');
    await until('an entry that nobody has acknowledged', async () => {
      const { hosts } = await pair.status();
      return hosts.some(({ role, recorded, acknowledged }) => role === 'primary' && recorded > acknowledged);
    });
    signal(pair.primaryPid, 'SIGKILL');
    expect(await change.exited).toEqual({ code: 1, signal: null });
    expect(change.stdout.texts).toEqual([]);
    expect(change.stderr.texts.join('\n')).toMatch(
      /^tandem: whether the limits were changed is not known: the primary was lost meanwhile\n {2}tandem limits shows what holds now/,
    );
    signal(heir, 'SIGCONT');
    await pair.waitFor('redundant', from);
    const { memoryMaximumBytes } = await limitsOf(pair);
    expect([64, 128]).toContain(memoryMaximumBytes / MIB);
    expect(await pair.hash()).toMatchObject({ equal: true });
  });
});
