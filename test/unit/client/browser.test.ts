/** The client library as a browser gets it. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('it is one small module that needs nothing of Node', async () => {
  const built = await build({
    entryPoints: [fileURLToPath(import.meta.resolve('tandem-vm/client'))],
    bundle: true,
    write: false,
    minify: true,
    platform: 'browser',
    format: 'esm',
    metafile: true,
  });
  expect(built.warnings).toEqual([]);
  expect(Object.keys(built.metafile.inputs).filter((path) => !path.startsWith('dist/client/'))).toEqual([]);
  const [output] = built.outputFiles;
  expect(output?.text).not.toMatch(/\b(process|Buffer|require)\b/);
  expect(output?.contents.length).toBeLessThan(21 * 1024);
});
