/** What a host keeps of the machine's outputs (FT §2.2): each leaves at its own word, and once. */
import { expect, test } from 'vitest';
import { ordinal } from '../../../src/base/brands.ts';
import { HeldOutputs } from '../../../src/replica/held-outputs.ts';

const ROUTES = ['client', 'console', 'client', 'console', 'client'] as const;

function holding(): HeldOutputs<string> {
  const outputs = new HeldOutputs<string>();
  for (const [index, route] of ROUTES.entries()) {
    const at = ordinal(index + 1);
    outputs.hold(at, route, `${route} ${at}`);
  }
  return outputs;
}

const textsOf = (taken: readonly { readonly output: string }[]): string[] =>
  taken.map(({ output }) => output);

test('what is let out are the outputs up to an ordinal, that one included, in order and once', () => {
  const outputs = holding();
  expect(textsOf(outputs.take(ordinal(2)))).toEqual(['client 1', 'console 2']);
  expect(outputs.take(ordinal(2))).toEqual([]);
  expect(textsOf(outputs.take(ordinal(9)))).toEqual(['client 3', 'console 4', 'client 5']);
  expect(outputs.count).toBe(0);
});

test('replies have arrived when they were let out, lines when they were printed', () => {
  const outputs = holding();
  expect(textsOf(outputs.discard(ordinal(3), ordinal(1)))).toEqual(['client 1', 'client 3']);
  expect(textsOf(outputs.discard(ordinal(3), ordinal(4)))).toEqual(['console 2', 'console 4']);
  expect(textsOf(outputs.take(ordinal(9)))).toEqual(['client 5']);
});
