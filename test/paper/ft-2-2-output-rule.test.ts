/**
 * FT §2.2, the FT protocol: "the primary VM may not send an output to the external world, until the backup VM
 * has received and acknowledged the log entry associated with the operation producing the output."
 */
import { expect, test } from 'vitest';
import { Cluster } from '../scenario/cluster.ts';

function pair(): Cluster {
  const cluster = new Cluster();
  cluster.startPrimary('A', { awaitBackup: true });
  cluster.startBackup('B', 'A');
  cluster.advance(100);
  return cluster;
}

const texts = (cluster: Cluster): string[] => cluster.released.map(({ text }) => text);

test('§2.2: no output leaves before the backup has acknowledged the log entry that made it', () => {
  const cluster = pair();
  cluster.cut('A', 'B');
  cluster.input('A', 'reply hello');
  cluster.advance(100);
  expect(texts(cluster)).toEqual([]);
  cluster.heal('A', 'B');
  cluster.advance(5);
  expect(texts(cluster)).toEqual(['hello']);
});

test('§2.2: an acknowledgement of an earlier entry does not release a later output', () => {
  const cluster = pair();
  cluster.input('A', 'reply one');
  cluster.advance(1);
  cluster.cut('A', 'B');
  cluster.input('A', 'reply two');
  cluster.heal('A', 'B');
  cluster.advance(1);
  expect(texts(cluster)).toEqual(['one']);
  cluster.advance(2);
  expect(texts(cluster)).toEqual(['one', 'two']);
});

test('§2.2: the primary need not stop: it records on while an output waits', () => {
  const cluster = pair();
  cluster.cut('A', 'B');
  cluster.input('A', 'reply one');
  const before = cluster.describe('A').positions.log;
  cluster.input('A', 'more', 'and more');
  const { positions, vcpu, outputs } = cluster.describe('A');
  expect(positions.log).toBe(before + 2);
  expect([vcpu, outputs.held]).toEqual(['running', 1]);
});

test('§2.2: the acknowledgement counts receipt, not execution: a backup that executes slowly delays nothing', () => {
  const cluster = pair();
  cluster.setReplaying('B', false);
  cluster.input('A', 'reply hello');
  cluster.advance(5);
  expect(texts(cluster)).toEqual(['hello']);
  expect(cluster.describe('B').positions).toMatchObject({ log: 2, replayed: 1 });
});

test('§2.2: a backup that takes over is consistent with every output that left', () => {
  const cluster = pair();
  cluster.setReplaying('B', false);
  cluster.input('A', 'reply one', 'work', 'print two');
  cluster.advance(5);
  cluster.kill('A', 'loss');
  cluster.advance(20);
  expect(cluster.describe('B').role).toBe('primary');
  for (const { ordinal, text } of cluster.released) expect(cluster.host('B').told[ordinal - 1]).toBe(text);
});

test('§2.2: outputs are not promised exactly once: the new primary offers again what nobody is known to have', () => {
  const cluster = pair();
  cluster.setPrinter('blocked');
  cluster.input('A', 'print line');
  cluster.advance(5);
  cluster.kill('A');
  cluster.advance(20);
  expect(cluster.released.map(({ host, ordinal }) => [host, ordinal])).toEqual([
    ['A', 1],
    ['B', 1],
  ]);
});

test('§2.2: a line that is known to be printed is not offered again', () => {
  const cluster = pair();
  cluster.input('A', 'print line');
  cluster.advance(5);
  cluster.kill('A');
  cluster.advance(20);
  expect(cluster.released.map(({ host }) => host)).toEqual(['A']);
});
