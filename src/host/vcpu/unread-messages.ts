/**
 * Messages of clients' WebSockets that wait in the ring to the vCPU. Requests are bounded by how many are
 * open; but a client may say one thing after the other and wait for nothing, and a ring full of messages of a
 * byte is half a minute in which nobody else is served. So a few thousand of all clients are in it at a time;
 * others wait in their senders' sockets.
 */
import { BoundedQueue } from '../../base/bounded-queue.ts';
import { limits } from '../../base/limits.ts';
import type { RingWriter } from './ring.ts';

export class UnreadMessages {
  readonly #writer: RingWriter;
  /** Where in the ring each of them ends. */
  readonly #ends = new BoundedQueue<number>(limits.socketMessagesInRing);

  constructor(writer: RingWriter) {
    this.#writer = writer;
  }

  get hasRoom(): boolean {
    if (this.#ends.length < limits.socketMessagesInRing) return true;
    const taken = this.#writer.takenThrough;
    // Both are counters of 32 bits that wrap around.
    for (let end = this.#ends.peek(); end !== undefined && ((end - taken) | 0) <= 0; end = this.#ends.peek())
      this.#ends.shift();
    return this.#ends.length < limits.socketMessagesInRing;
  }

  /** The last message in the ring is one. */
  written(): void {
    this.#ends.push(this.#writer.writtenThrough);
  }
}
