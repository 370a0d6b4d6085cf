/**
 * The border of a host's HTTP side: what it is made with, and what it asks of the host (FT §3.5).
 */
import type { ClientAddress } from './doors.ts';

export interface ClientFrontOptions {
  readonly clients: ClientAddress;
  /**
   * Ids are never used again for another request of the same machine: a new
   * primary begins above its predecessor's.
   */
  readonly firstRequestId: number;
  /** Origins whose browser pages may read what the guest answers; `*` for all. */
  readonly allowOrigins: readonly string[];
}

export interface ClientFrontPorts {
  /** A `request` interrupt for the machine, handed over. False: the input queue is full. */
  deliver(...payload: readonly Uint8Array[]): boolean;
  /** What a client says on its WebSocket, handed over. False: so much of that waits already. */
  deliverMessage(payload: Uint8Array): boolean;
  /** The client of a delivered request is gone before its response. */
  aborted(requestId: number): void;
  /** What the readiness path answers. */
  isLive(): boolean;
  /**
   * More about a delivered request, for the machine: a piece of its body, or
   * how much of its response was taken in.
   */
  tell(payload: Uint8Array): void;
  log(line: string): void;
}
