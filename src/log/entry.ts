/**
 * The log: every nondeterministic event or read of one machine, in order (FT §2.1). A machine that boots the
 * same image and is given the same entries has the same memory, byte for byte.
 *
 * Time in entries is relative and never negative, so a guest's clock cannot run
 * backwards (I6), whoever wrote the log.
 */
import type { Digest } from '../base/brands.ts';

export type LogEntry =
  /**
   * A turn begins. `payload` is the kernel's own encoding (kernel/abi.ts); `advanceMs`:
   * guest time since the last logged time.
   */
  | { readonly kind: 'interrupt'; readonly advanceMs: number; readonly payload: Uint8Array }
  /**
   * A run of equal clock reads inside a turn: the clock moved by `advanceMs`, then was read `reads` times.
   */
  | { readonly kind: 'clock'; readonly advanceMs: number; readonly reads: number }
  /** Bytes of the host's CSPRNG: a seed, from which the guest's random bytes are drawn. */
  | { readonly kind: 'entropy'; readonly bytes: Uint8Array }
  /**
   * Progress mark inside a long turn: the machine reached `poll` (1.. in this turn)
   * and has made `ordinal` outputs so far.
   */
  | { readonly kind: 'mark'; readonly poll: number; readonly ordinal: number }
  /** A long turn ran to quiescence after `poll` polls; its last mark. */
  | { readonly kind: 'turn-end'; readonly poll: number; readonly ordinal: number }
  /** The runaway-turn interrupt, at exactly this poll of the turn. */
  | { readonly kind: 'kill'; readonly poll: number }
  /** State hash of the whole memory: between turns (`poll` 0) or at a poll of a long turn. */
  | { readonly kind: 'hash-point'; readonly poll: number; readonly hash: Digest }
  /** Between turns: from here on the memory may grow to so many bytes (FT §3.3). */
  | { readonly kind: 'limits'; readonly memoryMaximumBytes: number }
  /** Between turns: the machine is off, and no host executes anything behind it (FT §3.3). */
  | { readonly kind: 'stop' }
  /**
   * Between turns: whoever recorded up to here hands the machine over; nobody
   * executes anything for it (FT §3.3).
   */
  | { readonly kind: 'hand-over' };

export type EntryKind = LogEntry['kind'];
