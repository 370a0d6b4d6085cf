/**
 * A program that computes from its first statement on, in one call of the interpreter, does it as fast as later ones: V8 compiles what has run for long anew, but
 * a call that is under way stays with the code it began with (host/vcpu/warm-up.ts).
 */
import { expect, test } from 'vitest';
import { guest } from '../support/processes.ts';
import { run } from '../support/processes-run.ts';

test('a plain program computes in its first call as fast as in a later one', async () => {
  const pair = await run(guest('first-turn.js')).ready();
  expect(await pair.process.exited).toEqual({ code: 0, signal: null });
  const [printed = ''] = pair.printed().map(({ event }) => event.text as string);
  const { first, later } = JSON.parse(printed) as { readonly first: number; readonly later: number };
  expect(later).toBeGreaterThan(0);
  // Code that was compiled in a hurry takes twice as long.
  expect(first / later).toBeLessThan(1.6);
});
