/** What the admin port shows of a core: a snapshot of plain values, read without changing anything. */
import type { EqualHash, HaltReason } from './effects.ts';
import { lagMs } from './flow.ts';
import { heldForMs } from './output-rule.ts';
import type { Core } from './state.ts';
import { isServing, type Status } from './status.ts';

export interface CoreDescription {
  readonly role: 'primary' | 'backup' | 'spare';
  readonly status: Status;
  readonly epoch: number;
  readonly incarnation: string;
  /** Answer to `/live`: doors open, and no output held longer than the suspicion time-out. */
  readonly live: boolean;
  /** The backup of a primary, or the primary of a backup; null without one. */
  readonly peer: string | null;
  /** Of a primary: a joiner has its checkpoint, and gets the log as it is recorded. */
  readonly joinerHasLog: boolean;
  /** Hosts that wait until this one needs a backup. */
  readonly spares: readonly string[];
  readonly positions: {
    /** Primary: recorded. Backup: received. */
    readonly log: number;
    /** Held by the in-sync or joining backup; null without one. */
    readonly acknowledged: number | null;
    /** Executed by the backup; on a primary without one null. */
    readonly replayed: number | null;
  };
  readonly lag: { readonly positions: number; readonly bytes: number; readonly ms: number };
  readonly outputs: {
    readonly recorded: number;
    readonly released: number;
    readonly printed: number;
    readonly held: number;
    readonly heldBytes: number;
    readonly heldMs: number;
  };
  readonly lastEqualHash: EqualHash | null;
  readonly vcpu: 'running' | 'paused';
  readonly slowdownPercent: number;
  readonly haltReason: HaltReason | null;
}

export function describe(core: Core, nowMs: number): CoreDescription {
  const { outputs } = core;
  const heldMs = isServing(core.status) || core.status === 'doubting' ? heldForMs(core, nowMs) : 0;
  return {
    status: core.status,
    epoch: core.epoch,
    incarnation: core.config.incarnation,
    live: core.doors === 'open' && heldMs <= core.config.suspectAfterMs,
    outputs: {
      recorded: outputs.recorded,
      released: outputs.released,
      printed: outputs.printed,
      held: outputs.held.length,
      heldBytes: outputs.heldBytes,
      heldMs,
    },
    lastEqualHash: core.lastEqualHash,
    haltReason: core.haltReason,
    ...(core.role.kind === 'primary' ? primarySide(core, core.role, nowMs) : backupSide(core, core.role)),
  };
}

type Side = Pick<
  CoreDescription,
  'role' | 'joinerHasLog' | 'spares' | 'peer' | 'positions' | 'lag' | 'vcpu' | 'slowdownPercent'
>;

function primarySide(core: Core, role: Extract<Core['role'], { kind: 'primary' }>, nowMs: number): Side {
  const { successor } = role;
  const log = core.head.position;
  const replayed = successor?.replayed ?? null;
  return {
    role: 'primary',
    joinerHasLog: core.status === 'transferring' && successor?.phase === 'fed',
    spares: role.spares.map(({ hello }) => hello.host),
    peer: successor?.host ?? null,
    positions: { log, acknowledged: successor?.received ?? null, replayed },
    lag: { positions: log - (replayed ?? log), bytes: role.lagBytes, ms: lagMs(role, nowMs) },
    vcpu: role.vcpu,
    slowdownPercent: role.slowdownPercent,
  };
}

function backupSide(core: Core, role: Extract<Core['role'], { kind: 'backup' }>): Side {
  const log = core.head.position;
  const isWaiting = core.status === 'joining' || core.status === 'waiting';
  return {
    role: isWaiting ? role.as : 'backup',
    joinerHasLog: false,
    spares: [],
    peer: role.peer === null ? null : role.primaryHost,
    positions: { log, acknowledged: null, replayed: core.replayed },
    lag: { positions: log - core.replayed, bytes: 0, ms: 0 },
    vcpu: 'running',
    slowdownPercent: 0,
  };
}

/** A batch is on its way to a backup that executes the log, and has not been acknowledged yet. */
export const isAwaitingAck = ({ role, head }: Core): boolean =>
  role.kind === 'primary' && role.successor?.phase === 'fed' && role.successor.received < head.position;
