/**
 * What the build makes of the kernel: its source text, a script whose value is the function `boot`, and what
 * stands in the memory when that has run.
 */
import { readFileSync } from 'node:fs';
import { TandemError } from '../base/errors.ts';
import { decodeBoot } from './boot-file.ts';
import type { StoredBoot } from './boot-record.ts';

/** Beside the built host, also when the host's sources are run directly. */
const DIST = [new URL('../', import.meta.url), new URL('../../dist/', import.meta.url)];

/** Throws a TandemError when the kernel has not been built. */
export function loadKernelSource(): string {
  const source = read('kernel.js');
  if (source !== undefined) return source.toString();
  throw new TandemError('KERNEL_MISSING', 'dist/kernel.js does not exist', 'build it with: npm run build');
}

export interface Kernel {
  readonly source: string;
  readonly boot?: StoredBoot | undefined;
}

/**
 * `noBoot` is told why machines will boot the kernel by themselves. That is no error: it is the
 * same machine, only later. So a damaged file delays, and cannot keep a backup from taking
 * over. Throws as `loadKernelSource` does.
 */
export function loadKernel(noBoot: (why: string) => void = () => {}): Kernel {
  const source = loadKernelSource();
  const bytes = read('kernel.boot');
  const boot = bytes === undefined ? 'it does not exist' : decodeBoot(bytes, source);
  if (typeof boot !== 'string') return { source, boot };
  noBoot(boot);
  return { source };
}

function read(name: string): Buffer | undefined {
  for (const folder of DIST) {
    try {
      return readFileSync(new URL(name, folder));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
