/**
 * A host that was not running cannot tell silence from its own sleep (FT §2.3), however
 * short the sleep and whenever it came.
 */
import { expect, test } from 'vitest';
import { Cluster } from '../../scenario/cluster.ts';

function joined(untilMs: number): Cluster {
  const cluster = new Cluster();
  cluster.startPrimary('A');
  cluster.advance(11);
  cluster.startBackup('B', 'A');
  cluster.advance(untilMs);
  return cluster;
}

const silenceOf = (cluster: Cluster): readonly string[] =>
  cluster.log.filter((line) => line.startsWith('B:') && line.includes('silent for'));

test('a backup that is stopped before its first tick reads its sockets before it suspects the primary', () => {
  const cluster = joined(7);
  expect(cluster.host('B').core.status).toBe('catching-up');
  cluster.stop('B');
  cluster.advance(900);
  cluster.continue('B');
  cluster.advance(30);
  expect(silenceOf(cluster)).toEqual([]);
});

test('a sleep too short to count as a pause reads the sockets, too, when it would be the last straw', () => {
  const cluster = joined(300);
  expect(cluster.host('B').core.status).toBe('following');
  cluster.stop('A');
  cluster.advance(440);
  cluster.stop('B');
  cluster.continue('A');
  cluster.advance(70);
  cluster.continue('B');
  cluster.advance(30);
  expect(silenceOf(cluster)).toEqual([]);
  expect(cluster.host('B').core.status).toBe('following');
});

test('a backup that slept as long as its primary gives it the time to be heard, though nothing lies unread', () => {
  const cluster = joined(300);
  cluster.stop('A');
  cluster.advance(5);
  cluster.stop('B');
  cluster.advance(900);
  cluster.continue('B');
  cluster.advance(30);
  cluster.continue('A');
  cluster.advance(60);
  expect(silenceOf(cluster)).toEqual([]);
  expect(cluster.host('B').core.status).toBe('following');
});

test("a backup that goes live as soon as it is listed goes on from the primary's clock, not from its last entry", () => {
  const cluster = new Cluster();
  cluster.startPrimary('A');
  cluster.advance(2_005);
  cluster.startBackup('B', 'A');
  while (cluster.record?.inSync.length !== 1) cluster.advance(1);
  cluster.kill('A', 'loss');
  cluster.advance(600);
  const orders = cluster.effects.flatMap(({ effect }) => (effect.kind === 'go-live' ? [effect] : []));
  expect(orders).toHaveLength(1);
  expect(orders[0]?.clock?.guestMs).toBeGreaterThanOrEqual(2_000);
});
