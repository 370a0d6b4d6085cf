/**
 * What a run tells the outside: the events of `--json`, notices that only people need, the
 * answers of the admin port. Words and colours are the command line's; here are facts.
 */
import type { Digest, Epoch, Ordinal, Position } from '../../base/brands.ts';
import type { TandemError } from '../../base/errors.ts';
import type { PrintLine } from './console.ts';
import type { HostRole, HostStatus, LogLevel } from './protocol.ts';

interface Process {
  readonly pid: number;
  /** Its machine, where that is not known to be one with the other's. */
  readonly machine?: string;
}

/**
 * The contract's events, one line of `--json` each; `console` is the only one
 * that comes by {@link Reporter.print}.
 */
export type RunEvent =
  | {
      readonly event: 'ready';
      /** Nobody listens there when the program is a plain one. */
      readonly url: string;
      readonly program: 'serving' | 'plain';
      readonly admin: string;
      readonly primary: Process;
      readonly backup: Process;
    }
  | {
      readonly event: 'failure-detected';
      /** Who noticed. */
      readonly pid: number;
      readonly peer: 'primary' | 'backup';
      readonly cause: string;
      readonly silentMs: number;
    }
  | {
      readonly event: 'go-live';
      readonly pid: number;
      readonly epoch: Epoch;
      readonly position: Position;
      readonly ms: number;
      readonly claimMs?: number;
      readonly drainMs?: number;
    }
  | { readonly event: 'redundant'; readonly backup: Process; readonly ms: number; readonly pauseMs: number }
  | {
      readonly event: 'divergence';
      readonly pid: number;
      readonly position: Position;
      readonly expected: Digest;
      readonly actual: Digest;
      readonly detail: string;
    }
  /** Planned: the roles have changed (FT §3.3). */
  | {
      readonly event: 'switch-over';
      readonly from: Process;
      readonly to: Process;
      readonly epoch: Epoch;
      readonly gapMs: number;
    }
  /** Both machines were switched off at one position (FT §3.3); without a position, only their hosts were. */
  | ({ readonly event: 'stopped' } & HashComparison)
  /** A host halted itself; without a pid, the run as a whole did. */
  | {
      readonly event: 'halt';
      readonly reason: string;
      readonly pid?: number;
      readonly role?: HostRole;
      readonly code?: string;
    }
  /** `--watch`: the program has changed and starts anew, on a fresh machine. */
  | {
      readonly event: 'restart';
      readonly program: string;
      /** What has changed; the program, when that is not known. */
      readonly files: readonly string[];
    }
  /** `--watch`: it has changed and cannot be bundled, or its run has failed. */
  | {
      readonly event: 'not-restarted';
      readonly reason: string;
      readonly mend: string;
      /** The program as it was before still runs. */
      readonly running: boolean;
    }
  | { readonly event: 'end'; readonly code: number };

/** What people like to know besides. Not part of the contract. */
export type RunNotice =
  | { readonly event: 'host-started'; readonly role: HostRole; readonly pid: number }
  | { readonly event: 'host-gone'; readonly role: HostRole; readonly pid: number; readonly how: string }
  | { readonly event: 'solo'; readonly pid: number; readonly epoch: Epoch; readonly ms: number }
  | { readonly event: 'backups-keep-failing'; readonly failures: number; readonly how: string }
  /** It becomes the backup. */
  | { readonly event: 'spare-called'; readonly pid: number }
  | { readonly event: 'stopping' }
  /** On demand, before it was ready: there is nothing to compare. */
  | { readonly event: 'stopped-early' }
  /** `--watch`: the run has ended by itself, and the next change starts another one. */
  | { readonly event: 'waiting'; readonly code: number }
  | {
      readonly event: 'host-log';
      readonly role: HostRole;
      readonly pid: number;
      readonly level: LogLevel;
      readonly text: string;
    };

export interface Reporter {
  report(event: RunEvent | RunNotice): void;
  readonly print: PrintLine;
}

export interface RunResult {
  readonly code: number;
  /** Why the run failed, for the one place that renders errors. */
  readonly failure: TandemError | undefined;
}

export interface HostReport extends HostStatus {
  readonly pid: number;
  readonly inSync: boolean;
  readonly uptimeMs: number;
}

interface SilentHost {
  readonly pid: number;
  readonly role: HostRole;
  /** Its process has only begun: it was not asked. */
  readonly starting?: true;
}

/** `GET /status`. */
export interface RunStatus {
  readonly vm: string;
  readonly program: string;
  readonly url: string;
  readonly admin: string;
  readonly uptimeMs: number;
  /** The primary answers 200 on its readiness path. */
  readonly live: boolean;
  readonly epoch: number;
  /** A backup is in sync: the loss of one host costs nothing. */
  readonly redundant: boolean;
  readonly failovers: number;
  /** Unknown to a host on its own, which starts none. */
  readonly backupsStarted?: number;
  readonly consolePrinted: Ordinal;
  readonly lastEqualHash: HostStatus['lastEqualHash'];
  readonly primary: Process | null;
  readonly backup: Process | null;
  /** Processes that wait to replace a lost host. */
  readonly spares: readonly Process[];
  /** Hosts that answered; one that is dead, stopped or starting is missing here and named in `silent`. */
  readonly hosts: readonly HostReport[];
  readonly silent: readonly SilentHost[];
}

/** `POST /switch-over`. */
export interface SwitchOver {
  readonly from: Process;
  readonly to: Process;
  readonly epoch: number;
  /** How long a request may have waited. */
  readonly gapMs: number;
}

/** `POST /hash`: both state hashes at one position (I3). */
export interface HashComparison {
  readonly equal: boolean;
  readonly position: Position | null;
  readonly primary: (Process & { readonly hash: Digest }) | null;
  readonly backup: (Process & { readonly hash: Digest }) | null;
  /** Why there are not two hashes, or that they differ. */
  readonly reason?: string;
}

export interface LogLine {
  readonly number: number;
  readonly atMs: number;
  readonly source: 'supervisor' | HostRole;
  readonly pid: number;
  readonly level: LogLevel;
  readonly text: string;
}

/** `POST /limits`, when it has no limits to tell. */
export interface NoLimits {
  readonly reason: string;
  /** Null: nobody knows whether the change was made, or will be. */
  readonly changed: false | null;
  /** Where to go with the question; by default it is worth asking again. */
  readonly mend?: string;
}
