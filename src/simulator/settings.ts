/** What a seed decides about a whole run: how its hosts are set up, and how quick its world is. */

/** What is the same through a run. Units are in the names; a text form of it is part of every saved plan. */
export interface Settings {
  /** A supervisor kills whom the test-and-set has struck off; without one, hosts find out for themselves. */
  readonly supervised: boolean;
  readonly awaitBackup: boolean;
  readonly tickMs: number;
  readonly heartbeatMs: number;
  readonly suspectAfterMs: number;
  readonly arbiterAnswerMs: number;
  readonly arbiterRetryMaximumMs: number;
  readonly logBufferBytes: number;
  readonly heldOutputBytes: number;
  readonly lagBoundMs: number;
  readonly lagBoundBytes: number;
  /** A message takes at least so long, and up to so much longer. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly bootMs: number;
  /** Before a lost backup is replaced. */
  readonly replaceAfterMs: number;
  readonly turnLimitMs: number;
  /** What a turn costs, besides its polls. */
  readonly turnMs: number;
  readonly pollMs: number;
  /** From a host's pen to the console's end. */
  readonly consoleMs: number;
  readonly clientTimeoutMs: number;
  /** Faults may leave nobody who holds the machine. */
  readonly mayLoseAll: boolean;
  /** Hosts that wait until a backup is needed; a supervisor has none that the others know of. */
  readonly spares: number;
  /** Guest time for which the machine remembers a session that nobody uses; the product's own without it. */
  readonly sessionLifetimeMs?: number;
  /** How long faults happen. */
  readonly safetyMs: number;
}
