/**
 * Seeds of the simulator on the scripted guest. How many: TANDEM_SIMULATION_RUNS. A
 * failure prints the command that repeats it.
 */
import { expect, test } from 'vitest';
import { type CampaignResult, type Failure, runCampaign } from '../../src/simulator/campaign.ts';
import { PHASES, whyNever } from '../../src/simulator/coverage.ts';
import { drawPlan } from '../../src/simulator/draw.ts';
import { FAULT_KINDS } from '../../src/simulator/faults.ts';
import { scriptedGuest } from '../../src/simulator/guest/scripted-guest.ts';
import { simulate } from '../../src/simulator/simulation.ts';

const RUNS = Number(process.env['TANDEM_SIMULATION_RUNS'] ?? 1_500);
const FIRST_SEED = Number(process.env['TANDEM_SEED'] ?? 1);

function play(firstSeed: number, runs: number): CampaignResult {
  const campaign = runCampaign({
    firstSeed,
    runs,
    draw: (seed) => drawPlan(seed),
    guestOf: ({ settings }) => scriptedGuest(settings.pollMs),
    isStopAsked: () => false,
    failuresAtMost: 1,
  });
  for (let next = campaign.next(); ; next = campaign.next()) if (next.done === true) return next.value;
}

const words = ({ seed, violation, shrunk }: Failure): string =>
  [
    `seed ${seed} broke ${violation.invariant}: ${violation.detail}`,
    `play it again: tandem simulate --seed ${seed} --trace`,
    JSON.stringify(shrunk.plan),
    ...shrunk.outcome.lines.slice(-25),
  ].join('\n');

const result = play(FIRST_SEED, RUNS);

test('every invariant holds through every fault', () => {
  expect(result.failures.map(words)).toEqual([]);
  expect(result.runs).toBe(RUNS);
  // Runs in which nothing happens prove nothing.
  expect(result.figures.goLives).toBeGreaterThan(RUNS / 10);
  expect(result.figures.replies).toBeGreaterThan(RUNS * 10);
});

test.runIf(RUNS >= 1_500)('no fault spares a host for what it is doing, but where it cannot be', () => {
  const never = FAULT_KINDS.flatMap((kind) =>
    PHASES.filter((phase) => result.hits.of(kind, phase) === 0 && whyNever(kind, phase) === null).map(
      (phase) => `${kind} while ${phase}`,
    ),
  );
  expect(never).toEqual([]);
  const impossible = FAULT_KINDS.flatMap((kind) =>
    PHASES.filter((phase) => result.hits.of(kind, phase) > 0 && whyNever(kind, phase) !== null),
  );
  expect(impossible).toEqual([]);
});

test('the same seed plays the same run, byte for byte', () => {
  const digests = (): string[] =>
    [3, 14, 159, 2_653].map((seed) => {
      const plan = drawPlan(seed);
      return simulate(plan, scriptedGuest(plan.settings.pollMs)).digest;
    });
  expect(digests()).toEqual(digests());
  expect(new Set(digests()).size).toBe(4);
});
