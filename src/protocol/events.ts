/**
 * What can happen to a protocol core: past facts, each with the host's monotonic clock. The union is closed:
 * an event that is not here does not exist for the protocol (FT §2).
 *
 * The host's duties, in the order in which a broken one would hurt:
 * 1. Events reach `step` one at a time, with `nowMs` that never decreases; a step's effects are performed
 *    in their order, and all of them before the effects of the next step.
 * 2. From the vCPU: entries first, then the outputs that wait for them. One `entries-recorded` becomes one
 *    batch, so a host gathers what the vCPU has written since its last look into one event (at most
 *    `limits.batchBytes`, except for a single larger entry).
 * 3. The position of `base-kept` and `checkpoint-taken` is one at which a batch ends: entries up
 *    to it were reported before, and in another event than later ones. While a checkpoint is kept
 *    for a joiner the base does not move.
 * 4. Every `read-arbiter` and `claim` is answered exactly once; a time-out is the answer `unreachable`.
 * 5. Ticks every `config.tickMs`. After `drain-sockets` the host lets every readable socket be read once,
 *    reports what came, then reports `sockets-drained`.
 * 6. A frame was decoded by `wire/` (every log entry in it, too); a peer whose bytes do not decode is
 *    reported as `peer-violated`. The peer's token was checked before `peer-connected`.
 * 7. After `halt` nothing leaves any more. After `end-run` the host goes on (ticks, heartbeats) until its
 *    console's end has taken the end's ordinal and it has reported that as `outputs-printed`; else the backup
 *    would take over from a host that is only busy.
 * 8. `outputs-printed` is reported for console output in every set-up: by the supervisor,
 *    or when stdout has taken the bytes.
 * 9. `went-live` comes before any entry of this host's own. `peer-closed` is reported once;
 *    `close-peer` may name a peer that is gone.
 */
import type { Digest, Ordinal, Position } from '../base/brands.ts';
import type { Frame } from './frames.ts';
import type { ClaimAnswer, ReadAnswer } from './record.ts';

/** Names one connection of the logging channel for as long as it lives; never used again for another. */
export type PeerId = string;

interface At {
  /** The host's monotonic clock. */
  readonly nowMs: number;
}

/** First event of every core, once the machine has booted (position 0) and the effects can be performed. */
export interface HostStarted extends At {
  readonly kind: 'host-started';
}

export interface TickElapsed extends At {
  readonly kind: 'tick-elapsed';
  /** The guest's clock now on a live host; null on a backup and before the guest runs. */
  readonly guestClockMs: number | null;
}

/** Every socket that was readable after `drain-sockets` has been read. */
export interface SocketsDrained extends At {
  readonly kind: 'sockets-drained';
}

/** Primary: a backup connected and showed the token. Backup: the connection to the primary stands. */
export interface PeerConnected extends At {
  readonly kind: 'peer-connected';
  readonly peer: PeerId;
  /**
   * Said by a host that is not live of a peer that called it: such a peer
   * looks for the primary, and is told so.
   */
  readonly caller?: 'peer';
}

export interface FrameReceived extends At {
  readonly kind: 'frame-received';
  readonly peer: PeerId;
  readonly frame: Frame;
}

/** The connection is gone: closed by the other side, by the network, or never made (a refused connect). */
export interface PeerClosed extends At {
  readonly kind: 'peer-closed';
  readonly peer: PeerId;
  readonly reason: string;
}

/** The peer sent what does not decode or broke a limit. */
export interface PeerViolated extends At {
  readonly kind: 'peer-violated';
  readonly peer: PeerId;
  readonly code: string;
  readonly detail: string;
}

/** Live: the vCPU wrote entries. `bytes` is kept by the core and must not change any more. */
export interface EntriesRecorded extends At {
  readonly kind: 'entries-recorded';
  readonly entryCount: number;
  readonly bytes: Uint8Array;
}

/** Where an output goes: to a client, to the console, or it is the end of a plain program. */
export type OutputRoute = 'client' | 'console';

/**
 * Live: an output that must wait. Backup: its copy of one. The host keeps
 * the bytes, the core decides about them.
 */
export interface OutputRecorded extends At {
  readonly kind: 'output-recorded';
  readonly ordinal: Ordinal;
  /** The entry (the mark, inside a long turn) that the backup must hold before this leaves. */
  readonly position: Position;
  readonly route: OutputRoute;
  /** What it costs the host to hold, with the overhead of each. */
  readonly byteLength: number;
}

/** The plain program has ended: an output like the others, the last one. */
export interface GuestEnded extends At {
  readonly kind: 'guest-ended';
  readonly ordinal: Ordinal;
  readonly position: Position;
  readonly exitCode: number;
}

/** The console's end (supervisor or stdout) has taken everything up to `throughOrdinal`. */
export interface OutputsPrinted extends At {
  readonly kind: 'outputs-printed';
  readonly throughOrdinal: Ordinal;
}

/**
 * The vCPU's copy of its machine, the base, is now the one at `position`,
 * between two turns; on a backup, too.
 */
export interface BaseKept extends At {
  readonly kind: 'base-kept';
  readonly position: Position;
}

/**
 * Live: answer to `take-checkpoint`: the base, which may lie before the turn that is running. It
 * stands still until `drop-checkpoint`.
 */
export interface CheckpointTaken extends At {
  readonly kind: 'checkpoint-taken';
  readonly position: Position;
  readonly stateHash: Digest;
  readonly sizeBytes: number;
  readonly pageBytes: number;
  readonly pageHashes: Uint8Array;
  readonly ordinal: Ordinal;
  readonly guestClockMs: number;
  /** How long the vCPU stood still for it. */
  readonly pauseMs: number;
}

/** Joiner: answer to `compare-pages`: indices of pages it lacks, ascending. */
export interface PagesCompared extends At {
  readonly kind: 'pages-compared';
  readonly wanted: readonly number[];
}

/** Joiner: answer to `install-checkpoint`: the root over the memory that now stands. */
export interface CheckpointInstalled extends At {
  readonly kind: 'checkpoint-installed';
  readonly stateHash: Digest;
}

/**
 * Backup: the vCPU has executed up to `position`. Reported at least every few milliseconds while it moves.
 */
export interface EntriesReplayed extends At {
  readonly kind: 'entries-replayed';
  readonly position: Position;
}

/** A hash point: on the primary the hash it logged, on the backup the equal hash it found. */
export interface HashChecked extends At {
  readonly kind: 'hash-checked';
  readonly position: Position;
  readonly stateHash: Digest;
}

/** Backup: its machine is not the primary's (I3). */
export interface Diverged extends At {
  readonly kind: 'diverged';
  readonly position: Position;
  readonly expected: string;
  readonly actual: string;
  readonly detail: string;
}

/** Backup: answer to `go-live`: everything received was executed and the clock is this host's. */
export interface WentLive extends At {
  readonly kind: 'went-live';
  /** Entries recorded from here on are this host's own. */
  readonly position: Position;
  /** The last output that the machine has made. */
  readonly ordinal: Ordinal;
}

/**
 * The vCPU has come to the end of the machine's life (FT §3.3): a primary's has logged it, a
 * backup's has executed the log to it.
 */
export interface MachineStopped extends At {
  readonly kind: 'machine-stopped';
  readonly position: Position;
}

/** The vCPU cannot execute faithfully: growth failed, a trap, a broken log (I9). */
export interface VcpuFailed extends At {
  readonly kind: 'vcpu-failed';
  readonly reason: string;
}

export interface ArbiterRead extends At {
  readonly kind: 'arbiter-read';
  readonly answer: ReadAnswer;
}

export interface ClaimAnswered extends At {
  readonly kind: 'claim-answered';
  readonly claimId: string;
  readonly answer: ClaimAnswer;
}

/** Live: somebody wants the roles to change (FT §3.3). */
export interface SwitchOverAsked extends At {
  readonly kind: 'switch-over-asked';
}

/**
 * Live: answer to `yield-vcpu`: all that was delivered is executed and logged up to
 * `position`, and nothing is executed any more.
 */
export interface VcpuYielded extends At {
  readonly kind: 'vcpu-yielded';
  readonly position: Position;
  readonly guestClockMs: number;
}

/** Somebody asked this host to stop: it says goodbye, so that the other side need not wait for silence. */
export interface StopAsked extends At {
  readonly kind: 'stop-asked';
  readonly reason: string;
}

export type ProtocolEvent =
  | HostStarted
  | TickElapsed
  | SocketsDrained
  | PeerConnected
  | FrameReceived
  | PeerClosed
  | PeerViolated
  | EntriesRecorded
  | OutputRecorded
  | GuestEnded
  | OutputsPrinted
  | BaseKept
  | CheckpointTaken
  | PagesCompared
  | CheckpointInstalled
  | EntriesReplayed
  | HashChecked
  | Diverged
  | WentLive
  | MachineStopped
  | VcpuFailed
  | ArbiterRead
  | ClaimAnswered
  | SwitchOverAsked
  | VcpuYielded
  | StopAsked;

export type EventKind = ProtocolEvent['kind'];
