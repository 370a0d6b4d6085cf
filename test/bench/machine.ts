/**
 * Parts of a host by themselves: boot, state hashes by memory and dirty
 * pages, and replaying against recording.
 */
import type { KernelOrder } from './bare-engine.ts';
import { hostCpu, threadCpuMs } from './cpu-time.ts';
import { type Figure, figure, type SectionResult } from './figures.ts';
import type { BootOrder, PartOrder, PartResult } from './machine-parts.ts';
import { memcpyOf } from './memcpy.ts';
import type { BenchOptions } from './options.ts';
import { benchGuest, Contestant, guestProgram, NO_SPARES, Pair, pause, Run } from './processes.ts';

const MIB = 1024 * 1024;
const SIZES_MIB = { full: [16, 64, 256], quick: [16, 64] } as const;
const DIRTY_SHARES = [0, 0.01, 0.1, 1] as const;
/** In the full run so many a round. */
const HASHES = { full: 5, quick: 3 };
const KERNELS = ['objects', 'text'] as const;
const STEPS = { full: 100, quick: 10 };
/** Behind a turn, its hash point is made within this time. */
const HASH_POINT_MS = 200;
const PERCENT = 100;

interface Samples {
  readonly boots: {
    readonly storedMs: number[];
    readonly bootedMs: number[];
    readonly hostMs: number[];
    readonly pairMs: number[];
  };
  readonly hashes: readonly { readonly name: string; readonly ms: number[] }[];
  readonly copies: readonly { readonly name: string; readonly ms: number[] }[];
  readonly replays: readonly { readonly kernel: string; readonly ratios: number[] }[];
}

export async function measureMachine({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const samples: Samples = {
    boots: await measureBoots(rounds),
    ...(await measureHashes(
      quick ? SIZES_MIB.quick : SIZES_MIB.full,
      quick ? HASHES.quick : rounds * HASHES.full,
      rounds,
    )),
    replays: await measureReplay(rounds, quick ? STEPS.quick : STEPS.full),
  };
  return {
    title: 'Boot, state hashes, replay',
    figures: figuresOf(samples),
    notes: [
      'a state hash compares the whole memory with its last state and hashes the pages that differ; pages are 16 KiB, the dirty ones spread evenly',
      'replaying against recording: CPU time of the vCPU of the primary to that of the backup, for the same turns; above 1 the backup is the faster one',
    ],
    detail: samples,
  };
}

async function measureBoots(rounds: number): Promise<Samples['boots']> {
  const guest = guestProgram('bank.js');
  const boots: Samples['boots'] = { storedMs: [], bootedMs: [], hostMs: [], pairMs: [] };
  for (let round = 0; round < rounds; round += 1) {
    boots.storedMs.push(await firstMachine(guest, 'stored'));
    boots.bootedMs.push(await firstMachine(guest, 'booted'));
    const hostStartedMs = performance.now();
    const pair = new Pair(guest);
    await pair.startPrimary();
    boots.hostMs.push(performance.now() - hostStartedMs);
    await pair.stop();
    const pairStartedMs = performance.now();
    const run = await Run.start(guest, { words: NO_SPARES });
    boots.pairMs.push(performance.now() - pairStartedMs);
    await run.stop();
  }
  return boots;
}

/** In a process of its own. */
async function firstMachine(guest: string, kernel: BootOrder['kernel']): Promise<number> {
  const { contestant } = await Contestant.start<PartOrder, PartResult>('machine-parts', [guest]);
  try {
    return await contestant.order({ part: 'boot', kernel });
  } finally {
    await contestant.stop();
  }
}

async function measureHashes(
  sizesMib: readonly number[],
  hashes: number,
  rounds: number,
): Promise<Pick<Samples, 'hashes' | 'copies'>> {
  const guest = guestProgram('bank.js');
  const { contestant: parts } = await Contestant.start<PartOrder, PartResult>('machine-parts', [guest]);
  const all: { name: string; ms: number[] }[] = [];
  const copies: { name: string; ms: number[] }[] = [];
  try {
    for (const sizeMib of sizesMib) {
      // The first one builds the tree.
      await parts.order({ part: 'hash', sizeMib, dirtyShare: 1 });
      for (const dirtyShare of DIRTY_SHARES) {
        const ms: number[] = [];
        for (let left = hashes; left > 0; left -= 1) {
          ms.push(await parts.order({ part: 'hash', sizeMib, dirtyShare }));
        }
        all.push({ name: `${sizeMib} MiB, ${dirtyShare * PERCENT} % of pages dirty`, ms });
      }
      const copyMs = memcpyOf(sizeMib * MIB);
      copies.push({ name: `one memcpy of ${sizeMib} MiB`, ms: Array.from({ length: rounds }, copyMs) });
    }
  } finally {
    await parts.stop();
  }
  return { hashes: all, copies };
}

async function measureReplay(rounds: number, steps: number): Promise<Samples['replays']> {
  const run = await Run.start(benchGuest('cpu-bound.js'), { words: NO_SPARES });
  const compute = async ({ kernel, steps: count }: KernelOrder): Promise<number> => {
    const { primaryPid, backupPid } = run;
    const before = { primary: threadCpuMs(primaryPid), backup: threadCpuMs(backupPid) };
    await (await fetch(`${run.url}/${kernel}/${count}`)).arrayBuffer();
    await run.caughtUp();
    await pause(HASH_POINT_MS);
    const recording = hostCpu(primaryPid, before.primary, threadCpuMs(primaryPid));
    const replaying = hostCpu(backupPid, before.backup, threadCpuMs(backupPid));
    return recording.vcpuMs / replaying.vcpuMs;
  };
  const replays = KERNELS.map((kernel) => ({ kernel, ratios: [] as number[] }));
  try {
    for (const { kernel } of replays) await compute({ kernel, steps: STEPS.quick });
    for (let round = 0; round < rounds; round += 1) {
      for (const { kernel, ratios } of replays) ratios.push(await compute({ kernel, steps }));
    }
  } finally {
    await run.stop();
  }
  return replays;
}

const figuresOf = ({ boots, hashes, copies, replays }: Samples): readonly Figure[] => [
  figure('first machine of a process, from bundle to first turn', 'ms', boots.storedMs),
  figure('the same without dist/kernel.boot', 'ms', boots.bootedMs),
  figure('start of `tandem host` to open doors, alone', 'ms', boots.hostMs),
  figure('start of `tandem run` to a pair in sync', 'ms', boots.pairMs),
  ...hashes.map(({ name, ms }) => figure(`state hash: ${name}`, 'ms', ms)),
  ...copies.map(({ name, ms }) => figure(name, 'ms', ms)),
  ...replays.map(({ kernel, ratios }) =>
    figure(`replaying against recording, vCPU CPU time: ${kernel}`, 'ratio', ratios),
  ),
];
