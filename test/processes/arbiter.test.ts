/**
 * The shared test-and-set is out of reach (FT §2.3: "the VM waits until the disk can be accessed"). A healthy pair does not need it and serves on;
 * nobody takes over and nobody goes on alone until it is back.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pause, program, signal, temporaryDirectory, until } from '../support/processes.ts';
import { ask, Bank } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

/** Long enough for several attempts of a host that would not wait. */
const AWAY_MS = 1_500;

class Disk {
  readonly #folder = temporaryDirectory();
  readonly path = join(this.#folder, 'arbiter');

  goAway(): void {
    renameSync(this.path, join(this.#folder, 'away'));
  }

  comeBack(): void {
    renameSync(join(this.#folder, 'away'), this.path);
  }
}

async function saidThatItWaits(pair: Run): Promise<void> {
  await until('a host that waits for the arbiter', async () =>
    /waiting for the arbiter/.test((await ask(`${pair.admin}/logs`)).body),
  );
}

test('while the arbiter is away a healthy pair serves on', async () => {
  const disk = new Disk();
  const pair = await run(program('bank.js'), '--arbiter', `file:${disk.path}`).ready();
  const bank = new Bank(pair.url);
  await bank.deposit('ada', 10);
  const from = pair.now;
  disk.goAway();
  for (let balance = 11; balance <= 20; balance += 1) expect(await bank.deposit('ada', 1)).toBe(balance);
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.status()).toMatchObject({ live: true, redundant: true });
  expect(pair.story(from)).toEqual([]);
});

test('a killed primary is not taken over from while the arbiter is away, and is when it is back', async () => {
  const disk = new Disk();
  const pair = await run(program('bank.js'), '--arbiter', `file:${disk.path}`).ready();
  const bank = new Bank(pair.url);
  await bank.deposit('ada', 10);
  const from = pair.now;
  disk.goAway();
  signal(pair.primaryPid, 'SIGKILL');
  await pair.waitFor('failure-detected', from);
  await saidThatItWaits(pair);
  const asked = bank.deposit('ada', 1);
  await pause(AWAY_MS);
  expect(pair.story(from).map(({ event }) => event)).toEqual(['failure-detected']);
  expect(await pair.status()).toMatchObject({ live: false });

  disk.comeBack();
  await pair.waitFor('go-live', from);
  expect(await asked).toBe(11);
  await pair.waitFor('redundant', from);
  expect(await pair.hash()).toMatchObject({ equal: true });
});

test('a primary that loses its backup while the arbiter is away releases nothing until it is back', async () => {
  const disk = new Disk();
  const pair = await run(program('bank.js'), '--arbiter', `file:${disk.path}`).ready();
  const bank = new Bank(pair.url);
  await bank.deposit('ada', 10);
  const [from, primary] = [pair.now, pair.primaryPid];
  disk.goAway();
  signal(pair.backupPid, 'SIGKILL');
  await pair.waitFor('failure-detected', from);
  await saidThatItWaits(pair);
  let isAnswered = false;
  const asked = bank.deposit('ada', 1).finally(() => {
    isAnswered = true;
  });
  await pause(AWAY_MS);
  expect(isAnswered).toBe(false);
  expect(await pair.status()).toMatchObject({ live: false });

  disk.comeBack();
  expect(await asked).toBe(11);
  await pair.waitFor('redundant', from);
  expect(pair.primaryPid).toBe(primary);
});
