/**
 * What recording costs a guest that computes (FT §5, Table 1): the same kernels in bare
 * quickjs-emscripten and in the vCPU of a primary. README.md says how the figures are to be read on a
 * machine whose two cores the two hosts share.
 */
import { type Figure, figure, geometricMean, median, type SectionResult } from './figures.ts';
import type { BenchOptions } from './options.ts';
import { benchGuest, NO_SPARES, Pair, Run } from './processes.ts';
import { EngineRunner, HostRunner, type KernelResult, type Runner } from './runners.ts';

const KERNELS = ['objects', 'floats', 'text', 'sorting', 'patterns'] as const;
/** About 20 ms each in bare QuickJS. */
const SLICE_STEPS = { full: 10, quick: 5 };
const SLICES = { full: 8, quick: 1 };
/**
 * V8 compiles WebAssembly well what has run for a while, in threads beside; a pair, which keeps both cores
 * busy, takes a second or two for what a new kernel uses, a lone process half of that.
 */
const WARM_UP_STEPS = { full: 80, quick: 4 };
const WITH_BACKUP = { bound: 'at-least', value: 0.97 } as const;
const WITHOUT_BACKUP = { bound: 'at-least', value: 0.98 } as const;

const CONTESTANTS = [
  'bare',
  'bare-inlined',
  'bare-beside-bare',
  'recording-alone',
  'recording-with-backup',
] as const;
type ContestantName = (typeof CONTESTANTS)[number];

interface Sample extends KernelResult {
  readonly contestant: ContestantName;
  readonly kernel: string;
  readonly round: number;
  readonly slice: number;
}

interface Contestants {
  readonly runners: readonly (readonly [ContestantName, Runner])[];
  stop(): Promise<unknown>;
}

async function startAll(guest: string): Promise<Contestants> {
  const alone = new Pair(guest);
  const [engine, inlined, neighbour, primary, run] = await Promise.all([
    EngineRunner.start(guest),
    EngineRunner.start(guest, 'inlined'),
    EngineRunner.start(guest),
    alone.startPrimary(),
    Run.start(guest, { words: NO_SPARES }),
  ]);
  const besides: Runner = {
    async compute(order) {
      const [result] = await Promise.all([engine.compute(order), neighbour.compute(order)]);
      return result;
    },
  };
  return {
    runners: [
      ['bare', engine],
      ['bare-inlined', inlined],
      ['bare-beside-bare', besides],
      ['recording-alone', new HostRunner(primary.url, primary.pid)],
      ['recording-with-backup', new HostRunner(run.url, run.primaryPid)],
    ],
    stop: () => Promise.all([run.stop(), alone.stop(), engine.stop(), inlined.stop(), neighbour.stop()]),
  };
}

/**
 * One round, with processes of its own: where an engine's code comes to lie in memory is
 * worth some percent, for or against it.
 */
async function measureRound(guest: string, round: number, quick: boolean): Promise<readonly Sample[]> {
  const mode = quick ? 'quick' : 'full';
  const samples: Sample[] = [];
  const { runners, stop } = await startAll(guest);
  try {
    for (const kernel of KERNELS) {
      for (const [, runner] of runners) await runner.compute({ kernel, steps: WARM_UP_STEPS[mode] });
      for (let slice = 0; slice < SLICES[mode]; slice += 1) {
        // Each slice begins with another contestant, so that nobody always follows the same one.
        for (let i = 0; i < runners.length; i += 1) {
          const [contestant, runner] = runners[
            (i + round + slice) % runners.length
          ] as (typeof runners)[number];
          const result = await runner.compute({ kernel, steps: SLICE_STEPS[mode] });
          samples.push({ ...result, contestant, kernel, round, slice });
        }
      }
    }
  } finally {
    await stop();
  }
  return samples;
}

export async function measureCpuBound({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const guest = benchGuest('cpu-bound.js');
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1) samples.push(...(await measureRound(guest, round, quick)));
  checkSums(samples);
  return {
    title: 'CPU-bound guest: bare quickjs-emscripten against recording',
    figures: figuresOf(samples, rounds),
    notes: [
      "ratio of bare time to recording time, median of a round's slices, geometric mean over the kernels: 1 is as fast as bare, less is slower",
      'a host has V8 inline WebAssembly functions, which is the default from Node 23 on; "bare with functions inlined" does, too, "bare" is as its documentation shows it',
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
  const times = (what: 'cpuMs' | 'wallMs', contestant: ContestantName, kernel: string, round: number) =>
    samples
      .filter((one) => one.contestant === contestant && one.kernel === kernel && one.round === round)
      .map((one) => one[what]);
  const all = Array.from({ length: rounds }, (_, round) => round);
  const perKernel = (
    what: 'cpuMs' | 'wallMs',
    base: ContestantName,
    contestant: ContestantName,
    kernel: string,
  ): number[] =>
    all.map((round) => {
      const mine = times(what, contestant, kernel, round);
      return median(
        times(what, base, kernel, round).map((time, slice) => time / (mine[slice] ?? Number.NaN)),
      );
    });
  const overall = (what: 'cpuMs' | 'wallMs', base: ContestantName, contestant: ContestantName): number[] =>
    all.map((round) =>
      geometricMean(KERNELS.map((kernel) => perKernel(what, base, contestant, kernel)[round] ?? Number.NaN)),
    );
  const backup = 'recording-with-backup';
  return [
    figure('with a backup, vCPU CPU time', 'ratio', overall('cpuMs', 'bare', backup), WITH_BACKUP),
    figure('- against bare with functions inlined', 'ratio', overall('cpuMs', 'bare-inlined', backup)),
    figure('with a backup, vCPU CPU time, beside', 'ratio', overall('cpuMs', 'bare-beside-bare', backup)),
    figure('with a backup, wall time', 'ratio', overall('wallMs', 'bare', backup)),
    figure('with a backup, wall time, beside', 'ratio', overall('wallMs', 'bare-beside-bare', backup)),
    figure(
      'without a backup, vCPU CPU time',
      'ratio',
      overall('cpuMs', 'bare', 'recording-alone'),
      WITHOUT_BACKUP,
    ),
    figure(
      '- against bare with functions inlined',
      'ratio',
      overall('cpuMs', 'bare-inlined', 'recording-alone'),
    ),
    figure('without a backup, wall time', 'ratio', overall('wallMs', 'bare', 'recording-alone')),
    figure('bare beside bare, CPU time', 'ratio', overall('cpuMs', 'bare', 'bare-beside-bare')),
    ...KERNELS.map((kernel) =>
      figure(`with a backup, vCPU CPU time: ${kernel}`, 'ratio', perKernel('cpuMs', 'bare', backup, kernel)),
    ),
    figure(
      'bare CPU time of a slice',
      'ms',
      KERNELS.map((kernel) => median(all.flatMap((round) => times('cpuMs', 'bare', kernel, round)))),
    ),
  ];
}
