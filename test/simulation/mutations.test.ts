/** That the simulator can see: each deliberate bug is found, and soon. */
import { expect, test } from 'vitest';
import { mutate, mutations } from './mutations.ts';

const SEEDS_AT_MOST = 2_000;

test.each(mutations)('a host that $name is found out', async (mutation) => {
  const { simulate, drawPlan, scriptedGuest } = await mutate(mutation);
  for (let seed = 1; seed <= SEEDS_AT_MOST; seed += 1) {
    const plan = drawPlan(seed);
    const { violation } = simulate(plan, scriptedGuest(plan.settings.pollMs));
    if (violation === null) continue;
    if (process.env['TANDEM_VERBOSE'] !== undefined) {
      console.log(
        `${String(seed).padStart(5)} seeds  ${mutation.name}: ${violation.invariant}: ${violation.detail.slice(0, 200)}`,
      );
    }
    return;
  }
  expect.fail(`${SEEDS_AT_MOST} seeds saw nothing`);
});
