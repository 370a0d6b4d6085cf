/**
 * What leaves the machine: the only ways by which nondeterminism can enter it or an effect can leave
 * it (FT §2.1). A session stands behind this port: the recording one answers from the world and logs,
 * the replaying one answers from the log.
 *
 * No method may throw for the guest's sake: whatever is thrown here unwinds the
 * machine, which is dead from then on.
 */

/**
 * Something the guest says to the outside world. The buffers are views of the
 * machine's memory, valid during the call only.
 */
export interface Output {
  readonly kind: OutputKind;
  /** Counted in the machine, from 1. */
  readonly ordinal: number;
  /**
   * response and its parts: the request's id; console: 1 stdout, 2 stderr; end: the exit code; call: the
   * outbound call's id; socket: the id of the request that became it.
   */
  readonly subject: number;
  /**
   * UTF-8. response, begin, call, socket: the head (kernel/abi.ts); console: the text;
   * taken: bytes, in decimal; else empty.
   */
  readonly head: Uint8Array;
  /** response, chunk, call, socket: the body or a piece of it; else empty. */
  readonly body: Uint8Array;
}

export type OutputKind = 'response' | 'console' | 'end' | 'call' | 'socket' | PartKind;

/**
 * Parts of a response that leaves piece by piece, and how much of a request's body the guest
 * has taken in (kernel/abi.ts's PART).
 */
export type PartKind = 'begin' | 'chunk' | 'finish' | 'fail' | 'taken';

export interface Traps {
  /** Guest time, whole milliseconds since the Unix epoch; never less than the last answer. */
  clock(): number;
  /** Fills `into`, a seed (entropy-seed.ts), with random bytes. */
  entropy(into: Uint8Array): void;
  /**
   * The machine has polled its interrupt handler for the `poll`th time in this turn (the branch counter of FT
   * §2.1). True kills the running code; only asked for when not `masked`.
   */
  poll(poll: number, masked: boolean): boolean;
  output(output: Output): void;
}
