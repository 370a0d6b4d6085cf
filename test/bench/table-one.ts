/**
 * The paper's Table 1 with our guests: what fault tolerance leaves of the speed, and how much the logging
 * channel carries meanwhile, beside what the paper measured for its own. Computing is compared in CPU time of
 * the thread that computes, since both hosts are on this machine; serving in requests a second.
 */
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beside, type Figure, figure, geometricMean, type SectionResult } from './figures.ts';
import { Clients } from './load.ts';
import type { BenchOptions } from './options.ts';
import { benchGuest, Contestant, guestProgram, NO_SPARES, pause, Run, root } from './processes.ts';
import type { RequestKind } from './requests.ts';
import { turnsOf } from './rounds.ts';
import { EngineRunner, HostRunner } from './runners.ts';

/** Of one round of one workload. */
interface Sample {
  /** What fault tolerance leaves: 1 is all. */
  readonly ratio: number;
  readonly wallRatio?: number;
  /** Requests a second, of both. */
  readonly perSecond?: { readonly bare: number; readonly pair: number };
  readonly logMbitPerSecond: number;
}

interface Workload {
  readonly name: string;
  readonly paper: { readonly ratio: string; readonly log: string };
  readonly unit: 'CPU time' | 'requests';
  round(round: number): Promise<Sample>;
  /** Mbit/s on the logging channel while nobody asks anything. */
  idle(durationMs: number): Promise<number>;
  stop(): Promise<void>;
}

/** Behind its rounds, idleness is measured on it. */
const IDLE_AFTER = 'transaction-like';

const COMPUTING = [
  {
    name: 'CPU-bound',
    guest: (): string => benchGuest('cpu-bound.js'),
    kernels: ['objects', 'floats', 'text', 'sorting', 'patterns'],
    steps: { full: 50, quick: 4 },
    paper: { ratio: 'SPECjbb2005: 0.98', log: '1.5 Mbit/s' },
  },
  {
    name: 'compile-like',
    guest: (): string => compileGuest(),
    kernels: ['acorn'],
    steps: { full: 20, quick: 1 },
    paper: { ratio: 'kernel compile: 0.95', log: '3.0 Mbit/s' },
  },
] as const;

const SERVING = [
  {
    name: 'transaction-like',
    guest: (): string => guestProgram('bank.js'),
    request: 'deposit',
    connections: 64,
    paper: { ratio: 'Oracle Swingbench: 0.99', log: '12 Mbit/s' },
  },
  {
    name: 'mixed',
    guest: (): string => benchGuest('mixed.js'),
    request: 'mixed',
    connections: 16,
    paper: { ratio: 'MS-SQL DVD Store: 0.94', log: '18 Mbit/s' },
  },
] as const;

const TIMES = { full: { warmUpMs: 500, durationMs: 3_000 }, quick: { warmUpMs: 150, durationMs: 600 } };
const IDLE_MS = { full: 5_000, quick: 1_000 };
/** An idle machine still logs what its last requests left to be said. */
const SETTLE_MS = 500;
const BITS = 8;
const KILO = 1_000;

/** acorn.mjs lies beside the guest as a text, so that both are bundled into it. */
function compileGuest(): string {
  const folder = join(root, 'dist-bench/guests');
  cpSync(benchGuest('.'), folder, { recursive: true });
  const acorn = createRequire(import.meta.url)
    .resolve('acorn')
    .replace(/\.js$/, '.mjs');
  cpSync(acorn, join(folder, 'acorn-source.txt'));
  return join(folder, 'compile.js');
}

/** Mbit/s both ways over what `work` takes, as the primary counts them. */
async function logging<T>(run: Run, work: () => Promise<T>): Promise<readonly [T, number]> {
  const before = await run.logBytes();
  const startedMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedMs) / KILO;
  return [result, (((await run.logBytes()) - before) * BITS) / seconds / KILO / KILO];
}

async function startComputing(
  { name, guest: guestPath, kernels, steps, paper }: (typeof COMPUTING)[number],
  quick: boolean,
): Promise<Workload> {
  const guest = guestPath();
  const [engine, run] = await Promise.all([
    EngineRunner.start(guest),
    Run.start(guest, { words: NO_SPARES }),
  ]);
  const host = new HostRunner(run.url, run.primaryPid);
  const runners = { bare: engine, pair: host } as const;
  for (const kernel of kernels) {
    for (const runner of Object.values(runners)) await runner.compute({ kernel, steps: steps.quick });
  }
  return {
    name,
    paper,
    unit: 'CPU time',
    async round(round) {
      const ratios: number[] = [];
      const wallRatios: number[] = [];
      const rates: number[] = [];
      for (const kernel of kernels) {
        const order = { kernel, steps: quick ? steps.quick : steps.full };
        const took = { bare: { cpuMs: 0, wallMs: 0, sum: 0 }, pair: { cpuMs: 0, wallMs: 0, sum: 0 } };
        for (const who of turnsOf(['bare', 'pair'] as const, round)) {
          const [result, rate] = await logging(run, () => runners[who].compute(order));
          took[who] = result;
          if (who === 'pair') rates.push(rate);
        }
        if (took.bare.sum !== took.pair.sum) throw new Error(`${kernel}: they computed different things`);
        ratios.push(took.bare.cpuMs / took.pair.cpuMs);
        wallRatios.push(took.bare.wallMs / took.pair.wallMs);
      }
      const logMbitPerSecond = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
      return { ratio: geometricMean(ratios), wallRatio: geometricMean(wallRatios), logMbitPerSecond };
    },
    idle: (durationMs) => idleLogging(run, durationMs),
    stop: async () => void (await Promise.all([engine.stop(), run.stop()])),
  };
}

interface Served {
  readonly name: string;
  readonly guest: () => string;
  readonly request: RequestKind;
  readonly connections: number;
  readonly paper: Workload['paper'];
}

async function startServing(
  { name, guest: guestPath, request, connections, paper }: Served,
  clients: Clients,
  quick: boolean,
): Promise<Workload> {
  const guest = guestPath();
  const [{ contestant, greeting }, run] = await Promise.all([
    Contestant.start<object, never>('bare-server', [guest]),
    Run.start(guest, { words: NO_SPARES }),
  ]);
  const urls = { bare: `http://127.0.0.1:${String(greeting)}`, pair: run.url } as const;
  const times = quick ? TIMES.quick : TIMES.full;
  for (const url of Object.values(urls)) await clients.order({ url, connections, request, ...times });
  return {
    name,
    paper,
    unit: 'requests',
    async round(round) {
      const perSecond = { bare: 0, pair: 0 };
      let logMbitPerSecond = 0;
      for (const who of turnsOf(['bare', 'pair'] as const, round)) {
        const order = { url: urls[who], connections, request, ...times };
        const [result, rate] = await logging(run, () => clients.order(order));
        perSecond[who] = result.perSecond;
        if (who === 'pair') logMbitPerSecond = rate;
      }
      return { ratio: perSecond.pair / perSecond.bare, perSecond, logMbitPerSecond };
    },
    idle: (durationMs) => idleLogging(run, durationMs),
    stop: async () => void (await Promise.all([contestant.stop(), run.stop()])),
  };
}

export async function measureTableOne({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const clients = await Clients.start();
  const results: { readonly workload: Workload; readonly samples: readonly Sample[] }[] = [];
  const idle: number[] = [];
  try {
    // One workload after the other: hosts that wait for their turn would have heartbeats, too.
    const starts = [
      ...COMPUTING.map((one) => () => startComputing(one, quick)),
      ...SERVING.map((one) => () => startServing(one, clients, quick)),
    ];
    for (const start of starts) {
      const workload = await start();
      const samples: Sample[] = [];
      for (let round = 0; round < rounds; round += 1) {
        samples.push(await workload.round(round));
        if (workload.name !== IDLE_AFTER) continue;
        idle.push(await workload.idle(quick ? IDLE_MS.quick : IDLE_MS.full));
      }
      await workload.stop();
      results.push({ workload, samples });
    }
  } finally {
    await clients.stop();
  }
  return {
    title: "The paper's Table 1: fault-tolerant to bare, and the logging channel",
    besideTitle: 'the paper',
    figures: [
      ...results.flatMap(({ workload, samples }) => figuresOf(workload, samples)),
      beside(figure('idle: logging', 'Mbit/s', idle), '0.5 to 1.5 Mbit/s'),
    ],
    notes: [
      "the paper's hosts were two machines, its workloads those named; ours share the cores, so computing is compared in CPU time of the vCPU",
      'logging: payload both ways, heartbeats included',
    ],
    detail: { results: results.map(({ workload, samples }) => ({ workload: workload.name, samples })), idle },
  };
}

async function idleLogging(run: Run, durationMs: number): Promise<number> {
  await pause(SETTLE_MS);
  const [, rate] = await logging(run, () => pause(durationMs));
  return rate;
}

function figuresOf({ name, unit, paper }: Workload, samples: readonly Sample[]): readonly Figure[] {
  const wall = samples.flatMap(({ wallRatio }) => (wallRatio === undefined ? [] : [wallRatio]));
  return [
    beside(
      figure(
        `${name}, ${unit}`,
        'ratio',
        samples.map(({ ratio }) => ratio),
      ),
      paper.ratio,
    ),
    ...(wall.length > 0 ? [figure('- wall time', 'ratio', wall)] : []),
    beside(
      figure(
        '- logging',
        'Mbit/s',
        samples.map(({ logMbitPerSecond }) => logMbitPerSecond),
      ),
      paper.log,
    ),
  ];
}
