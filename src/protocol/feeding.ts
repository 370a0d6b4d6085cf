/**
 * The log on its way to a backup (FT §3.1, §3.2): first what was recorded since the checkpoint that it
 * started from, in portions, so that thousands of small batches of a long turn never hold up heartbeats and
 * clients; then each batch as it is formed.
 */
import { invariant } from '../base/assert.ts';
import type { Position } from '../base/brands.ts';
import { type Batch, formBatch, headAfter, lastPosition } from '../log/batch.ts';
import { chainTagOf } from '../log/chain.ts';
import { isWaitedFor, markRecorded } from './flow.ts';
import { send } from './orders.ts';
import type { Core, PrimaryRole, Successor } from './state.ts';

/** Of old log, so much may be sent and not acknowledged. */
const PORTION_BYTES = 1024 * 1024;
const PORTION_BATCHES = 512;

/** The vCPU's entries become a batch, once. */
export function appendBatch(core: Core, role: PrimaryRole, entryCount: number, bytes: Uint8Array): void {
  invariant('I2', core.epoch > 0, 'log that belongs to no epoch');
  const before = core.head.position;
  const batch = formBatch(core.head, core.epoch, entryCount, bytes);
  core.head = headAfter(batch);
  core.replayed = core.head.position;
  core.joinLog.append(batch);
  const { successor } = role;
  if (successor?.phase === 'fed' && successor.fedThrough === before) give(core, role, successor, batch);
}

/** Sends more of the log from before, as far as the backup has acknowledged the portion before it. */
export function feed(core: Core, role: PrimaryRole): void {
  const { successor, buffer } = role;
  if (successor?.phase !== 'fed') return;
  while (successor.fedThrough < core.head.position) {
    if (buffer.bytes >= PORTION_BYTES || buffer.batchCount >= PORTION_BATCHES) return;
    const batch = core.joinLog.next(successor.fedThrough);
    invariant('I7', batch !== null, `no batch begins behind ${successor.fedThrough}`);
    give(core, role, successor, batch);
  }
}

/** Everything that was recorded has been sent. */
export const isFed = (core: Core, successor: Successor): boolean =>
  successor.phase === 'fed' && successor.fedThrough === core.head.position;

/**
 * A joiner is given up when the log that it still needs was too much to keep, or what it was sent fills the
 * buffer for too long (I10). Both are rare: the vCPU is stopped before (flow.ts).
 */
export function fellBehind(core: Core, role: PrimaryRole, successor: Successor): boolean {
  if (successor.phase === 'copying') return false;
  const needs = successor.phase === 'fed' ? successor.fedThrough : successor.checkpoint?.position;
  const isOutOfReach = needs !== undefined && needs < core.joinLog.floor;
  return isOutOfReach || (role.buffer.bytes >= core.config.logBufferBytes && !isWaitedFor(core, successor));
}

/**
 * The vCPU keeps a newer checkpoint: log before it is needed only by a
 * backup that is still being fed with it.
 */
export function baseKept(core: Core, through: Position): void {
  const successor = core.role.kind === 'primary' ? core.role.successor : null;
  const needed = successor?.phase === 'fed' ? successor.fedThrough : through;
  core.joinLog.cut(needed < through ? needed : through);
}

function give(core: Core, role: PrimaryRole, successor: Successor, batch: Batch): void {
  successor.fedThrough = lastPosition(batch);
  role.buffer.append(batch);
  markRecorded(core, role, batch);
  send(core, successor.peer, {
    kind: 'batch',
    epoch: core.epoch,
    recordedIn: batch.epoch,
    chainTag: chainTagOf(batch.chain),
    entryCount: batch.entryCount,
    bytes: batch.bytes,
  });
}
