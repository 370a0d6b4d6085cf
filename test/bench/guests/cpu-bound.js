/**
 * The CPU-bound guest: five kernels of the kinds that real programs are made of. The same bundle runs in a
 * Tandem machine, where a request runs a kernel, and in bare QuickJS, where `run` is called. Each kernel
 * returns a checksum, so that nobody wins by computing something else; between steps it looks at the clock,
 * and now and then it prints a line, as programs do.
 */
import { floats } from './kernel-floats.js';
import { objects } from './kernel-objects.js';
import { patterns } from './kernel-patterns.js';
import { sorting } from './kernel-sorting.js';
import { text } from './kernel-text.js';

const kernels = { objects, floats, text, sorting, patterns };
const STEPS_PER_LINE = 16;

/** Computes `steps` steps of a kernel; the sum of their checksums. */
export function run(name, steps) {
  const kernel = kernels[name];
  let sum = 0;
  let clockReads = 0;
  const startedAt = Date.now();
  for (let step = 1; step <= steps; step += 1) {
    sum = (sum * 31 + kernel(step)) % 1_000_000_007;
    if (Date.now() >= startedAt) clockReads += 1;
    if (step % STEPS_PER_LINE === 0) console.log(`${name}: step ${step}, sum ${sum}`);
  }
  if (clockReads !== steps) throw new Error('the clock ran backwards');
  return sum;
}

export default {
  fetch(request) {
    const [, name, steps] = new URL(request.url).pathname.split('/');
    return Response.json({ sum: run(name, Number(steps)) });
  },
};
