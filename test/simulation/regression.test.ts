/** Plans that once broke an invariant (found.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scriptedGuest } from '../../src/simulator/guest/scripted-guest.ts';
import type { Plan } from '../../src/simulator/plan.ts';
import { simulate } from '../../src/simulator/simulation.ts';

const folder = new URL('plans/', import.meta.url);
const found = readFileSync(new URL('found.md', import.meta.url), 'utf8');

test.each(readdirSync(folder))('%s is mended and told of', (name) => {
  const plan = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Plan;
  const { violation } = simulate(plan, scriptedGuest(plan.settings.pollMs));
  expect(violation).toBeNull();
  expect(found).toContain(`\`${name.replace('.json', '')}\``);
});
