/**
 * Runs TypeScript of this project outside the test runner: in worker
 * threads and child processes, on any Node.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

export interface Bundle {
  readonly path: string;
  remove(): void;
}

const root = new URL('../../..', import.meta.url).pathname;

/** Bundles `source`, a module that may import from `./src/…`, into one file. */
export function bundle(source: string): Bundle {
  const directory = mkdtempSync(join(tmpdir(), 'tandem-test-'));
  const path = join(directory, 'main.mjs');
  buildSync({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    // For packages in CommonJS.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile: path,
    logLevel: 'warning',
  });
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
