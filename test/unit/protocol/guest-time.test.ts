/**
 * What a backup knows of the guest's clock when it may go live (I6): it is told before the backup is listed.
 */
import { expect, test } from 'vitest';
import { Cluster } from '../../scenario/cluster.ts';

/** A takes in B; from the moment of its hello on nothing comes through between them for `cutMs`. */
function joinThroughCut(cutMs: number): Cluster {
  const cluster = new Cluster();
  cluster.startPrimary('A');
  cluster.advance(20);
  cluster.input('A', 'one');
  cluster.advance(10);
  cluster.startBackup('B', 'A');
  cluster.advance(1);
  cluster.cut('A', 'B');
  cluster.advance(cutMs);
  cluster.heal('A', 'B');
  return cluster;
}

function advanceUntil(cluster: Cluster, host: string, status: string): void {
  for (let steps = 0; cluster.describe(host).status !== status; steps += 1) {
    if (steps > 2_000) throw new Error(`${host} is ${cluster.describe(host).status}, never ${status}`);
    cluster.advance(1);
  }
}

/** The machine's clock in these tests is the cluster's. */
function errorMsOfGoLive(cluster: Cluster): number {
  const orders = cluster.effects.flatMap(({ host, effect }) =>
    host === 'B' && effect.kind === 'go-live' ? [effect] : [],
  );
  const clock = orders[0]?.clock;
  if (clock === null || clock === undefined) throw new Error('B went live without a clock');
  return clock.heardAtMs - clock.guestMs;
}

test.each([0, 7, 33, 48, 111, 290, 477])(
  'a joiner whose first heartbeats were held up for %i ms goes on with the clock of a primary that dies at its listing',
  (cutMs) => {
    const cluster = joinThroughCut(cutMs);
    advanceUntil(cluster, 'A', 'protected');
    cluster.kill('A', 'loss');
    advanceUntil(cluster, 'B', 'solo');
    expect(errorMsOfGoLive(cluster)).toBeGreaterThanOrEqual(0);
    expect(errorMsOfGoLive(cluster)).toBeLessThanOrEqual(20);
  },
);

test('a network in which every round trip is slow keeps no backup out', () => {
  const cluster = joinThroughCut(0);
  // Messages come through in one moment of every forty.
  for (let round = 0; round < 40; round += 1) {
    cluster.cut('A', 'B');
    cluster.advance(39);
    cluster.heal('A', 'B');
    cluster.advance(1);
  }
  expect(cluster.describe('A').status).toBe('protected');
});
