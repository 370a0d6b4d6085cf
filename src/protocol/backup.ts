/**
 * The host that follows (FT §2.1 to §2.3): joins, receives the log, acknowledges what it holds, executes it, and takes over by right
 * of the arbiter. Acknowledged means decoded, of this epoch, in the chain, and in memory.
 *
 * I2: before its claim can leave, a backup seals its log. What it acknowledges later than that would be promised by two.
 */
import { invariant } from '../base/assert.ts';
import { type Epoch, POSITION_ZERO } from '../base/brands.ts';
import { formBatch, headAfter } from '../log/batch.ts';
import { chainTagOf } from '../log/chain.ts';
import * as detector from './detector.ts';
import type { PeerId, ProtocolEvent, WentLive } from './events.ts';
import {
  type BatchFrame,
  type ByeFrame,
  type CheckpointFrame,
  type Frame,
  type HeartbeatFrame,
  type PagesFrame,
  PROTOCOL_VERSION,
} from './frames.ts';
import { announce, emit, enter, halt, note, send, setDoors } from './orders.ts';
import { discard, hold, printed, release, resumeOutputs } from './output-rule.ts';
import { createPrimaryRole, startGuest } from './primary.ts';
import type { BackupRole, Core } from './state.ts';
import { isOver } from './status.ts';
import { attempt, isCommitted, ownerOf, retryWhenDue, type Verdict } from './takeover.ts';

export const createBackupRole = (): BackupRole => ({
  kind: 'backup',
  peer: null,
  primaryHost: 'the primary',
  offer: null,
  missing: new Set(),
  clock: null,
  suspicion: null,
  ackedReplayed: POSITION_ZERO,
});

export function stepBackup(core: Core, role: BackupRole, event: ProtocolEvent): void {
  switch (event.kind) {
    case 'host-started':
      note(core, 'connecting');
      return;
    case 'tick-elapsed':
      tick(core, role);
      return;
    case 'sockets-drained':
      detector.socketsDrained(core);
      return;
    case 'peer-connected':
      connected(core, role, event.peer);
      return;
    case 'frame-received':
      if (event.peer === role.peer) frameReceived(core, role, event.peer, event.frame);
      return;
    case 'peer-closed':
      peerLost(core, role, event.peer, `channel closed: ${event.reason}`);
      return;
    case 'peer-violated':
      if (event.peer === role.peer) violated(core, role, event.code, event.detail);
      return;
    case 'pages-compared':
      pagesCompared(core, role, event.wanted);
      return;
    case 'checkpoint-installed':
      checkpointInstalled(core, role, event.stateHash);
      return;
    case 'entries-replayed':
      invariant(
        'I7',
        event.position <= core.head.position,
        `executed ${event.position} of ${core.head.position}`,
      );
      core.replayed = event.position;
      return;
    case 'hash-checked':
      core.lastEqualHash = { position: event.position, stateHash: event.stateHash };
      return;
    case 'output-recorded':
    case 'guest-ended':
      hold(core, event);
      discard(core);
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
    default:
      return;
  }
}

function tick(core: Core, role: BackupRole): void {
  detector.ownPauseMs(core);
  retryWhenDue(core);
  if (role.peer === null || !isListening(core)) return;
  // Not welcomed yet: the primary may be waiting for the arbiter itself.
  if (core.epoch === 0) return;
  if (detector.isSilent(core)) {
    const silentMs = Math.round(core.nowMs - core.detector.heardMs);
    suspect(core, role, `silent for ${silentMs} ms`, 'open');
    return;
  }
  if (core.replayed > role.ackedReplayed) acknowledge(core, role, role.peer);
  detector.beat(core, role.peer);
}

/** Not sealed: hears the primary and answers it. */
function isListening(core: Core): boolean {
  return core.status !== 'sealed' && core.status !== 'claiming-epoch' && core.status !== 'going-live';
}

// Joining.

function connected(core: Core, role: BackupRole, peer: PeerId): void {
  if (role.peer !== null) {
    emit(core, { kind: 'close-peer', peer, reason: 'this host is not live' });
    return;
  }
  role.peer = peer;
  detector.watch(core);
  const { identity, incarnation, host } = core.config;
  note(core, `connected as ${peer}`);
  send(core, peer, { kind: 'hello', protocolVersion: PROTOCOL_VERSION, ...identity, incarnation, host });
}

function offered(core: Core, role: BackupRole, offer: CheckpointFrame): void {
  if (core.status !== 'joining') {
    violated(core, role, 'OUT_OF_TURN', 'a second checkpoint');
    return;
  }
  role.offer = offer;
  enter(core, 'receiving', `checkpoint at ${offer.position}, ${offer.sizeBytes} bytes`);
  emit(core, { kind: 'compare-pages', offer });
}

function pagesCompared(core: Core, role: BackupRole, wanted: readonly number[]): void {
  const { peer, offer } = role;
  if (core.status !== 'receiving' || peer === null || offer === null) return;
  role.missing = new Set(wanted);
  send(core, peer, { kind: 'pages-wanted', epoch: core.epoch, indices: wanted });
  if (wanted.length === 0) emit(core, { kind: 'install-checkpoint', offer });
}

function pagesReceived(core: Core, role: BackupRole, frame: PagesFrame): void {
  const { offer } = role;
  if (core.status !== 'receiving' || offer === null) {
    violated(core, role, 'OUT_OF_TURN', 'pages');
    return;
  }
  for (const { index, bytes } of frame.pages) {
    const expected = Math.min(offer.pageBytes, offer.sizeBytes - index * offer.pageBytes);
    if (!role.missing.delete(index) || bytes.length !== expected) {
      violated(core, role, 'NO_SUCH_PAGE', `page ${index} of ${bytes.length} bytes`);
      return;
    }
    emit(core, { kind: 'keep-page', index, bytes });
  }
  if (role.missing.size === 0) emit(core, { kind: 'install-checkpoint', offer });
}

function checkpointInstalled(core: Core, role: BackupRole, stateHash: string): void {
  const { peer, offer } = role;
  if (core.status !== 'receiving' || peer === null || offer === null) return;
  if (stateHash !== offer.stateHash) {
    const message = `the checkpoint at ${offer.position} has the state hash ${stateHash}, offered was ${offer.stateHash}`;
    halt(core, 'CHECKPOINT_BROKEN', message, 'start this host again');
    return;
  }
  core.head = { position: offer.position, chain: offer.chain };
  core.replayed = offer.position;
  role.ackedReplayed = offer.position;
  role.clock = { guestMs: offer.guestClockMs, heardAtMs: core.nowMs };
  core.lastEqualHash = { position: offer.position, stateHash: offer.stateHash };
  resumeOutputs(core.outputs, offer.ordinal);
  enter(core, 'catching-up', `the checkpoint at ${offer.position} stands`);
  const { position } = offer;
  send(core, peer, { kind: 'joined', epoch: core.epoch, position, stateHash: offer.stateHash });
}

// Following.

function frameReceived(core: Core, role: BackupRole, peer: PeerId, frame: Frame): void {
  if (core.status === 'claiming-epoch' || core.status === 'going-live') return;
  if (frame.kind === 'refusal') {
    refused(core, frame.message, frame.mend);
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
  detector.heard(core);
  primarySaid(core, role, peer, frame);
}

/** Only a welcome and a listing bring an epoch that the receiver does not know. */
const grantsEpoch = (core: Core, frame: Frame): boolean =>
  (frame.kind === 'welcome' && core.epoch === 0) || frame.kind === 'listed';

function primarySaid(
  core: Core,
  role: BackupRole,
  peer: PeerId,
  frame: Exclude<Frame, { kind: 'hello' }>,
): void {
  switch (frame.kind) {
    case 'welcome':
      core.epoch = frame.epoch;
      role.primaryHost = frame.host;
      note(core, `welcomed by ${frame.host}`);
      return;
    case 'checkpoint-offer':
      offered(core, role, frame);
      return;
    case 'pages':
      pagesReceived(core, role, frame);
      return;
    case 'listed':
      listed(core, role, peer, frame.epoch);
      return;
    case 'batch':
      batchReceived(core, role, peer, frame);
      return;
    case 'heartbeat':
      heartbeat(core, role, frame);
      return;
    case 'bye':
      bye(core, role, frame);
      return;
    default:
      violated(core, role, 'OUT_OF_TURN', `a primary does not send ${frame.kind}`);
  }
}

function listed(core: Core, role: BackupRole, peer: PeerId, epoch: Epoch): void {
  if (core.status !== 'catching-up' || epoch <= core.epoch) {
    violated(core, role, 'OUT_OF_TURN', `listed in epoch ${epoch}`);
    return;
  }
  core.epoch = epoch;
  enter(core, 'following', `in sync with ${role.primaryHost}`);
  acknowledge(core, role, peer);
}

/** Verified, appended, given to the vCPU, acknowledged: in this order, in one step. */
function batchReceived(core: Core, role: BackupRole, peer: PeerId, frame: BatchFrame): void {
  if (core.status !== 'catching-up' && core.status !== 'following') {
    violated(core, role, 'OUT_OF_TURN', 'log before the checkpoint');
    return;
  }
  const batch = formBatch(core.head, frame.epoch, frame.entryCount, frame.bytes);
  if (chainTagOf(batch.chain) !== frame.chainTag) {
    const detail = `batch behind ${core.head.position}: chain ${frame.chainTag}, expected ${chainTagOf(batch.chain)}`;
    violated(core, role, 'CHAIN_BROKEN', detail);
    return;
  }
  core.head = headAfter(batch);
  const { firstPosition, entryCount, bytes } = batch;
  emit(core, { kind: 'feed-entries', firstPosition, entryCount, bytes });
  acknowledge(core, role, peer);
}

function acknowledge(core: Core, role: BackupRole, peer: PeerId): void {
  invariant('I2', isListening(core), `an acknowledgement while ${core.status}`);
  role.ackedReplayed = core.replayed;
  send(core, peer, { kind: 'ack', epoch: core.epoch, received: core.head.position, replayed: core.replayed });
}

function heartbeat(core: Core, role: BackupRole, frame: HeartbeatFrame): void {
  detector.heartbeatHeard(core, frame);
  if (frame.guestClockMs !== null) role.clock = { guestMs: frame.guestClockMs, heardAtMs: core.nowMs };
  if (frame.releasedOrdinal > core.outputs.released) core.outputs.released = frame.releasedOrdinal;
  printed(core.outputs, frame.printedOrdinal);
  discard(core);
}

function bye(core: Core, role: BackupRole, frame: ByeFrame): void {
  if (frame.exitCode === null) {
    suspect(core, role, `the primary said goodbye: ${frame.reason}`, 'closed');
    return;
  }
  if (core.status !== 'following' && core.status !== 'catching-up') {
    halt(core, 'NOT_IN_SYNC', 'the guest ended before this backup had joined', 'nothing to mend');
    return;
  }
  enter(core, 'ended', `the guest has ended with code ${frame.exitCode}`);
  emit(core, { kind: 'end-run', exitCode: frame.exitCode });
}

// Losing the primary.

function peerLost(core: Core, role: BackupRole, peer: PeerId, cause: string): void {
  const neverConnected = role.peer === null && core.status === 'joining';
  if (peer !== role.peer && !neverConnected) return;
  if (core.status === 'sealed' && role.suspicion !== null) role.suspicion.channel = 'closed';
  if (isListening(core)) suspect(core, role, cause, 'closed');
}

function violated(core: Core, role: BackupRole, code: string, detail: string): void {
  note(core, `the primary violated the protocol: ${code}: ${detail}`);
  if (role.peer !== null) emit(core, { kind: 'close-peer', peer: role.peer, reason: `${code}: ${detail}` });
  if (core.status === 'sealed' && role.suspicion !== null) role.suspicion.channel = 'closed';
  if (isListening(core)) suspect(core, role, `${code}: ${detail}`, 'closed');
}

/** Seals the log, then asks the arbiter. A host that was never a candidate says so and stops. */
function suspect(core: Core, role: BackupRole, cause: string, channel: 'open' | 'closed'): void {
  if (core.status === 'joining' || core.status === 'receiving') {
    const message = `the primary was lost before this backup was in sync: ${cause}`;
    halt(core, 'NOT_IN_SYNC', message, 'start this host again when a primary is live');
    return;
  }
  role.suspicion = { cause, sinceMs: core.nowMs, from: core.status, channel };
  enter(core, 'sealed', cause);
  announce(core, { event: 'failure-detected', of: 'primary', cause });
  attempt(core, 'go-live', []);
}

/** The primary is heard after all, and no claim has left: the seal is broken. False when there is no way back. */
function withdraw(core: Core, role: BackupRole): boolean {
  const { suspicion } = role;
  if (suspicion === null || suspicion.channel === 'closed' || isCommitted(core)) return false;
  core.attempt = null;
  role.suspicion = null;
  enter(core, suspicion.from, 'the primary is heard again');
  announce(core, { event: 'suspicion-withdrawn', of: 'primary' });
  return true;
}

export function backupVerdict(core: Core, role: BackupRole, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'claim-left':
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
  if (role.peer !== null) {
    emit(core, { kind: 'close-peer', peer: role.peer, reason: `epoch ${core.epoch} is this host's` });
  }
  enter(core, 'going-live', `epoch ${core.epoch} is this host's; executing up to ${core.head.position}`);
  const { clock } = role;
  emit(core, { kind: 'go-live', epoch: core.epoch, throughPosition: core.head.position, clock });
}

function wentLive(core: Core, role: BackupRole, event: WentLive): void {
  invariant('I2', core.status === 'going-live', `live while ${core.status}`);
  const { position } = core.head;
  invariant('I4', event.position === position, `live at ${event.position}, received ${position}`);
  core.replayed = position;
  const primary = createPrimaryRole(position > 0 ? 'started' : 'waiting', position);
  core.role = primary;
  enter(core, 'solo', `live at ${position}`);
  const sinceMs = role.suspicion?.sinceMs ?? core.nowMs;
  announce(core, { event: 'go-live', epoch: core.epoch, position, afterMs: core.nowMs - sinceMs });
  startGuest(core, primary);
  release(core);
}

// Ends.

function refused(core: Core, message: string, mend: string): void {
  halt(core, 'REFUSED', `the primary refused this backup: ${message}`, mend);
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
