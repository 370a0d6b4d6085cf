/**
 * For context: deposits a second and how long each takes, through a pair and through the same guest and kernel in one thread behind node:http; and how far the
 * backup's execution is behind while it is loaded.
 */
import { type Figure, figure, quantile, type SectionResult } from './figures.ts';
import type { LoadOrder, LoadResult } from './load-generator.ts';
import type { BenchOptions } from './options.ts';
import { Contestant, guestProgram, pause, Run } from './processes.ts';

const CONNECTIONS = [1, 64] as const;
const TIMES = { full: { warmUpMs: 500, durationMs: 3_000 }, quick: { warmUpMs: 300, durationMs: 1_500 } };
const SAMPLE_LAG_EVERY_MS = 25;

interface Sample extends LoadResult {
  readonly contestant: 'bare' | 'pair';
  readonly connections: number;
  readonly round: number;
  /** Of the pair alone: execution lag in ms, sampled. */
  readonly lagMs: readonly number[];
}

export async function measureServing({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const guest = guestProgram('bank.js');
  const { contestant: bare, greeting: port } = await Contestant.start<object, never>('bare-server', [guest]);
  const { contestant: clients } = await Contestant.start<LoadOrder, LoadResult>('load-generator', []);
  const run = await Run.start(guest);
  const urls = { bare: `http://127.0.0.1:${String(port)}`, pair: run.url } as const;
  const times = quick ? TIMES.quick : TIMES.full;
  const samples: Sample[] = [];
  try {
    for (const url of Object.values(urls)) {
      await clients.order({ url, connections: 64, request: 'deposit', warmUpMs: 0, durationMs: 1_000 });
    }
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? (['bare', 'pair'] as const) : (['pair', 'bare'] as const);
      for (const connections of CONNECTIONS) {
        for (const contestant of order) {
          const work = clients.order({ url: urls[contestant], connections, request: 'deposit', ...times });
          const lagMs = contestant === 'pair' ? await lagDuring(run, work) : [];
          const result = await work;
          if (Object.keys(result.statuses).some((status) => status !== '200')) {
            throw new Error(`${contestant}: ${JSON.stringify(result.statuses)}`);
          }
          samples.push({ ...result, contestant, connections, round, lagMs });
        }
      }
    }
  } finally {
    await Promise.all([run.stop(), bare.stop(), clients.stop()]);
  }
  return {
    title: 'Deposits at the bank, closed loop',
    figures: CONNECTIONS.flatMap((connections) =>
      figuresOf(
        connections,
        samples.filter((one) => one.connections === connections),
      ),
    ),
    notes: [
      'bare: the same guest and kernel behind node:http in one thread, no log, no replication',
      'the load generator and the hosts share the machine: a pair has two hosts of two threads each, and the clients, on these cores',
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
  return samples;
}

function figuresOf(connections: number, samples: readonly Sample[]): Figure[] {
  const of = (contestant: Sample['contestant']): readonly Sample[] =>
    samples.filter((one) => one.contestant === contestant);
  const at = `${connections} connection${connections === 1 ? '' : 's'}`;
  const ratio = of('pair').map(({ perSecond, round }) => {
    const bare = of('bare').find((one) => one.round === round);
    return perSecond / (bare?.perSecond ?? Number.NaN);
  });
  const lag = samples.flatMap(({ lagMs }) => lagMs);
  return [
    figure(
      `${at}: bare`,
      'req/s',
      of('bare').map(({ perSecond }) => perSecond),
    ),
    figure(
      `${at}: pair`,
      'req/s',
      of('pair').map(({ perSecond }) => perSecond),
    ),
    figure(`${at}: pair to bare`, 'ratio', ratio),
    ...(['p50Ms', 'p99Ms'] as const).flatMap((what) =>
      (['bare', 'pair'] as const).map((contestant) =>
        figure(
          `${at}: ${what.slice(0, 3)} ${contestant}`,
          'ms',
          of(contestant).map((sample) => sample[what]),
        ),
      ),
    ),
    figure(`${at}: execution lag p50`, 'ms', [quantile(lag, 0.5)]),
    figure(`${at}: execution lag p99`, 'ms', [quantile(lag, 0.99)]),
  ];
}
