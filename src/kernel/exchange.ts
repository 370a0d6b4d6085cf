/** The two records of a request whose response is to come: the request itself, and its place in the reply cache if it has a key. */
import type { RequestState } from './request.ts';
import type { StreamReader } from './stream-kit.ts';

/** A request, and what has become of it so far. */
export interface Exchange {
  readonly id: number;
  readonly state: RequestState;
  /** For requests with an Idempotency-Key. */
  entry: ReplyEntry | undefined;
  /** What the handler gave, to be awaited, and whether it still is. */
  result: unknown;
  awaited: boolean;
  /** Its response, if that leaves piece by piece. */
  stream: ReplyStream | undefined;
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

/** What is remembered under an Idempotency-Key. */
export interface ReplyEntry {
  readonly key: string;
  readonly method: string;
  readonly target: string;
  /** The body as it came, or a hash of a long one. */
  readonly body: ArrayBuffer | string | undefined;
  /** What this entry costs, as counted against the bound. */
  bytes: number;
  readonly expiresMs: number;
  /** The request for which the handler runs; undefined when it has run. Its client may be gone. */
  run: Exchange | undefined;
  /** The request that waits for the reply on a living connection. */
  owner: Exchange | undefined;
  /** The reply; undefined while the handler runs. */
  head: string | undefined;
  reply: string | ArrayBuffer;
  /** The entry that came after this one. */
  next: ReplyEntry | undefined;
}
