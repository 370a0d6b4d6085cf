/**
 * The host that follows (FT §2.1 to §2.3): joins, receives the log, acknowledges what it
 * holds, executes it, and takes over by right of the arbiter. Acknowledged means decoded, of
 * this epoch, in the chain, and in memory.
 *
 * I2: before its claim can leave, a backup seals its log. What it acknowledges
 * later than that would be promised by two.
 */
import { invariant } from '../base/assert.ts';
import type { Epoch, Position } from '../base/brands.ts';
import { formBatch, headAfter } from '../log/batch.ts';
import { chainTagOf } from '../log/chain.ts';
import * as detector from './detector.ts';
import type { PeerId, ProtocolEvent, WentLive } from './events.ts';
import { baseKept } from './feeding.ts';
import { BACKLOG_ENTRIES } from './flow.ts';
import type { BatchFrame, ByeFrame, Frame, HeartbeatFrame, RefusalFrame } from './frames.ts';
import { clockHeard } from './guest-time.ts';
import { considerDeclining, considerSucceeding, handOverOffered, reliefOf, succeeded } from './hand-over.ts';
import * as joining from './joining.ts';
import { announce, emit, enter, halt, note, send, setDoors } from './orders.ts';
import { discard, keepCopy, made, printed, release } from './output-rule.ts';
import { peerLost as backupLost, createPrimaryRole, startGuest } from './primary.ts';
import type { BackupRole, Complaint, Core } from './state.ts';
import { isOver } from './status.ts';
import { attempt, isCommitted, ownerOf, retryWhenDue, type Verdict } from './takeover.ts';

/**
 * A primary that waits for the arbiter itself welcomes nobody; one that says
 * nothing for so many time-outs is gone.
 */
const WELCOME_PATIENCE = 10;

export function stepBackup(core: Core, role: BackupRole, event: ProtocolEvent): void {
  switch (event.kind) {
    case 'host-started':
      detector.started(core);
      note(core, 'connecting');
      if (role.as === 'spare') emit(core, { kind: 'seek-primary' });
      return;
    case 'tick-elapsed':
      tick(core, role);
      return;
    case 'sockets-drained':
      detector.socketsDrained(core);
      return;
    case 'peer-connected':
      if (event.caller !== 'peer') joining.connected(core, role, event.peer);
      return;
    case 'frame-received':
      if (event.peer === role.peer) frameReceived(core, role, event.peer, event.frame);
      else if (event.frame.kind === 'hello') joining.notLive(core, role, event.peer);
      return;
    case 'peer-closed':
      peerLost(core, role, event.peer, `channel closed: ${event.reason}`);
      return;
    case 'peer-violated':
      if (event.peer === role.peer) violated(core, role, event.code, event.detail);
      return;
    default:
      vcpuReported(core, role, event);
  }
}

function vcpuReported(core: Core, role: BackupRole, event: ProtocolEvent): void {
  switch (event.kind) {
    case 'pages-compared':
      joining.pagesCompared(core, role, event.wanted);
      return;
    case 'checkpoint-installed':
      joining.checkpointInstalled(core, role, event.stateHash);
      return;
    case 'entries-replayed':
      invariant(
        'I7',
        event.position <= core.head.position,
        `executed ${event.position} of ${core.head.position}`,
      );
      // A report may have been overtaken by what the host saw for itself.
      if (event.position > core.replayed) core.replayed = event.position;
      considerSucceeding(core, role);
      if (isBacklogDone(core, role)) acknowledge(core, role, role.peer);
      return;
    case 'base-kept':
      baseKept(core, event.position);
      return;
    case 'hash-checked':
      core.lastEqualHash = { position: event.position, stateHash: event.stateHash };
      return;
    case 'output-recorded':
    case 'guest-ended':
      keepCopy(core, event);
      return;
    case 'outputs-printed':
      printed(core.outputs, event.throughOrdinal);
      discard(core);
      return;
    case 'diverged':
      diverged(core, role, event);
      return;
    case 'went-live':
      wentLive(core, role, event);
      return;
    case 'machine-stopped':
      machineStopped(core, role, event.position);
      return;
    default:
      return;
  }
}

function tick(core: Core, role: BackupRole): void {
  detector.ownPauseMs(core);
  retryWhenDue(core);
  if (role.peer === null && core.status === 'following') {
    suspect(core, role, 'the channel closed while the roles changed', 'closed');
    return;
  }
  if (role.peer === null || !isListening(core)) return;
  // Not welcomed yet: the primary may be waiting for the arbiter itself.
  if (core.epoch === 0 && role.as === 'backup') {
    const silentMs = core.nowMs - core.detector.heardMs;
    if (silentMs > core.config.suspectAfterMs * WELCOME_PATIENCE)
      suspect(core, role, 'it has not welcomed this host', 'closed');
    return;
  }
  if (detector.isSilent(core)) {
    suspect(core, role, `silent for ${detector.silentMs(core)} ms`, 'open');
    return;
  }
  if (core.epoch === 0) return;
  if (core.replayed > role.ackedReplayed) acknowledge(core, role, role.peer);
  detector.beat(core, [role.peer]);
}

/** All is executed, and it was much: the primary's vCPU may have been stopped for it. */
const isBacklogDone = (core: Core, role: BackupRole): role is BackupRole & { peer: PeerId } =>
  core.status === 'following' &&
  role.peer !== null &&
  core.replayed === core.head.position &&
  core.replayed - role.ackedReplayed >= BACKLOG_ENTRIES;

/** Not sealed: hears the primary and answers it. */
const isListening = (core: Core): boolean =>
  !['sealed', 'succeeding', 'claiming-epoch', 'going-live'].includes(core.status);

// Following.

function frameReceived(core: Core, role: BackupRole, peer: PeerId, frame: Frame): void {
  if (core.status === 'claiming-epoch' || core.status === 'going-live') return;
  if (frame.kind === 'refusal') {
    refused(core, role, frame);
    return;
  }
  if (frame.kind === 'hello') {
    violated(core, role, 'OUT_OF_TURN', 'a primary does not say hello');
    return;
  }
  if (frame.epoch < core.epoch) return;
  if (frame.epoch > core.epoch && !grantsEpoch(core, frame)) {
    const detail = `${frame.kind} of epoch ${frame.epoch}, this host has ${core.epoch}`;
    violated(core, role, 'NEWER_EPOCH', detail);
    return;
  }
  if (core.status === 'sealed' && !withdraw(core, role)) return;
  if (core.status === 'succeeding') return;
  detector.heard(core);
  primarySaid(core, role, peer, frame);
}

/**
 * Only these bring an epoch that the receiver does not know. A spare that waits
 * follows its primary from one to the next.
 */
function grantsEpoch(core: Core, frame: Frame): boolean {
  if (core.status === 'waiting') return ['welcome', 'heartbeat', 'bye'].includes(frame.kind);
  const isFirst = core.epoch === 0 && (frame.kind === 'welcome' || frame.kind === 'registered');
  return isFirst || frame.kind === 'listed';
}

function primarySaid(
  core: Core,
  role: BackupRole,
  peer: PeerId,
  frame: Exclude<Frame, { kind: 'hello' }>,
): void {
  let complaint: Complaint = null;
  switch (frame.kind) {
    case 'registered':
      complaint = joining.registered(core, role, frame);
      break;
    case 'welcome':
      core.epoch = frame.epoch;
      role.primaryHost = frame.host;
      note(core, `welcomed by ${frame.host}`);
      break;
    case 'checkpoint-offer':
      complaint = joining.offered(core, role, frame);
      break;
    case 'pages':
      complaint = joining.pagesReceived(core, role, frame);
      break;
    case 'listed':
      complaint = listed(core, role, peer, frame.epoch);
      break;
    case 'batch':
      complaint = batchReceived(core, role, peer, frame);
      break;
    case 'heartbeat':
      heartbeat(core, role, peer, frame);
      break;
    case 'bye':
      bye(core, role, frame);
      break;
    case 'hand-over':
      complaint = handOverOffered(core, role, frame);
      break;
    case 'succeeded':
      // The arbiter's record was quicker to tell.
      break;
    default:
      complaint = { code: 'OUT_OF_TURN', detail: `a primary does not send ${frame.kind}` };
  }
  if (complaint !== null) violated(core, role, complaint.code, complaint.detail);
}

function listed(core: Core, role: BackupRole, peer: PeerId, epoch: Epoch): Complaint {
  if (core.status !== 'catching-up' || epoch <= core.epoch) {
    return { code: 'OUT_OF_TURN', detail: `listed in epoch ${epoch}` };
  }
  core.epoch = epoch;
  enter(core, 'following', `in sync with ${role.primaryHost}`);
  acknowledge(core, role, peer);
  return null;
}

/**
 * Verified, appended, acknowledged, given to the vCPU: in this order, in one step. The primary's clients wait
 * for the acknowledgement, nobody for the vCPU.
 */
function batchReceived(core: Core, role: BackupRole, peer: PeerId, frame: BatchFrame): Complaint {
  if (core.status !== 'catching-up' && core.status !== 'following') {
    return { code: 'OUT_OF_TURN', detail: 'log before the checkpoint' };
  }
  const batch = formBatch(core.head, frame.recordedIn, frame.entryCount, frame.bytes);
  const expected = chainTagOf(batch.chain);
  if (expected !== frame.chainTag) {
    const detail = `batch behind ${core.head.position}: chain ${frame.chainTag}, expected ${expected}`;
    return { code: 'CHAIN_BROKEN', detail };
  }
  core.head = headAfter(batch);
  core.joinLog.append(batch);
  const { firstPosition, entryCount, bytes } = batch;
  acknowledge(core, role, peer);
  emit(core, { kind: 'feed-entries', firstPosition, entryCount, bytes });
  return null;
}

function acknowledge(core: Core, role: BackupRole, peer: PeerId): void {
  invariant('I2', isListening(core), `an acknowledgement while ${core.status}`);
  role.ackedReplayed = core.replayed;
  send(core, peer, { kind: 'ack', epoch: core.epoch, received: core.head.position, replayed: core.replayed });
}

function heartbeat(core: Core, role: BackupRole, peer: PeerId, frame: HeartbeatFrame): void {
  if (core.status === 'waiting') core.epoch = frame.epoch;
  detector.heartbeatHeard(core, frame);
  clockHeard(core, role, frame);
  // The primary lists nobody who may know the guest's clock badly.
  if (core.status !== 'following') detector.beatNow(core, [peer]);
  if (core.status === 'waiting') return;
  if (frame.releasedOrdinal > core.outputs.released) core.outputs.released = frame.releasedOrdinal;
  printed(core.outputs, frame.printedOrdinal);
  discard(core);
}

function bye(core: Core, role: BackupRole, frame: ByeFrame): void {
  if (frame.exitCode === null) {
    suspect(core, role, `the primary said goodbye: ${frame.reason}`, 'closed');
    return;
  }
  const isWaiting = core.status === 'waiting';
  if (core.status !== 'following' && core.status !== 'catching-up' && !isWaiting) {
    halt(core, 'NOT_IN_SYNC', 'the guest ended before this backup had joined', 'nothing to mend');
    return;
  }
  enter(core, 'ended', `the guest has ended with code ${frame.exitCode}`);
  emit(core, { kind: 'end-run', exitCode: frame.exitCode });
}

// Losing the primary.

function peerLost(core: Core, role: BackupRole, peer: PeerId, cause: string): void {
  const neverConnected = role.peer === null && core.status === 'joining' && role.as === 'backup';
  if (peer !== role.peer && !neverConnected) return;
  if (core.status === 'sealed' && role.suspicion !== null) role.suspicion.channel = 'closed';
  if (role.handOver !== null) role.handOver = { ...role.handOver, channel: 'closed' };
  if (isListening(core)) suspect(core, role, cause, 'closed');
}

function violated(core: Core, role: BackupRole, code: string, detail: string): void {
  note(core, `the primary violated the protocol: ${code}: ${detail}`);
  if (role.peer !== null) emit(core, { kind: 'close-peer', peer: role.peer, reason: `${code}: ${detail}` });
  if (core.status === 'sealed' && role.suspicion !== null) role.suspicion.channel = 'closed';
  if (isListening(core)) suspect(core, role, `${code}: ${detail}`, 'closed');
}

/**
 * Seals the log, then asks the arbiter. A host that was never a candidate says so and
 * stops, or looks for another primary.
 */
function suspect(core: Core, role: BackupRole, cause: string, channel: 'open' | 'closed'): void {
  if (role.as === 'spare' && (core.status === 'joining' || core.status === 'waiting')) {
    joining.lookElsewhere(core, role, cause);
    return;
  }
  if (core.status === 'joining' || core.status === 'receiving') {
    const message = `the primary was lost before this backup was in sync: ${cause}`;
    halt(core, 'NOT_IN_SYNC', message, 'start this host again when a primary is live');
    return;
  }
  role.suspicion = { cause, sinceMs: core.nowMs, from: core.status, channel };
  enter(core, 'sealed', cause);
  announce(core, { event: 'failure-detected', of: 'primary', cause, silentMs: detector.silentMs(core) });
  attempt(core, 'go-live', []);
}

/**
 * The primary is heard after all, and no claim has left: the seal is broken. False when there is no way back.
 */
function withdraw(core: Core, role: BackupRole): boolean {
  const { suspicion } = role;
  if (suspicion === null || suspicion.channel === 'closed') return false;
  invariant('I2', !isCommitted(core), 'the claim has left: its status is claiming-epoch');
  core.attempt = null;
  role.suspicion = null;
  enter(core, suspicion.from, 'the primary is heard again');
  announce(core, { event: 'suspicion-withdrawn', of: 'primary' });
  return true;
}

export function backupVerdict(core: Core, role: BackupRole, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'pending':
      if (core.attempt?.phase === 'waiting')
        considerDeclining(core, role, 'the backup cannot read the arbiter');
      return;
    case 'claim-left':
      if (core.status === 'succeeding') enter(core, 'claiming-epoch', 'the claim to succeed leaves');
      if (core.status === 'sealed') enter(core, 'claiming-epoch', 'the claim to go live leaves');
      return;
    case 'lost':
      lost(core, verdict);
      return;
    case 'won':
      goLive(core, role);
      return;
    default:
      return;
  }
}

function lost(core: Core, verdict: Extract<Verdict, { kind: 'lost' }>): void {
  const { record } = verdict;
  const owner = ownerOf(record);
  const mend = 'start this host again, as a spare';
  if (record.epoch > core.epoch) {
    halt(core, 'EPOCH_LOST', owner, mend);
    return;
  }
  halt(core, 'NOT_IN_SYNC', `this backup was not in sync yet; ${owner}`, mend);
}

// Going live.

function goLive(core: Core, role: BackupRole): void {
  const connections = role.handOver?.channel === 'open' ? 'kept' : 'lost';
  if (role.peer !== null && connections === 'lost') {
    emit(core, { kind: 'close-peer', peer: role.peer, reason: `epoch ${core.epoch} is this host's` });
  }
  enter(core, 'going-live', `epoch ${core.epoch} is this host's; executing up to ${core.head.position}`);
  const { clock } = role;
  const { position: throughPosition } = core.head;
  emit(core, { kind: 'go-live', epoch: core.epoch, throughPosition, connections, clock });
}

function wentLive(core: Core, role: BackupRole, event: WentLive): void {
  invariant('I2', core.status === 'going-live', `live while ${core.status}`);
  const { position } = core.head;
  invariant('I4', event.position === position, `live at ${event.position}, received ${position}`);
  made(core.outputs, event.ordinal);
  core.replayed = position;
  const primary = createPrimaryRole(position > 0 ? 'started' : 'waiting', position);
  core.role = primary;
  const relief = reliefOf(core, role);
  if (relief !== null) {
    succeeded(core, primary, relief);
    if (role.handOver?.channel === 'closed')
      backupLost(core, primary, relief.peer, 'the channel closed while the roles changed', 'closed');
    return;
  }
  enter(core, 'solo', `live at ${position}`);
  const sinceMs = role.suspicion?.sinceMs ?? core.nowMs;
  announce(core, { event: 'go-live', epoch: core.epoch, position, afterMs: core.nowMs - sinceMs });
  startGuest(core, primary);
  release(core);
}

// Ends.

/**
 * The primary was switched off in good order (FT §3.3): so is this machine,
 * whatever this host was about to do with it.
 */
function machineStopped(core: Core, role: BackupRole, at: Position): void {
  core.replayed = at;
  if (role.peer !== null && isListening(core)) acknowledge(core, role, role.peer);
  core.attempt = null;
  enter(core, 'ended', `switched off at ${at}`);
  emit(core, { kind: 'end-run', exitCode: 0 });
}

function refused(core: Core, role: BackupRole, { code, message, mend }: RefusalFrame): void {
  const mayChange = code === 'NOT_LIVE' || code === 'BUSY';
  if (role.as === 'spare' && mayChange) joining.lookElsewhere(core, role, message);
  else halt(core, 'REFUSED', `the primary refused this backup: ${message}`, mend);
}

function diverged(core: Core, role: BackupRole, event: Extract<ProtocolEvent, { kind: 'diverged' }>): void {
  const { position, expected, actual, detail } = event;
  announce(core, { event: 'divergence', position, expected, actual, detail });
  const reason = `diverged at ${position}: expected ${expected}, actual ${actual}; ${detail}`;
  if (isListening(core)) sayGoodbye(core, role, reason);
  halt(core, 'DIVERGED', reason, 'please report this with the log; a new backup may be started at once');
}

/** The primary need not wait for silence. */
export function sayGoodbye(core: Core, role: BackupRole, reason: string): void {
  if (role.peer === null || core.epoch === 0 || isOver(core.status)) return;
  if (isListening(core)) send(core, role.peer, { kind: 'bye', epoch: core.epoch, reason, exitCode: null });
  emit(core, { kind: 'close-peer', peer: role.peer, reason });
  setDoors(core, 'closed');
}
