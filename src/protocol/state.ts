/**
 * What a core remembers. One object, changed only inside `step`; the parts (detector, output rule, takeover,
 * listing, flow control, the two roles) are functions over it, one file each.
 */
import type { Epoch, Ordinal, Position } from '../base/brands.ts';
import type { LogHead } from '../log/batch.ts';
import type { JoinLog } from '../log/join-log.ts';
import type { LogBuffer } from '../log/log-buffer.ts';
import type { CoreConfig } from './config.ts';
import type { Effect, EqualHash, HaltReason } from './effects.ts';
import type { OutputRoute, PeerId } from './events.ts';
import type { CheckpointFrame, HelloFrame, Joiner } from './frames.ts';
import type { ArbiterRecord, Incarnation } from './record.ts';
import type { Status } from './status.ts';

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
  /** What the last heartbeat said has left. */
  toldReleased: Ordinal;
  toldPrinted: Ordinal;
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
  /** More may leave than by one event: nothing else does before the next tick. */
  isCut: boolean;
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
export type AttemptPurpose = 'first' | 'check' | 'listing' | 'solo' | 'go-live' | 'succeed';

/** A backup as its primary sees it: joining, being listed, or in sync. */
export interface Successor {
  readonly peer: PeerId;
  readonly incarnation: Incarnation;
  readonly host: string;
  readonly helloMs: number;
  /**
   * `copying`: the vCPU makes the checkpoint; `offered`: the backup looks which pages it lacks; `sending`: it
   * has asked for them, once and for all; `fed`: the log flows.
   */
  phase: 'copying' | 'offered' | 'sending' | 'fed';
  checkpoint: CheckpointFrame | null;
  /** When it was offered; infinite before. */
  offeredMs: number;
  pauseMs: number;
  /** Recorded when the log began to flow: caught up means acknowledged at least this. */
  fedFrom: Position;
  /** Sent so far: the log from before it came flows in portions (listing.ts). */
  fedThrough: Position;
  received: Position;
  replayed: Position;
  /**
   * What its echoes prove about the guest's clock: a quick one, or slow ones, the last of
   * them at `slowAtMs` (guest-time.ts).
   */
  readonly clockTold: { quick: boolean; slow: number; slowAtMs: number };
  /**
   * It was the primary, and clients that are still connected to it wait for
   * what is released here (hand-over.ts).
   */
  relaysUntilMs: number;
}

/** A host that waits until a backup is needed. */
export interface Spare {
  readonly peer: PeerId;
  readonly hello: HelloFrame;
  heardMs: number;
  told: 'nothing' | 'registered';
}

/** A stretch of recorded log that the backup has not executed, for execution lag (flow.ts). */
export interface LagMark {
  position: Position;
  bytes: number;
  readonly recordedAtMs: number;
}

export interface PrimaryRole {
  readonly kind: 'primary';
  /** `off`: the machine was switched off, and nobody will ever go on with it. */
  guest: 'waiting' | 'started' | 'off';
  /** `asked` and `kept` belong to the present successor, or to one that has just left. */
  checkpoint: 'none' | 'asked' | 'kept';
  successor: Successor | null;
  /** A backup that came while this host could not take one; welcomed as soon as it can. */
  knocking: { readonly peer: PeerId; readonly hello: HelloFrame } | null;
  /** Registered spares, in the order in which they came (spares.ts). */
  spares: Spare[];
  /** Sent and not acknowledged. */
  buffer: LogBuffer;
  lag: LagMark[];
  lagBytes: number;
  /** What the lag was lately. */
  lagsSeen: { readonly atMs: number; ms: number }[];
  hashPoints: EqualHash[];
  doubt: Suspicion | null;
  handOver: HandingOver | null;
  /** Orders to yield that the vCPU has not come to: what it says to a withdrawn one means nothing. */
  yieldsAsked: number;
  vcpu: 'running' | 'paused';
  slowdownPercent: number;
  slowdownSetMs: number;
  /** As the last tick told it, and since when ticks have told one (guest-time.ts). */
  guestClock: { readonly guestMs: number; readonly readAtMs: number; readonly sinceMs: number } | null;
}

export interface BackupRole {
  readonly kind: 'backup';
  /** A spare looks for a primary until one takes it. */
  readonly as: Joiner;
  peer: PeerId | null;
  primaryHost: string;
  offer: CheckpointFrame | null;
  /** Indices of pages that were asked for and have not come. */
  missing: Set<number>;
  /** The primary's guest clock and when it was heard. */
  clock: { readonly guestMs: number; readonly heardAtMs: number } | null;
  /**
   * What this host's clock is ahead of the primary's by the quickest heartbeat so
   * far, and when that was reckoned (I6).
   */
  ahead: { readonly ms: number; readonly atMs: number };
  suspicion: Suspicion | null;
  handOver: Succession | null;
  ackedReplayed: Position;
}

/** A planned switch-over as the primary sees it (hand-over.ts). */
export interface HandingOver {
  readonly phase: 'yielding' | 'yielded' | 'offered';
  readonly sinceMs: number;
  /** The guest's clock when the vCPU yielded, and when that was. */
  readonly clock: { readonly guestMs: number; readonly heardAtMs: number } | null;
}

/** The same as the backup sees it. */
export interface Succession {
  /** Who becomes the backup. */
  readonly from: Incarnation;
  readonly position: Position;
  /** A closed channel: clients of the old primary have lost their connections. */
  readonly channel: 'open' | 'closed';
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
  /** The log since the checkpoint that this host's vCPU keeps: what another backup joins with. */
  joinLog: JoinLog;
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

/** What a frame did wrong; null when nothing. The peer that sent it is closed, never the host. */
export type Complaint = { readonly code: string; readonly detail: string } | null;
