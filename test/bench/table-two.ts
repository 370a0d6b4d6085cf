/**
 * The paper's Table 2: bytes that clients send and receive in bulk, through a pair and through a primary
 * without a backup. Everything that comes in travels to the backup, too. Once over links as fast as the
 * paper's, where the wire is the limit, and once without any, where the hosts are.
 */
import { beside, type Figure, figure, type SectionResult, type Target } from './figures.ts';
import { Links } from './links.ts';
import { Clients } from './load.ts';
import type { BenchOptions } from './options.ts';
import { benchGuest, NO_SPARES, Pair, Run } from './processes.ts';
import { BULK_BYTES } from './requests.ts';
import { perRound, turnsOf } from './rounds.ts';

const CONTESTANTS = ['unreplicated', 'pair'] as const;
type ContestantName = (typeof CONTESTANTS)[number];
type Urls = Readonly<Record<ContestantName, string>>;
const CONNECTIONS = 8;
const TIMES = { full: { warmUpMs: 500, durationMs: 3_000 }, quick: { warmUpMs: 200, durationMs: 600 } };
const BITS_PER_BYTE = 8;
const MEGA = 1_000_000;
/** What 1 Gbit/s carries of TCP's payload: what the paper's machines had without FT, and so its base. */
const LINK_MBIT_PER_S = 940;

interface Direction {
  readonly name: string;
  readonly request: 'upload' | 'download';
  readonly target: Target;
  readonly paper: Readonly<Record<ContestantName | 'ratio', string>>;
}

const DIRECTIONS: readonly Direction[] = [
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

export async function measureTableTwo(options: BenchOptions): Promise<SectionResult> {
  const overLinks = await measureOverLinks(options);
  const withoutLinks = await measureWithoutLinks(options);
  return {
    title: "The paper's Table 2: bulk bytes, a pair against a primary without a backup",
    besideTitle: 'the paper',
    figures: DIRECTIONS.flatMap((direction) => [
      ...figuresOverLinks(direction, overLinks, options.rounds),
      ...figuresWithoutLinks(direction, withoutLinks, options.rounds),
    ]),
    notes: [
      `bodies of 1 MiB, ${CONNECTIONS} connections, closed loop; clients and both hosts on one machine`,
      "over 1 Gbit/s: clients and backup each reach the primary over a link that carries 940 Mbit/s of payload each way, as the paper's did; the wire is the limit",
      'without links, hosts and clients are limited by the two cores they share: a pair has twice the work there',
    ],
    detail: { overLinks, withoutLinks },
  };
}

async function measureOverLinks(options: BenchOptions): Promise<readonly Sample[]> {
  const guest = benchGuest('bulk.js');
  const [alone, pair] = [new Pair(guest), new Pair(guest)];
  const [links, clients] = await Promise.all([Links.start(), Clients.start()]);
  try {
    const [lone, primary] = await Promise.all([alone.startPrimary(), pair.startPrimary()]);
    await pair.startBackup(await links.to(primary.loggingUrl, LINK_MBIT_PER_S));
    const urls = {
      unreplicated: await links.to(lone.url, LINK_MBIT_PER_S),
      pair: await links.to(primary.url, LINK_MBIT_PER_S),
    };
    return await measureBoth(urls, clients, options);
  } finally {
    await Promise.all([pair.stop(), alone.stop(), clients.stop(), links.stop()]);
  }
}

async function measureWithoutLinks(options: BenchOptions): Promise<readonly Sample[]> {
  const guest = benchGuest('bulk.js');
  const alone = new Pair(guest);
  const [primary, run, clients] = await Promise.all([
    alone.startPrimary(),
    Run.start(guest, { words: NO_SPARES }),
    Clients.start(),
  ]);
  try {
    return await measureBoth({ unreplicated: primary.url, pair: run.url }, clients, options);
  } finally {
    await Promise.all([run.stop(), alone.stop(), clients.stop()]);
  }
}

async function measureBoth(
  urls: Urls,
  clients: Clients,
  { rounds, quick }: BenchOptions,
): Promise<readonly Sample[]> {
  const times = quick ? TIMES.quick : TIMES.full;
  const samples: Sample[] = [];
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
  return samples;
}

/** In the paper's unit, beside what the paper measured. */
function figuresOverLinks(
  { name, target, paper }: Direction,
  samples: readonly Sample[],
  rounds: number,
): readonly Figure[] {
  const { speeds, ratio } = speedsOf(name, samples, rounds);
  const megabits = (contestant: ContestantName): readonly number[] =>
    speeds(contestant).map((megabytes) => megabytes * BITS_PER_BYTE);
  const row = `${name} over 1 Gbit/s`;
  return [
    beside(figure(`${row}: unreplicated`, 'Mbit/s', megabits('unreplicated')), paper.unreplicated),
    beside(figure(`${row}: pair`, 'Mbit/s', megabits('pair')), paper.pair),
    beside(figure(`${row}: pair to unreplicated`, 'ratio', ratio, target), paper.ratio),
  ];
}

function figuresWithoutLinks(
  { name, target }: Direction,
  samples: readonly Sample[],
  rounds: number,
): readonly Figure[] {
  const { speeds, ratio } = speedsOf(name, samples, rounds);
  return [
    figure(`${name}, no link: unreplicated`, 'MB/s', speeds('unreplicated')),
    figure(`${name}, no link: pair`, 'MB/s', speeds('pair')),
    figure(`${name}, no link: pair to unreplicated`, 'ratio', ratio, target),
  ];
}

function speedsOf(
  direction: string,
  samples: readonly Sample[],
  rounds: number,
): {
  readonly speeds: (contestant: ContestantName) => readonly number[];
  readonly ratio: readonly number[];
} {
  const of = (contestant: ContestantName, round: number): number =>
    samples.find((one) => one.contestant === contestant && one.direction === direction && one.round === round)
      ?.megabytesPerSecond ?? Number.NaN;
  return {
    speeds: (contestant) => perRound(rounds, (round) => of(contestant, round)),
    ratio: perRound(rounds, (round) => of('pair', round) / of('unreplicated', round)),
  };
}
