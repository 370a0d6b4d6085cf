/**
 * The same memory on every version of Node: other V8s, other tiers of its compilers, another time
 * zone. Which ones is the caller's to say.
 */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const others = (process.env['TANDEM_OTHER_NODES'] ?? '').split(':').filter((path) => path !== '');

/**
 * Prints the name of the boot that the kernel makes, and the state hashes of a run that computes,
 * allocates, formats, sorts and reads the clock.
 */
const script = `
  import { sha256 } from './dist/base/digest.js';
  import { loadKernelSource } from './dist/machine/kernel-source.js';
  import { makeBoot } from './dist/machine/make-boot.js';
  import { imageOf, record } from './test/support/life.mjs';
  const image = imageOf({ guest: \`
    const kept = new Map();
    export default { async fetch(request) {
      const n = kept.size;
      let sum = 0;
      for (let i = 1; i < 3000; i++) sum += Math.sin(i * n) * Math.pow(i, 0.3) + Math.tan(i) + Math.random();
      kept.set(String(sum), { at: new Date().toString(), list: Array.from({ length: n }, (_, i) => (i * 7919) % 101).sort(), nan: [0 / 0, -0] });
      await null;
      return Response.json([...kept.keys()].map((key) => key.replace(/[0-9]+/g, (digits) => digits.length)));
    } };\` });
  const { hashes } = record(image, Array.from({ length: 40 }, (_, i) => ({ target: '/' + i })));
  const { bytes, kernel } = makeBoot(loadKernelSource());
  console.log(JSON.stringify([sha256(bytes), sha256(kernel), ...hashes]));
`;

/** Keeps V8 as it is: what machine/engine.ts asks of it is not heard. */
const UNASKED = `data:text/javascript,${encodeURIComponent(`
  import v8 from 'node:v8';
  import { syncBuiltinESMExports } from 'node:module';
  v8.setFlagsFromString = () => {};
  syncBuiltinESMExports();
`)}`;
/** From Node 24 on, V8 has another name for what it does by itself since Node 23. */
const WITHOUT_INLINING =
  Number.parseInt(process.versions.node, 10) < 24
    ? ['--no-experimental-wasm-inlining', '--import', UNASKED]
    : ['--no-wasm-inlining'];

function hashesOn(node: string, flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}): string {
  const root = new URL('../..', import.meta.url).pathname;
  const environment = { ...process.env, ...env };
  return execFileSync(node, [...flags, '--input-type=module', '-e', script], {
    cwd: root,
    env: environment,
  }).toString();
}

describe('the state hash, and the file of the booted kernel,', () => {
  const here = hashesOn(process.execPath);

  it('is of a run with many hash points', () => {
    expect((JSON.parse(here) as unknown[]).length).toBeGreaterThan(40);
  });

  it.each([
    ['the baseline compiler alone', ['--liftoff-only'], {}],
    ['the optimizing compiler alone', ['--no-liftoff'], {}],
    ['no function inlined', WITHOUT_INLINING, {}],
    [
      'another time zone and locale',
      [],
      { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
    ],
  ])('is the same with %s', (_case, flags, env) => {
    expect(hashesOn(process.execPath, flags, env)).toBe(here);
  });

  it.each(others)('is the same on %s', (node) => {
    expect(hashesOn(node)).toBe(here);
  });
});
