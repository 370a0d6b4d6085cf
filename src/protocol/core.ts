/** Public signature; see below. */
import type { Effect } from './effects.ts';
import type { ProtocolEvent } from './events.ts';
import type { MachineIdentity } from './frames.ts';
import type { Incarnation } from './record.ts';

export interface CoreConfig {
  readonly identity: MachineIdentity;
  /** Random per machine in memory; claim ids are numbered under it. */
  readonly incarnation: Incarnation;
  /** For people: host name and process id. */
  readonly host: string;
  /** Where clients find this host once it is live. */
  readonly url: string;
  /** `start-guest` waits until a backup is in sync. Only for a primary. */
  readonly awaitBackup: boolean;
  /** The host's tick. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  readonly suspectAfterMs: number;
  readonly logBufferBytes: number;
  readonly heldOutputBytes: number;
  readonly lagBoundMs: number;
  readonly lagBoundBytes: number;
}

export type Core = {};
export declare function createPrimary(config: CoreConfig): Core;
export declare function createBackup(config: CoreConfig): Core;
export declare function step(core: Core, event: ProtocolEvent): readonly Effect[];
