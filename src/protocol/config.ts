/** What a core is told once. Complete: there are no defaults inside the protocol. */
import type { MachineIdentity } from './frames.ts';
import type { Incarnation } from './record.ts';

export interface CoreConfig {
  /** Must be equal on both sides. */
  readonly identity: MachineIdentity;
  /**
   * Random per machine in memory: a host that comes back has another one. Claim ids are numbered under it.
   */
  readonly incarnation: Incarnation;
  /** For people: host name and process id. */
  readonly host: string;
  /** Where clients find this host once it is live. */
  readonly url: string;
  /** Primary: `start-guest` waits until a backup is in sync, so that even the first turn is protected. */
  readonly awaitBackup: boolean;
  /** The host promises a tick this often. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  /** Silence after which the other side is suspected; at least several heartbeats. */
  readonly suspectAfterMs: number;
  /** Log that the backup has not acknowledged; full: the vCPU stops. */
  readonly logBufferBytes: number;
  /** Log since the kept checkpoint; beyond it a backup joins when the turn has ended. */
  readonly joinLogBytes: number;
  /** Outputs that wait, and console output that nobody has printed yet; full: the vCPU stops. */
  readonly heldOutputBytes: number;
  /** Outputs that leave by one event: the rest of them does so from tick to tick. */
  readonly releaseBytes: number;
  /** Execution lag above which the vCPU is slowed step by step (FT §3.2). */
  readonly lagBoundMs: number;
  /** Log that the backup holds and has not executed; full: the vCPU stops. */
  readonly lagBoundBytes: number;
  /** A switch-over that takes longer is given up, or doubted. */
  readonly handOverMs: number;
  /**
   * So long after a switch-over the old primary is told at once what was
   * released, for the clients that it still has.
   */
  readonly relayMs: number;
  readonly arbiterRetryFirstMs: number;
  readonly arbiterRetryMaximumMs: number;
}
