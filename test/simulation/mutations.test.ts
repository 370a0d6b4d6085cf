/** That the simulator can see: each deliberate bug is found, and soon. */
import { expect, test } from 'vitest';
import { mutate, mutations } from './mutations.ts';

const SEEDS_AT_MOST = 2_000;
/**
 * Counts seeds from the first one; else a bug that takes long is looked for where it is known to be found.
 */
const isMeasured = process.env['TANDEM_VERBOSE'] !== undefined;

test.each(mutations)(
  'a host that $name is found out',
  async (mutation) => {
    const { simulate, drawPlan, scriptedGuest } = await mutate(mutation);
    for (let tried = 0; tried < SEEDS_AT_MOST; tried += 1) {
      const seed = tried + (isMeasured ? 1 : (mutation.firstSeed ?? 1));
      const plan = drawPlan(seed);
      const { violation } = simulate(plan, scriptedGuest(plan.settings.pollMs));
      if (violation === null) continue;
      if (isMeasured) {
        console.log(
          `${String(seed).padStart(5)} seeds  ${mutation.name}: ${violation.invariant}: ${violation.detail.slice(0, 200)}`,
        );
      }
      return;
    }
    expect.fail(`${SEEDS_AT_MOST} seeds saw nothing`);
  },
  600_000,
);
