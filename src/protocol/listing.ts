/**
 * How a backup comes in, as the primary sees it (FT §3.1): hello, checkpoint, pages, the log since, and the
 * listing. The primary serves on through all of it, and a failure at any phase leaves it serving.
 *
 * The listing is the delicate part. A backup that the arbiter lists may take over at any moment, so
 * outputs wait for it from before the claim is sent, and go on waiting until the arbiter has
 * confirmed a record without it (I1, I2).
 */
import { position } from '../base/brands.ts';
import { shortDigest } from '../base/digest.ts';
import { LogBuffer } from '../log/log-buffer.ts';
import type { CoreConfig } from './config.ts';
import { beatNow, watch } from './detector.ts';
import type { CheckpointTaken, PeerId } from './events.ts';
import { feed, isFed } from './feeding.ts';
import { forgetLag } from './flow.ts';
import {
  type HeartbeatFrame,
  type HelloFrame,
  type JoinedFrame,
  type PagesWantedFrame,
  PROTOCOL_VERSION,
} from './frames.ts';
import { clockEchoed, isClockTold } from './guest-time.ts';
import { announce, emit, enter, note, send } from './orders.ts';
import { release } from './output-rule.ts';
import { enlist, listFull, type Refusal, registerAll } from './spares.ts';
import type { Complaint, Core, PrimaryRole, Successor } from './state.ts';
import { attempt } from './takeover.ts';

/** A hello: refused by name, or let in at once, or as soon as this host is live and free. */
export function hello(core: Core, role: PrimaryRole, peer: PeerId, frame: HelloFrame): void {
  const full = frame.as === 'spare' ? listFull(role) : busy(core, role);
  const refusal = mismatch(core.config, frame) ?? full;
  if (refusal !== null) {
    refuse(core, peer, refusal);
    return;
  }
  if (frame.as === 'spare') enlist(core, role, peer, frame);
  else role.knocking = { peer, hello: frame };
  letIn(core, role);
}

/** It is the backup, or waits to become it. */
export const hasSaidHello = ({ successor, knocking, spares }: PrimaryRole, peer: PeerId): boolean =>
  successor?.peer === peer || knocking?.peer === peer || spares.some((spare) => spare.peer === peer);

/** Called whenever this host may have become free for a backup. */
export function letIn(core: Core, role: PrimaryRole): void {
  const { knocking } = role;
  if (core.status === 'protected' && knocking !== null) {
    role.knocking = null;
    refuse(core, knocking.peer, taken(role));
  } else if (core.status === 'solo' && role.checkpoint === 'none') {
    const next = knocking ?? role.spares.shift();
    role.knocking = null;
    if (next !== undefined) welcome(core, role, next.peer, next.hello);
  }
  registerAll(core, role);
}

function welcome(core: Core, role: PrimaryRole, peer: PeerId, hello: HelloFrame): void {
  role.successor = {
    peer,
    incarnation: hello.incarnation,
    host: hello.host,
    helloMs: core.nowMs,
    phase: 'copying',
    checkpoint: null,
    offeredMs: Number.POSITIVE_INFINITY,
    pauseMs: 0,
    fedFrom: core.head.position,
    fedThrough: position(0),
    received: position(0),
    replayed: position(0),
    clockTold: { quick: false, slow: 0, slowAtMs: Number.NEGATIVE_INFINITY },
    relaysUntilMs: Number.NEGATIVE_INFINITY,
  };
  watch(core);
  enter(core, 'transferring', `${hello.host} wants to become the backup`);
  const { incarnation, host } = core.config;
  send(core, peer, { kind: 'welcome', epoch: core.epoch, incarnation, host });
  // It is listed when it has answered one, and goes on from its clock (I6).
  beatNow(core, [peer]);
  takeCheckpoint(core, role);
}

function takeCheckpoint(core: Core, role: PrimaryRole): void {
  role.checkpoint = 'asked';
  emit(core, { kind: 'take-checkpoint' });
}

/**
 * The vCPU keeps a newer checkpoint: one that the log reaches back to, for a joiner that had to wait for it.
 */
export function considerCheckpoint(core: Core, role: PrimaryRole): void {
  if (role.successor?.phase === 'copying' && role.checkpoint === 'none') takeCheckpoint(core, role);
}

function refuse(core: Core, peer: PeerId, refusal: Refusal): void {
  note(core, `refused ${peer}: ${refusal.message}`);
  announce(core, { event: 'peer-refused', code: refusal.code, message: refusal.message });
  send(core, peer, { kind: 'refusal', ...refusal });
  emit(core, { kind: 'close-peer', peer, reason: refusal.message });
}

/** What differs, with both sides named: an unequal engine would diverge sooner or later (I3). */
function mismatch({ identity: mine, ...config }: CoreConfig, hello: HelloFrame): Refusal | null {
  const differs = (code: string, what: string, primary: unknown, backup: unknown, mend: string): Refusal => ({
    code,
    message: `the backup's ${what} is ${backup}, the primary's is ${primary}`,
    mend,
  });
  if (hello.protocolVersion !== PROTOCOL_VERSION) {
    const mend = 'run the same version of tandem on both hosts';
    return differs('VERSION', 'protocol version', PROTOCOL_VERSION, hello.protocolVersion, mend);
  }
  if (hello.vm !== mine.vm) return differs('VM', 'VM', mine.vm, hello.vm, 'give both hosts the same --vm');
  if (hello.image !== mine.image) {
    const mend = 'start both hosts from the same program, the same flags and the same tandem';
    return differs('IMAGE', 'image', shortDigest(mine.image), shortDigest(hello.image), mend);
  }
  if (hello.architecture !== mine.architecture) {
    const mend = 'run both hosts on one CPU architecture';
    return differs('ARCHITECTURE', 'CPU architecture', mine.architecture, hello.architecture, mend);
  }
  if (hello.bootHash !== mine.bootHash) {
    const mend = 'equal images must boot equally: please report this with both Node versions';
    return differs(
      'BOOT_HASH',
      'state hash after boot',
      shortDigest(mine.bootHash),
      shortDigest(hello.bootHash),
      mend,
    );
  }
  const { heartbeatMs, suspectMs } = hello.times;
  if (heartbeatMs !== config.heartbeatMs || suspectMs !== config.suspectAfterMs) {
    // One would be thrown out for being as slow as it was told to be.
    const mend = 'give all hosts the same --heartbeat-ms and --suspect-ms';
    const words = (beat: number, patience: number): string => `${beat} ms, patience ${patience} ms`;
    const own = words(config.heartbeatMs, config.suspectAfterMs);
    return differs('TIMES', 'heartbeat', own, words(heartbeatMs, suspectMs), mend);
  }
  return null;
}

/** One backup at a time, and one at the door. */
function busy(core: Core, role: PrimaryRole): Refusal | null {
  const isTaken = ['transferring', 'listing', 'protected', 'handing-over'].includes(core.status);
  return isTaken || role.knocking !== null ? taken(role) : null;
}

function taken(role: PrimaryRole): Refusal {
  const name = role.successor?.host ?? role.knocking?.hello.host ?? 'another host';
  const message = `${name} is the backup already, or is becoming it`;
  return {
    code: 'BUSY',
    message,
    mend: 'start this one with --role spare: then it waits until it is needed',
  };
}

/** The vCPU's copy stands still: offer it, if the log reaches back to it. */
export function checkpointTaken(core: Core, role: PrimaryRole, event: CheckpointTaken): void {
  const { successor } = role;
  if (successor?.phase !== 'copying') {
    // Its backup has left meanwhile.
    dropCheckpoint(core, role);
    letIn(core, role);
    return;
  }
  const head = core.joinLog.headAt(event.position);
  if (head === null) {
    note(
      core,
      `${successor.host} joins when this turn has ended: the log since ${event.position} is too long`,
    );
    dropCheckpoint(core, role);
    return;
  }
  role.checkpoint = 'kept';
  successor.phase = 'offered';
  successor.offeredMs = core.nowMs;
  successor.pauseMs = event.pauseMs;
  const { stateHash, sizeBytes, pageBytes, pageHashes, ordinal, guestClockMs } = event;
  const machine = { stateHash, sizeBytes, pageBytes, pageHashes, ordinal, guestClockMs };
  successor.checkpoint = {
    kind: 'checkpoint-offer',
    epoch: core.epoch,
    ...head,
    ...machine,
  };
  send(core, successor.peer, successor.checkpoint);
}

export function pagesWanted(core: Core, role: PrimaryRole, frame: PagesWantedFrame): Complaint {
  const { successor } = role;
  const offer = successor?.checkpoint;
  if (successor?.phase === 'sending')
    return { code: 'OUT_OF_TURN', detail: 'pages are asked for a second time' };
  if (successor?.phase !== 'offered' || !offer)
    return { code: 'OUT_OF_TURN', detail: 'pages without an offer' };
  const pages = Math.ceil(offer.sizeBytes / offer.pageBytes);
  const last = frame.indices.at(-1) ?? 0;
  if (last >= pages) return { code: 'NO_SUCH_PAGE', detail: `page ${last} of ${pages}` };
  successor.phase = 'sending';
  const { peer } = successor;
  note(core, `${successor.host} lacks ${frame.indices.length} of ${pages} pages`);
  if (frame.indices.length > 0) {
    emit(core, { kind: 'send-pages', peer, epoch: core.epoch, indices: frame.indices });
  }
  return null;
}

/**
 * The joiner's machine stands: everything since the checkpoint follows, and
 * from now on every batch as it is formed.
 */
export function joined(core: Core, role: PrimaryRole, frame: JoinedFrame): Complaint {
  const { successor } = role;
  const offer = successor?.checkpoint;
  if ((successor?.phase !== 'offered' && successor?.phase !== 'sending') || !offer)
    return { code: 'OUT_OF_TURN', detail: 'joined without an offer' };
  if (frame.position !== offer.position || frame.stateHash !== offer.stateHash) {
    const detail = `joined at ${frame.position} with ${frame.stateHash}, offered ${offer.position} with ${offer.stateHash}`;
    return { code: 'WRONG_STATE', detail };
  }
  dropCheckpoint(core, role);
  core.lastEqualHash = { position: offer.position, stateHash: offer.stateHash };
  role.hashPoints = role.hashPoints.filter((point) => point.position > offer.position);
  successor.phase = 'fed';
  successor.received = offer.position;
  successor.replayed = offer.position;
  successor.fedFrom = core.head.position;
  successor.fedThrough = offer.position;
  role.buffer = new LogBuffer(offer.position);
  const since = core.joinLog.countAfter(offer.position);
  note(core, `${successor.host} has the checkpoint at ${offer.position}; ${since} batches since`);
  feed(core, role);
  considerListing(core, role);
  return null;
}

/**
 * Two steps. Caught up with where the log was when it began to flow, and the guest's clock known: outputs
 * wait for this backup from now on. It holds everything that has left, and no line printed before its
 * checkpoint is still on its way: the arbiter is told.
 */
export function considerListing(core: Core, role: PrimaryRole): void {
  const { successor } = role;
  if (successor?.phase !== 'fed') return;
  const isCaughtUp = successor.received >= successor.fedFrom && isFed(core, successor);
  if (core.status === 'transferring' && isCaughtUp && isClockTold(successor)) {
    enter(core, 'listing', `outputs wait for ${successor.host}`);
  }
  if (core.status !== 'listing' || core.attempt !== null) return;
  if (successor.received < core.outputs.releasedPosition) return;
  const checkpointOrdinal = successor.checkpoint?.ordinal ?? 0;
  const oldestUnprinted = core.outputs.unprinted[0]?.ordinal ?? Number.POSITIVE_INFINITY;
  if (oldestUnprinted <= checkpointOrdinal) return;
  attempt(core, 'listing', [successor.incarnation]);
}

/** A joiner's heartbeat: it may have been all that was missing. */
export function heartbeatHeard(core: Core, role: PrimaryRole, frame: HeartbeatFrame): void {
  const { successor } = role;
  if (successor === null || core.status !== 'transferring') return;
  clockEchoed(core, role, successor, frame);
  considerListing(core, role);
}

/** The arbiter has recorded the successor as in sync; `core.epoch` is the new one. */
export function listed(core: Core, successor: Successor): void {
  send(core, successor.peer, { kind: 'listed', epoch: core.epoch });
  enter(core, 'protected', `${successor.host} is in sync`);
  announce(core, {
    event: 'redundant',
    epoch: core.epoch,
    backup: successor.host,
    afterMs: core.nowMs - successor.helloMs,
    pauseMs: successor.pauseMs,
  });
  release(core);
}

/** Forgets the successor; what it meant for outputs is the caller's to settle. */
export function forgetSuccessor(core: Core, role: PrimaryRole, reason: string): void {
  const { successor } = role;
  if (successor === null) return;
  emit(core, { kind: 'close-peer', peer: successor.peer, reason });
  role.successor = null;
  role.buffer = new LogBuffer(core.head.position);
  forgetLag(role);
  if (role.checkpoint === 'kept') dropCheckpoint(core, role);
}

function dropCheckpoint(core: Core, role: PrimaryRole): void {
  role.checkpoint = 'none';
  emit(core, { kind: 'drop-checkpoint' });
}
