/**
 * What primary and backup say to each other on the logging channel (FT §2.2, §3.2). These are the protocol's
 * own words; `wire/` turns them into bytes and back, and refuses what does not decode.
 *
 * Every frame after the hello carries the sender's epoch: a frame of an older one is ignored, a newer
 * one sends the receiver to the arbiter.
 */
import type { Digest, Epoch, Ordinal, Position } from '../base/brands.ts';
import type { ChainTag } from '../log/chain.ts';
import type { Incarnation } from './record.ts';

/** Bumped with every change of meaning; unequal versions refuse each other by name. */
export const PROTOCOL_VERSION = 5;

/** What must be equal on both sides before a byte of log is read. */
export interface MachineIdentity {
  readonly vm: string;
  /** Digest of the image: module, kernel, guest, limits. */
  readonly image: Digest;
  /** CPU architecture, as Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  /** State hash after boot, before any entry: equal images that boot differently are found here. */
  readonly bootHash: Digest;
}

/** Backup to primary, first frame of a channel. */
export interface HelloFrame extends MachineIdentity {
  readonly kind: 'hello';
  readonly protocolVersion: number;
  readonly incarnation: Incarnation;
  /** For people: host name and process id. */
  readonly host: string;
  /** A spare waits until it is needed; a backup that is not needed is refused. */
  readonly as: Joiner;
  readonly times: Times;
}

/** In milliseconds: how often a host says that it is there, and how long it waits for the others to. */
export interface Times {
  readonly heartbeatMs: number;
  readonly suspectMs: number;
}

/** How a host wants to join. */
export type Joiner = 'backup' | 'spare';

/** Primary to spare: it is on the list, and stays connected until it is needed. */
export interface RegisteredFrame {
  readonly kind: 'registered';
  readonly epoch: Epoch;
  readonly incarnation: Incarnation;
  readonly host: string;
}

/** Primary to backup: the hello was accepted; a checkpoint follows. */
export interface WelcomeFrame {
  readonly kind: 'welcome';
  readonly epoch: Epoch;
  readonly incarnation: Incarnation;
  readonly host: string;
}

/** Either way, last frame of a channel that was never welcomed. */
export interface RefusalFrame {
  readonly kind: 'refusal';
  /** `VERSION`, `VM`, `IMAGE`, `ARCHITECTURE`, `BOOT_HASH`, `TIMES`, `BUSY`, `NOT_LIVE`. */
  readonly code: string;
  readonly message: string;
  readonly mend: string;
}

/** A machine stopped between two turns, told by the hashes of its pages (FT §3.1). */
export interface CheckpointFrame {
  readonly kind: 'checkpoint-offer';
  readonly epoch: Epoch;
  readonly position: Position;
  /** The log's running hash at `position`: where the backup's own begins. All 64 digits. */
  readonly chain: Digest;
  /** Root over the pages. */
  readonly stateHash: Digest;
  readonly sizeBytes: number;
  readonly pageBytes: number;
  /** One per page, 32 bytes each, in order. Pages whose hash the joiner has do not travel. */
  readonly pageHashes: Uint8Array;
  /** Outputs made so far. */
  readonly ordinal: Ordinal;
  readonly guestClockMs: number;
}

/** Backup to primary: the pages it does not have, by index, ascending. */
export interface PagesWantedFrame {
  readonly kind: 'pages-wanted';
  readonly epoch: Epoch;
  readonly indices: readonly number[];
}

/** Primary to backup: pages of the offered checkpoint. The last page may be short. */
export interface PagesFrame {
  readonly kind: 'pages';
  readonly epoch: Epoch;
  readonly pages: readonly { readonly index: number; readonly bytes: Uint8Array }[];
}

/** The same as they travel. The host packs and unpacks; a core neither sends nor gets it. */
export interface PackedPagesFrame {
  readonly kind: 'packed-pages';
  readonly epoch: Epoch;
  readonly indices: readonly number[];
  readonly packed: Uint8Array;
}

/** Backup to primary: the checkpoint stands in its memory and its root was verified. */
export interface JoinedFrame {
  readonly kind: 'joined';
  readonly epoch: Epoch;
  readonly position: Position;
  readonly stateHash: Digest;
}

/** Primary to backup: the arbiter has recorded it as in sync; `epoch` is the new one. */
export interface ListedFrame {
  readonly kind: 'listed';
  readonly epoch: Epoch;
}

/**
 * Primary to backup: a stretch of the log. Its first position is not sent: it is the one the receiver expects
 * next, and `chainTag` proves it, since the running hash covers epoch, position and bytes.
 */
export interface BatchFrame {
  readonly kind: 'batch';
  readonly epoch: Epoch;
  /**
   * In which it was recorded, and which its chain covers: an earlier one for
   * log from before the sender went live.
   */
  readonly recordedIn: Epoch;
  readonly chainTag: ChainTag;
  /** Counted by the decoder, which has decoded every entry once. */
  readonly entryCount: number;
  readonly bytes: Uint8Array;
}

/** Backup to primary. `received` releases outputs; `replayed` is for execution lag. */
export interface AckFrame {
  readonly kind: 'ack';
  readonly epoch: Epoch;
  readonly received: Position;
  readonly replayed: Position;
}

/** Either way. */
export interface HeartbeatFrame {
  readonly kind: 'heartbeat';
  readonly epoch: Epoch;
  /** The sender's monotonic clock, in whole tenths; the other side only echoes it. */
  readonly sentMs: number;
  /**
   * The latest `sentMs` heard from the receiver: a fresh echo proves that the
   * peer is alive and listens. 0 for none.
   */
  readonly echoMs: number;
  /**
   * From the primary: the guest's clock now in whole ms, so that go-live goes on from it
   * (I6); null before the machine runs.
   */
  readonly guestClockMs: number | null;
  /** From the primary: outputs that have left; 0 when the receiver has been told. */
  readonly releasedOrdinal: Ordinal;
  /** From the primary: console output that is known to be printed; 0 when the receiver has been told. */
  readonly printedOrdinal: Ordinal;
}

/** Either way, before an orderly close. */
export interface ByeFrame {
  readonly kind: 'bye';
  readonly epoch: Epoch;
  readonly reason: string;
  /** The guest's exit code when the run has ended and all of its output was printed. */
  readonly exitCode: number | null;
}

/**
 * Primary to backup: a planned switch-over. The machine stands at `position`; everything
 * that it said has left, and was printed.
 */
export interface HandOverFrame {
  readonly kind: 'hand-over';
  readonly epoch: Epoch;
  /** The sender's: who is to be the backup then. */
  readonly incarnation: Incarnation;
  readonly position: Position;
  readonly guestClockMs: number;
  readonly releasedOrdinal: Ordinal;
  readonly printedOrdinal: Ordinal;
}

/** Backup to primary: it has not claimed and will not; all is as it was. */
export interface DeclinedFrame {
  readonly kind: 'declined';
  readonly epoch: Epoch;
  readonly reason: string;
}

/** New primary to old: `epoch` is the sender's, and the receiver is its backup. */
export interface SucceededFrame {
  readonly kind: 'succeeded';
  readonly epoch: Epoch;
  /** Where clients find the sender. */
  readonly url: string;
}

export type Frame =
  | HelloFrame
  | RegisteredFrame
  | WelcomeFrame
  | RefusalFrame
  | CheckpointFrame
  | PagesWantedFrame
  | PagesFrame
  | PackedPagesFrame
  | JoinedFrame
  | ListedFrame
  | BatchFrame
  | AckFrame
  | HeartbeatFrame
  | ByeFrame
  | HandOverFrame
  | DeclinedFrame
  | SucceededFrame;

export type FrameKind = Frame['kind'];
