/**
 * The paper's Table 2: bytes that clients send and receive in bulk, through a pair and through a primary
 * without a backup. Everything that comes in travels to the backup, too.
 */
import { beside, type Figure, figure, type SectionResult, type Target } from './figures.ts';
import { Clients } from './load.ts';
import type { BenchOptions } from './options.ts';
import { benchGuest, NO_SPARES, Pair, Run } from './processes.ts';
import { BULK_BYTES } from './requests.ts';
import { perRound, turnsOf } from './rounds.ts';

const CONTESTANTS = ['unreplicated', 'pair'] as const;
type ContestantName = (typeof CONTESTANTS)[number];
const CONNECTIONS = 8;
const TIMES = { full: { warmUpMs: 500, durationMs: 3_000 }, quick: { warmUpMs: 200, durationMs: 600 } };
const MEGA = 1_000_000;

const DIRECTIONS: readonly {
  readonly name: string;
  readonly request: 'upload' | 'download';
  readonly target: Target;
  readonly paper: Readonly<Record<ContestantName | 'ratio', string>>;
}[] = [
  {
    name: 'receive',
    request: 'upload',
    target: { bound: 'at-least', value: 0.65 },
    paper: {
      unreplicated: '940 Mbit/s',
      pair: '604 Mbit/s; 860 over a log link of 10 Gbit/s',
      ratio: '0.64; 0.91 over 10 Gbit/s',
    },
  },
  {
    name: 'transmit',
    request: 'download',
    target: { bound: 'at-least', value: 0.92 },
    paper: {
      unreplicated: '940 Mbit/s',
      pair: '855 Mbit/s; 935 over a log link of 10 Gbit/s',
      ratio: '0.91; 0.99 over 10 Gbit/s',
    },
  },
];

interface Sample {
  readonly contestant: ContestantName;
  readonly direction: string;
  readonly round: number;
  readonly megabytesPerSecond: number;
}

export async function measureTableTwo({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const guest = benchGuest('bulk.js');
  const alone = new Pair(guest);
  const [primary, run, clients] = await Promise.all([
    alone.startPrimary(),
    Run.start(guest, { words: NO_SPARES }),
    Clients.start(),
  ]);
  const urls = { unreplicated: primary.url, pair: run.url } as const;
  const times = quick ? TIMES.quick : TIMES.full;
  const samples: Sample[] = [];
  try {
    for (let round = -1; round < rounds; round += 1) {
      for (const { name, request } of DIRECTIONS) {
        for (const contestant of turnsOf(CONTESTANTS, round + 1)) {
          const order = { url: urls[contestant], connections: CONNECTIONS, request, ...times };
          const { perSecond } = await clients.order(order);
          const megabytesPerSecond = (perSecond * BULK_BYTES) / MEGA;
          // Round -1 warms up.
          if (round >= 0) samples.push({ contestant, direction: name, round, megabytesPerSecond });
        }
      }
    }
  } finally {
    await Promise.all([run.stop(), alone.stop(), clients.stop()]);
  }
  return {
    title: "The paper's Table 2: bulk bytes, a pair against a primary without a backup",
    besideTitle: 'the paper',
    figures: DIRECTIONS.flatMap((direction) => figuresOf(direction, samples, rounds)),
    notes: [
      `bodies of 1 MiB, ${CONNECTIONS} connections, closed loop; clients and both hosts on one machine, where the paper had a network of 1 Gbit/s between them`,
    ],
    detail: samples,
  };
}

function figuresOf(
  { name, target, paper }: (typeof DIRECTIONS)[number],
  samples: readonly Sample[],
  rounds: number,
): readonly Figure[] {
  const of = (contestant: ContestantName, round: number): number =>
    samples.find((one) => one.contestant === contestant && one.direction === name && one.round === round)
      ?.megabytesPerSecond ?? Number.NaN;
  const all = (contestant: ContestantName): readonly number[] =>
    perRound(rounds, (round) => of(contestant, round));
  const ratio = perRound(rounds, (round) => of('pair', round) / of('unreplicated', round));
  return [
    beside(figure(`${name}: unreplicated`, 'MB/s', all('unreplicated')), paper.unreplicated),
    beside(figure(`${name}: pair`, 'MB/s', all('pair')), paper.pair),
    beside(figure(`${name}: pair to unreplicated`, 'ratio', ratio, target), paper.ratio),
  ];
}
