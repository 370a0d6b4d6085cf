/**
 * What one machine's life needs from outside: a world to record, a log to replay, somebody who
 * takes what it produces. All of it is synchronous; waiting (for an entry, for flow control) blocks
 * the vCPU thread, never the hypervisor. No network, no FT protocol: recording and time travel use
 * the same ports with a file behind them.
 */
import type { Digest, Epoch, Position } from '../base/brands.ts';
import type { LogEntry } from '../log/entry.ts';
import type { Output } from '../machine/traps.ts';
import type { LongTurnLimits } from './turn-state.ts';

/** Where a recording session gets its nondeterminism from. */
export interface World {
  /** Of this host, in milliseconds with a fraction; never decreases. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch by this host's wall clock, which may jump. */
  wallMs(): number;
  /** Fills `into` from the CSPRNG. */
  entropy(into: Uint8Array): void;
}

/** What recorder and replayer look at in a machine; a simulated one has it, too. */
export interface ObservedMachine {
  readonly image: { readonly limits: LongTurnLimits };
  readonly ordinal: number;
  readonly pages: { readonly changed: readonly number[] };
  memoryMaximumBytes: number;
  stateHash(): Digest;
}

/** Who takes what a session produces. Calls come in the order in which the protocol must see them. */
export interface SessionSink {
  /** Recording: `entry` has become entry number `position` of the log. */
  recorded(position: Position, entry: LogEntry): void;
  /** An output that may leave once the backup has `position`. Buffers are borrowed for the call. */
  output(position: Position, output: Output): void;
  /** Replaying: entries up to `position` have been executed. */
  replayed(position: Position): void;
  /** Replaying: the log says that the machine is off. Nothing is executed any more. */
  stopped(position: Position): void;
  /** A hash point: the hash that was logged here, or found equal. */
  hashChecked(position: Position, stateHash: Digest): void;
  /**
   * Recording, inside a turn: somebody wants a state hash now. Asked at each poll; true once for each wish.
   */
  hashWanted(): boolean;
  /**
   * Recording, inside a turn: what was recorded must travel now; the call may block while the vCPU
   * is paused or slowed down (FT §3.2).
   */
  yieldPoint(): void;
}

/** Ends a replay: the machine goes on by itself. */
export interface GoLiveOrder {
  readonly kind: 'go-live';
  readonly epoch: Epoch;
  /**
   * `kept`: a planned switch-over; the guest has lost nothing but outbound
   * calls, and is told nothing but that.
   */
  readonly connections: 'lost' | 'kept';
  /**
   * Guest time that has certainly been reached by now, by the last heartbeat; -Infinity when none is known.
   */
  readonly guestMs: number;
}

/**
 * Where a replaying session gets its entries from. Both methods block until
 * there is one, or the order to go live.
 */
export interface EntrySource {
  peek(): LogEntry | GoLiveOrder;
  next(): LogEntry | GoLiveOrder;
}

/**
 * When state hashes are taken, and what ends a runaway turn. None of it decides execution until it is logged.
 */
export interface RecordingPolicy {
  /** A hash point at the end of the first turn that ends this long after the last one. */
  readonly hashEveryMs: number;
  /** A hash point at every n-th poll of a long turn; 0 for none. */
  readonly hashEveryPolls: number;
  readonly markEveryMs: number;
  /** A turn of a serving guest is killed after this; Infinity for never. */
  readonly turnLimitMs: number;
}
