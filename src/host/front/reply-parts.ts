/**
 * A response that leaves the machine piece by piece (kernel/reply-stream.ts), on its way to one client. What
 * the client has taken in is told to the machine, in steps, so that no more than a window of it is under way;
 * a client that takes in nothing is ended like any other that does not read.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { STREAM_WINDOW_BYTES } from '../../kernel/abi.ts';
import { decodeResponseHead } from './request-codec.ts';
import type { UnreadReplies } from './unread-replies.ts';

const TELL_FROM_BYTES = STREAM_WINDOW_BYTES / 4;

export class ReplyParts {
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  readonly #unread: UnreadReplies;
  readonly #drained: (bytes: number) => void;
  /** What is left of the length that the guest declared; undefined when it declared none. */
  #declaredRest: number | undefined;
  #untoldBytes = 0;

  /**
   * Sends the head. Throws for one that cannot be sent. `drained` is told of
   * bytes that the client has taken in.
   */
  constructor(
    response: ServerResponse,
    socket: Socket,
    head: string,
    unread: UnreadReplies,
    drained: (bytes: number) => void,
  ) {
    const decoded = decodeResponseHead(head);
    if (decoded === undefined) throw new Error(`no response head: ${JSON.stringify(head.slice(0, 60))}`);
    const { status, headers, declaredLength } = decoded;
    if (declaredLength !== undefined && /^\d{1,15}$/.test(declaredLength)) {
      headers.push('content-length', declaredLength);
      this.#declaredRest = Number(declaredLength);
    }
    this.#response = response;
    this.#socket = socket;
    this.#unread = unread;
    this.#drained = drained;
    response.writeHead(status, headers);
    response.flushHeaders();
  }

  /** Keeps `bytes` until they are sent. */
  chunk(bytes: Uint8Array): void {
    if (this.#declaredRest !== undefined) {
      this.#declaredRest -= bytes.length;
      if (this.#declaredRest < 0) {
        // More would be read as the next response.
        this.fail();
        return;
      }
    }
    this.#response.write(bytes, () => this.#taken(bytes.length));
    this.#unread.wrote(this.#socket, bytes.length);
  }

  end(): void {
    if ((this.#declaredRest ?? 0) > 0) this.fail();
    else this.#response.end();
  }

  /** The client must not take what it has for all of it. */
  fail(): void {
    this.#socket.destroy();
  }

  #taken(bytes: number): void {
    this.#unread.taken(this.#socket, bytes);
    this.#untoldBytes += bytes;
    if (this.#untoldBytes < TELL_FROM_BYTES || this.#socket.destroyed) return;
    this.#drained(this.#untoldBytes);
    this.#untoldBytes = 0;
  }
}
