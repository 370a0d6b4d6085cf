/**
 * What recording costs a guest that computes (FT §5, Table 1): the same kernels in bare quickjs-emscripten and in the vCPU of a primary. README.md says
 * how the figures are to be read on a machine whose two cores the two hosts share.
 */
import { type Figure, figure, geometricMean, median, type SectionResult } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { benchGuest, NO_SPARES, Pair, Run } from './processes.ts';
import { EngineRunner, HostRunner, type KernelResult, type Runner } from './runners.ts';

const KERNELS = ['objects', 'floats', 'text', 'sorting', 'patterns'] as const;
/** About 20 ms each in bare QuickJS. */
const STEPS = { full: 100, quick: 8 };
const WARM_UP_STEPS = { full: 10, quick: 2 };
const WITH_BACKUP = { bound: 'at-least', value: 0.97 } as const;
const WITHOUT_BACKUP = { bound: 'at-least', value: 0.98 } as const;

const CONTESTANTS = ['bare', 'bare-beside-bare', 'recording-alone', 'recording-with-backup'] as const;
type ContestantName = (typeof CONTESTANTS)[number];

interface Sample extends KernelResult {
  readonly contestant: ContestantName;
  readonly kernel: string;
  readonly round: number;
}

export async function measureCpuBound({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const guest = benchGuest('cpu-bound.js');
  const alone = new Pair(guest);
  const [engine, neighbour, primary, run] = await Promise.all([
    EngineRunner.start(guest),
    EngineRunner.start(guest),
    alone.startPrimary(),
    Run.start(guest, { words: NO_SPARES }),
  ]);
  const runners: readonly (readonly [ContestantName, Runner])[] = [
    ['bare', engine],
    [
      'bare-beside-bare',
      {
        async compute(order) {
          const [result] = await Promise.all([engine.compute(order), neighbour.compute(order)]);
          return result;
        },
      },
    ],
    ['recording-alone', new HostRunner(primary.url, primary.pid)],
    ['recording-with-backup', new HostRunner(run.url, run.primaryPid)],
  ];
  const samples: Sample[] = [];
  try {
    for (const kernel of KERNELS) {
      const warmUp = quick ? WARM_UP_STEPS.quick : WARM_UP_STEPS.full;
      for (const [, runner] of runners) await runner.compute({ kernel, steps: warmUp });
    }
    const steps = quick ? STEPS.quick : STEPS.full;
    for (let round = 0; round < rounds; round += 1) {
      for (const kernel of KERNELS) {
        // Each round begins with another contestant, so that nobody always follows the same one.
        for (let i = 0; i < runners.length; i += 1) {
          const [contestant, runner] = runners[(i + round) % runners.length] as (typeof runners)[number];
          samples.push({ ...(await runner.compute({ kernel, steps })), contestant, kernel, round });
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
    figure('with a backup, vCPU CPU time', 'ratio', overall('cpuMs', 'bare', backup), WITH_BACKUP),
    figure('with a backup, vCPU CPU time, beside', 'ratio', overall('cpuMs', 'bare-beside-bare', backup)),
    figure('with a backup, wall time', 'ratio', overall('wallMs', 'bare', backup)),
    figure('with a backup, wall time, beside', 'ratio', overall('wallMs', 'bare-beside-bare', backup)),
    figure(
      'without a backup, vCPU CPU time',
      'ratio',
      overall('cpuMs', 'bare', 'recording-alone'),
      WITHOUT_BACKUP,
    ),
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
