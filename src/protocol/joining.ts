/**
 * How a backup comes in, as the backup sees it (FT §3.1): hello, the offer of a checkpoint, the pages that it
 * lacks, the root over all of them. The other half is listing.ts.
 */
import { epoch } from '../base/brands.ts';
import { JoinLog } from '../log/join-log.ts';
import * as detector from './detector.ts';
import type { PeerId } from './events.ts';
import { type CheckpointFrame, type PagesFrame, PROTOCOL_VERSION, type RegisteredFrame } from './frames.ts';
import { forgetClock } from './guest-time.ts';
import { emit, enter, halt, note, send } from './orders.ts';
import { resumeOutputs } from './output-rule.ts';
import type { BackupRole, Complaint, Core } from './state.ts';

/** The connection stands: who this host is, and what it would execute. */
export function connected(core: Core, role: BackupRole, peer: PeerId): void {
  if (role.peer !== null) {
    emit(core, { kind: 'close-peer', peer, reason: 'this host is not live' });
    return;
  }
  role.peer = peer;
  forgetClock(role);
  detector.watch(core);
  const { identity, incarnation, host, heartbeatMs, suspectAfterMs: suspectMs } = core.config;
  note(core, `connected as ${peer}`);
  const said = { kind: 'hello', protocolVersion: PROTOCOL_VERSION, incarnation, host, as: role.as } as const;
  send(core, peer, { ...said, ...identity, times: { heartbeatMs, suspectMs } });
}

/** Somebody takes this host for the primary. */
export function notLive(core: Core, role: BackupRole, peer: PeerId): void {
  const message = `${core.config.host} is not live; ${role.peer === null ? 'it looks for the primary, too' : `it follows ${role.primaryHost}`}`;
  send(core, peer, { kind: 'refusal', code: 'NOT_LIVE', message, mend: 'join the host that is live' });
  emit(core, { kind: 'close-peer', peer, reason: 'this host is not live' });
}

/** A spare is on the primary's list. */
export function registered(core: Core, role: BackupRole, frame: RegisteredFrame): Complaint {
  if (core.status !== 'joining') return { code: 'OUT_OF_TURN', detail: `registered while ${core.status}` };
  core.epoch = frame.epoch;
  role.primaryHost = frame.host;
  enter(core, 'waiting', `a spare of ${frame.host}`);
  return null;
}

/** A spare that has nothing of the machine yet loses nothing with its primary. */
export function lookElsewhere(core: Core, role: BackupRole, cause: string): void {
  if (role.peer !== null) emit(core, { kind: 'close-peer', peer: role.peer, reason: cause });
  role.peer = null;
  core.epoch = epoch(0);
  if (core.status === 'waiting') enter(core, 'joining', cause);
  else note(core, cause);
  emit(core, { kind: 'seek-primary' });
}

/**
 * The primary's checkpoint, told by the hashes of its pages; the machine that
 * booted here has some of them already.
 */
export function offered(core: Core, role: BackupRole, offer: CheckpointFrame): Complaint {
  if (core.status !== 'joining' && core.status !== 'waiting') {
    return { code: 'OUT_OF_TURN', detail: 'a second checkpoint' };
  }
  role.offer = offer;
  enter(core, 'receiving', `checkpoint at ${offer.position}, ${offer.sizeBytes} bytes`);
  emit(core, { kind: 'compare-pages', offer });
  return null;
}

export function pagesCompared(core: Core, role: BackupRole, wanted: readonly number[]): void {
  const { peer, offer } = role;
  if (core.status !== 'receiving' || peer === null || offer === null) return;
  role.missing = new Set(wanted);
  send(core, peer, { kind: 'pages-wanted', epoch: core.epoch, indices: wanted });
  if (wanted.length === 0) emit(core, { kind: 'install-checkpoint', offer });
}

export function pagesReceived(core: Core, role: BackupRole, frame: PagesFrame): Complaint {
  const { offer } = role;
  if (core.status !== 'receiving' || offer === null || role.missing.size === 0) {
    return { code: 'OUT_OF_TURN', detail: 'pages that nobody waits for' };
  }
  for (const { index, bytes } of frame.pages) {
    const expected = Math.min(offer.pageBytes, offer.sizeBytes - index * offer.pageBytes);
    if (!role.missing.delete(index) || bytes.length !== expected) {
      return { code: 'NO_SUCH_PAGE', detail: `page ${index} of ${bytes.length} bytes` };
    }
    emit(core, { kind: 'keep-page', index, bytes });
  }
  if (role.missing.size === 0) emit(core, { kind: 'install-checkpoint', offer });
  return null;
}

/** The pages are in the memory and the root over it is known: from here on this host can be listed. */
export function checkpointInstalled(core: Core, role: BackupRole, stateHash: string): void {
  const { peer, offer } = role;
  if (core.status !== 'receiving' || peer === null || offer === null) return;
  if (stateHash !== offer.stateHash) {
    const message = `the checkpoint at ${offer.position} has the state hash ${stateHash}, offered was ${offer.stateHash}`;
    halt(core, 'CHECKPOINT_BROKEN', message, 'start this host again');
    return;
  }
  core.head = { position: offer.position, chain: offer.chain };
  core.joinLog = new JoinLog(core.head, core.config.joinLogBytes);
  core.replayed = offer.position;
  role.ackedReplayed = offer.position;
  core.lastEqualHash = { position: offer.position, stateHash: offer.stateHash };
  resumeOutputs(core.outputs, offer.ordinal);
  enter(core, 'catching-up', `the checkpoint at ${offer.position} stands`);
  const { position } = offer;
  send(core, peer, { kind: 'joined', epoch: core.epoch, position, stateHash: offer.stateHash });
}
