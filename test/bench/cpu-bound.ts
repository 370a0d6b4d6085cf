/**
 * What recording costs a guest that computes (FT §5, Table 1): the same kernels in bare quickjs-emscripten and in the vCPU of a primary. README.md says
 * how the figures are to be read on a machine whose two cores the two hosts share.
 */
import type { KernelAnswer, KernelOrder } from './bare-engine.ts';
import { busiestThread, cpuMsOf, threadCpuMs } from './cpu-time.ts';
import { type Figure, figure, geometricMean, median, type SectionResult } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { benchGuest, Contestant, Pair, pause, Run } from './processes.ts';

const KERNELS = ['objects', 'floats', 'text', 'sorting', 'patterns'] as const;
/** About 20 ms each in bare QuickJS. */
const STEPS = { full: 100, quick: 25 };
const WARM_UP_STEPS = 10;
/** Behind a turn, its hash point is made within this time. */
const HASH_POINT_MS = 150;
const AT_LEAST = { bound: 'at-least', value: 0.95 } as const;

interface KernelResult extends KernelAnswer {
  /** Of the thread that computed. */
  readonly cpuMs: number;
}

/** Somebody who can compute a kernel and tell what it cost. */
interface Runner {
  readonly name: ContestantName;
  compute(order: KernelOrder): Promise<KernelResult>;
}

const CONTESTANTS = ['bare', 'bare-beside-bare', 'recording-alone', 'recording-with-backup'] as const;
type ContestantName = (typeof CONTESTANTS)[number];

interface Sample extends KernelResult {
  readonly contestant: ContestantName;
  readonly kernel: string;
  readonly round: number;
}

class EngineRunner implements Runner {
  readonly name = 'bare';
  readonly #contestant: Contestant<KernelOrder, KernelAnswer>;
  readonly #pid: number;

  private constructor(contestant: Contestant<KernelOrder, KernelAnswer>, pid: number) {
    this.#contestant = contestant;
    this.#pid = pid;
  }

  static async start(guest: string): Promise<EngineRunner> {
    const { contestant, greeting } = await Contestant.start<KernelOrder, KernelAnswer>('bare-engine', [
      guest,
    ]);
    return new EngineRunner(contestant, Number(greeting));
  }

  async compute(order: KernelOrder): Promise<KernelResult> {
    const before = cpuMsOf(this.#pid, this.#pid);
    const answer = await this.#contestant.order(order);
    return { ...answer, cpuMs: cpuMsOf(this.#pid, this.#pid) - before };
  }

  stop(): Promise<void> {
    return this.#contestant.stop();
  }
}

/** A host's vCPU, found as the thread that was busiest while it computed. */
class HostRunner implements Runner {
  readonly name: ContestantName;
  readonly #url: string;
  readonly #pid: number;
  #thread = 0;

  constructor(name: ContestantName, url: string, pid: number) {
    this.name = name;
    this.#url = url;
    this.#pid = pid;
  }

  async compute(order: KernelOrder): Promise<KernelResult> {
    const before = threadCpuMs(this.#pid);
    const startedMs = performance.now();
    const response = await fetch(`${this.#url}/${order.kernel}/${order.steps}`);
    const { sum } = (await response.json()) as { readonly sum: number };
    const wallMs = performance.now() - startedMs;
    // The hash point that the turn has earned is part of what it costs.
    await pause(HASH_POINT_MS);
    if (this.#thread === 0) this.#thread = busiestThread(before, threadCpuMs(this.#pid)).thread;
    const cpuMs = cpuMsOf(this.#pid, this.#thread) - (before.get(this.#thread) ?? 0);
    return { sum, cpuMs, wallMs };
  }
}

export async function measureCpuBound({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const guest = benchGuest('cpu-bound.js');
  const [engine, neighbour] = [await EngineRunner.start(guest), await EngineRunner.start(guest)];
  const alone = new Pair(guest);
  const primary = await alone.startPrimary();
  const run = await Run.start(guest);
  const runners: readonly Runner[] = [
    engine,
    {
      name: 'bare-beside-bare',
      async compute(order) {
        const [result] = await Promise.all([engine.compute(order), neighbour.compute(order)]);
        return result;
      },
    },
    new HostRunner('recording-alone', primary.url, primary.pid),
    new HostRunner('recording-with-backup', run.url, run.primaryPid),
  ];
  const samples: Sample[] = [];
  try {
    for (const kernel of KERNELS) {
      for (const runner of runners) await runner.compute({ kernel, steps: WARM_UP_STEPS });
    }
    const steps = quick ? STEPS.quick : STEPS.full;
    for (let round = 0; round < rounds; round += 1) {
      for (const kernel of KERNELS) {
        // Each round begins with another contestant, so that nobody always follows the same one.
        for (let i = 0; i < runners.length; i += 1) {
          const runner = runners[(i + round) % runners.length] as Runner;
          samples.push({
            ...(await runner.compute({ kernel, steps })),
            contestant: runner.name,
            kernel,
            round,
          });
        }
      }
    }
  } finally {
    await Promise.all([run.stop(), alone.stop(), engine.stop(), neighbour.stop()]);
  }
  checkSums(samples);
  return {
    title: 'CPU-bound guest: bare quickjs-emscripten against recording',
    figures: figuresOf(samples, rounds),
    notes: [
      'ratio of bare time to recording time in one round, geometric mean over the kernels: 1 is as fast as bare, less is slower',
      '"beside": the bare engine computes while a second one computes the same on the other core, as a backup does',
    ],
    detail: samples,
  };
}

function checkSums(samples: readonly Sample[]): void {
  for (const kernel of KERNELS) {
    const sums = new Set(samples.filter((sample) => sample.kernel === kernel).map(({ sum }) => sum));
    if (sums.size !== 1) throw new Error(`${kernel}: the contestants computed different things`);
  }
}

function figuresOf(samples: readonly Sample[], rounds: number): readonly Figure[] {
  const time = (
    what: 'cpuMs' | 'wallMs',
    contestant: ContestantName,
    kernel: string,
    round: number,
  ): number =>
    samples.find((one) => one.contestant === contestant && one.kernel === kernel && one.round === round)?.[
      what
    ] ?? Number.NaN;
  const all = Array.from({ length: rounds }, (_, round) => round);
  const perKernel = (
    what: 'cpuMs' | 'wallMs',
    base: ContestantName,
    contestant: ContestantName,
    kernel: string,
  ): number[] => all.map((round) => time(what, base, kernel, round) / time(what, contestant, kernel, round));
  const overall = (what: 'cpuMs' | 'wallMs', base: ContestantName, contestant: ContestantName): number[] =>
    all.map((round) =>
      geometricMean(KERNELS.map((kernel) => perKernel(what, base, contestant, kernel)[round] ?? Number.NaN)),
    );
  const backup = 'recording-with-backup';
  return [
    figure('with a backup, vCPU CPU time', 'ratio', overall('cpuMs', 'bare', backup), AT_LEAST),
    figure('with a backup, vCPU CPU time, beside', 'ratio', overall('cpuMs', 'bare-beside-bare', backup)),
    figure('with a backup, wall time', 'ratio', overall('wallMs', 'bare', backup)),
    figure('with a backup, wall time, beside', 'ratio', overall('wallMs', 'bare-beside-bare', backup)),
    figure('without a backup, vCPU CPU time', 'ratio', overall('cpuMs', 'bare', 'recording-alone')),
    figure('without a backup, wall time', 'ratio', overall('wallMs', 'bare', 'recording-alone')),
    figure('bare beside bare, CPU time', 'ratio', overall('cpuMs', 'bare', 'bare-beside-bare')),
    ...KERNELS.map((kernel) =>
      figure(`with a backup, vCPU CPU time: ${kernel}`, 'ratio', perKernel('cpuMs', 'bare', backup, kernel)),
    ),
    figure(
      'bare CPU time of a kernel',
      'ms',
      KERNELS.map((kernel) => median(all.map((round) => time('cpuMs', 'bare', kernel, round)))),
    ),
  ];
}
