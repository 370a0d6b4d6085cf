/** The claims: read first, never guess, know one's own record again. */
import { describe, expect, test } from 'vitest';
import { epoch } from '../../../src/base/brands.ts';
import type { Effect } from '../../../src/protocol/effects.ts';
import type { ArbiterRecord, ClaimAnswer, ReadAnswer } from '../../../src/protocol/record.ts';
import { Cluster, type Host } from '../../scenario/cluster.ts';

/** A pair whose primary is gone, with the test in the arbiter's place. */
function sealedBackup(arbiter: Cluster['arbiter'] = 'up'): {
  cluster: Cluster;
  backup: Host;
  orders(): readonly Effect[];
} {
  const cluster = new Cluster();
  cluster.startPrimary('A', { awaitBackup: true });
  cluster.startBackup('B', 'A');
  cluster.advance(100);
  const backup = cluster.host('B');
  cluster.effects.length = 0;
  cluster.arbiter = arbiter;
  cluster.give(backup, { kind: 'peer-closed', peer: 'c1', reason: 'reset' });
  const orders = (): readonly Effect[] => {
    const kinds = ['read-arbiter', 'claim', 'go-live', 'halt'];
    return cluster.effects.splice(0).flatMap(({ effect }) => (kinds.includes(effect.kind) ? [effect] : []));
  };
  return { cluster, backup, orders };
}

const record = (changes: Partial<ArbiterRecord> = {}): ArbiterRecord => ({
  epoch: epoch(2),
  claimId: 'inc-A/2',
  incarnation: 'inc-A',
  url: 'http://A',
  inSync: ['inc-B'],
  ...changes,
});
const read = (of: ArbiterRecord | null): ReadAnswer => ({ kind: 'read', record: of });

/** Gives the answers itself: the cluster's own arrive later and are nobody's any more. */
function answer(cluster: Cluster, host: Host, given: ReadAnswer | { claim: ClaimAnswer }): void {
  if (!('claim' in given)) cluster.give(host, { kind: 'arbiter-read', answer: given });
  else {
    const claimId = host.core.attempt?.next.claimId ?? 'none';
    cluster.give(host, { kind: 'claim-answered', claimId, answer: given.claim });
  }
}

describe('a backup that suspects its primary', () => {
  test('reads before it claims, and claims the epoch behind the record', () => {
    const { cluster, backup, orders } = sealedBackup();
    expect(orders()).toEqual([{ kind: 'read-arbiter' }]);
    answer(cluster, backup, read(record()));
    expect(orders()).toMatchObject([
      { kind: 'claim', expectedEpoch: 2, next: { epoch: 3, inSync: [], incarnation: 'inc-B' } },
    ]);
    answer(cluster, backup, { claim: { kind: 'won' } });
    expect(orders().map(({ kind }) => kind)).toEqual(['go-live']);
  });

  test.each<[string, ArbiterRecord | null]>([
    ['no record at all', null],
    ['a record older than its own epoch', record({ epoch: epoch(1) })],
  ])('waits when it reads %s: the store is not what it was', (_, found) => {
    const { cluster, backup, orders } = sealedBackup();
    orders();
    answer(cluster, backup, read(found));
    expect(orders()).toEqual([]);
    expect(backup.core.attempt?.phase).toBe('waiting');
  });

  test.each<[string, ArbiterRecord, string]>([
    [
      'somebody else was granted the next epoch',
      record({ epoch: epoch(3), incarnation: 'inc-C', inSync: [] }),
      'EPOCH_LOST',
    ],
    ['the primary went on alone', record({ epoch: epoch(3), inSync: [] }), 'EPOCH_LOST'],
    ['its epoch does not list it', record({ inSync: [] }), 'NOT_IN_SYNC'],
  ])('halts when %s', (_, found, code) => {
    const { cluster, backup, orders } = sealedBackup();
    orders();
    answer(cluster, backup, read(found));
    expect(orders()).toMatchObject([{ kind: 'halt', reason: { code } }]);
  });

  test('follows a newer record that lists it: the news of it was lost with the primary', () => {
    const { cluster, backup, orders } = sealedBackup();
    orders();
    answer(cluster, backup, read(record({ epoch: epoch(5) })));
    expect(orders()).toMatchObject([{ kind: 'claim', expectedEpoch: 5, next: { epoch: 6 } }]);
  });

  test('a claim that is lost to another halts it, naming the winner', () => {
    const { cluster, backup, orders } = sealedBackup();
    answer(cluster, backup, read(record()));
    orders();
    answer(cluster, backup, {
      claim: { kind: 'lost', record: record({ epoch: epoch(3), inSync: [] }) },
    });
    const [halt] = orders();
    expect(halt).toMatchObject({ kind: 'halt', reason: { code: 'EPOCH_LOST' } });
    expect(halt?.kind === 'halt' && halt.reason.message).toContain('epoch 3 belongs to inc-A (http://A)');
    expect(halt?.kind === 'halt' && halt.lastLines.length).toBeGreaterThan(3);
  });

  test('a claim that is refused without a newer record decides nothing', () => {
    const { cluster, backup, orders } = sealedBackup();
    answer(cluster, backup, read(record()));
    orders();
    answer(cluster, backup, { claim: { kind: 'lost', record: record() } });
    expect(orders()).toEqual([]);
    expect(backup.core.attempt?.phase).toBe('waiting');
  });

  test('a read that shows its own claim id has won', () => {
    const { cluster, backup, orders } = sealedBackup();
    answer(cluster, backup, read(record()));
    const claimed = backup.core.attempt?.next;
    answer(cluster, backup, { claim: { kind: 'unreachable', reason: 'x' } });
    while (backup.core.attempt?.phase !== 'reading') cluster.advance(1);
    orders();
    answer(cluster, backup, read(claimed ?? null));
    expect(orders().map(({ kind }) => kind)).toEqual(['go-live']);
  });

  test("answers to claims that it does not make any more are nobody's", () => {
    const { cluster, backup, orders } = sealedBackup();
    orders();
    cluster.give(backup, { kind: 'claim-answered', claimId: 'inc-B/99', answer: { kind: 'won' } });
    expect(orders()).toEqual([]);
    expect(backup.core.status).toBe('sealed');
    answer(cluster, backup, read(record()));
    orders();
    cluster.give(backup, { kind: 'claim-answered', claimId: 'inc-B/99', answer: { kind: 'won' } });
    expect(orders()).toEqual([]);
    expect(backup.core.status).toBe('claiming-epoch');
  });

  test('a refusal that shows its own claim id has won: the claim came twice, and the first answer was lost', () => {
    const { cluster, backup, orders } = sealedBackup();
    answer(cluster, backup, read(record()));
    orders();
    answer(cluster, backup, { claim: { kind: 'lost', record: backup.core.attempt?.next ?? null } });
    expect(orders().map(({ kind }) => kind)).toEqual(['go-live']);
  });
});

test('an arbiter that stays unreachable is asked again, less and less often', () => {
  const { cluster, backup } = sealedBackup('down');
  cluster.advance(1_200);
  const asked = cluster.effects.filter(
    ({ host, effect }) => host === 'B' && effect.kind === 'read-arbiter',
  ).length;
  expect(asked).toBeGreaterThan(4);
  expect(asked).toBeLessThan(12);
  expect(backup.core.status).toBe('sealed');
  const told = cluster.log.filter((line) => line.includes('waiting-for-arbiter') && line.startsWith('B'));
  expect(told).toHaveLength(1);
});
