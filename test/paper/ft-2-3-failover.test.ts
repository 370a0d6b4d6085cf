/** FT §2.3, detecting and responding to failure: heartbeats, going live, the test-and-set, no split brain. */
import { expect, test } from 'vitest';
import { Cluster } from '../scenario/cluster.ts';

function pair(): Cluster {
  const cluster = new Cluster();
  cluster.startPrimary('A', { awaitBackup: true });
  cluster.startBackup('B', 'A');
  cluster.advance(100);
  return cluster;
}

const live = (cluster: Cluster): string[] =>
  [...cluster.hosts.keys()].filter(
    (name) => cluster.host(name).process === 'running' && cluster.describe(name).live,
  );

test('§2.3: heartbeats go both ways while nothing else happens', () => {
  const cluster = pair();
  cluster.effects.length = 0;
  cluster.advance(500);
  for (const host of ['A', 'B']) {
    const beats = cluster.effects.filter(
      ({ host: name, effect }) =>
        name === host && effect.kind === 'send' && effect.frame.kind === 'heartbeat',
    );
    expect(beats.length).toBeGreaterThanOrEqual(9);
    expect(beats.length).toBeLessThanOrEqual(11);
  }
});

test('§2.3: an idle VM logs nothing: only heartbeats travel towards the backup', () => {
  const cluster = pair();
  cluster.effects.length = 0;
  cluster.advance(1_000);
  const kinds = cluster.effects.flatMap(({ host, effect }) =>
    host === 'A' && effect.kind === 'send' ? [effect.frame.kind] : [],
  );
  expect(new Set(kinds)).toEqual(new Set(['heartbeat']));
});

test('§2.3: silence beyond the time-out is a failure, shorter silence is none', () => {
  const cluster = pair();
  cluster.cut('A', 'B');
  cluster.advance(450);
  expect(cluster.describe('B').status).toBe('following');
  cluster.advance(100);
  expect(cluster.describe('B').status).not.toBe('following');
});

test('§2.3: a closed connection is a failure at once', () => {
  const cluster = pair();
  cluster.kill('A');
  cluster.advance(4);
  expect(live(cluster)).toEqual(['B']);
});

test('§2.3: the backup first consumes all the log it received, then goes live', () => {
  const cluster = pair();
  cluster.setReplaying('B', false);
  cluster.input('A', 'one', 'two', 'three');
  cluster.advance(5);
  cluster.kill('A');
  cluster.advance(20);
  const orders = cluster.effects.flatMap(({ host, effect }) =>
    host === 'B' && effect.kind === 'go-live' ? [effect] : [],
  );
  expect(orders).toMatchObject([{ throughPosition: 4 }]);
  // Four received, then the interrupt that tells the guest's kernel of the go-live.
  expect(cluster.describe('B').positions.log).toBe(5);
});

test('§2.3: the guest clock goes on from the last heartbeat', () => {
  const cluster = pair();
  cluster.advance(1_000);
  cluster.kill('A');
  cluster.advance(20);
  const [order] = cluster.effects.flatMap(({ effect }) => (effect.kind === 'go-live' ? [effect] : []));
  expect(order?.clock?.guestMs).toBeGreaterThan(1_000);
  expect(order?.clock?.heardAtMs).toBeGreaterThanOrEqual(order?.clock?.guestMs ?? 0);
});

test.each([
  ['the channel is cut', (cluster: Cluster) => cluster.cut('A', 'B')],
  ['the channel is closed', (cluster: Cluster) => cluster.closeBetween('A', 'B')],
])('§2.3: both suspect each other (%s, arbiter up): exactly one goes on, the other halts', (_, fault) => {
  const cluster = pair();
  fault(cluster);
  cluster.advance(1_000);
  expect(live(cluster)).toHaveLength(1);
  expect([...cluster.hosts.values()].filter(({ halted }) => halted === 'EPOCH_LOST')).toHaveLength(1);
  expect(cluster.records.map((record) => record.epoch)).toEqual([1, 2, 3]);
});

test('§2.3: the primary asks, too, before it goes on without its backup', () => {
  const cluster = pair();
  cluster.arbiter = 'down';
  cluster.kill('B');
  cluster.input('A', 'reply held');
  cluster.advance(1_000);
  expect(live(cluster)).toEqual([]);
  expect(cluster.released).toEqual([]);
  cluster.arbiter = 'up';
  cluster.advance(300);
  expect(live(cluster)).toEqual(['A']);
  expect(cluster.released.map(({ text }) => text)).toEqual(['held']);
});

test('§2.3: shared storage that cannot be reached means wait, not guess', () => {
  const cluster = pair();
  cluster.arbiter = 'down';
  cluster.kill('A');
  cluster.advance(10_000);
  expect(cluster.describe('B').status).toBe('sealed');
  expect(live(cluster)).toEqual([]);
  cluster.arbiter = 'up';
  cluster.advance(300);
  expect(live(cluster)).toEqual(['B']);
});

test('§2.3: a healthy pair does not need the shared storage', () => {
  const cluster = pair();
  cluster.arbiter = 'down';
  cluster.advance(5_000);
  cluster.input('A', 'reply served');
  cluster.advance(5);
  expect(live(cluster)).toEqual(['A']);
  expect(cluster.released.map(({ text }) => text)).toEqual(['served']);
});

test('§2.3: what a sealed backup receives, it neither keeps nor acknowledges', () => {
  const cluster = pair();
  cluster.arbiter = 'down';
  cluster.closeBetween('A', 'B');
  cluster.advance(20);
  const before = cluster.describe('B').positions.log;
  cluster.effects.length = 0;
  cluster.input('A', 'reply too late');
  cluster.advance(500);
  expect(cluster.describe('B').positions.log).toBe(before);
  expect(cluster.effects.filter(({ host, effect }) => host === 'B' && effect.kind === 'send')).toEqual([]);
});

test('§2.3: redundancy is restored with a new backup on another host', () => {
  const cluster = pair();
  cluster.kill('A');
  cluster.advance(20);
  cluster.startBackup('C', 'B');
  cluster.advance(50);
  expect(cluster.describe('B')).toMatchObject({ status: 'protected', epoch: 4, peer: 'C' });
  cluster.kill('B');
  cluster.advance(20);
  expect(live(cluster)).toEqual(['C']);
});
