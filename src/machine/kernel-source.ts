/** The kernel's source text as `npm run build:kernel` bundles it: a script whose value is the function `boot`. Part of the image. */
import { readFileSync } from 'node:fs';
import { TandemError } from '../base/errors.ts';

/** Beside the built host in `dist/`, also when the host's sources are run directly. */
const BUNDLE = [new URL('../kernel.js', import.meta.url), new URL('../../dist/kernel.js', import.meta.url)];

/** Throws a TandemError when the kernel has not been built. */
export function loadKernelSource(): string {
  for (const url of BUNDLE) {
    try {
      return readFileSync(url, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new TandemError(
    'KERNEL_MISSING',
    'dist/kernel.js does not exist',
    'build it with: npm run build:kernel',
  );
}
