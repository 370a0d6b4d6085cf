/** What can go wrong for a user of the client. Each says whether the request may have been executed. */

/**
 * `no`: the program never saw it. `once`: it ran, and its reply is lost.
 * `unknown`: it ran once or not at all.
 */
export type Executed = 'no' | 'once' | 'unknown';

/** What became of a request so far, for the one who is told that it failed. */
export interface Story {
  why: string;
  executed: Executed;
  /** It was redirected, and `executed` is of what it became. */
  hasHopped: boolean;
}

/**
 * Every error of the client's own. An abort by the caller's `signal` is not one: it is the signal's reason.
 */
export class TandemClientError extends Error {
  readonly executed: Executed;

  constructor(message: string, executed: Executed) {
    super(message);
    this.name = new.target.name;
    this.executed = executed;
  }
}

/** No reply came before the deadline. */
export class DeadlineError extends TandemClientError {}

/**
 * The machine forgot this session before a request in it was answered. The client goes on with a new session.
 */
export class SessionLostError extends TandemClientError {}

/**
 * The request ran once, but the machine had no room to keep its reply, and
 * the one that was sent did not arrive.
 */
export class ReplyLostError extends TandemClientError {}

/** The body of the request cannot be kept to be sent again. */
export class BodyTooLargeError extends TandemClientError {}

/** The client was closed. */
export class ClosedError extends TandemClientError {}

/** A WebSocket keeps what it says until the machine has it, and there is no room for more. */
export class SocketFullError extends TandemClientError {}

/** Node's `fetch failed` has the cause inside. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
