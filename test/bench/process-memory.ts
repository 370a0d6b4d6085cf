/** What a process has in memory, as Linux counts it. */
import { readFileSync } from 'node:fs';

const KIB_PER_MIB = 1024;

export interface ProcessMemory {
  /** Pages that it shares with others counted whole. */
  readonly rssMib: number;
  /** Pages that it shares counted by its share of them. */
  readonly pssMib: number;
}

export function memoryOf(pid: number): ProcessMemory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / KIB_PER_MIB;
  return { rssMib: mib('Rss'), pssMib: mib('Pss') };
}
