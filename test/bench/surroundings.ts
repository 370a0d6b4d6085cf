/** Where the figures were measured: without it they mean nothing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';

export interface Surroundings {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly engine: string;
  /**
   * Of the machine, over the last minute before the first measurement: above 0.5 somebody else was at work.
   */
  readonly loadBefore: number;
}

const GIB = 1024 ** 3;

export function describeSurroundings(): Surroundings {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGib: Math.round(os.totalmem() / GIB),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    engine: `quickjs-emscripten ${packageVersion('quickjs-emscripten')}`,
    loadBefore: os.loadavg()[0] ?? 0,
  };
}

function packageVersion(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = entry.slice(0, entry.lastIndexOf(`/${name}/`) + name.length + 2);
  const { version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { version: string };
  return version;
}

export function renderSurroundings(at: Surroundings): string {
  return [
    `${at.date}: ${at.cpu}, ${at.cores} cores, ${at.memoryGib} GiB, ${at.system}`,
    `Node ${at.node}, ${at.engine}; load average before the first measurement ${at.loadBefore.toFixed(2)}`,
  ].join('\n');
}
