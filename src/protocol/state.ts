/**
 * What a core remembers, and the few verbs that every part of it uses. One object, changed only inside `step`; the parts
 * (detector, output rule, takeover, listing, flow control, the two roles) are functions over it, one file each.
 */
import { invariant } from '../base/assert.ts';
import type { Epoch, Ordinal, Position } from '../base/brands.ts';
import { limits } from '../base/limits.ts';
import type { LogHead } from '../log/batch.ts';
import type { LogBuffer } from '../log/log-buffer.ts';
import type { CoreConfig } from './config.ts';
import type { Announcement, Effect, EqualHash, HaltReason } from './effects.ts';
import type { OutputRoute, PeerId } from './events.ts';
import type { CheckpointFrame, Frame } from './frames.ts';
import type { ArbiterRecord, Incarnation } from './record.ts';
import { assertTransition, type Status } from './status.ts';
import { statusLine } from './status-line.ts';

/** Who was heard when, and whether one's own clock can be trusted to judge it (detector.ts). */
export interface Detector {
  /** `draining`: this host was late itself; sockets are read before anybody is suspected. */
  phase: 'watching' | 'draining';
  lastTickMs: number;
  lastBeatMs: number;
  /** When the other side was last heard, in this host's clock. */
  heardMs: number;
  /** The latest `sentMs` of the other side, to be echoed. */
  peerSentMs: number;
  /** The latest `sentMs` of this host that the other side has echoed. */
  provenMs: number;
}

export interface HeldOutput {
  readonly ordinal: Ordinal;
  readonly position: Position;
  readonly route: OutputRoute;
  readonly byteLength: number;
  readonly heldSinceMs: number;
  /** Of a plain program's end; null for every other output. */
  readonly exitCode: number | null;
}

/** Outputs of this machine (output-rule.ts). */
export interface Outputs {
  /** In order of their ordinals. Live: they wait for an acknowledgement. Backup: copies. */
  held: HeldOutput[];
  heldBytes: number;
  /** Console output that has left and is not known to be printed. */
  unprinted: HeldOutput[];
  unprintedBytes: number;
  recorded: Ordinal;
  released: Ordinal;
  /** The highest position that an output which left was waiting for. */
  releasedPosition: Position;
  printed: Ordinal;
  /** The end of a plain program once it was released. */
  end: HeldOutput | null;
}

/** One try to change the arbiter's record (takeover.ts). */
export interface Attempt {
  readonly purpose: AttemptPurpose;
  /** Null: there must be no record. */
  expectedEpoch: Epoch | null;
  next: ArbiterRecord;
  phase: 'reading' | 'claiming' | 'waiting';
  /** While it is 0 nobody outside has seen the attempt, and it may be dropped. */
  claimsSent: number;
  retryAtMs: number;
  retryMs: number;
}

/** `check`: read only, after a long pause of one's own. */
export type AttemptPurpose = 'first' | 'check' | 'listing' | 'solo' | 'go-live';

/** A backup as its primary sees it: joining, being listed, or in sync. */
export interface Successor {
  readonly peer: PeerId;
  readonly incarnation: Incarnation;
  readonly host: string;
  readonly helloMs: number;
  /** `copying`: the vCPU makes the checkpoint; `offered`: pages travel; `fed`: the log flows. */
  phase: 'copying' | 'offered' | 'fed';
  checkpoint: CheckpointFrame | null;
  pauseMs: number;
  /** Recorded when the log began to flow: caught up means acknowledged at least this. */
  fedFrom: Position;
  received: Position;
  replayed: Position;
}

/** A stretch of recorded log that the backup has not executed, for execution lag (flow.ts). */
export interface LagMark {
  position: Position;
  bytes: number;
  readonly recordedAtMs: number;
}

export interface PrimaryRole {
  readonly kind: 'primary';
  guest: 'waiting' | 'started';
  /** `asked` and `kept` belong to the present successor, or to one that has just left. */
  checkpoint: 'none' | 'asked' | 'kept';
  successor: Successor | null;
  buffer: LogBuffer;
  lag: LagMark[];
  lagBytes: number;
  hashPoints: EqualHash[];
  doubt: Suspicion | null;
  vcpu: 'running' | 'paused';
  slowdownPercent: number;
  slowdownSetMs: number;
  guestClockMs: number | null;
}

export interface BackupRole {
  readonly kind: 'backup';
  peer: PeerId | null;
  primaryHost: string;
  offer: CheckpointFrame | null;
  /** Indices of pages that were asked for and have not come. */
  missing: Set<number>;
  /** The primary's guest clock and when it was heard. */
  clock: { readonly guestMs: number; readonly heardAtMs: number } | null;
  suspicion: Suspicion | null;
  ackedReplayed: Position;
}

export interface Suspicion {
  readonly cause: string;
  readonly sinceMs: number;
  /** Where a withdrawal leads back to. */
  readonly from: Status;
  /** A closed channel leaves no way back. */
  channel: 'open' | 'closed';
}

export interface Core {
  readonly config: CoreConfig;
  status: Status;
  /** 0 until one is known. */
  epoch: Epoch;
  nowMs: number;
  doors: 'open' | 'closed';
  /** Recorded (live) or received (backup). */
  head: LogHead;
  /** Executed by this host's vCPU. */
  replayed: Position;
  readonly detector: Detector;
  readonly outputs: Outputs;
  attempt: Attempt | null;
  claimsMade: number;
  role: PrimaryRole | BackupRole;
  lastEqualHash: EqualHash | null;
  haltReason: HaltReason | null;
  /** The last status lines, for the report of a halt. */
  readonly lines: string[];
  effects: Effect[];
}

export function emit(core: Core, effect: Effect): void {
  core.effects.push(effect);
}

export function send(core: Core, peer: PeerId, frame: Frame): void {
  emit(core, { kind: 'send', peer, frame });
}

export function announce(core: Core, announcement: Announcement): void {
  emit(core, { kind: 'announce', announcement });
}

/** Writes a status line; every transition and every surprise has one. */
export function note(core: Core, text: string): void {
  const line = statusLine(core, text);
  core.lines.push(line);
  if (core.lines.length > limits.statusLinesKept) core.lines.shift();
  emit(core, { kind: 'status-line', line });
}

export function enter(core: Core, status: Status, why: string): void {
  assertTransition(core.status, status);
  core.status = status;
  note(core, why);
}

export function setDoors(core: Core, state: 'open' | 'closed'): void {
  if (core.doors === state) return;
  core.doors = state;
  emit(core, { kind: 'set-doors', state });
}

/** The end of this host: it serves nobody, and nothing leaves it any more. */
export function halt(core: Core, code: string, message: string, mend: string): void {
  setDoors(core, 'closed');
  core.attempt = null;
  core.haltReason = { code, message, mend };
  enter(core, 'halted', `halt: ${message}`);
  emit(core, { kind: 'halt', reason: core.haltReason, lastLines: [...core.lines] });
}

/** The role's state; asking for the wrong one is a bug. */
export function primaryOf(core: Core): PrimaryRole {
  invariant('I9', core.role.kind === 'primary', `${core.status} is not a primary's status`);
  return core.role;
}

export function backupOf(core: Core): BackupRole {
  invariant('I9', core.role.kind === 'backup', `${core.status} is not a backup's status`);
  return core.role;
}
