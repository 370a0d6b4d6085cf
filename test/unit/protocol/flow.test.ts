/**
 * The brake (FT §3.2): what a primary makes of its backup's lag, which it learns of by acknowledgements.
 */
import { expect, test } from 'vitest';
import { epoch, position } from '../../../src/base/brands.ts';
import { limits } from '../../../src/base/limits.ts';
import { formBatch } from '../../../src/log/batch.ts';
import { CHAIN_START } from '../../../src/log/chain.ts';
import { markRecorded, markReplayed, regulateSpeed } from '../../../src/protocol/flow.ts';
import { Cluster } from '../../scenario/cluster.ts';

const ENTRY = Buffer.from([0]);

/**
 * A batch at each tick; its acknowledgement says that the backup is `behind`
 * batches behind. The brake at the end.
 */
function slowdownAt(behind: number): number {
  const cluster = new Cluster();
  cluster.startPrimary('A', { lagBoundMs: limits.executionLagMs });
  cluster.advance(11);
  cluster.startBackup('B', 'A');
  cluster.advance(300);
  const { core } = cluster.host('A');
  const { role } = core;
  if (role.kind !== 'primary') throw new Error('A is no primary');
  for (let sent = 1; sent <= 50; sent += 1) {
    core.nowMs += limits.tickMs - 1;
    const head = { position: position(sent - 1), chain: CHAIN_START };
    markRecorded(core, role, formBatch(head, epoch(2), 1, ENTRY));
    regulateSpeed(core, role);
    core.nowMs += 1;
    markReplayed(core, role, position(Math.max(0, sent - behind)));
  }
  return role.slowdownPercent;
}

test('a backup that executes one tick while it is sent the next slows nobody, nor does one that is a little late', () => {
  expect(slowdownAt(1)).toBe(0);
  expect(slowdownAt(2)).toBe(0);
});

test('one that is further behind slows the primary, the more the further', () => {
  expect(slowdownAt(3)).toBeGreaterThan(0);
  expect(slowdownAt(4)).toBeGreaterThan(slowdownAt(3));
});
