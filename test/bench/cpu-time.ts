/**
 * How long a single thread has been on a CPU, from outside: Node tells this of its process only, Linux of
 * each thread, in nanoseconds (`schedstat`). Time that other threads take away is not counted, so two
 * contestants can be compared on a busy machine. A thread that runs is seen as of its last clock tick, so
 * both readings belong where it waits for orders.
 */
import { readdirSync, readFileSync } from 'node:fs';

const NANOSECONDS_PER_MS = 1e6;

/** CPU milliseconds of each thread of a process, by thread id. */
export function threadCpuMs(pid: number): ReadonlyMap<number, number> {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return new Map(threads.map((thread) => [thread, cpuMsOf(pid, thread)]));
}

/** 0 for a thread that has ended. */
export function cpuMsOf(pid: number, thread: number): number {
  try {
    const [onCpu] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return Number(onCpu) / NANOSECONDS_PER_MS;
  } catch {
    return 0;
  }
}

/** The thread that computed most between two readings. */
export function busiestThread(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): { readonly thread: number; readonly cpuMs: number } {
  let busiest = { thread: 0, cpuMs: -1 };
  for (const [thread, atEnd] of after) {
    const cpuMs = atEnd - (before.get(thread) ?? 0);
    if (cpuMs > busiest.cpuMs) busiest = { thread, cpuMs };
  }
  return busiest;
}

/** CPU milliseconds of a host between two readings, by what its threads are for. */
export interface HostCpu {
  /** The main thread: clients, logging channel, protocol. */
  readonly hypervisorMs: number;
  /** The busiest of the others, which under load is the one that runs the guest. */
  readonly vcpuMs: number;
  /** Compilers, collectors, file and zlib threads. */
  readonly othersMs: number;
}

export function hostCpu(
  pid: number,
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): HostCpu {
  const spent = (thread: number): number => (after.get(thread) ?? 0) - (before.get(thread) ?? 0);
  const rest = [...after.keys()].filter((thread) => thread !== pid).map(spent);
  const vcpuMs = Math.max(0, ...rest);
  return {
    hypervisorMs: spent(pid),
    vcpuMs,
    othersMs: rest.reduce((sum, ms) => sum + ms, 0) - vcpuMs,
  };
}
