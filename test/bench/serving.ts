/**
 * Deposits at the bank from 1 to 256 connections: how many a second, how long each takes, and what of that is
 * FT's: against the same guest and kernel in one thread behind node:http (the ceiling), and against Tandem
 * without a backup, which differs in the output rule alone. Also what a request costs each thread of both
 * hosts, and how far the backup's execution is behind.
 */
import { cpuOfPair, type PairCpu } from './cpu-per-request.ts';
import { type Figure, figure, quantile, type SectionResult, type Target } from './figures.ts';
import { Clients, type LoadOrder, type LoadResult } from './load.ts';
import type { BenchOptions } from './options.ts';
import { Contestant, guestProgram, NO_SPARES, Pair, pause, Run } from './processes.ts';
import { perRound, turnsOf } from './rounds.ts';

const CONNECTIONS = [1, 16, 64, 256] as const;
type Connections = (typeof CONNECTIONS)[number];
const CONTESTANTS = ['bare', 'unreplicated', 'pair'] as const;
type ContestantName = (typeof CONTESTANTS)[number];
const TIMES = { full: { warmUpMs: 500, durationMs: 3_000 }, quick: { warmUpMs: 150, durationMs: 450 } };
/** Until engines have compiled what they run often. */
const FIRST_WARM_UP_MS = { full: 2_000, quick: 500 };
const SAMPLE_LAG_EVERY_MS = 25;
/** Where throughput, execution lag and CPU are judged. */
const LOADED: Connections = 64;

const PAIR_TO_BARE: Target = { bound: 'at-least', value: 1 };
const ADDED_MS: Target = { bound: 'at-most', value: 0.3 };
const LAG_MS: Target = { bound: 'at-most', value: 20 };

interface Sample extends LoadResult {
  readonly contestant: ContestantName;
  readonly connections: Connections;
  readonly round: number;
  /** Of the counted time, in seconds. */
  readonly seconds: number;
}

interface Samples {
  readonly loads: readonly Sample[];
  readonly lagMs: readonly number[];
  readonly cpu: readonly PairCpu[];
}

export async function measureServing({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const guest = guestProgram('bank.js');
  const alone = new Pair(guest);
  const [{ contestant: bare, greeting: port }, primary, run, clients] = await Promise.all([
    Contestant.start<object, never>('bare-server', [guest]),
    alone.startPrimary(),
    Run.start(guest, { words: NO_SPARES }),
    Clients.start(),
  ]);
  const urls = {
    bare: `http://127.0.0.1:${String(port)}`,
    unreplicated: primary.url,
    pair: run.url,
  } as const;
  const times = quick ? TIMES.quick : TIMES.full;
  const loads: Sample[] = [];
  const lagMs: number[] = [];
  const cpu: PairCpu[] = [];
  const order = (contestant: ContestantName, connections: number): LoadOrder => ({
    url: urls[contestant],
    connections,
    request: 'deposit',
    ...times,
  });
  try {
    for (const contestant of CONTESTANTS) {
      const warmUpMs = quick ? FIRST_WARM_UP_MS.quick : FIRST_WARM_UP_MS.full;
      await clients.order({ ...order(contestant, LOADED), warmUpMs, durationMs: 1 });
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const connections of CONNECTIONS) {
        for (const contestant of turnsOf(CONTESTANTS, round)) {
          const result = await clients.order(order(contestant, connections));
          loads.push({ ...result, contestant, connections, round, seconds: times.durationMs / 1_000 });
        }
      }
      cpu.push(await cpuOfPair(run, clients, order('pair', LOADED)));
      lagMs.push(...(await lagDuring(run, clients.order(order('pair', LOADED)))));
    }
  } finally {
    await Promise.all([run.stop(), alone.stop(), bare.stop(), clients.stop()]);
  }
  const samples: Samples = { loads, lagMs, cpu };
  return {
    title: 'Deposits at the bank, closed loop',
    figures: [
      ...CONNECTIONS.flatMap((connections) => figuresOf(connections, loads, rounds)),
      ...lagFigures(samples),
      ...cpuFigures(samples),
    ],
    notes: [
      'bare: the same guest and kernel behind node:http in one thread, no log, no replication. Unreplicated: a primary that records and has no backup',
      'the load generator and the hosts share the machine: a pair has two hosts of two threads each, and the clients, on these cores',
      'added by FT: pair less bare; by the output rule: pair less unreplicated; both of one round',
    ],
    detail: samples,
  };
}

async function lagDuring(run: Run, work: Promise<unknown>): Promise<number[]> {
  let busy = true;
  const done = (): void => {
    busy = false;
  };
  work.then(done, done);
  const samples: number[] = [];
  while (busy) {
    const { hosts } = await run.status();
    const primary = hosts.find(({ role }) => role === 'primary');
    if (primary !== undefined && busy) samples.push(primary.lag.ms);
    await pause(SAMPLE_LAG_EVERY_MS);
  }
  await work;
  return samples;
}

const PERCENTILES = [
  ['p50', 'p50Ms'],
  ['p99', 'p99Ms'],
  ['p99.9', 'p999Ms'],
] as const;

function figuresOf(connections: Connections, loads: readonly Sample[], rounds: number): Figure[] {
  const at = `${connections} connection${connections === 1 ? '' : 's'}`;
  const of = (contestant: ContestantName, round: number): Sample => {
    const found = loads.find(
      (one) => one.contestant === contestant && one.connections === connections && one.round === round,
    );
    if (found === undefined) throw new Error(`${contestant} was not measured with ${at}`);
    return found;
  };
  const all = (value: (round: number) => number): readonly number[] => perRound(rounds, value);
  const ratio = (base: ContestantName): readonly number[] =>
    all((round) => of('pair', round).perSecond / of(base, round).perSecond);
  const added = (base: ContestantName, what: 'p50Ms' | 'p99Ms'): readonly number[] =>
    all((round) => of('pair', round)[what] - of(base, round)[what]);
  return [
    ...CONTESTANTS.map((contestant) =>
      figure(
        `${at}: ${contestant}`,
        'req/s',
        all((round) => of(contestant, round).perSecond),
      ),
    ),
    figure(`${at}: pair to bare`, 'ratio', ratio('bare'), connections === LOADED ? PAIR_TO_BARE : undefined),
    figure(`${at}: pair to unreplicated`, 'ratio', ratio('unreplicated')),
    ...PERCENTILES.flatMap(([name, field]) =>
      CONTESTANTS.map((contestant) =>
        figure(
          `${at}: ${name} ${contestant}`,
          'ms',
          all((round) => of(contestant, round)[field]),
        ),
      ),
    ),
    figure(`${at}: p50, added by FT`, 'ms', added('bare', 'p50Ms'), connections === 1 ? ADDED_MS : undefined),
    figure(`${at}: p50, added by the output rule`, 'ms', added('unreplicated', 'p50Ms')),
    figure(`${at}: p99, added by the output rule`, 'ms', added('unreplicated', 'p99Ms')),
    figure(
      `${at}: the load generator itself, with the pair`,
      'cores',
      all((round) => of('pair', round).cpuMs / of('pair', round).seconds / 1_000),
    ),
  ];
}

const lagFigures = ({ lagMs }: Samples): readonly Figure[] => [
  figure(`execution lag at ${LOADED} connections, p50`, 'ms', [quantile(lagMs, 0.5)]),
  figure(`execution lag at ${LOADED} connections, p99`, 'ms', [quantile(lagMs, 0.99)], LAG_MS),
];

function cpuFigures({ cpu }: Samples): readonly Figure[] {
  const of = (name: string, value: (one: PairCpu) => number): Figure =>
    figure(`CPU seconds per 1,000 requests, ${name}`, 's', cpu.map(value));
  return [
    of('primary', ({ primary }) => primary.vcpu + primary.hypervisor + primary.others),
    of('primary: vCPU', ({ primary }) => primary.vcpu),
    of('primary: hypervisor', ({ primary }) => primary.hypervisor),
    of('primary: other threads', ({ primary }) => primary.others),
    of('backup', ({ backup }) => backup.vcpu + backup.hypervisor + backup.others),
    of('backup: vCPU', ({ backup }) => backup.vcpu),
    of('backup: hypervisor', ({ backup }) => backup.hypervisor),
    of('backup: other threads', ({ backup }) => backup.others),
    figure(
      'replaying against recording, vCPU CPU time: bank',
      'ratio',
      cpu.map(({ primary, backup }) => primary.vcpu / backup.vcpu),
    ),
  ];
}
