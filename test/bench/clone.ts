/**
 * The clone for a new backup (FT §3.1, FT VMotion) of machines that hold 16, 64 and 256 MiB: how long it
 * stops the vCPU, how long the pair is without a backup, and what a customer sees of it; the backup gets a
 * SIGKILL, a spare that waits takes its place. And the memory of hosts with such guests.
 */
import { Depositor } from './depositor.ts';
import { type Figure, figure, median, type SectionResult, type Target } from './figures.ts';
import { memcpyOf } from './memcpy.ts';
import type { BenchOptions } from './options.ts';
import { memoryOf, type ProcessMemory } from './process-memory.ts';
import { benchGuest, pause, Run } from './processes.ts';

const MIB = 1024 * 1024;
/** The size is the machine's limit, and so much is written that it grows up to it. */
const SIZES = [
  { mib: 16, writtenMib: 0, judged: true },
  { mib: 64, writtenMib: 54, judged: false },
  { mib: 256, writtenMib: 240, judged: true },
] as const;
/** The largest one takes as long as all the rest of a quick look. */
const QUICK_SIZES = 2;
type Size = (typeof SIZES)[number];
const CLIENTS = 2;
const CALM_MS = { full: 500, quick: 100 };
const TO_MEMCPY: Target = { bound: 'at-most', value: 1.3 };

interface Clone {
  readonly pauseMs: number;
  readonly memcpyMs: number;
  /** From the kill of the backup. */
  readonly redundantMs: number;
  /**
   * The longest time between two acknowledgements that a customer has seen
   * meanwhile, the time that it thinks included.
   */
  readonly gapMs: number;
  readonly primary: ProcessMemory;
  readonly backup: ProcessMemory;
}

interface SizeResult {
  readonly size: Size;
  /** Of the linear memory. */
  readonly machineBytes: number;
  readonly clones: readonly Clone[];
}

export async function measureClone({ rounds, quick }: BenchOptions): Promise<SectionResult> {
  const results: SizeResult[] = [];
  // One size after the other: five processes that hold 256 MiB are enough at one time.
  for (const size of quick ? SIZES.slice(0, QUICK_SIZES) : SIZES)
    results.push(await measureSize(size, rounds, quick));
  return {
    title: 'The clone for a new backup, by the memory of the machine',
    figures: results.flatMap(figuresOf),
    notes: [
      'pause: how long the vCPU stood still when a checkpoint was handed out; the copy itself follows the machine from hash point to hash point, whether somebody joins or not',
      'time to redundancy: SIGKILL of the backup to the new one in sync, which had booted and waited; the gap is of a client that deposits every 20 ms',
    ],
    detail: results,
  };
}

async function measureSize(size: Size, rounds: number, quick: boolean): Promise<SizeResult> {
  const run = await Run.start(benchGuest('holder.js'), { words: ['--memory-mib', String(size.mib)] });
  try {
    const grown = await fetch(`${run.url}/grow/${size.writtenMib}`);
    if (!grown.ok) throw new Error(`the guest cannot hold ${size.writtenMib} MiB: ${await grown.text()}`);
    const machineBytes = await run.memoryBytes();
    const memcpyMs = memcpyOf(machineBytes);
    const depositors = Array.from({ length: CLIENTS }, (_, i) => new Depositor(run.url, `client-${i}`));
    const clones: Clone[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await run.spareReady();
      await pause(quick ? CALM_MS.quick : CALM_MS.full);
      clones.push({ ...(await clone(run, depositors)), memcpyMs: memcpyMs() });
    }
    await Promise.all(depositors.map((depositor) => depositor.stop()));
    for (const depositor of depositors) await depositor.check();
    return { size, machineBytes, clones };
  } finally {
    await run.stop();
  }
}

async function clone(run: Run, depositors: readonly Depositor[]): Promise<Omit<Clone, 'memcpyMs'>> {
  const from = run.now;
  for (const depositor of depositors) depositor.takeLongestGapMs();
  const killedMs = performance.now();
  process.kill(run.backupPid, 'SIGKILL');
  const { event, atMs } = await run.waitFor('redundant', from);
  return {
    pauseMs: event.pauseMs,
    redundantMs: atMs - killedMs,
    gapMs: Math.max(...depositors.map((depositor) => depositor.takeLongestGapMs())),
    primary: memoryOf(run.primaryPid),
    backup: memoryOf(run.backupPid),
  };
}

function figuresOf({ size: { mib, judged }, machineBytes, clones }: SizeResult): readonly Figure[] {
  const row = (name: string, unit: 'ms' | 'MiB', value: (one: Clone) => number): Figure =>
    figure(`${mib} MiB: ${name}`, unit, clones.map(value));
  const ratio = median(clones.map(({ pauseMs }) => pauseMs)) / median(clones.map((one) => one.memcpyMs));
  return [
    figure(`${mib} MiB: linear memory`, 'MiB', [machineBytes / MIB]),
    row('pause', 'ms', ({ pauseMs }) => pauseMs),
    row('one memcpy', 'ms', ({ memcpyMs }) => memcpyMs),
    figure(`${mib} MiB: pause to one memcpy`, 'ratio', [ratio], judged ? TO_MEMCPY : undefined),
    row('time to redundancy', 'ms', ({ redundantMs }) => redundantMs),
    row('largest gap of a client meanwhile', 'ms', ({ gapMs }) => gapMs),
    row('primary, RSS', 'MiB', ({ primary }) => primary.rssMib),
    row('primary, PSS', 'MiB', ({ primary }) => primary.pssMib),
    row('backup, RSS', 'MiB', ({ backup }) => backup.rssMib),
    row('backup, PSS', 'MiB', ({ backup }) => backup.pssMib),
  ];
}
