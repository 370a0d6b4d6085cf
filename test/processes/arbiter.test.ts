/**
 * The shared test-and-set is out of reach (FT §2.3: "the VM waits until the disk can be accessed"). A healthy
 * pair does not need it and serves on; nobody takes over and nobody goes on alone until it is back. With a
 * directory that is moved away, and with a real etcd that is killed.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Etcd, noEtcd } from '../support/etcd.ts';
import { freePort, pause, program, signal, tandem, temporaryDirectory, until } from '../support/processes.ts';
import { ask, Bank } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

/** Long enough for several attempts of a host that would not wait. */
const AWAY_MS = 1_500;

interface Store {
  readonly url: string;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

async function disk(): Promise<Store> {
  const folder = temporaryDirectory();
  const [path, away] = [join(folder, 'arbiter'), join(folder, 'away')];
  mkdirSync(path);
  return {
    url: `file:${path}`,
    goAway: async () => renameSync(path, away),
    comeBack: async () => renameSync(away, path),
  };
}

async function etcd(): Promise<Store> {
  const server = await Etcd.start();
  onTestFinished(() => server.end());
  return {
    url: `etcd:${server.url}`,
    goAway: () => server.goAway(),
    comeBack: () => server.comeBack(),
  };
}

async function saidThatItWaits(pair: Run): Promise<void> {
  await until('a host that waits for the arbiter', async () =>
    /waiting for the arbiter/.test((await ask(`${pair.admin}/logs`)).body),
  );
}

const told = (pair: Run, from: number): string[] => pair.story(from).map(({ event }) => event);

/** A complete pair of the bank with ten in ada's account. */
async function pairOn(store: Store): Promise<{ readonly pair: Run; readonly bank: Bank }> {
  const pair = await run(program('bank.js'), '--arbiter', store.url).ready();
  const bank = new Bank(pair.url);
  expect(await bank.deposit('ada', 10)).toBe(10);
  return { pair, bank };
}

const KINDS = [
  { kind: 'a directory', make: disk, reason: undefined },
  { kind: 'an etcd', make: etcd, reason: noEtcd },
] as const;

for (const { kind, make, reason } of KINDS) {
  describe.skipIf(reason !== undefined)(
    `with ${kind} as arbiter${reason === undefined ? '' : ` (${reason})`}`,
    () => {
      test('a pair loses its primary, then its backup, and no promise either time', async () => {
        const { pair, bank } = await pairOn(await make());
        let from = pair.now;
        const [first, second] = [pair.primaryPid, pair.backupPid];
        signal(first, 'SIGKILL');
        expect(await bank.deposit('ada', 1)).toBe(11);
        await pair.waitFor('redundant', from);
        expect(told(pair, from)).toEqual(['failure-detected', 'go-live', 'redundant']);
        expect(pair.primaryPid).toBe(second);

        from = pair.now;
        signal(pair.backupPid, 'SIGKILL');
        expect(await bank.deposit('ada', 1)).toBe(12);
        await pair.waitFor('redundant', from);
        expect(pair.primaryPid).toBe(second);
        expect(await pair.hash()).toMatchObject({ equal: true });
        expect(await pair.stop()).toEqual({ code: 0, signal: null });
      });

      test('while it is away a healthy pair serves on', async () => {
        const store = await make();
        const { pair, bank } = await pairOn(store);
        const from = pair.now;
        await store.goAway();
        for (let balance = 11; balance <= 20; balance += 1)
          expect(await bank.deposit('ada', 1)).toBe(balance);
        expect(await pair.hash()).toMatchObject({ equal: true });
        expect(await pair.status()).toMatchObject({ live: true, redundant: true });
        expect(told(pair, from)).toEqual([]);

        await store.comeBack();
        signal(pair.primaryPid, 'SIGKILL');
        expect(await bank.deposit('ada', 1)).toBe(21);
        await pair.waitFor('redundant', from);
        expect(await pair.hash()).toMatchObject({ equal: true });
      });

      test('a killed primary is not taken over from while it is away, and is when it is back', async () => {
        const store = await make();
        const { pair, bank } = await pairOn(store);
        const [from, heir] = [pair.now, pair.backupPid];
        await store.goAway();
        signal(pair.primaryPid, 'SIGKILL');
        await pair.waitFor('failure-detected', from);
        await saidThatItWaits(pair);
        let isAnswered = false;
        const asked = bank.deposit('ada', 1).finally(() => {
          isAnswered = true;
        });
        await pause(AWAY_MS);
        expect(isAnswered).toBe(false);
        expect(told(pair, from)).toEqual(['failure-detected']);
        expect(await pair.status()).toMatchObject({ live: false });

        await store.comeBack();
        expect((await pair.waitFor('go-live', from)).event.pid).toBe(heir);
        expect(await asked).toBe(11);
        await pair.waitFor('redundant', from);
        expect(await pair.hash()).toMatchObject({ equal: true });
        expect(await bank.balance('ada')).toBe(11);
      });

      test('a primary that loses its backup while it is away releases nothing until it is back', async () => {
        const store = await make();
        const { pair, bank } = await pairOn(store);
        const [from, primary] = [pair.now, pair.primaryPid];
        await store.goAway();
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

        await store.comeBack();
        expect(await asked).toBe(11);
        await pair.waitFor('redundant', from);
        expect(pair.primaryPid).toBe(primary);
        expect(await pair.hash()).toMatchObject({ equal: true });
      });
    },
  );
}

test('a run whose etcd does not answer at the start ends with the reason and the mend', async () => {
  const port = await freePort();
  const words = ['--port', '0', '--admin-port', '0', '--arbiter', `etcd:http://127.0.0.1:${port}`];
  const process = tandem('run', program('bank.js'), ...words);
  expect(await process.exited).toEqual({ code: 1, signal: null });
  expect(process.stderr.texts.at(-2)).toMatch(/^tandem: the arbiter's etcd cannot be used: .*ECONNREFUSED/);
  expect(process.stderr.texts.at(-1)).toMatch(/^ {2}start it/);
});

test('what is to be known of a store is told by the hosts: loudly when it is a danger', async () => {
  const loud = tandem('run', program('bank.js'), '--port', '0', '--admin-port', '0', '--arbiter', 'memory:');
  await loud.stderr.waitFor('a warning', (text) => /^warning .*nobody can take over/.test(text));
  const quiet = await run(program('bank.js'), '--arbiter', `file:${temporaryDirectory()}`).ready();
  expect((await ask(`${quiet.admin}/logs`)).body).toMatch(
    /arbiter: \S+ is on \w+: for hosts of this machine/,
  );
});
