/**
 * What a protocol core orders its host to do. The host performs the effects of a step in their order and
 * decides nothing itself. The order is part of the protocol: doors close before the arbiter is asked, a claim
 * leaves after the seal, and an output leaves only by `release-outputs` (FT §2.2, §2.3).
 */
import type { Digest, Epoch, Ordinal, Position } from '../base/brands.ts';
import type { PeerId } from './events.ts';
import type { CheckpointFrame, Frame } from './frames.ts';
import type { ArbiterRecord } from './record.ts';

/** What the supervisor and a person want to know; printed as NDJSON by `cli/`. */
export type Announcement =
  /** The machine is live in `epoch`, or will be once its guest starts. */
  | { readonly event: 'live'; readonly epoch: Epoch }
  | {
      readonly event: 'failure-detected';
      readonly of: 'primary' | 'backup';
      readonly cause: string;
      /** For how long it had not been heard then. */
      readonly silentMs: number;
    }
  | { readonly event: 'suspicion-withdrawn'; readonly of: 'primary' | 'backup' }
  | { readonly event: 'waiting-for-arbiter'; readonly reason: string }
  /** A primary goes on without a backup, by right of the arbiter. */
  | { readonly event: 'solo'; readonly epoch: Epoch }
  /** `afterMs`: from the suspicion to open doors. */
  | {
      readonly event: 'go-live';
      readonly epoch: Epoch;
      readonly position: Position;
      readonly afterMs: number;
    }
  /** `afterMs`: from the backup's hello; `pauseMs`: how long the vCPU stood still for the checkpoint. */
  | {
      readonly event: 'redundant';
      readonly epoch: Epoch;
      readonly backup: string;
      readonly afterMs: number;
      readonly pauseMs: number;
    }
  /** Planned: this host is live now, and the host that was has become its backup. */
  | { readonly event: 'switch-over'; readonly epoch: Epoch; readonly position: Position }
  /** Planned: this host is the backup now. */
  | { readonly event: 'relieved'; readonly epoch: Epoch }
  | { readonly event: 'switch-over-failed'; readonly reason: string }
  | { readonly event: 'peer-refused'; readonly code: string; readonly message: string }
  | {
      readonly event: 'divergence';
      readonly position: Position;
      readonly expected: string;
      readonly actual: string;
      readonly detail: string;
    };

export interface HaltReason {
  /**
   * Stable, for programs: `EPOCH_LOST`, `VM_ID_USED`, `REFUSED`, `DIVERGED`, `NOT_IN_SYNC`, `VCPU_FAILED`, …
   */
  readonly code: string;
  /** One line for people: what happened and to whom the VM belongs now. */
  readonly message: string;
  /** What to do about it. */
  readonly mend: string;
}

export type Effect =
  // The logging channel.
  | { readonly kind: 'send'; readonly peer: PeerId; readonly frame: Frame }
  /** After the frames that were sent to it before. A `peer-closed` may or may not follow. */
  | { readonly kind: 'close-peer'; readonly peer: PeerId; readonly reason: string }
  /**
   * Spare: connect to the next host that may be the primary, and to others until one
   * connection stands (`peer-connected`).
   */
  | { readonly kind: 'seek-primary' }
  /** The host's event loop was late: read every socket once, then report `sockets-drained`. */
  | { readonly kind: 'drain-sockets' }

  // Transfer of a machine.
  /**
   * Live, also inside a turn: keep the base (`base-kept`) as it is from now
   * on; report it by `checkpoint-taken`.
   */
  | { readonly kind: 'take-checkpoint' }
  /** Send these pages of the kept checkpoint as `pages` frames of at most 1 MiB, in this epoch. */
  | {
      readonly kind: 'send-pages';
      readonly peer: PeerId;
      readonly epoch: Epoch;
      readonly indices: readonly number[];
    }
  /** The kept checkpoint is not needed any more. */
  | { readonly kind: 'drop-checkpoint' }
  /** Joiner: which of these pages differ from the booted memory? Report `pages-compared`. */
  | { readonly kind: 'compare-pages'; readonly offer: CheckpointFrame }
  /** Joiner: keep this page for `install-checkpoint`. The bytes are the host's from now on. */
  | { readonly kind: 'keep-page'; readonly index: number; readonly bytes: Uint8Array }
  /** Joiner: grow to size, write the kept pages, compute the root; report `checkpoint-installed`. */
  | { readonly kind: 'install-checkpoint'; readonly offer: CheckpointFrame }

  // The vCPU.
  /** Backup: execute these. Borrowed for the length of the effect. */
  | {
      readonly kind: 'feed-entries';
      readonly firstPosition: Position;
      readonly entryCount: number;
      readonly bytes: Uint8Array;
    }
  /** Live: deliver the `start` interrupt. Ordered once in the life of a VM. */
  | { readonly kind: 'start-guest' }
  /**
   * Execute all that was fed (up to `throughPosition`), switch the clock source, deliver the `live`
   * interrupt, report `went-live`. `connections`: `kept` after a hand-over: no interrupt is delivered.
   * `clock`: the guest's clock as last heard and when; null: go on from the last logged value.
   */
  | {
      readonly kind: 'go-live';
      readonly epoch: Epoch;
      readonly throughPosition: Position;
      readonly connections: 'lost' | 'kept';
      readonly clock: { readonly guestMs: number; readonly heardAtMs: number } | null;
    }
  /**
   * Live: behind everything that was delivered, log the hand-over and a hash, execute
   * nothing more, report `vcpu-yielded`.
   */
  | { readonly kind: 'yield-vcpu' }
  /** Live: the vCPU goes on as before `yield-vcpu`, which it may not even have come to. */
  | { readonly kind: 'resume-vcpu' }
  /** The yielded vCPU executes the log of another host from here on. */
  | { readonly kind: 'follow-log' }
  /** A full buffer stops the vCPU, inside a turn, too. */
  | { readonly kind: 'set-vcpu'; readonly state: 'running' | 'paused' }
  /** Execution lag above its bound: give the vCPU this share of its time less (0..90). */
  | { readonly kind: 'set-slowdown'; readonly percent: number }

  // Outputs.
  /** Let out everything up to this ordinal that was not let out before. */
  | { readonly kind: 'release-outputs'; readonly throughOrdinal: Ordinal }
  /** Forget copies that arrived: on a backup responses up to one ordinal, console output up to the other. */
  | { readonly kind: 'discard-outputs'; readonly clientThrough: Ordinal; readonly consoleThrough: Ordinal }
  /** Closed: accept nobody, answer `/live` with 503. */
  | { readonly kind: 'set-doors'; readonly state: 'open' | 'closed' }

  /** New requests wait in this host, undelivered. */
  | { readonly kind: 'keep-requests' }
  /** New requests are delivered again, first those that were kept. */
  | { readonly kind: 'deliver-requests' }
  /**
   * Requests of clients that are still connected here, first those that were
   * kept, are passed on to the live host.
   */
  | { readonly kind: 'relay-requests'; readonly url: string }

  // The arbiter.
  | { readonly kind: 'read-arbiter' }
  /** Null: only if there is no record yet. */
  | { readonly kind: 'claim'; readonly expectedEpoch: Epoch | null; readonly next: ArbiterRecord }

  // People.
  /** One line with fixed columns; the legend is in status-line.ts. */
  | { readonly kind: 'status-line'; readonly line: string }
  | { readonly kind: 'announce'; readonly announcement: Announcement }

  // The end.
  /** Stop for good: nothing leaves any more, doors are closed, the process ends with code 1. */
  | { readonly kind: 'halt'; readonly reason: HaltReason; readonly lastLines: readonly string[] }
  /** The guest's own end; all its outputs were released. The process stays until they are printed. */
  | { readonly kind: 'end-run'; readonly exitCode: number };

export type EffectKind = Effect['kind'];

/** A state hash both sides agreed on. */
export interface EqualHash {
  readonly position: Position;
  readonly stateHash: Digest;
}
