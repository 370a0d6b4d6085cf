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
import { monotonicMs } from '../../base/monotonic.ts';

interface Reader {
  responses: number;
  bytes: number;
}

export class UnreadReplies {
  /** Connections with responses on their way; the one that moved last is the last. */
  readonly #readers = new Map<Socket, Reader>();
  readonly #log: (line: string) => void;
  #bytes = 0;
  #saidMs = Number.NEGATIVE_INFINITY;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Bytes that clients have not taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there is something that this connection has not taken; its timer is then ours. */
  has(socket: Socket): boolean {
    return this.#readers.has(socket);
  }

  /** A response of Node's was ended with `bytes` in it. */
  sent(socket: Socket, response: ServerResponse, bytes: number): void {
    // The ordinary case: the kernel took all of it at once.
    if (response.writableLength === 0) return;
    response.once('finish', () => this.taken(socket, bytes));
    this.wrote(socket, bytes);
  }

  /**
   * A whole response was written to the socket. `allTaken` is called when the kernel has taken late what
   * there was of this connection's.
   */
  written(socket: Socket, bytes: number, allTaken: () => void): void {
    if (socket.writableLength === 0) return;
    // Called when all that was written before has left, or never will.
    socket.write('', () => {
      this.taken(socket, bytes);
      if (!this.has(socket)) allTaken();
    });
    this.wrote(socket, bytes);
  }

  /** A response, or a piece of one, was written; `taken` must follow. */
  wrote(socket: Socket, bytes: number): void {
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
    this.#makeRoom();
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

  #makeRoom(): void {
    let reset = 0;
    for (const [socket, reader] of this.#readers) {
      if (this.#bytes <= limits.unreadReplyBytes) break;
      const isAlone = this.#readers.size === 1 && reader.responses === 1;
      if (isAlone) break;
      this.closed(socket);
      socket.resetAndDestroy();
      reset += 1;
    }
    if (reset > 0) this.#say(reset);
  }

  /** At most one line in a while: there may be a reset for each response. */
  #say(connections: number): void {
    const nowMs = monotonicMs();
    if (nowMs - this.#saidMs < limits.unreadSaidEveryMs) return;
    this.#saidMs = nowMs;
    this.#log(`${connections} connections were reset: their clients do not read what they asked for`);
  }
}
