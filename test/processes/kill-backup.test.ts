/**
 * The other half of the story (FT §2.3): a primary that loses its backup goes on alone, but only by right of
 * the arbiter; outputs that waited for the dead backup flow again, and a new one joins (FT §3.1).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { until } from '../support/children.ts';
import { program, signal } from '../support/processes.ts';
import { Bank } from '../support/processes-client.ts';
import { runWithSpare } from '../support/processes-run.ts';

/** Of util-linux: changes the limits of a process that runs. */
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

test('when the backup is killed, the primary wins the test-and-set, goes on alone, and a new backup joins', async () => {
  const pair = await runWithSpare(program('bank.js')).ready();
  const bank = new Bank(pair.url);
  await bank.deposit('ada', 10);
  const [primary, lost, from] = [pair.primaryPid, pair.backupPid, pair.now];
  const { epoch } = await pair.status();

  signal(lost, 'SIGKILL');
  const killedAtMs = performance.now();
  // Each of these replies is an output that no dead backup can hold back for ever.
  expect(await bank.deposit('ada', 1)).toBe(11);
  console.log(`first reply ${(performance.now() - killedAtMs).toFixed(0)} ms after the backup's death`);
  const { event: redundant } = await pair.waitFor('redundant', from);

  expect(pair.story(from)).toEqual([
    expect.objectContaining({ event: 'failure-detected', pid: primary, peer: 'backup' }),
    expect.objectContaining({ event: 'redundant' }),
  ]);
  expect(redundant.backup.pid).not.toBe(lost);
  expect(pair.primaryPid).toBe(primary);
  // One epoch for going on alone, one for the new backup.
  expect((await pair.status()).epoch).toBe(epoch + 2);
  expect(await pair.hash()).toMatchObject({ equal: true, backup: { pid: redundant.backup.pid } });
});

test('the backup that came to replace a lost one carries on when the primary dies, too', async () => {
  const pair = await runWithSpare(program('bank.js')).ready();
  const bank = new Bank(pair.url);
  expect(await bank.deposit('ada', 10)).toBe(10);
  let from = pair.now;
  signal(pair.backupPid, 'SIGKILL');
  expect(await bank.deposit('ada', 1)).toBe(11);
  await pair.waitFor('redundant', from);
  const heir = pair.backupPid;

  from = pair.now;
  signal(pair.primaryPid, 'SIGKILL');
  expect(await bank.deposit('ada', 1)).toBe(12);
  const { event: goLive } = await pair.waitFor('go-live', from);
  expect(goLive.pid).toBe(heir);
  await pair.waitFor('redundant', from);
  expect(await bank.balance('ada')).toBe(12);
  expect(await pair.hash()).toMatchObject({ equal: true });
});

test.runIf(hasPrlimit)(
  'a supervisor without free descriptors starts nobody, and the pair serves on',
  async () => {
    const pair = await runWithSpare(program('bank.js'), '--verbose').ready();
    const bank = new Bank(pair.url);
    await bank.deposit('ada', 10);
    const { pid = 0 } = pair.process;
    const descriptorsAtMost = (count: number) =>
      execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`]);
    const [primary, from] = [pair.primaryPid, pair.now];
    await until('a spare', async () => (await pair.status()).spares.length === 1);
    descriptorsAtMost(readdirSync(`/proc/${pid}/fd`).length);
    signal(pair.backupPid, 'SIGKILL');
    // The spare takes its place; the one that would replace the spare is more than there is room for.
    await pair.waitFor('redundant', from);
    expect(await bank.deposit('ada', 1)).toBe(11);
    descriptorsAtMost(1_024);
    await until('another spare', async () => (await pair.status()).spares.some((spare) => spare.pid !== 0));
    expect(pair.primaryPid).toBe(primary);
    expect(await pair.hash()).toMatchObject({ equal: true });
  },
);

test('when both die within a moment the run ends with code 1: never an empty machine under an old name', async () => {
  const pair = await runWithSpare(program('bank.js')).ready();
  await new Bank(pair.url).deposit('ada', 10);
  const pids = [pair.primaryPid, pair.backupPid];
  for (const pid of pids) signal(pid, 'SIGKILL');
  expect(await pair.process.exited).toEqual({ code: 1, signal: null });
  const story = pair.story();
  expect(story.slice(-2)).toEqual([
    expect.objectContaining({ event: 'halt', code: 'NO_HOST_LEFT' }),
    { event: 'end', code: 1 },
  ]);
  expect(pair.process.stderr.texts.join('\n')).toMatch(/tandem: no host is left that holds the machine/);
  await pair.process.gone();
});
