/** What a run is told, complete (defaults live in `cli/`), and what of it each host is told. */
import type { GuestText } from '../guest/bundle.ts';
import { CLIENT_SOCKET_FD, CLIENT_SOCKET_FDS, type HostOptions, type HostRole } from './protocol.ts';
import type { Reporter } from './report.ts';

export interface SupervisorOptions {
  readonly program: string;
  /**
   * The program, bundled: the same for every host of the run. Undefined: each host bundles it when it starts.
   */
  readonly guest?: GuestText;
  /** Address and port for clients; port 0 picks a free one. */
  readonly address: string;
  readonly port: number;
  /** Always on loopback. */
  readonly adminPort: number;
  /** Undefined: a file arbiter in the run's own directory. */
  readonly arbiter: string | undefined;
  readonly heartbeatMs: number;
  readonly suspectMs: number;
  readonly memoryMib: number;
  /** Servers that the guest may call. */
  readonly allowNet: readonly string[];
  readonly idempotencyTtlMs: number;
  readonly idempotencyMib: number;
  readonly allowOrigins: readonly string[];
  readonly onGoLive: string | undefined;
  /** Processes that are kept ready to replace a lost host. */
  readonly spares: number;
  /** What every vCPU but the first primary's gets of its time: for trying out flow control. */
  readonly followerPercent: number;
  /** File for a CPU profile of the guest. */
  readonly profile?: string;
  /** The executable and its first arguments; `host` and its options are added. */
  readonly hostCommand: readonly string[];
  readonly reporter: Reporter;
}

/** What all hosts of a run share, and where a backup joins. */
export interface RunIdentity {
  readonly vm: string;
  readonly tokenFile: string;
  readonly guestFile: string | undefined;
  readonly arbiterDirectory: string;
  readonly join: readonly string[];
}

const clientSocketFds: readonly number[] = Array.from(
  { length: CLIENT_SOCKET_FDS },
  (_, i) => CLIENT_SOCKET_FD + i,
);

export function hostOptions(run: SupervisorOptions, role: HostRole, identity: RunIdentity): HostOptions {
  return {
    role,
    program: run.program,
    ...(identity.guestFile === undefined ? {} : { bundle: identity.guestFile }),
    vm: identity.vm,
    arbiter: run.arbiter ?? `file:${identity.arbiterDirectory}`,
    clients: { fds: clientSocketFds },
    logListen: { address: '127.0.0.1', port: 0 },
    join: identity.join,
    tokenFile: identity.tokenFile,
    // The pair is complete before the guest's first turn: from then on no single loss is the end.
    awaitBackup: role === 'primary',
    heartbeatMs: run.heartbeatMs,
    suspectMs: run.suspectMs,
    memoryMib: run.memoryMib,
    allowNet: run.allowNet,
    idempotencyTtlMs: run.idempotencyTtlMs,
    idempotencyMib: run.idempotencyMib,
    allowOrigins: run.allowOrigins,
    advertise: undefined,
    standIn: false,
    onGoLive: run.onGoLive,
    wallOffsetMs: 0,
    admin: undefined,
    vcpuPercent: role === 'primary' ? 100 : run.followerPercent,
    ...(run.profile === undefined ? {} : { profile: run.profile }),
    supervised: true,
  };
}
