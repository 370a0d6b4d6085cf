/**
 * What a request costs on the logging channel beyond itself: bytes on the wire towards the backup less
 * method, path, headers and body; heartbeats are not a request's. Real bytes, counted between two hosts. Hash
 * points are logged by time, not by request, so each figure is given with them and without.
 */
import { CountingProxy, type LogCount } from './counting-proxy.ts';
import { type Figure, figure, type SectionResult, type Target } from './figures.ts';
import { Clients, type LoadOrder } from './load.ts';
import type { BenchOptions } from './options.ts';
import { guestProgram, Pair, pause } from './processes.ts';

const LOADS = [
  { name: 'alone', connections: 1, atMost: 40 },
  { name: 'in a batch (64 connections)', connections: 64, atMost: 16 },
] as const;
const REQUESTS = ['balance', 'deposit'] as const;
const IDLE_TARGET: Target = { bound: 'at-most', value: 8 };
const LOAD_MS = { full: 1_500, quick: 400 };
const IDLE_MS = { full: 5_000, quick: 1_500 };
/** An idle machine still logs what its last requests left to be said: a hash point. */
const SETTLE_MS = 500;

interface Sample {
  readonly load: string;
  readonly request: LoadOrder['request'];
  readonly count: Readonly<LogCount>;
}

interface IdleSample {
  readonly towardsBackup: number;
  readonly towardsPrimary: number;
}

export async function measureLogOverhead({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const pair = new Pair(guestProgram('bank.js'));
  const samples: Sample[] = [];
  const idle: IdleSample[] = [];
  const clients = await Clients.start();
  let proxy: CountingProxy | undefined;
  try {
    const primary = await pair.startPrimary();
    const started = await CountingProxy.start(primary.loggingUrl);
    proxy = started.proxy;
    await pair.startBackup(started.url);
    const durationMs = quick ? LOAD_MS.quick : LOAD_MS.full;
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, connections } of LOADS) {
        for (const request of REQUESTS) {
          proxy.reset();
          await clients.order({ url: primary.url, connections, request, warmUpMs: 0, durationMs });
          samples.push({ load: name, request, count: proxy.count });
          await pause(SETTLE_MS);
        }
      }
      idle.push(await measureIdle(proxy, quick ? IDLE_MS.quick : IDLE_MS.full));
    }
  } finally {
    await pair.stop();
    await clients.stop();
    proxy?.stop();
  }
  return {
    title: 'Logging channel: bytes per request beyond the request itself, and at rest',
    figures: [...LOADS.flatMap((load) => figuresOf(load, samples)), ...idleFigures(idle)],
    notes: [
      'a deposit reads the clock and 16 random bytes for its receipt, drawn from a logged seed: inputs that the backup must be told, so they are counted',
      'bytes are WebSocket frames with their headers; TCP and IP are not counted',
    ],
    detail: { samples, idle },
  };
}

async function measureIdle(proxy: CountingProxy, durationMs: number): Promise<IdleSample> {
  proxy.reset();
  const startedMs = performance.now();
  await pause(durationMs);
  const { towardsBackupBytes, towardsPrimaryBytes } = proxy.count;
  const elapsedMs = performance.now() - startedMs;
  return {
    towardsBackup: (towardsBackupBytes * 8) / elapsedMs,
    towardsPrimary: (towardsPrimaryBytes * 8) / elapsedMs,
  };
}

function figuresOf({ name, atMost }: (typeof LOADS)[number], samples: readonly Sample[]): Figure[] {
  const target: Target = { bound: 'at-most', value: atMost };
  return REQUESTS.flatMap((request) => {
    const counts = samples.filter((one) => one.load === name && one.request === request);
    const per = (bytes: (count: Readonly<LogCount>) => number): number[] =>
      counts.map(({ count }) => bytes(count) / count.requests);
    const withHashPoints = per(overheadBytes);
    return [
      figure(
        `GET ${request}, ${name}`.replace('GET deposit', 'POST deposit'),
        'bytes',
        withHashPoints,
        target,
      ),
      figure(
        '- without hash points',
        'bytes',
        per((count) => overheadBytes(count) - count.hashPointBytes),
      ),
      figure(
        '- around the request, in its entry',
        'bytes',
        per(({ interruptBytes }) => interruptBytes),
      ),
      figure(
        '- the clock and the random bytes that the guest read',
        'bytes',
        per(({ clockBytes, entropyBytes }) => clockBytes + entropyBytes),
      ),
      figure(
        '- share of the batch around it',
        'bytes',
        per(({ batchBytes }) => batchBytes),
      ),
    ];
  });
}

const overheadBytes = (count: Readonly<LogCount>): number =>
  count.interruptBytes +
  count.clockBytes +
  count.entropyBytes +
  count.hashPointBytes +
  count.otherBytes +
  count.batchBytes;

const idleFigures = (idle: readonly IdleSample[]): Figure[] => [
  figure(
    'at rest, both ways',
    'kbit/s',
    idle.map(({ towardsBackup, towardsPrimary }) => towardsBackup + towardsPrimary),
    IDLE_TARGET,
  ),
  figure(
    '- towards the backup',
    'kbit/s',
    idle.map(({ towardsBackup }) => towardsBackup),
  ),
];
