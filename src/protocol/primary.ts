/**
 * The live host (FT §2.2, §2.3): records, sends the log, lets outputs go by the output rule, and when it
 * loses its backup asks the arbiter before it goes on alone. How a backup comes in is in listing.ts.
 */
import type { Position } from '../base/brands.ts';
import { LogBuffer } from '../log/log-buffer.ts';
import * as detector from './detector.ts';
import type { EntriesRecorded, PeerId, ProtocolEvent } from './events.ts';
import { appendBatch, baseKept, feed, fellBehind } from './feeding.ts';
import * as flow from './flow.ts';
import type { AckFrame, Frame } from './frames.ts';
import { clockRead, isClockTold } from './guest-time.ts';
import * as handOver from './hand-over.ts';
import { agreeOnHashes, hashLogged } from './hash-points.ts';
import * as listing from './listing.ts';
import { announce, emit, enter, halt, note, send, setDoors } from './orders.ts';
import { hold, printed, release, releaseRest } from './output-rule.ts';
import { dismiss, leaves, listening, spareSaid } from './spares.ts';
import type { Complaint, Core, PrimaryRole } from './state.ts';
import { isServing } from './status.ts';
import { attempt, isCommitted, ownerOf, retryWhenDue, type Verdict } from './takeover.ts';

export const createPrimaryRole = (guest: PrimaryRole['guest'], floor: Position): PrimaryRole => ({
  kind: 'primary',
  guest,
  checkpoint: 'none',
  successor: null,
  knocking: null,
  spares: [],
  buffer: new LogBuffer(floor),
  lag: [],
  lagBytes: 0,
  lagsSeen: [],
  hashPoints: [],
  doubt: null,
  handOver: null,
  yieldsAsked: 0,
  vcpu: 'running',
  slowdownPercent: 0,
  slowdownSetMs: Number.NEGATIVE_INFINITY,
  guestClock: null,
});

export function stepPrimary(core: Core, role: PrimaryRole, event: ProtocolEvent): void {
  switch (event.kind) {
    case 'host-started':
      detector.started(core);
      attempt(core, 'first', []);
      return;
    case 'tick-elapsed':
      tick(core, role, event.guestClockMs);
      return;
    case 'sockets-drained':
      detector.socketsDrained(core);
      return;
    case 'frame-received':
      frameReceived(core, role, event.peer, event.frame);
      return;
    case 'peer-closed':
      peerLost(core, role, event.peer, `channel closed: ${event.reason}`, 'closed');
      return;
    case 'peer-violated':
      peerViolated(core, role, event.peer, event.code, event.detail);
      return;
    default:
      vcpuReported(core, role, event);
  }
}

function vcpuReported(core: Core, role: PrimaryRole, event: ProtocolEvent): void {
  switch (event.kind) {
    case 'entries-recorded':
      entriesRecorded(core, role, event);
      return;
    case 'output-recorded':
    case 'guest-ended':
      hold(core, event);
      release(core);
      flow.regulateVcpu(core, role);
      return;
    case 'outputs-printed':
      printed(core.outputs, event.throughOrdinal);
      consoleMoved(core, role);
      handOver.considerOffering(core, role);
      return;
    case 'switch-over-asked':
      handOver.switchOverAsked(core, role, event);
      return;
    case 'vcpu-yielded':
      handOver.vcpuYielded(core, role, event);
      return;
    case 'base-kept':
      baseKept(core, event.position);
      listing.considerCheckpoint(core, role);
      return;
    case 'checkpoint-taken':
      listing.checkpointTaken(core, role, event);
      return;
    case 'hash-checked':
      hashLogged(role, { position: event.position, stateHash: event.stateHash });
      // A quick backup may have been there before.
      if (role.successor?.phase === 'fed') agreeOnHashes(core, role, role.successor.replayed);
      return;
    case 'machine-stopped':
      role.guest = 'off';
      return;
    default:
      // A backup's facts that were under way when it went live, and what core.ts has handled.
      return;
  }
}

function tick(core: Core, role: PrimaryRole, guestClockMs: number | null): void {
  clockRead(core, role, guestClockMs);
  const pausedMs = detector.ownPauseMs(core);
  if (pausedMs >= core.config.suspectAfterMs) ownPause(core, role, pausedMs);
  else if (detector.isSilent(core)) silence(core, role);
  else if (handOver.isOverdue(core, role))
    successorLost(core, role, 'the backup has not taken over in time', 'open');
  retryWhenDue(core);
  const spares = listening(core, role).map(({ peer }) => peer);
  const { successor } = role;
  const peers = successor === null ? spares : [successor.peer, ...spares];
  // A joiner waits for nothing but the clock, perhaps.
  if (successor !== null && core.status === 'transferring' && !isClockTold(successor))
    detector.beatNow(core, peers);
  else detector.beat(core, peers);
  considerJoiner(core, role);
  releaseRest(core);
  handOver.considerOffering(core, role);
  flow.regulateVcpu(core, role);
  flow.regulateSpeed(core, role);
}

// Doubt.

/**
 * A pause as long as the time-out: the backup may rightly have gone live
 * meanwhile, so this host doubts itself first.
 */
function ownPause(core: Core, role: PrimaryRole, pausedMs: number): void {
  const cause = `this host was not running for ${Math.round(pausedMs)} ms`;
  if (core.status === 'listing') {
    successorLost(core, role, cause, 'closed');
    return;
  }
  if (core.status !== 'protected' && core.status !== 'handing-over') return;
  doubt(core, role, cause, 'open');
  attempt(core, 'check', []);
}

function silence(core: Core, role: PrimaryRole): void {
  if (role.successor === null || core.status === 'claiming-solo') return;
  const cause = `silent for ${detector.silentMs(core)} ms`;
  if (core.status === 'doubting') {
    askToGoSolo(core);
    return;
  }
  successorLost(core, role, cause, 'open');
}

export function peerLost(
  core: Core,
  role: PrimaryRole,
  peer: PeerId,
  cause: string,
  channel: 'open' | 'closed',
): void {
  if (role.knocking?.peer === peer) role.knocking = null;
  leaves(core, role, peer, cause);
  if (role.successor?.peer !== peer || core.status === 'claiming-solo') return;
  if (core.status !== 'doubting') {
    successorLost(core, role, cause, channel);
    return;
  }
  if (role.doubt !== null) role.doubt.channel = channel;
  askToGoSolo(core);
}

/** A joining backup is let go; of a listed one, only the arbiter can say that it no longer counts. */
function successorLost(core: Core, role: PrimaryRole, cause: string, channel: 'open' | 'closed'): void {
  announce(core, { event: 'failure-detected', of: 'backup', cause, silentMs: detector.silentMs(core) });
  if (core.status === 'transferring' || (core.status === 'listing' && !isCommitted(core))) {
    core.attempt = null;
    listing.forgetSuccessor(core, role, cause);
    enter(core, 'solo', `the joining backup is lost: ${cause}`);
    release(core);
    listing.letIn(core, role);
    return;
  }
  if (core.status === 'listing') {
    // Its claim is under way: whatever the answer, the next claim is to be without it.
    listing.forgetSuccessor(core, role, cause);
    doubt(core, role, cause, 'closed');
    giveUpListing(core);
    return;
  }
  doubt(core, role, cause, channel);
  askToGoSolo(core);
}

/**
 * A listing whose claim is not on its way right now is not asked for again: the
 * arbiter is asked for a record without it.
 */
function giveUpListing(core: Core): void {
  if (core.status !== 'doubting' || core.attempt?.purpose !== 'listing') return;
  if (core.attempt.phase !== 'claiming') attempt(core, 'solo', []);
}

/**
 * From here on nobody is accepted and nothing leaves, until the backup is
 * heard again or the arbiter has answered.
 */
function doubt(core: Core, role: PrimaryRole, cause: string, channel: 'open' | 'closed'): void {
  role.doubt = { cause, sinceMs: core.nowMs, from: core.status, channel };
  setDoors(core, 'closed');
  enter(core, 'doubting', cause);
}

function askToGoSolo(core: Core): void {
  if (core.attempt === null || core.attempt.purpose === 'check') attempt(core, 'solo', []);
}

/**
 * The backup answered something that was said since the doubt began: it follows
 * still, and nobody was claimed against.
 */
function considerWithdrawal(core: Core, role: PrimaryRole): void {
  const { doubt: open } = role;
  if (core.status !== 'doubting' || open === null || open.channel === 'closed' || isCommitted(core)) return;
  // It may be about to claim.
  if (role.handOver?.phase === 'offered' || !detector.isProvenSince(core, open.sinceMs)) return;
  core.attempt = null;
  role.doubt = null;
  enter(core, 'protected', 'the backup is heard again');
  handOver.resume(core, role, 'the backup was in doubt');
  announce(core, { event: 'suspicion-withdrawn', of: 'backup' });
  openDoors(core, role);
  release(core);
  listing.letIn(core, role);
}

// The logging channel.

function frameReceived(core: Core, role: PrimaryRole, peer: PeerId, frame: Frame): void {
  if (frame.kind === 'hello') {
    if (listing.hasSaidHello(role, peer)) peerViolated(core, role, peer, 'OUT_OF_TURN', 'a second hello');
    else listing.hello(core, role, peer, frame);
    return;
  }
  if (spareSaid(core, role, peer, frame)) return;
  if (role.successor?.peer !== peer) {
    peerViolated(core, role, peer, 'OUT_OF_TURN', `${frame.kind} without a hello`);
    return;
  }
  detector.heard(core);
  if (frame.kind === 'refusal') {
    peerViolated(core, role, peer, 'OUT_OF_TURN', 'a backup does not refuse');
    return;
  }
  if (frame.kind === 'succeeded' && frame.epoch > core.epoch && role.handOver?.phase === 'offered') {
    // Also against a claim of one's own: that one is on the very epoch which the other host has.
    handOver.stepDown(core, role, frame.epoch, frame.url);
    return;
  }
  if (frame.epoch > core.epoch) {
    const detail = `${frame.kind} of epoch ${frame.epoch}, this host has ${core.epoch}`;
    peerViolated(core, role, peer, 'NEWER_EPOCH', detail);
    return;
  }
  if (frame.epoch < core.epoch || core.status === 'claiming-solo') return;
  successorSaid(core, role, peer, frame);
}

function successorSaid(core: Core, role: PrimaryRole, peer: PeerId, frame: Frame): void {
  let complaint: Complaint = null;
  switch (frame.kind) {
    case 'ack':
      complaint = acknowledged(core, role, frame);
      break;
    case 'declined':
      complaint = handOver.declined(core, role, frame);
      break;
    case 'heartbeat':
      detector.heartbeatHeard(core, frame);
      listing.heartbeatHeard(core, role, frame);
      considerWithdrawal(core, role);
      break;
    case 'pages-wanted':
      complaint = listing.pagesWanted(core, role, frame);
      break;
    case 'joined':
      complaint = listing.joined(core, role, frame);
      break;
    case 'bye':
      peerLost(core, role, peer, `the backup said goodbye: ${frame.reason}`, 'closed');
      return;
    default:
      complaint = { code: 'OUT_OF_TURN', detail: `a backup does not send ${frame.kind}` };
  }
  if (complaint !== null) peerViolated(core, role, peer, complaint.code, complaint.detail);
}

function acknowledged(core: Core, role: PrimaryRole, frame: AckFrame): Complaint {
  const { successor } = role;
  if (successor?.phase !== 'fed') return { code: 'OUT_OF_TURN', detail: 'an acknowledgement before the log' };
  const { received, replayed } = frame;
  if (received > successor.fedThrough || received < successor.received) {
    return { code: 'WRONG_POSITION', detail: `acknowledged ${received}, sent was ${successor.fedThrough}` };
  }
  if (replayed > received || replayed < successor.replayed) {
    return { code: 'WRONG_POSITION', detail: `replayed ${replayed} of ${received} received` };
  }
  successor.received = received;
  successor.replayed = replayed;
  role.buffer.cut(received);
  flow.markReplayed(core, role, replayed);
  feed(core, role);
  agreeOnHashes(core, role, replayed);
  listing.considerListing(core, role);
  const { released } = core.outputs;
  release(core);
  // Clients that are still with the old primary wait for it to hear this.
  if (core.outputs.released > released && core.nowMs < successor.relaysUntilMs)
    detector.beatNow(core, [successor.peer]);
  flow.regulateVcpu(core, role);
  handOver.considerOffering(core, role);
  return null;
}

function peerViolated(core: Core, role: PrimaryRole, peer: PeerId, code: string, detail: string): void {
  note(core, `${peer} violated the protocol: ${code}: ${detail}`);
  emit(core, { kind: 'close-peer', peer, reason: `${code}: ${detail}` });
  peerLost(core, role, peer, `${code}: ${detail}`, 'closed');
}

// The vCPU.

function entriesRecorded(core: Core, role: PrimaryRole, event: EntriesRecorded): void {
  appendBatch(core, role, event.entryCount, event.bytes);
  considerJoiner(core, role);
  flow.regulateVcpu(core, role);
}

function considerJoiner(core: Core, role: PrimaryRole): void {
  const { successor } = role;
  if (core.status !== 'transferring' || successor === null || !fellBehind(core, role, successor)) return;
  successorLost(core, role, 'the joining backup fell too far behind', 'open');
}

function consoleMoved(core: Core, role: PrimaryRole): void {
  listing.considerListing(core, role);
  flow.regulateVcpu(core, role);
  const { end } = core.outputs;
  if (end === null || core.outputs.printed < end.ordinal || !isServing(core.status)) return;
  core.attempt = null;
  if (role.successor !== null) {
    const { peer } = role.successor;
    send(core, peer, { kind: 'bye', epoch: core.epoch, reason: 'ended', exitCode: end.exitCode });
  }
  dismiss(core, role, 'ended', end.exitCode);
  listing.forgetSuccessor(core, role, 'the guest has ended');
  setDoors(core, 'closed');
  enter(core, 'ended', `all output is printed; exit code ${end.exitCode}`);
}

// The arbiter.

export function primaryVerdict(core: Core, role: PrimaryRole, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'pending':
      giveUpListing(core);
      return;
    case 'claim-left':
      if (core.status === 'doubting' && core.attempt?.purpose === 'solo') {
        enter(core, 'claiming-solo', 'the claim to go on without a backup leaves');
      }
      return;
    case 'confirmed':
      note(core, `epoch ${core.epoch} is still this host's; waiting for the backup's voice`);
      return;
    case 'lost':
      lost(core, role, verdict);
      return;
    case 'won':
      won(core, role, verdict.purpose);
  }
}

function lost(core: Core, role: PrimaryRole, verdict: Extract<Verdict, { kind: 'lost' }>): void {
  if (handOver.isSuccessorsRecord(core, role, verdict.record.inSync)) {
    handOver.stepDown(core, role, verdict.record.epoch, verdict.record.url);
    return;
  }
  const owner = ownerOf(verdict.record);
  if (verdict.purpose === 'first') {
    const message = `VM ${core.config.identity.vm} exists: ${owner}`;
    const mend = 'start this host as a backup of it, or choose a VM id that was never used';
    halt(core, 'VM_ID_USED', message, mend);
    return;
  }
  halt(core, 'EPOCH_LOST', owner, 'start this host again, as a spare: its machine is out of date');
}

function won(core: Core, role: PrimaryRole, purpose: string): void {
  if (purpose === 'first') {
    becomeFirst(core, role);
    return;
  }
  if (purpose === 'solo') {
    goSolo(core, role);
    return;
  }
  if (role.successor === null) {
    // The listing of a backup that was lost meanwhile: the record now has to say so.
    attempt(core, 'solo', []);
    return;
  }
  listing.listed(core, role.successor);
  startGuest(core, role);
}

function becomeFirst(core: Core, role: PrimaryRole): void {
  enter(core, 'solo', `epoch ${core.epoch} is this host's`);
  announce(core, { event: 'live', epoch: core.epoch });
  if (!core.config.awaitBackup) startGuest(core, role);
  listing.letIn(core, role);
}

function goSolo(core: Core, role: PrimaryRole): void {
  listing.forgetSuccessor(core, role, 'another epoch without this backup');
  role.doubt = null;
  enter(core, 'solo', `epoch ${core.epoch}: alone, by right of the arbiter`);
  announce(core, { event: 'solo', epoch: core.epoch });
  handOver.resume(core, role, 'the backup was lost');
  openDoors(core, role);
  release(core);
  flow.regulateVcpu(core, role);
  listing.letIn(core, role);
}

/** The start interrupt is ordered once in the life of a VM. */
export function startGuest(core: Core, role: PrimaryRole): void {
  if (role.guest === 'waiting') {
    role.guest = 'started';
    emit(core, { kind: 'start-guest' });
  }
  openDoors(core, role);
}

function openDoors(core: Core, role: PrimaryRole): void {
  if (role.guest === 'started') setDoors(core, 'open');
}

/** Somebody stops this host: the backup need not wait for silence. */
export function farewell(core: Core, role: PrimaryRole, reason: string): void {
  dismiss(core, role, reason, role.guest === 'off' ? 0 : null);
  if (role.successor === null) return;
  send(core, role.successor.peer, { kind: 'bye', epoch: core.epoch, reason, exitCode: null });
  listing.forgetSuccessor(core, role, reason);
}
