/**
 * Planned switch-over (FT §3.3, a control operation): the roles of a pair change while both are well,
 * and redundancy is never lost. The primary's vCPU yields: it finishes what was delivered and
 * executes nothing more. When the backup holds all of that and everything that was said has left, the
 * primary offers the hand-over; the backup executes to the same position and claims the next epoch
 * with the old primary as its in-sync backup, which it is: it has the very same machine. No interrupt
 * tells the guest, for it has lost nothing.
 *
 *     old primary   protected ─► handing-over ─► following
 *     old backup    following ─► succeeding ─► claiming-epoch ─► going-live ─► protected
 *
 * Until the offer leaves, the primary may go back by itself. After it only the backup, before its claim's
 * first byte, or the arbiter can say who is live (I2). Nothing is acknowledged while a host succeeds: it has
 * sealed its log, as for any other claim.
 */
import { invariant } from '../base/assert.ts';
import type { Epoch, Position } from '../base/brands.ts';
import { createBackupRole } from './backup-role.ts';
import { watch } from './detector.ts';
import type { SwitchOverAsked, VcpuYielded } from './events.ts';
import { forgetLag } from './flow.ts';
import type { DeclinedFrame, HandOverFrame, SucceededFrame } from './frames.ts';
import { guestClockNow } from './guest-time.ts';
import { notLive } from './joining.ts';
import { announce, emit, enter, note, send, setDoors } from './orders.ts';
import { discard, printed, release } from './output-rule.ts';
import { dismiss } from './spares.ts';
import type { BackupRole, Complaint, Core, PrimaryRole, Successor } from './state.ts';
import { attempt, isCommitted } from './takeover.ts';

// The primary that is to be relieved.

export function switchOverAsked(core: Core, role: PrimaryRole, event: SwitchOverAsked): void {
  if (core.status !== 'protected' || role.guest !== 'started') {
    const reason = `there is no backup in sync to switch to (this host is ${core.status})`;
    announce(core, { event: 'switch-over-failed', reason });
    return;
  }
  role.handOver = { phase: 'yielding', sinceMs: event.nowMs, clock: null };
  enter(
    core,
    'handing-over',
    `to ${role.successor?.host ?? 'the backup'}: the vCPU finishes what was delivered`,
  );
  emit(core, { kind: 'keep-requests' });
  role.yieldsAsked += 1;
  emit(core, { kind: 'yield-vcpu' });
}

/** Everything that was delivered has been executed; inside the machine nothing moves any more. */
export function vcpuYielded(core: Core, role: PrimaryRole, event: VcpuYielded): void {
  const { handOver } = role;
  role.yieldsAsked -= 1;
  // Withdrawn meanwhile: the order to resume is on its way already.
  if (handOver?.phase !== 'yielding' || role.yieldsAsked > 0) return;
  invariant(
    'I7',
    event.position === core.head.position,
    `yielded at ${event.position} of ${core.head.position}`,
  );
  // What the vCPU said may have lain unread while this host slept; its clock went on.
  const guestMs = Math.max(event.guestClockMs, guestClockNow(core, role) ?? 0);
  const clock = { guestMs, heardAtMs: event.nowMs };
  role.handOver = { ...handOver, phase: 'yielded', clock };
  considerOffering(core, role);
}

/**
 * Called whenever the backup may have acknowledged the last entry, or the last
 * output may have left and been printed.
 */
export function considerOffering(core: Core, role: PrimaryRole): void {
  const { handOver, successor } = role;
  if (core.status !== 'handing-over' || handOver?.phase !== 'yielded' || successor === null) return;
  const { held, unprinted } = core.outputs;
  if (successor.received < core.head.position || held.length > 0 || unprinted.length > 0) return;
  role.handOver = { ...handOver, phase: 'offered', sinceMs: core.nowMs };
  note(core, `offered to ${successor.host} at ${core.head.position}`);
  send(core, successor.peer, {
    kind: 'hand-over',
    epoch: core.epoch,
    incarnation: core.config.incarnation,
    position: core.head.position,
    guestClockMs: (handOver.clock?.guestMs ?? 0) + core.nowMs - (handOver.clock?.heardAtMs ?? core.nowMs),
    releasedOrdinal: core.outputs.released,
    printedOrdinal: core.outputs.printed,
  });
}

/** What was not offered in time is withdrawn; what was offered and not answered is a doubt like any other. */
export function isOverdue(core: Core, role: PrimaryRole): boolean {
  const { handOver } = role;
  if (core.status !== 'handing-over' || handOver === null) return false;
  if (core.nowMs - handOver.sinceMs <= core.config.handOverMs) return false;
  if (handOver.phase === 'offered') return true;
  withdraw(core, role, 'the vCPU is in a turn that takes long, or outputs do not leave');
  return false;
}

/** The backup has not claimed and will not. */
export function declined(core: Core, role: PrimaryRole, frame: DeclinedFrame): Complaint {
  if (role.handOver?.phase !== 'offered')
    return { code: 'OUT_OF_TURN', detail: 'declined what was not offered' };
  if (core.status === 'handing-over') withdraw(core, role, frame.reason);
  // In doubt meanwhile: its next heartbeat ends that.
  else role.handOver = { ...role.handOver, phase: 'yielded', sinceMs: core.nowMs };
  return null;
}

function withdraw(core: Core, role: PrimaryRole, reason: string): void {
  enter(core, 'protected', `no switch-over: ${reason}`);
  resume(core, role, reason);
  release(core);
}

/** This host stays the primary: the vCPU goes on, and kept requests are delivered. */
export function resume(core: Core, role: PrimaryRole, reason: string): void {
  if (role.handOver === null) return;
  role.handOver = null;
  emit(core, { kind: 'resume-vcpu' });
  emit(core, { kind: 'deliver-requests' });
  announce(core, { event: 'switch-over-failed', reason });
}

/** May this record's owner have succeeded this host, and did it name it as its backup? */
export const isSuccessorsRecord = (core: Core, role: PrimaryRole, inSync: readonly string[]): boolean =>
  role.handOver?.phase === 'offered' && inSync.includes(core.config.incarnation);

/**
 * The other host is live in `epoch` and this one is its backup, in sync from the first entry on. The
 * caller sees to a channel that is gone.
 */
export function stepDown(core: Core, role: PrimaryRole, epoch: Epoch, url: string): BackupRole {
  const { successor } = role;
  dismiss(core, role, 'this host hands over', null);
  const follower: BackupRole = {
    ...createBackupRole('backup'),
    peer: role.doubt?.channel === 'closed' ? null : (successor?.peer ?? null),
    primaryHost: successor?.host ?? 'the new primary',
    ackedReplayed: core.head.position,
    // The new primary may die before its first heartbeat (I6).
    clock: role.handOver?.clock ?? null,
  };
  if (role.vcpu === 'paused') emit(core, { kind: 'set-vcpu', state: 'running' });
  if (role.slowdownPercent > 0) emit(core, { kind: 'set-slowdown', percent: 0 });
  core.attempt = null;
  core.epoch = epoch;
  core.role = follower;
  if (role.knocking !== null) notLive(core, follower, role.knocking.peer);
  core.replayed = core.head.position;
  enter(core, 'following', `relieved by ${follower.primaryHost} at ${core.head.position}`);
  watch(core);
  emit(core, { kind: 'follow-log' });
  setDoors(core, 'closed');
  emit(core, { kind: 'relay-requests', url });
  announce(core, { event: 'relieved', epoch });
  return follower;
}

// The backup that is to succeed.

export function handOverOffered(core: Core, role: BackupRole, frame: HandOverFrame): Complaint {
  if (core.status !== 'following' || frame.position !== core.head.position) {
    return { code: 'OUT_OF_TURN', detail: `a hand-over at ${frame.position} while ${core.status}` };
  }
  if (frame.releasedOrdinal > core.outputs.released) core.outputs.released = frame.releasedOrdinal;
  printed(core.outputs, frame.printedOrdinal);
  discard(core);
  // Heartbeats tell more exactly, since they say when they were sent.
  role.clock ??= { guestMs: frame.guestClockMs, heardAtMs: core.nowMs };
  role.handOver = { from: frame.incarnation, position: frame.position, channel: 'open' };
  considerSucceeding(core, role);
  return null;
}

/** Called when the vCPU has executed more. */
export function considerSucceeding(core: Core, role: BackupRole): void {
  const { handOver } = role;
  if (handOver === null || core.status !== 'following' || core.replayed < handOver.position) return;
  enter(core, 'succeeding', `at ${handOver.position}; ${role.primaryHost} becomes the backup`);
  attempt(core, 'succeed', [handOver.from]);
}

/** The arbiter cannot be read: while no claim has left, all can be as it was. */
export function considerDeclining(core: Core, role: BackupRole, reason: string): void {
  if (core.status !== 'succeeding' || role.peer === null || isCommitted(core)) return;
  if (role.handOver?.channel === 'closed') return;
  core.attempt = null;
  role.handOver = null;
  enter(core, 'following', `declined: ${reason}`);
  watch(core);
  send(core, role.peer, { kind: 'declined', epoch: core.epoch, reason });
}

/** The old primary as the new one's successor: it holds and has executed everything. */
export function reliefOf(core: Core, role: BackupRole): Successor | null {
  const { handOver, peer } = role;
  if (handOver === null || peer === null) return null;
  const at: Position = core.head.position;
  return {
    peer,
    incarnation: handOver.from,
    host: role.primaryHost,
    helloMs: core.nowMs,
    phase: 'fed',
    checkpoint: null,
    offeredMs: core.nowMs,
    pauseMs: 0,
    fedFrom: at,
    fedThrough: at,
    received: at,
    replayed: at,
    clockTold: { quick: true, slow: 0, slowAtMs: core.nowMs },
    relaysUntilMs: core.nowMs + core.config.relayMs,
  };
}

/** Roles change with this: the old primary is told, the doors open here. */
export function succeeded(core: Core, role: PrimaryRole, successor: Successor): void {
  const { position } = core.head;
  role.successor = successor;
  forgetLag(role);
  watch(core);
  enter(core, 'protected', `relieved ${successor.host} at ${position}`);
  announce(core, { event: 'switch-over', epoch: core.epoch, position });
  setDoors(core, 'open');
  const frame: SucceededFrame = { kind: 'succeeded', epoch: core.epoch, url: core.config.url };
  send(core, successor.peer, frame);
  release(core);
}
