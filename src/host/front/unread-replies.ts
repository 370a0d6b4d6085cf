/**
 * What clients have been sent and have not taken. A response waits in this process's memory until the kernel
 * has all of it, and whoever asks for much and never reads would keep it there for ever: so all connections
 * share a budget, and a connection on which nothing moves is ended.
 *
 * Beyond the budget the connection goes that has not completed a response for the longest time. The only
 * response of a connection may be as large as a guest can make it: it goes to a client that is alone with it.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../../base/limits.ts';

interface Reader {
  responses: number;
  bytes: number;
}

export class UnreadReplies {
  /** Connections with responses on their way; the one that moved last is the last. */
  readonly #readers = new Map<Socket, Reader>();
  #bytes = 0;

  /** Bytes that clients have not taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A response was ended with `bytes` in it. Returns how many connections had to be reset to make room. */
  sent(socket: Socket, response: ServerResponse, bytes: number): number {
    // The ordinary case: the kernel took all of it at once.
    if (response.writableLength === 0) return 0;
    response.once('finish', () => this.taken(socket, bytes));
    return this.wrote(socket, bytes);
  }

  /**
   * A response, or a piece of one, was written. Returns how many connections had to be
   * reset to make room; `taken` must follow.
   */
  wrote(socket: Socket, bytes: number): number {
    let reader = this.#readers.get(socket);
    if (reader === undefined) {
      reader = { responses: 0, bytes: 0 };
      this.#readers.set(socket, reader);
      // Node's own timer knows of bytes that the kernel takes in the middle
      // of a write, and ends the connection.
      socket.setTimeout(limits.replyStalledMs);
    }
    reader.responses += 1;
    reader.bytes += bytes;
    this.#bytes += bytes;
    return this.#makeRoom();
  }

  closed(socket: Socket): void {
    const reader = this.#readers.get(socket);
    if (reader === undefined) return;
    this.#readers.delete(socket);
    this.#bytes -= reader.bytes;
  }

  /** The kernel has taken all of what was written. */
  taken(socket: Socket, bytes: number): void {
    const reader = this.#readers.get(socket);
    if (reader === undefined) return;
    reader.responses -= 1;
    reader.bytes -= bytes;
    this.#bytes -= bytes;
    this.#readers.delete(socket);
    if (reader.responses > 0) this.#readers.set(socket, reader);
    // A client that waits for the guest has all the time that the guest takes. Another value is
    // Node's own, for an idle connection.
    else if (socket.timeout === limits.replyStalledMs) socket.setTimeout(0);
  }

  #makeRoom(): number {
    let reset = 0;
    for (const [socket, reader] of this.#readers) {
      if (this.#bytes <= limits.unreadReplyBytes) break;
      const isAlone = this.#readers.size === 1 && reader.responses === 1;
      if (isAlone) break;
      this.closed(socket);
      socket.resetAndDestroy();
      reset += 1;
    }
    return reset;
  }
}
