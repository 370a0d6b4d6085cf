/**
 * The admin port of hosts on their own: the commands that a supervisor answers for a pair are answered by its
 * primary, and a backup says whom to ask.
 */
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HashComparison, RunStatus } from '../../src/host/supervisor/report.ts';
import { type Process, program, tandem, temporaryDirectory } from '../support/processes.ts';
import { ask, Bank, jsonOf } from '../support/processes-client.ts';
import { type Host, loggingUrlOf, Pair, saidReady } from '../support/processes-pair.ts';

const LONG_MS = 120_000;
const ADMIN = ['--admin', '127.0.0.1:0'];
const DONE = { code: 0, signal: null };

async function adminOf(host: Host): Promise<string> {
  const { text } = await host.process.stderr.waitFor('the admin URL', (line) =>
    line.startsWith('admin port'),
  );
  return text.replace('admin port ', '');
}

/** What a command has printed, and its exit code. */
async function told(process: Process): Promise<{ readonly text: string; readonly code: number | null }> {
  const { code } = await process.exited;
  return { text: [...process.stdout.texts, ...process.stderr.texts].join('\n'), code };
}

async function pairWithAdmin(): Promise<{
  pair: Pair;
  primary: Host;
  backup: Host;
  admins: [string, string];
}> {
  const pair = new Pair({ program: program('bank.js') });
  const primary = await pair.startPrimary(ADMIN);
  await saidReady(primary, 'primary');
  const urls = await loggingUrlOf(primary);
  const backup = await pair.startSpare([urls], ADMIN);
  await saidReady(backup, 'backup');
  return { pair, primary, backup, admins: [await adminOf(primary), await adminOf(backup)] };
}

test('status, hash, switch-over and stop: a pair without a supervisor is administered at its live host, and its spare ends with it', {
  timeout: LONG_MS,
}, async () => {
  const { pair, primary, backup, admins } = await pairWithAdmin();
  const [first, second] = admins;
  const spare = await pair.startSpare([await loggingUrlOf(primary), await loggingUrlOf(backup)]);
  await spare.process.stderr.waitFor('waits', (line) => line.includes('a spare of'));
  await new Bank(primary.url).deposit('ada', 10);

  const status = JSON.parse((await told(tandem('status', '--json', '--admin', first))).text) as RunStatus;
  expect(status).toMatchObject({
    ...{ live: true, redundant: true, epoch: 2, vm: pair.vm, url: primary.url },
    ...{ primary: { pid: primary.process.pid }, backup: { pid: backup.process.pid } },
    spares: [{ pid: spare.process.pid }],
  });
  expect(await told(tandem('status', '--admin', second))).toMatchObject({
    code: 1,
    text: expect.stringMatching(/not live[\s\S]*backup +\d+ +following/),
  });

  const hash = await told(tandem('hash', '--json', '--admin', first));
  const both = JSON.parse(hash.text) as HashComparison;
  expect([hash.code, both.equal, both.backup?.pid]).toEqual([0, true, backup.process.pid]);
  const { pid } = primary.process;
  const whom = `ask the admin port of the live one, process ${pid} on this machine, which serves clients at ${primary.url}`;
  // The backup's own word for it.
  const own = jsonOf(await ask(`${second}/hash?position=${both.position}`, { method: 'POST' }));
  expect(own).toEqual({ position: both.position, hash: both.primary?.hash });
  expect(await told(tandem('hash', '--admin', second))).toMatchObject({
    code: 1,
    text: expect.stringContaining(`this host is a backup: ${whom}`),
  });
  const limits = await told(tandem('limits', '--admin', second));
  expect(limits.code).toBe(1);
  expect(limits.text).toMatch(
    /^tandem: the limits are not known: this host is a backup: .*\n {2}name its admin port with --admin URL/,
  );
  expect(limits.text).toContain(whom);
  const refused = await told(tandem('stop', '--admin', second));
  expect(refused).toMatchObject({
    code: 1,
    text: expect.stringContaining(`not stopped: this host is a backup: ${whom}`),
  });

  expect(await told(tandem('switch-over', '--admin', first))).toMatchObject({
    code: 0,
    text: expect.stringContaining(`host ${backup.process.pid} is the primary now`),
  });
  expect(await new Bank(backup.url).deposit('ada', 1)).toBe(11);
  const stop = await told(tandem('stop', '--json', '--admin', second));
  const ends = JSON.parse(stop.text) as HashComparison;
  expect([stop.code, ends.equal]).toEqual([0, true]);
  expect(ends.primary?.hash).toBe(ends.backup?.hash);
  for (const host of [primary, backup, spare]) expect(await host.process.exited).toEqual(DONE);
});

test('GET /live and /metrics say the same of a host as its own doors do; a kill is not ordered here', {
  timeout: LONG_MS,
}, async () => {
  const { primary, admins } = await pairWithAdmin();
  const [first, second] = admins;
  expect([(await ask(`${first}/live`)).status, (await ask(`${second}/live`)).status]).toEqual([200, 503]);
  const { body } = await ask(`${second}/metrics`);
  expect(body).toMatch(/^tandem_redundant 1$/m);
  expect(body).toMatch(/^tandem_replayed_position\{role="backup"\} \d+$/m);
  const refused =
    "this is the admin port of a host on its own, not of a supervised run's: a host on its own is killed where it runs";
  for (const admin of admins) {
    const { pid } = primary.process;
    expect(await told(tandem('kill', 'primary', '--admin', admin))).toEqual({
      code: 1,
      text: `tandem: ${refused}\n  the primary is process ${pid} on this port's machine: kill -9 ${pid} there`,
    });
  }
  expect((await told(tandem('logs', '--admin', first))).text).toContain('ready as primary');
  expect(primary.process.exit).toBeUndefined();
});

const [outside] = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ family, internal }) => family === 'IPv4' && !internal);
if (outside === undefined) console.log('skipped: this machine has no address but loopback');

test.skipIf(outside === undefined)(
  'over a network everybody may read, and only who has the token may order',
  {
    timeout: LONG_MS,
  },
  async () => {
    const pair = new Pair({ program: program('bank.js') });
    const primary = await pair.startPrimary(['--admin', `${outside?.address}:0`]);
    await saidReady(primary, 'primary');
    const admin = await adminOf(primary);
    expect((await told(tandem('status', '--admin', admin))).code).toBe(0);
    expect(await told(tandem('limits', '--admin', admin))).toMatchObject({
      code: 1,
      text: expect.stringContaining("takes orders from other machines only with the pair's token"),
    });
    const shown = ['--token-file', pair.tokenFile];
    const wrong = join(temporaryDirectory(), 'token');
    writeFileSync(wrong, 'f'.repeat(64));
    expect(await told(tandem('limits', '--admin', admin, '--token-file', wrong))).toMatchObject({
      code: 1,
      text: expect.stringContaining(`the token in ${wrong} is not the one of the pair at ${admin}`),
    });
    // It needs no token to hear that nobody is killed from afar.
    expect((await told(tandem('kill', 'primary', '--admin', admin))).text).toContain(
      `kill -9 ${primary.process.pid} there`,
    );
    expect(primary.process.exit).toBeUndefined();
    expect(await told(tandem('limits', '--admin', admin, ...shown))).toMatchObject({ code: 0 });
    expect(
      (await ask(`${admin}/stop`, { method: 'POST', headers: { authorization: 'Bearer x' } })).status,
    ).toBe(401);
    expect(primary.process.exit).toBeUndefined();
  },
);
