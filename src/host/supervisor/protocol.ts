/**
 * What a supervisor and its hosts say to each other, over the IPC channel that Node makes when a process is
 * started. Each message is one line of JSON, so a line that SIGKILL tore in the middle is never seen at all.
 *
 * The supervisor decides nothing about leadership: the arbiter does (FT §2.3). It starts processes, is the
 * console's end and tells people and programs what happened. Everything that arrives
 * is checked field by field against the tables at the end of this file; what does not fit is ignored by
 * the receiver, with a line in its log.
 */
import type { Digest, Epoch, Ordinal, Position } from '../../base/brands.ts';
import type { KeptReplies } from '../../machine/machine.ts';
import type { MemoryLimits } from '../vcpu/messages.ts';

export type HostRole = 'primary' | 'backup' | 'spare';
export type ConsoleStream = 'stdout' | 'stderr';
export type LogLevel = 'info' | 'warning' | 'error';

/**
 * Descriptor numbers in a supervised host: 0 to 2 are stdio, 3 is the IPC
 * channel, then the client's bound socket.
 */
export const CLIENT_SOCKET_FD = 4;
/**
 * As many descriptors of it: a host uses one up each time its doors open (front/doors.ts). With many more of
 * them libuv overwrites the pipe by which a child tells that it could not be started.
 */
export const CLIENT_SOCKET_FDS = 16;

/** What `tandem host` is told on its command line: complete, no defaults left to fill in. */
export interface HostOptions {
  readonly role: HostRole;
  /** Path of the guest program. */
  readonly program: string;
  /** A file with the program already bundled; undefined: the host bundles it itself. */
  readonly bundle?: string;
  readonly vm: string;
  /** `file:DIRECTORY`, `etcd:URL`, `memory:`. */
  readonly arbiter: string;
  /**
   * Clients come in by an inherited socket that is bound and not listening,
   * or by an address of the host's own.
   */
  readonly clients: { readonly fds: readonly number[] } | { readonly address: string; readonly port: number };
  /** Where this host listens for its own backup once it is primary. Port 0 picks a free one. */
  readonly logListen: { readonly address: string; readonly port: number };
  /**
   * Logging URLs of hosts that may be the primary; a primary has none, and a supervised spare is told later.
   */
  readonly join: readonly string[];
  /** File that holds the pair's token; undefined only for a primary that nobody may join. */
  readonly tokenFile: string | undefined;
  /** A new primary starts its guest only when a backup is in sync. */
  readonly awaitBackup: boolean;
  readonly heartbeatMs: number;
  readonly suspectMs: number;
  readonly memoryMib: number;
  /** Servers that the guest may call (host/outbound/allow-list.ts). */
  readonly allowNet: readonly string[];
  /** How long an Idempotency-Key is remembered, and what is kept for all of them. */
  readonly idempotencyTtlMs: number;
  readonly idempotencyMib: number;
  /** Origins whose browser pages may read what the program answers; `*` for all. */
  readonly allowOrigins: readonly string[];
  /** Where clients find this host once it is live, if its own address does not say. */
  readonly advertise: string | undefined;
  /** With an address of its own: while it is not live, it answers clients there and says who is. */
  readonly standIn: boolean;
  /** A command that is run when this host has become the live one. */
  readonly onGoLive: string | undefined;
  /** Added to this host's wall clock: for trying out hosts that disagree about the time. */
  readonly wallOffsetMs: number;
  /** What this host's vCPU gets of its time: for trying out hosts that differ in speed. */
  readonly vcpuPercent: number;
  /** Where a host on its own listens for operators; undefined: nowhere. */
  readonly admin: { readonly address: string; readonly port: number } | undefined;
  /** File for a CPU profile of the guest, which the host that is live at its end writes. */
  readonly profile?: string;
  /** The IPC channel is there: speak this protocol, and end when it closes. */
  readonly supervised: boolean;
}

/** A state hash at a position (I3). */
export interface HashPoint {
  readonly position: Position;
  readonly hash: Digest;
}

/** One host's view of itself, read without touching the machine. */
export interface HostStatus {
  readonly role: HostRole;
  /** The protocol's own name for what this host is doing. */
  readonly phase: string;
  /** What this host's readiness path answers: true is 200. */
  readonly live: boolean;
  readonly epoch: Epoch;
  /** Last position in this host's log. A backup's is what it has received. */
  readonly recorded: Position;
  readonly received: Position;
  /** On a primary: acknowledged by its backup. On a backup: acknowledged to its primary. */
  readonly acknowledged: Position;
  /** Executed by this host's machine. */
  readonly replayed: Position;
  /** Execution lag: on a primary that of its backup, on a backup its own. */
  readonly lag: { readonly positions: number; readonly bytes: number; readonly ms: number };
  /** What flow control takes of the vCPU's time (FT §3.2), and whether a full buffer has stopped it. */
  readonly slowdownPercent: number;
  readonly vcpu: 'running' | 'paused';
  /**
   * The backup of a primary, in sync or joining, or the primary of a backup, by its name; null without one.
   */
  readonly peer: string | null;
  /** Hosts that are registered with this one and wait until it needs a backup. */
  readonly spares: readonly string[];
  /** Outputs that wait for an acknowledgement (FT §2.2). */
  readonly heldOutputs: number;
  readonly heldOutputBytes: number;
  /** Latest hash point at which both machines were equal. */
  readonly lastEqualHash: HashPoint | null;
  /** A turn that has been running for longer than a moment. */
  readonly turn: { readonly position: Position; readonly runningMs: number } | null;
  readonly clientConnections: number;
  /** Requests that entered the machine through this host. */
  readonly requests: number;
  /** Outbound calls under way, and how many this host has begun. */
  readonly openCalls: number;
  readonly calls: number;
  /** WebSockets of clients that are open. */
  readonly sockets: number;
  /**
   * Idempotency-Keys and sessions that the machine remembers, what they cost of what they may,
   * and requests refused for want of room.
   */
  readonly kept: KeptReplies & { readonly maximumBytes: number };
  /** What the machine's memory has grown to and may grow to, as of its last hash point; 0 before. */
  readonly memory: { readonly bytes: number; readonly maximumBytes: number };
  /** Bytes sent or received on the logging channel. */
  readonly logBytes: number;
  readonly image: Digest;
}

/** From a host to its supervisor. */
export type HostMessage =
  /**
   * The process runs; sent before the machine boots, as soon as the logging port
   * listens (a primary must say where).
   */
  | { readonly type: 'up'; readonly pid: number; readonly role: HostRole; readonly loggingUrl?: string }
  /**
   * A primary: the machine runs and the doors are open (with awaitBackup: after the
   * backup is in sync). A backup: in sync.
   */
  | {
      readonly type: 'ready';
      readonly role: HostRole;
      readonly epoch: Epoch;
      readonly program: 'serving' | 'plain';
    }
  /**
   * A line of the guest's console, without its newline. Ordinals grow but have
   * gaps: every kind of output is counted.
   */
  | {
      readonly type: 'console';
      readonly ordinal: Ordinal;
      readonly stream: ConsoleStream;
      readonly text: string;
    }
  /** This host suspects its peer (FT §2.3). */
  | {
      readonly type: 'failure-detected';
      readonly peer: 'primary' | 'backup';
      readonly cause: string;
      readonly silentMs: number;
    }
  /**
   * A backup is the primary now. `ms` runs from its suspicion to its open doors; of these,
   * `claimMs` was the test-and-set and `drainMs` the replay of what it had received. It
   * listens for a new backup at `loggingUrl`.
   */
  | {
      readonly type: 'go-live';
      readonly epoch: Epoch;
      readonly position: Position;
      readonly ms: number;
      readonly claimMs?: number;
      readonly drainMs?: number;
      readonly loggingUrl: string;
    }
  /** Planned: this backup is the primary now, and the primary its backup, in sync. */
  | {
      readonly type: 'switch-over';
      readonly epoch: Epoch;
      readonly position: Position;
      readonly loggingUrl: string;
    }
  /** A primary goes on without a backup, by right of the arbiter. */
  | { readonly type: 'solo'; readonly epoch: Epoch; readonly position: Position; readonly ms: number }
  /**
   * From the primary: its backup is in sync and the arbiter has confirmed it. `ms` runs from when it was
   * alone (start, solo or go-live), `pauseMs` is how long the machine stood still for the copy (FT §3.1).
   */
  | { readonly type: 'redundant'; readonly backupPid?: number; readonly ms: number; readonly pauseMs: number }
  | {
      readonly type: 'divergence';
      readonly position: Position;
      readonly expected: Digest;
      readonly actual: Digest;
      readonly detail: string;
    }
  /**
   * This host stops itself, and ends right after. `code` and `mend` when the
   * operator can do something about it.
   */
  | { readonly type: 'halt'; readonly reason: string; readonly code?: string; readonly mend?: string }
  /**
   * A plain program has ended; sent after its last console line, when the output rule has released the end.
   */
  | { readonly type: 'end'; readonly code: number }
  | { readonly type: 'status'; readonly id: number; readonly status: HostStatus }
  | { readonly type: 'hash'; readonly id: number; readonly position: Position; readonly hash: Digest }
  | { readonly type: 'hash-failed'; readonly id: number; readonly reason: string }
  /** The machine is off. `hash`: of both hosts when `equal`, else this host's, and `reason` says why not. */
  | {
      readonly type: 'stopped';
      readonly id: number;
      readonly position: Position;
      readonly hash: Digest;
      readonly equal: boolean;
      readonly reason?: string;
    }
  | { readonly type: 'limits'; readonly id: number; readonly limits: MemoryLimits }
  /** From the old primary: the roles have changed; requests waited for at most `gapMs`. */
  | { readonly type: 'relieved'; readonly id: number; readonly gapMs: number }
  /** An order that was not carried out; `mayCome`: not yet, and nobody can call it back. */
  | { readonly type: 'refused'; readonly id: number; readonly reason: string; readonly mayCome?: boolean }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string };

/** From the supervisor to a host. */
export type SupervisorMessage =
  /**
   * Everything up to this ordinal is with the terminal. Said to both hosts, and to a new one at
   * once. A backup keeps its copy of later lines and offers them when it goes live; a primary bounds
   * what it has sent and not seen printed.
   */
  | { readonly type: 'printed'; readonly ordinal: Ordinal }
  | { readonly type: 'status-request'; readonly id: number }
  /**
   * Without a position (to a primary): make a hash point now. With one (to a
   * backup): answer once it has been replayed.
   */
  | { readonly type: 'hash-request'; readonly id: number; readonly position?: Position }
  /** To a primary: finish what is open, end the machine's life, compare (FT §3.3). */
  | { readonly type: 'power-off'; readonly id: number }
  /** To a primary: what the memory may grow to from now on, on both hosts. */
  | { readonly type: 'change-limits'; readonly id: number; readonly memoryMaximumBytes: number }
  /** To a primary: change roles with the backup. */
  | { readonly type: 'switch-over'; readonly id: number }
  /** To a spare: a backup is needed, and this is where the primary is. */
  | { readonly type: 'join'; readonly loggingUrl: string }
  /** End without a failure: close the doors, leave the machine, exit with code 0. */
  | { readonly type: 'stop' };

/** The message, or undefined when it is none that this version knows. */
export function decodeHostMessage(value: unknown): HostMessage | undefined {
  return fits(hostShapes, value) ? (value as HostMessage) : undefined;
}

/** The message, or undefined when it is none that this version knows. */
export function decodeSupervisorMessage(value: unknown): SupervisorMessage | undefined {
  return fits(supervisorShapes, value) ? (value as SupervisorMessage) : undefined;
}

/** The first characters of something that could not be decoded, for a log line. */
export function describeUnknown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 120);
}

type Check = (value: unknown) => boolean;
/** One check for each field of a message; the compiler refuses a table that forgets one. */
type Shape<Fields> = { readonly [Name in keyof Fields]-?: Check };
type Shapes<Message extends { readonly type: string }> = {
  readonly [Type in Message['type']]: Shape<Omit<Extract<Message, { readonly type: Type }>, 'type'>>;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const count: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const milliseconds: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const hexDigest: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const record =
  <Fields>(shape: Shape<Fields>): Check =>
  (value) =>
    isRecord(value) && holds(shape, value);

function holds(shape: Readonly<Record<string, Check>>, value: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(shape).every(([name, check]) => check(value[name]));
}

function fits(shapes: Readonly<Record<string, Readonly<Record<string, Check>>>>, value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { type } = value;
  if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) return false;
  const shape = shapes[type];
  return shape !== undefined && holds(shape, value);
}

const role = oneOf('primary', 'backup', 'spare');

const status: Shape<HostStatus> = {
  role,
  phase: text,
  live: flag,
  epoch: count,
  recorded: count,
  received: count,
  acknowledged: count,
  replayed: count,
  lag: record<HostStatus['lag']>({ positions: count, bytes: count, ms: milliseconds }),
  slowdownPercent: count,
  vcpu: oneOf('running', 'paused'),
  peer: nullable(text),
  spares: listOf(text),
  heldOutputs: count,
  heldOutputBytes: count,
  lastEqualHash: nullable(record<HashPoint>({ position: count, hash: hexDigest })),
  turn: nullable(record<NonNullable<HostStatus['turn']>>({ position: count, runningMs: milliseconds })),
  clientConnections: count,
  requests: count,
  openCalls: count,
  calls: count,
  sockets: count,
  kept: record<HostStatus['kept']>({
    keys: count,
    sessions: count,
    bytes: count,
    maximumBytes: count,
    refused: count,
  }),
  memory: record<HostStatus['memory']>({ bytes: count, maximumBytes: count }),
  logBytes: count,
  image: hexDigest,
};

const hostShapes: Shapes<HostMessage> = {
  up: { pid: count, role, loggingUrl: optional(text) },
  ready: { role, epoch: count, program: oneOf('serving', 'plain') },
  console: { ordinal: count, stream: oneOf('stdout', 'stderr'), text },
  'failure-detected': { peer: oneOf('primary', 'backup'), cause: text, silentMs: milliseconds },
  'go-live': {
    epoch: count,
    position: count,
    ms: milliseconds,
    claimMs: optional(milliseconds),
    drainMs: optional(milliseconds),
    loggingUrl: text,
  },
  'switch-over': { epoch: count, position: count, loggingUrl: text },
  solo: { epoch: count, position: count, ms: milliseconds },
  redundant: { backupPid: optional(count), ms: milliseconds, pauseMs: milliseconds },
  divergence: { position: count, expected: hexDigest, actual: hexDigest, detail: text },
  halt: { reason: text, code: optional(text), mend: optional(text) },
  end: { code: count },
  status: { id: count, status: record(status) },
  hash: { id: count, position: count, hash: hexDigest },
  'hash-failed': { id: count, reason: text },
  stopped: { id: count, position: count, hash: hexDigest, equal: flag, reason: optional(text) },
  limits: {
    id: count,
    limits: record<MemoryLimits>({ memoryMaximumBytes: count, memoryBytes: count }),
  },
  relieved: { id: count, gapMs: milliseconds },
  refused: { id: count, reason: text, mayCome: optional(flag) },
  log: { level: oneOf('info', 'warning', 'error'), text },
};

const supervisorShapes: Shapes<SupervisorMessage> = {
  printed: { ordinal: count },
  'status-request': { id: count },
  'hash-request': { id: count, position: optional(count) },
  'power-off': { id: count },
  'change-limits': { id: count, memoryMaximumBytes: count },
  'switch-over': { id: count },
  join: { loggingUrl: text },
  stop: {},
};
