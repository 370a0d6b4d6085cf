/**
 * What it costs that primary and backup compare their state hashes ten times a second: a pair beside one that never does, both on the bank at 64
 * connections. Slices are short and take turns as A B B A, B A A B, so that what drifts in the machine meets both alike.
 */
import { cpuOfPair, type PairCpu, totalOf } from './cpu-per-request.ts';
import { type Figure, figure, type SectionResult, type Target } from './figures.ts';
import { Clients, type LoadOrder } from './load.ts';
import type { BenchOptions } from './options.ts';
import { guestProgram, NO_SPARES, Run } from './processes.ts';
import { buildWithoutHashing } from './unhashed-build.ts';

const CONNECTIONS = 64;
const SLICES = [
  'hashed',
  'unhashed',
  'unhashed',
  'hashed',
  'unhashed',
  'hashed',
  'hashed',
  'unhashed',
] as const;
type ContestantName = (typeof SLICES)[number];
const SLICE_MS = { full: 1_200, quick: 300 };
const WARM_UP_MS = { full: 2_500, quick: 700 };
const TARGET: Target = { bound: 'at-most', value: 3 };
const PERCENT = 100;

type Round = Readonly<Record<ContestantName, readonly PairCpu[]>>;

export async function measureHashing({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const guest = guestProgram('bank.js');
  const [hashedRun, unhashedRun, clients] = await Promise.all([
    Run.start(guest, { words: NO_SPARES }),
    Run.start(guest, { words: NO_SPARES, build: buildWithoutHashing() }),
    Clients.start(),
  ]);
  const runs = { hashed: hashedRun, unhashed: unhashedRun } as const;
  const order = (contestant: ContestantName, durationMs: number): LoadOrder => ({
    url: runs[contestant].url,
    connections: CONNECTIONS,
    request: 'deposit',
    warmUpMs: 0,
    durationMs,
  });
  const samples: Round[] = [];
  try {
    for (const contestant of ['hashed', 'unhashed'] as const) {
      await clients.order(order(contestant, quick ? WARM_UP_MS.quick : WARM_UP_MS.full));
    }
    for (let round = 0; round < rounds; round += 1) {
      const slices = { hashed: [] as PairCpu[], unhashed: [] as PairCpu[] };
      for (const contestant of SLICES) {
        const sliceMs = quick ? SLICE_MS.quick : SLICE_MS.full;
        slices[contestant].push(await cpuOfPair(runs[contestant], clients, order(contestant, sliceMs)));
      }
      samples.push(slices);
    }
  } finally {
    await Promise.all([runs.hashed.stop(), runs.unhashed.stop(), clients.stop()]);
  }
  return {
    title: `Ten comparisons of the state hash a second, bank at ${CONNECTIONS} connections`,
    figures: figuresOf(samples),
    notes: [
      'CPU: of all threads of both hosts, for each request, more with hashing than without. Throughput: what hashing takes of it',
      'a hash point also keeps the copy of the machine from which a new backup begins; that is in these figures',
    ],
    detail: samples,
  };
}

function figuresOf(rounds: readonly Round[]): readonly Figure[] {
  const mean = (slices: readonly PairCpu[], value: (slice: PairCpu) => number): number =>
    slices.reduce((sum, slice) => sum + value(slice), 0) / slices.length;
  const more = (value: (slice: PairCpu) => number): number[] =>
    rounds.map(({ hashed, unhashed }) => (mean(hashed, value) / mean(unhashed, value) - 1) * PERCENT);
  const perSecond = ({ load }: PairCpu): number => load.perSecond;
  return [
    figure('CPU that hashing adds', '%', more(totalOf), TARGET),
    figure(
      '- to the vCPU of the primary',
      '%',
      more(({ primary }) => primary.vcpu),
    ),
    figure(
      '- to the vCPU of the backup',
      '%',
      more(({ backup }) => backup.vcpu),
    ),
    figure(
      'throughput that hashing takes',
      '%',
      rounds.map(
        ({ hashed, unhashed }) => (1 - mean(hashed, perSecond) / mean(unhashed, perSecond)) * PERCENT,
      ),
      TARGET,
    ),
  ];
}
