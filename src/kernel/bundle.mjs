/**
 * Makes dist/kernel.js of the kernel's sources: a script whose value is the function
 * `boot`, and a last line with the parts.
 *
 * A part is what few guests use (streams, forms, subtle crypto, …; the folder lazy/): a function expression
 * that the kernel asks the machine for, and evaluates, when a guest first needs it. It does not have a
 * second copy of the kernel's modules: what it imports from the folder above comes from the running kernel,
 * as it was taken before the guest ran.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const common = {
  bundle: true,
  platform: 'neutral',
  mainFields: ['module', 'main'],
  target: 'es2023',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** `../name.ts` is the module of the running kernel. */
const fromKernel = {
  name: 'from-kernel',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.\/[a-z0-9-]+\.ts$/ }, ({ path }) => ({
      path: basename(path, '.ts'),
      namespace: 'kernel',
    }));
    onLoad({ filter: /.*/, namespace: 'kernel' }, ({ path }) => ({
      contents: `module.exports = kernelModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

async function partText(name) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [here(`lazy/${name}.ts`)],
    write: false,
    format: 'iife',
    globalName: 'part',
    inject: [here('lazy/kernel-globals.ts')],
    plugins: [fromKernel],
    // Only a part's own text is in the way of nobody: shorter names are less memory.
    minifyIdentifiers: true,
    banner: { js: '((kernelModule)=>{' },
    footer: { js: 'return part})' },
  });
  return outputFiles[0].text;
}

/**
 * `./lazy/name.part` is the name by which the kernel asks for a part; its
 * text is kept for the end of the file.
 */
const texts = {};
const parts = {
  name: 'parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.part$/ }, ({ path }) => ({ path: basename(path, '.part'), namespace: 'part' }));
    onLoad({ filter: /.*/, namespace: 'part' }, async ({ path }) => {
      texts[path] = await partText(path);
      return { contents: path, loader: 'text' };
    });
  },
};

const { outputFiles } = await build({
  ...common,
  entryPoints: [here('main.ts')],
  inject: [here('captured-globals.ts')],
  format: 'iife',
  globalName: '__kernel',
  banner: { js: '(()=>{' },
  footer: { js: 'return __kernel.boot})()' },
  plugins: [parts],
  write: false,
});

const inOrder = Object.fromEntries(Object.entries(texts).sort(([one], [other]) => (one < other ? -1 : 1)));
mkdirSync(here('../../dist'), { recursive: true });
writeFileSync(
  here('../../dist/kernel.js'),
  `${outputFiles[0].text.trimEnd()}\n//# parts ${JSON.stringify(inOrder)}\n`,
);
