/**
 * The two records of a request whose response is to come: the request itself, and,
 * when it may be asked for again, its run.
 */
import type { RequestState } from './request.ts';
import type { LaneAsked } from './socket-resume.ts';
import type { StreamReader } from './stream-kit.ts';

/** A request, and what has become of it so far. */
export interface Exchange {
  /** Another one when a handshake goes on on another connection (socket-handshakes.ts). */
  id: number;
  readonly state: RequestState;
  /** For requests that may be asked for again: with an Idempotency-Key, or in a session. */
  entry: ReplyEntry | undefined;
  /** What the handler gave, to be awaited, and whether it still is. */
  result: unknown;
  awaited: boolean;
  /** Its response, if that leaves piece by piece. */
  stream: ReplyStream | undefined;
  /**
   * The body of its response is read for others too (event-streams.ts), so that it ends with
   * the client means nothing to the guest.
   */
  outlived: boolean;
  /** Its client wants a WebSocket that outlives its connection. */
  lane: LaneAsked | undefined;
}

/** A response that leaves piece by piece (reply-stream.ts). */
export interface ReplyStream {
  readonly reader: StreamReader;
  /** Bytes that may still leave before the client has taken in others. */
  windowBytes: number;
  /** A chunk of which a part is still to be sent, from `sentBytes` on. */
  chunk: object | undefined;
  sentBytes: number;
  /** What `read` gave, to be awaited. */
  pending: unknown;
  state: 'resting' | 'calling' | 'awaiting' | 'over';
}

/**
 * One run of a request that may be asked for again. When it is over its reply is packed
 * (kept-reply.ts) and this record goes.
 */
export interface ReplyEntry {
  /** What makes a request the same as another (kept-reply.ts). */
  readonly fingerprint: string;
  /** Whose room the reply takes (reply-room.ts). */
  readonly kind: 'keys' | 'sessions';
  /**
   * Puts the reply into its place, if that still is this run's. Called inside a
   * section (host.ts); allocates nothing.
   */
  readonly keep: (packed: PackedReply) => void;
  /** Goes to clients behind the head of the reply: a session's says to which request it belongs. */
  readonly mark: string;
  /** Guest time from which on nobody is told of it any more. In seconds. */
  readonly expiresS: number;
  /** The request for which the handler runs; undefined when it has run. Its client may be gone. */
  run: Exchange | undefined;
  /** The request that waits for the reply on a living connection. */
  owner: Exchange | undefined;
}

/** A reply as it is kept: one text, or a text and the bytes of the body. */
export type PackedReply = string | PackedBytes;

export interface PackedBytes {
  readonly text: string;
  readonly body: ArrayBuffer;
}
