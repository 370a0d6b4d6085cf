/**
 * Limits that decide execution, so both sides must have the same; told apart by what
 * a boot sees of them (boot-record.ts).
 */

/** Boot may come out otherwise with others. */
export interface BootLimits {
  readonly memoryInitialBytes: number;
  readonly guestStackBytes: number;
}

/** Boot puts these into the control block, where the kernel and the machine read them when they need them. */
export interface ControlLimits {
  readonly memoryMaximumBytes: number;
  /** For replies that are kept, to Idempotency-Keys and in sessions. */
  readonly replyMaximumBytes: number;
  /** Guest time for which a key, or a session that nobody uses, is remembered. */
  readonly replyLifetimeMs: number;
}

export interface ImageLimits extends BootLimits, ControlLimits {
  /** No interrupt falls before this poll of a short turn, which needs no progress mark. */
  readonly firstInterruptiblePoll: number;
  /** A turn whose outputs have more bytes than this is a long one before that poll, too. */
  readonly shortTurnOutputBytes: number;
}
