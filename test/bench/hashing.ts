/**
 * What it costs that primary and backup compare their state hashes ten times a second: one pair that
 * does and does not by turns, on the bank at 64 connections. A machine that others use is faster and
 * slower within a second, so slices are short, neighbours are compared with each other, and every other
 * pair of them begins with the other one.
 */
import { cpuOfPair, type PairCpu, totalOf } from './cpu-per-request.ts';
import { type Figure, figure, median, type SectionResult, type Target } from './figures.ts';
import { Clients, type LoadOrder } from './load.ts';
import type { BenchOptions } from './options.ts';
import { guestProgram, NO_SPARES, Run } from './processes.ts';
import { turnsOf } from './rounds.ts';
import { SwitchableBuild } from './switchable-build.ts';

const CONNECTIONS = 64;
const CONTESTANTS = ['hashed', 'unhashed'] as const;
type ContestantName = (typeof CONTESTANTS)[number];
/** Of neighbouring slices, in a round. */
const NEIGHBOURS = { full: 20, quick: 4 };
const SLICE_MS = 400;
const SETTLING_MS = 40;
const WARM_UP_MS = { full: 2_500, quick: 700 };
const TARGET: Target = { bound: 'at-most', value: 3 };
const PERCENT = 100;

type Neighbours = Readonly<Record<ContestantName, PairCpu>>;
type Round = readonly Neighbours[];

export async function measureHashing({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const guest = guestProgram('bank.js');
  const build = new SwitchableBuild();
  const [run, clients] = await Promise.all([
    Run.start(guest, { words: NO_SPARES, build: build.path }),
    Clients.start(),
  ]);
  const order = (durationMs: number): LoadOrder => ({
    url: run.url,
    connections: CONNECTIONS,
    request: 'deposit',
    warmUpMs: 0,
    durationMs,
  });
  const samples: Round[] = [];
  try {
    await clients.order(order(quick ? WARM_UP_MS.quick : WARM_UP_MS.full));
    for (let round = 0; round < rounds; round += 1) {
      const all: Neighbours[] = [];
      const count = quick ? NEIGHBOURS.quick : NEIGHBOURS.full;
      while (all.length < count) {
        const slices: Partial<Record<ContestantName, PairCpu>> = {};
        for (const contestant of turnsOf(CONTESTANTS, all.length)) {
          await build.hashing(contestant === 'hashed');
          // What was not hashed for a while is hashed now, and not in the slice.
          await clients.order({ ...order(SETTLING_MS), connections: 1 });
          slices[contestant] = await cpuOfPair(run, clients, order(SLICE_MS));
        }
        all.push(slices as Neighbours);
      }
      samples.push(all);
    }
  } finally {
    await Promise.all([run.stop(), clients.stop()]);
  }
  return {
    title: `Ten comparisons of the state hash a second, bank at ${CONNECTIONS} connections`,
    figures: figuresOf(samples),
    notes: [
      'hashed and unhashed are the same pair, with hash points switched off and on: two pairs differ by some percent anyway',
      'CPU: of all threads of both hosts, for each request, more with hashing than without. Throughput: what hashing takes of it',
      'a hash point also keeps the copy of the machine from which a new backup begins; that is in these figures',
    ],
    detail: samples,
  };
}

function figuresOf(rounds: readonly Round[]): readonly Figure[] {
  /** A round's median, in percent of unhashed. */
  const percent = (value: (slice: PairCpu) => number): number[] =>
    rounds.map(
      (round) => median(round.map(({ hashed, unhashed }) => value(hashed) / value(unhashed) - 1)) * PERCENT,
    );
  return [
    figure('CPU that hashing adds', '%', percent(totalOf), TARGET),
    figure(
      '- to the vCPU of the primary',
      '%',
      percent(({ primary }) => primary.vcpu),
    ),
    figure(
      '- to the vCPU of the backup',
      '%',
      percent(({ backup }) => backup.vcpu),
    ),
    figure(
      'throughput that hashing takes',
      '%',
      percent(({ load }) => load.perSecond).map((change) => -change),
      TARGET,
    ),
  ];
}
