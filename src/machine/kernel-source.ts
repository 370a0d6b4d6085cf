/** What `npm run build:kernel` makes: the kernel's source text, a script whose value is the function `boot`, and the kernel as it stands when it has booted. */
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
  throw new TandemError(
    'KERNEL_MISSING',
    'dist/kernel.js does not exist',
    'build it with: npm run build:kernel',
  );
}

/**
 * The boot of `kernel`, or why there is none. That is no error: a host without it boots by itself, the same machine, only later. So a damaged file delays,
 * and cannot keep a backup from taking over.
 */
export function loadBoot(kernel: string): StoredBoot | string {
  const bytes = read('kernel.boot');
  return bytes === undefined ? 'it does not exist' : decodeBoot(bytes, kernel);
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
