/**
 * That seeds bring about what promises about sessions are made for: several requests at a time, and sessions
 * that are forgotten, of which clients are told.
 */
import { expect, test } from 'vitest';
import { loadKernelSource } from '../../src/machine/kernel-source.ts';
import { drawPlan } from '../../src/simulator/draw.ts';
import type { Plan } from '../../src/simulator/plan.ts';
import { simulate } from '../../src/simulator/simulation.ts';
import { programWith } from './programs.ts';

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
const bank = await programWith('../../guest-programs/bank.js', loadKernelSource());
const plans = SEEDS.map((seed) => drawPlan(seed, bank.workload));

/** The clients of a plan that have requests in another's session, too. */
const sharersOf = ({ requests }: Plan): number =>
  new Set(requests.filter(({ session }) => session?.of !== undefined).map(({ client }) => client)).size;

test('in some plans several clients have one session, each with slots of its own', () => {
  const shared = plans.filter((plan) => sharersOf(plan) > 1);
  expect(shared.length).toBeGreaterThan(SEEDS.length / 6);
  for (const { requests } of shared) {
    const owners = new Map<number, number>();
    for (const { client, session } of requests) {
      if (session === undefined) continue;
      expect(owners.get(session.slot) ?? client).toBe(client);
      owners.set(session.slot, client);
    }
  }
});

test('in others the machine forgets sessions that nobody uses: their clients hear so, open new ones, and nothing runs twice', () => {
  const short = plans.filter(({ settings }) => settings.sessionLifetimeMs !== undefined);
  expect(short.length).toBeGreaterThan(SEEDS.length / 10);
  const outcomes = short.slice(0, 6).map((plan) => simulate(plan, bank.guestOf(plan)));
  expect(outcomes.map(({ violation }) => violation)).toEqual(outcomes.map(() => null));
  const heard = outcomes
    .flatMap(({ lines }) => lines)
    .filter((line) => /client \d+ .*session-gone/s.test(line));
  expect(heard.length).toBeGreaterThan(0);
}, 120_000);
