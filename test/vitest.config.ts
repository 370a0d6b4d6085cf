/** How the tests run. Process tests start real hosts, so few files run at once on a small machine. */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begun last, each of these would run alone for a while on a machine of two cores. */
const LONGEST = [
  'determinism/torture',
  'processes/long-turn',
  'processes/control',
  'unit/cli/cli',
  'determinism/corpus',
  'simulation/program',
  'simulation/mutations',
  'processes/case-studies',
  'processes/slow-backup',
  'processes/arbiter',
  'processes/join-in-turn',
  'chaos/partition',
  'determinism/memory',
  'processes/stuck',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((left, right) => rank(left) - rank(right));
  }
}

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
  },
});
