/**
 * The case study as a story: a bank on two machines, clients that never stop, one SIGKILL. Every "yes" is
 * checked in this very run. The paragraphs follow FT: §2.1 replay, §2.2 output rule, §2.3 detection and
 * test-and-set, §3.1 restoring redundancy.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { HashComparison } from '../host/supervisor/report.ts';
import { AdminClient } from './admin-client.ts';
import { DemoClient } from './demo-clients.ts';
import type { Narrator } from './demo-narrator.ts';
import type { Arrived, DemoRun } from './demo-run.ts';
import { formatMs, grouped } from './style.ts';

const NAMES = ['ada', 'alan', 'barbara', 'edsger', 'grace', 'leslie', 'lynn', 'tony'];
/** How long the clients work before the kill, and after redundancy is back. */
const WORK_MS = 3_000;
const WORK_AFTER_MS = 2_000;

interface Stage {
  readonly run: DemoRun;
  readonly tell: Narrator;
  readonly ready: Arrived<'ready'>;
  readonly admin: AdminClient;
  readonly clients: readonly DemoClient[];
}

/** Tells the story on a run that has just been started; leaves stopping it to the caller. */
export async function tellStory(run: DemoRun, tell: Narrator): Promise<void> {
  const startedMs = performance.now();
  const ready = await openWithPair(run, tell, startedMs);
  const clients = NAMES.map((name) => new DemoClient(ready.url, name));
  try {
    const stage = { run, tell, ready, admin: new AdminClient(ready.admin), clients };
    await Promise.race([act(stage), ...clients.map((client) => client.refusal())]);
  } finally {
    for (const client of clients) client.abandon();
  }
}

async function act(stage: Stage): Promise<void> {
  await showWork(stage);
  await showHashes(stage, 'Two machines, one state', [
    'Both machines are asked for a hash over all of their memory, at the same',
    'place in the log. Clocks, random numbers and the order of requests came',
    'to the backup by the log, so not one bit may differ.',
  ]);
  const killedAtMs = killPrimary(stage);
  await showTakeover(stage, killedAtMs);
  await showRedundancy(stage);
  await showHashes(stage, 'One state again', [
    'The new backup was copied from a machine that never stopped serving.',
  ]);
  await countDeposits(stage);
}

async function openWithPair(run: DemoRun, tell: Narrator, startedMs: number): Promise<Arrived<'ready'>> {
  tell.step(
    'A bank on two machines',
    'The program is guest-programs/bank.js: accounts in memory, no database.',
    'The primary serves it. The backup runs the same program and is fed, by a',
    'log, everything that reaches the primary from outside.',
  );
  const ready = await run.until('ready');
  tell.facts('ready', { url: ready.url, primary: ready.primary.pid, backup: ready.backup.pid }, [
    { label: 'primary', value: `pid ${ready.primary.pid}`, note: ready.url },
    {
      label: 'backup',
      value: `pid ${ready.backup.pid}`,
      note: `in step after ${formatMs(ready.atMs - startedMs)}`,
    },
  ]);
  return ready;
}

async function showWork({ tell, admin, clients }: Stage): Promise<void> {
  tell.step(
    'Clients make deposits',
    `${clients.length} clients deposit without a pause. No answer leaves the primary before the`,
    'backup has the log up to it: the output rule (§2.2).',
  );
  await wait(WORK_MS);
  const status = await admin.status();
  const primary = status.hosts.find((host) => host.role === 'primary');
  const backup = status.hosts.find((host) => host.role === 'backup');
  const deposits = sum(clients, (client) => client.acknowledged);
  const data = {
    deposits,
    recorded: primary?.recorded,
    acknowledged: primary?.acknowledged,
    replayed: backup?.replayed,
    lag: backup?.lag,
  };
  tell.facts('work', data, [
    {
      label: 'deposits answered',
      value: grouped(deposits),
      note: `${grouped(deposits / (WORK_MS / 1000))} a second`,
    },
    { label: 'log, on the primary', value: grouped(primary?.recorded ?? 0), note: 'entries' },
    {
      label: 'backup has confirmed',
      value: grouped(primary?.acknowledged ?? 0),
      note: 'answers up to here may leave',
    },
    { label: 'backup has executed', value: grouped(backup?.replayed ?? 0) },
    {
      label: 'execution lag',
      value: formatMs(backup?.lag.ms ?? 0),
      note: `${grouped(backup?.lag.positions ?? 0)} entries`,
    },
  ]);
  tell.check(
    'clients are served, and primary and backup both answer',
    deposits > 0 && primary !== undefined && backup !== undefined,
  );
}

async function showHashes({ tell, admin }: Stage, title: string, lines: readonly string[]): Promise<void> {
  tell.step(title, ...lines);
  const hashes = await admin.hash();
  const short = (side: HashComparison['primary']) => side?.hash.slice(0, 32) ?? 'none';
  tell.facts('hash', hashes, [
    { label: 'position in the log', value: grouped(hashes.position ?? 0) },
    { label: `primary, pid ${hashes.primary?.pid ?? '?'}`, value: short(hashes.primary) },
    { label: `backup,  pid ${hashes.backup?.pid ?? '?'}`, value: short(hashes.backup) },
  ]);
  tell.check(
    hashes.equal ? 'the state hashes are equal' : `the state hashes are equal: ${hashes.reason}`,
    hashes.equal,
  );
}

function killPrimary({ tell, ready }: Stage): number {
  tell.step(
    'The primary dies',
    `kill -9 ${ready.primary.pid}, in the middle of the traffic. It gets no chance to say anything.`,
    'The backup notices, asks the arbiter for the right to go live (of two who',
    'ask, one gets it: §2.3), replays the rest of the log, and opens the door.',
  );
  const killedAtMs = performance.now();
  process.kill(ready.primary.pid, 'SIGKILL');
  return killedAtMs;
}

async function showTakeover({ run, tell, ready, clients }: Stage, killedAtMs: number): Promise<void> {
  const [suspicion, live] = await Promise.all([run.until('failure-detected'), run.until('go-live')]);
  // What the dead primary had sent arrived long before anybody suspected it.
  const firstMs = (await firstAnswerAfter(clients, suspicion.atMs)) - killedAtMs;
  const since = (event: { readonly atMs: number }) => event.atMs - killedAtMs;
  const { claimMs, drainMs, ms, epoch, position, pid } = live;
  const optional = (label: string, value: number | undefined, note: string) =>
    value === undefined ? [] : [{ label, value: formatMs(value), note }];
  tell.facts(
    'takeover',
    {
      detectedMs: since(suspicion),
      claimMs,
      drainMs,
      goLiveMs: ms,
      firstAnswerMs: firstMs,
      epoch,
      position,
      pid,
    },
    [
      {
        label: 'failure detected',
        value: formatMs(since(suspicion)),
        note: `after the kill: ${suspicion.cause}`,
      },
      ...optional('test-and-set won', claimMs, `epoch ${epoch}`),
      ...optional('rest of the log replayed', drainMs, `up to position ${grouped(position)}`),
      { label: 'suspicion to go-live', value: formatMs(ms), note: `pid ${pid} is the primary now` },
      {
        label: 'kill to first answer',
        value: Number.isFinite(firstMs) ? formatMs(firstMs) : 'never',
        note: `same address, ${ready.url}`,
      },
      {
        label: 'requests sent again',
        value: grouped(sum(clients, (client) => client.retries)),
        note: 'their answers were lost with the machine',
      },
    ],
  );
  tell.check('the old backup is the primary, in a new epoch', pid === ready.backup.pid && epoch > 1);
  tell.check('clients get answers again', Number.isFinite(firstMs));
}

async function showRedundancy({ run, tell, ready }: Stage): Promise<void> {
  tell.step(
    'A new backup',
    'One machine is not enough for the next failure. A third process receives',
    'a copy of the running machine and follows the log (§3.1).',
  );
  const { backup, ms, pauseMs } = await run.until('redundant');
  tell.facts('redundant', { backup: backup.pid, ms, pauseMs }, [
    { label: 'new backup', value: `pid ${backup.pid}` },
    { label: 'redundant again after', value: formatMs(ms) },
    { label: 'service stood still for', value: formatMs(pauseMs), note: 'while the memory was copied' },
  ]);
  tell.check('the killed process is gone', !isRunning(ready.primary.pid));
  tell.check(
    'the new backup is a third process',
    backup.pid !== ready.primary.pid && backup.pid !== ready.backup.pid,
  );
  await wait(WORK_AFTER_MS);
}

async function countDeposits({ tell, clients }: Stage): Promise<void> {
  tell.step(
    'The count',
    'Every client kept its own book of the deposits that were confirmed to it.',
    'Now the books are compared with the balances in the bank.',
  );
  await Promise.all(clients.map((client) => client.stop()));
  const balances = await Promise.all(clients.map((client) => client.balance()));
  const deposits = sum(clients, (client) => client.acknowledged);
  const promised = sum(clients, (client) => client.promised);
  const held = balances.reduce((total, balance) => total + balance, 0);
  const wrong = sum(clients, (client) => client.wrongAnswers);
  const data = {
    deposits,
    promised,
    held,
    retries: sum(clients, (client) => client.retries),
    wrongAnswers: wrong,
  };
  tell.facts('count', data, [
    { label: 'deposits confirmed', value: grouped(deposits), note: `to ${clients.length} clients` },
    { label: 'sum in their books', value: grouped(promised) },
    { label: 'sum in the bank', value: grouped(held) },
  ]);
  const differences = clients.map((client, index) => (balances[index] ?? Number.NaN) - client.promised);
  tell.check(
    'no confirmed deposit is lost',
    differences.every((difference) => difference >= 0),
  );
  tell.check(
    'none was made twice',
    differences.every((difference) => difference <= 0),
  );
  tell.check('every single answer on the way showed the right balance', wrong === 0);
}

/** When the first answer came after that moment; every client insists, so one of them will have it. */
async function firstAnswerAfter(clients: readonly DemoClient[], sinceMs: number): Promise<number> {
  const deadlineMs = performance.now() + 5_000;
  while (performance.now() < deadlineMs) {
    const after = clients.flatMap((client) => client.answeredAtMs.filter((atMs) => atMs > sinceMs));
    if (after.length > 0) return Math.min(...after);
    await wait(2);
  }
  return Number.POSITIVE_INFINITY;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const sum = (clients: readonly DemoClient[], of: (client: DemoClient) => number): number =>
  clients.reduce((total, client) => total + of(client), 0);
