/**
 * Who begins with the kernel's stored boot: whoever has clients that wait, and nobody
 * who may compute in one turn for long.
 */
import { expect, test } from 'vitest';
import { kernelFor } from '../../../src/host/vcpu/warm-up.ts';
import { loadKernel } from '../../../src/machine/kernel-source.ts';

test.each([
  ['primary', true, 'stored'],
  ['primary', false, 'booted'],
  ['backup', true, 'booted'],
  ['backup', false, 'booted'],
  ['spare', true, 'booted'],
  ['spare', false, 'booted'],
] as const)('a %s (of a program that serves: %s) has a machine that is %s', (role, mayServe, expected) => {
  const kernel = loadKernel();
  expect(kernel.boot).toBeDefined();
  const chosen = kernelFor(kernel, role, mayServe);
  expect(chosen.source).toBe(kernel.source);
  expect(chosen.boot === undefined ? 'booted' : 'stored').toBe(expected);
});
