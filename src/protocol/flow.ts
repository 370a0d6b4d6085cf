/**
 * Flow control (FT §3.2). Execution lag is the age of the oldest log that the backup has not executed. As it
 * comes near its bound the primary's vCPU gets less time, the more the nearer, until the backup keeps up. A
 * full buffer (log not acknowledged, log not executed, outputs not released or not printed) stops the vCPU:
 * no buffer grows without bound (I10). So does, for a while, log that a joining backup still needs: under a
 * load that outruns the transfer nobody would ever join.
 */
import type { Position } from '../base/brands.ts';
import { type Batch, lastPosition } from '../log/batch.ts';
import { emit } from './orders.ts';
import type { Core, PrimaryRole, Successor } from './state.ts';
import { isServing } from './status.ts';

/** What is closer than this is one: a slightly older age for a bounded list. */
const MARK_EVERY_MS = 1;
/**
 * Unless they are large. A mark is executed when its last entry is, and a turn that has begun ends only if
 * the vCPU runs: were all the lag in the mark of that turn, a stopped vCPU would wait for itself.
 */
const MARK_SHARE = 1 / 16;
/** The brake is set anew this often, and in steps of this size. */
const STEP_EVERY_MS = 20;
const STEP_PERCENT = 5;
/**
 * The brake begins at this share of the bound and is at its strongest at the bound itself: a backup at a
 * third of the speed settles at four fifths.
 */
const FREE_SHARE = 1 / 4;
/**
 * What counts is the least lag of so long: a backup that catches up by itself now and
 * then was only kept from its processor.
 */
const STANDING_MS = 30;
/** A lag beyond this share of the bound counts however short it is, and wholly at the bound itself. */
const SUDDEN_SHARE = 0.3;
const SLOWDOWN_MAXIMUM_PERCENT = 90;
/**
 * While a new backup executes the log from before it came: it gains a second every
 * two, and clients keep half the speed.
 */
const CATCHING_UP_MAXIMUM_PERCENT = 50;
/**
 * A backlog is what the backup holds and has not executed. One of so many entries, short turns then,
 * that took the primary this share of the lag's bound to make stops the vCPU until half of it is
 * done: two hosts on the same processors take turns so, and a backup on its own is never that far
 * behind for long. Log on its way is no backlog, or a slow network would stop a primary. A long turn
 * makes few entries; for it there is the brake.
 */
export const BACKLOG_ENTRIES = 32;
const BACKLOG_SHARE = 1 / 20;
/** A stopped vCPU runs again when its buffers are this full. */
const RESUME_SHARE = 1 / 2;
/**
 * The vCPU stops when the log that a joiner still needs is this much of what is kept; what is on its
 * way from the vCPU fits into the rest.
 */
const JOINER_SHARE = 1 / 2;
/**
 * From the offer on, a joiner may stop the vCPU for its sake this long: memory of 256 MiB over 100 Mbit/s.
 */
const JOINER_PATIENCE_MS = 10_000;

export function markRecorded(core: Core, role: PrimaryRole, batch: Batch): void {
  const last = role.lag.at(-1);
  const bytes = batch.bytes.length;
  role.lagBytes += bytes;
  const isRecent = last !== undefined && core.nowMs - last.recordedAtMs < MARK_EVERY_MS;
  if (isRecent && last.bytes < core.config.lagBoundBytes * MARK_SHARE) {
    last.position = lastPosition(batch);
    last.bytes += bytes;
    return;
  }
  role.lag.push({ position: lastPosition(batch), bytes, recordedAtMs: core.nowMs });
}

/** The backup has executed up to `through`: the lag is never less than right now. */
export function markReplayed(core: Core, role: PrimaryRole, through: Position): void {
  let count = 0;
  for (const mark of role.lag) {
    if (mark.position > through) break;
    role.lagBytes -= mark.bytes;
    count += 1;
  }
  if (count > 0) role.lag.splice(0, count);
  seeLag(core, role);
}

/** Nobody follows any more. */
export function forgetLag(role: PrimaryRole): void {
  role.lag = [];
  role.lagBytes = 0;
  role.lagsSeen = [];
}

export function lagMs(role: PrimaryRole, nowMs: number): number {
  const oldest = role.lag[0];
  return oldest === undefined ? 0 : nowMs - oldest.recordedAtMs;
}

/** Whether the vCPU may be stopped for the sake of this joiner. */
export const isWaitedFor = (core: Core, successor: Successor): boolean =>
  core.nowMs - successor.offeredMs < JOINER_PATIENCE_MS;

/** How full the log is that a joiner has still to be sent: 1 is where the vCPU stops. */
function joinerShare(core: Core, { successor }: PrimaryRole): number {
  if (core.status !== 'transferring' || successor === null || successor.phase === 'copying') return 0;
  const isAllSent = successor.phase === 'fed' && successor.fedThrough === core.head.position;
  if (isAllSent || !isWaitedFor(core, successor)) return 0;
  return core.joinLog.bytes / (core.config.joinLogBytes * JOINER_SHARE);
}

/** Primary's time that the backlog took. */
function backlogMs({ successor, lag }: PrimaryRole): number {
  if (successor?.phase !== 'fed' || isCatchingUp(successor)) return 0;
  const { received, replayed } = successor;
  const [oldest] = lag;
  if (oldest === undefined || received - replayed < BACKLOG_ENTRIES) return 0;
  const newest = lag.findLast((mark) => mark.position <= received);
  return newest === undefined ? 0 : newest.recordedAtMs - oldest.recordedAtMs;
}

/** It executes log from before it came. */
const isCatchingUp = (successor: Successor): boolean => successor.replayed < successor.fedFrom;

/** Stops the vCPU at a full buffer, lets it run again at a half-empty one. */
export function regulateVcpu(core: Core, role: PrimaryRole): void {
  const { config, outputs } = core;
  const fullest = Math.max(
    role.buffer.bytes / config.logBufferBytes,
    (outputs.heldBytes + outputs.unprintedBytes) / config.heldOutputBytes,
    role.lagBytes / config.lagBoundBytes,
    joinerShare(core, role),
    backlogMs(role) / (config.lagBoundMs * BACKLOG_SHARE),
  );
  const limit = role.vcpu === 'running' ? 1 : RESUME_SHARE;
  const wanted = fullest >= limit ? 'paused' : 'running';
  if (wanted === role.vcpu) return;
  role.vcpu = wanted;
  emit(core, { kind: 'set-vcpu', state: wanted });
}

/**
 * The lag that stands: the least one of the last moments, as CoDel tells a queue that is too long from one
 * that has just been filled. Two hosts at one speed are never nearer than a progress mark, and at times much
 * further apart; slowing the primary for that would help nobody.
 */
function standingLagMs(core: Core, role: PrimaryRole): number {
  const nowMs = seeLag(core, role);
  const least = Math.min(...role.lagsSeen.map(({ ms }) => ms));
  const sudden = (nowMs - SUDDEN_SHARE * core.config.lagBoundMs) / (1 - SUDDEN_SHARE);
  return Math.max(least, sudden);
}

/** Notes what the lag is, at each tick and each acknowledgement; the least of a millisecond stands for it. */
function seeLag(core: Core, role: PrimaryRole): number {
  const { nowMs } = core;
  const ms = lagMs(role, nowMs);
  const last = role.lagsSeen.at(-1);
  if (last !== undefined && nowMs - last.atMs < MARK_EVERY_MS) {
    last.ms = Math.min(last.ms, ms);
    return ms;
  }
  role.lagsSeen = role.lagsSeen.filter(({ atMs }) => nowMs - atMs <= STANDING_MS);
  role.lagsSeen.push({ atMs: nowMs, ms });
  return ms;
}

/**
 * The brake grows with the lag on its way to the bound and falls with it: a backup that is a
 * little slower gets a little patience.
 */
export function regulateSpeed(core: Core, role: PrimaryRole): void {
  if (!isServing(core.status)) return;
  const standingMs = standingLagMs(core, role);
  if (core.nowMs - role.slowdownSetMs < STEP_EVERY_MS) return;
  const share = standingMs / core.config.lagBoundMs;
  const strength = Math.max(0, share - FREE_SHARE) / (1 - FREE_SHARE);
  const steps = Math.round((strength * SLOWDOWN_MAXIMUM_PERCENT) / STEP_PERCENT);
  const { successor } = role;
  const isOldLog = successor?.phase === 'fed' && isCatchingUp(successor);
  const maximum = isOldLog ? CATCHING_UP_MAXIMUM_PERCENT : SLOWDOWN_MAXIMUM_PERCENT;
  const percent = Math.min(steps * STEP_PERCENT, maximum);
  if (percent === role.slowdownPercent) return;
  role.slowdownPercent = percent;
  role.slowdownSetMs = core.nowMs;
  emit(core, { kind: 'set-slowdown', percent });
}
