/**
 * What the simulator asks of a guest: an image that boots, lives, is copied, and answers requests. Two kinds
 * exist: a small scripted one for the many schedules, and the real machine with any guest program for depth.
 */
import type { Digest, Ordinal, Position } from '../../base/brands.ts';
import type { LogEntry } from '../../log/entry.ts';
import type { OutputKind } from '../../machine/traps.ts';
import type { ClockAnchor } from '../../session/guest-clock.ts';
import type { GoLiveOrder, RecordingPolicy, SessionSink, World } from '../../session/ports.ts';
import type { Operation } from '../check/linearizability.ts';

/**
 * A request that a client of the plan will make, once, or until it is answered when it
 * has a key or is retried without one.
 */
export interface PlannedRequest {
  /** Unique in the plan. */
  readonly tag: string;
  readonly client: number;
  /** Not before this. */
  readonly atMs: number;
  readonly keyed: boolean;
  /** Without a key, and asked again until it is answered all the same, as many a client does. */
  readonly retried?: boolean;
  /** With a number in its client's session instead of a key. */
  readonly session?: PlannedSession;
  readonly what: GuestRequest;
}

export interface PlannedSession {
  readonly slot: number;
  /**
   * The client in whose session it is, when several share one and so have requests in it
   * at the same time; its own without it.
   */
  readonly of?: number;
  /**
   * So long after its reply has come the request comes once more, as a way that keeps what it
   * carries may have it; null: it does not.
   */
  readonly copyAfterMs: number | null;
}

/**
 * A request's place in its client's session, and what the client says there about replies that have arrived.
 */
export interface SessionPlace {
  readonly session: string;
  readonly slot: number;
  readonly number: number;
  /** Slots and their numbers, as the header has them. */
  readonly acknowledged: string | null;
}

/** A request as it is sent: always with the same place. */
export interface SentRequest extends Pick<PlannedRequest, 'tag' | 'keyed' | 'what'> {
  readonly place: SessionPlace | null;
  /** Name, value, name, value, … of what else its head says. */
  readonly headers?: readonly string[];
  /** It asks for a WebSocket. */
  readonly isHandshake?: boolean;
}

/** What a simulated server says to an outbound call. */
export interface CallAnswer {
  readonly interrupts: readonly Uint8Array[];
  /** The server, when it is none of those allowed. */
  readonly refused: string | null;
}

/** What a client has to know of a guest that has sessions. */
export interface GuestSessions {
  /** What opens one. */
  readonly opening: GuestRequest;
  /** The session's id; null when the reply opens none. */
  idOf(reply: string): string | null;
  heard(place: SessionPlace, reply: string): Heard;
  /** One that nobody has used for so long by the guest's clock is forgotten, and not before. */
  readonly lifetimeMs: number;
}

/**
 * What somebody hears who asked in a session. run: the reply of the one run. over: its reply has arrived long
 * ago, it is not run again. refused: it was not run, and may be still. gone: the session is forgotten, so
 * nothing is run in it. lost: the session does not know what a session must.
 */
export type Heard = 'run' | 'over' | 'refused' | 'gone' | 'lost';

export type GuestRequest = ScriptedRequest | HttpRequest;

/**
 * What the scripted guest understands; every one but `read` and `spin` adds `amount`
 * to the account, once, at some moment.
 */
export interface ScriptedRequest {
  readonly verb: 'read' | 'add' | 'print' | 'work' | 'later' | 'spin';
  readonly account: string;
  readonly amount: number;
  /** work: polls that it takes. later: milliseconds until the timer. */
  readonly size: number;
}

export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  /**
   * For the check of linearizability: the account it is about and how much it adds; null
   * for a request that is not checked so.
   */
  readonly account: { readonly name: string; readonly adds: number; readonly field: string | null } | null;
}

/** An output, copied out of the machine. */
export interface GuestOutput {
  readonly kind: OutputKind;
  readonly ordinal: Ordinal;
  readonly position: Position;
  /** response: the request's id. */
  readonly subject: number;
  readonly text: string;
}

/** What a generator of a machine's life waits for: its processor, or more of the log. */
export type Wait = { readonly kind: 'cpu'; readonly ms: number } | { readonly kind: 'entries' };

/** The log as a follower sees it: null when it has not got further. */
export interface LogSource {
  peek(): LogEntry | GoLiveOrder | null;
  next(): LogEntry | GoLiveOrder | null;
}

export interface Checkpoint {
  readonly memory: Uint8Array;
  readonly pageHashes: Uint8Array;
  readonly stateHash: Digest;
  readonly position: Position;
  readonly ordinal: Ordinal;
  readonly guestMs: number;
}

/** One machine in the course of its life; the generators are its thread. */
export interface Life {
  readonly mode: 'recording' | 'replaying';
  readonly position: Position;
  /** Of the machine's last output. */
  readonly ordinal: Ordinal;
  /** Polls so far in the running turn; 0 between turns. */
  readonly poll: number;
  readonly started: boolean;
  /** It was switched off: nothing is executed any more. */
  readonly isOff: boolean;
  /** Recording: until the kernel's alarm and until a hash point is due. */
  readonly alarmDueInMs: number;
  readonly hashDueInMs: number;
  readonly clockAnchor: ClockAnchor;
  stateHash(): Digest;
  deliver(payload: Uint8Array): Generator<Wait, void, void>;
  hashPoint(): void;
  /** Recording, between turns: control operations (FT §3.3). */
  changeLimits(memoryMaximumBytes: number): void;
  powerOff(): void;
  /** Recording, between turns: the last entry, before the same machine follows another host (`followOn`). */
  handOver(): void;
  followOn(source: LogSource, wentLive: (at: Position) => void): Life;
  /** Between turns; its position is the life's. */
  checkpoint(): Checkpoint;
  /** Executes the log until the machine goes live, and what a go-live owes, or until it is off. */
  replay(): Generator<Wait, void, void>;
}

export interface LifeOptions {
  readonly world: World;
  readonly sink: SessionSink;
  readonly policy: RecordingPolicy;
}

/** A checkpoint as it is installed: the whole memory, and where it stands. */
export interface Installation {
  readonly memory: Uint8Array;
  readonly position: Position;
  readonly guestMs: number;
}

export interface Guest {
  readonly image: Digest;
  readonly pageBytes: number;
  readonly bootHash: Digest;
  readonly bootMemory: Uint8Array;
  readonly bootPageHashes: Uint8Array;
  record(options: LifeOptions): Life;
  follow(
    options: LifeOptions,
    from: Installation | null,
    source: LogSource,
    wentLive: (at: Position) => void,
  ): Life;
  /** Null: it has none, and whoever would number requests uses keys. */
  readonly sessions: GuestSessions | null;
  /** Payload of the interrupt. */
  request(id: number, request: SentRequest): Uint8Array;
  abort(id: number): Uint8Array;
  /** What follows upon an output about an outbound call. */
  answerCall(id: number, text: string): CallAnswer;
  /** A client's message over the WebSocket that its request `id` became. */
  socketMessage(id: number, data: string | Uint8Array): Uint8Array;
  /** That WebSocket is closed in order. */
  socketClosed(id: number, code: number): Uint8Array;
  /** The client has taken in so many bytes of a response in parts. */
  drained(id: number, bytes: number): Uint8Array;
  /** `again`: the guest did nothing for this request and wants it asked later. */
  verdictOf(request: PlannedRequest, reply: string): 'done' | 'again' | 'foreign';
  /** The request and its reply as an operation that can be checked; null when its meaning is not known. */
  operationOf(request: PlannedRequest, reply: string | null): Operation | null;
}
