/**
 * Chunks of bodies that one turn of the event loop takes in. A chunk of a byte costs as much as one of
 * 64 KiB, and a turn reads megabytes of each socket: beyond a bound no body is read any more in this turn, so
 * that heartbeats come in between, whatever clients send and whoever reads it.
 */
import type { IncomingMessage } from 'node:http';
import { limits } from '../../base/limits.ts';
import { declaredBodyBytes } from './request-body.ts';

export class BodyTurns {
  readonly #requests = new Set<IncomingMessage>();
  readonly #held = new Set<IncomingMessage>();
  #chunks = 0;

  /** Its body begins to flow with this. */
  watch(request: IncomingMessage): void {
    if (declaredBodyBytes(request) === 0) return;
    this.#requests.add(request);
    request.on('data', this.#came).once('close', () => this.#requests.delete(request));
  }

  readonly #came = (): void => {
    this.#chunks += 1;
    if (this.#chunks === 1) setImmediate(() => this.#nextTurn());
    // More often than once where the guest says meanwhile that it has taken in what came before.
    if (this.#chunks % limits.bodyChunksAtOnce !== 0) return;
    for (const request of this.#requests) {
      // Whoever is not read already waits for the guest, and goes on when that says so.
      if (request.isPaused()) continue;
      this.#held.add(request);
      request.pause();
      // Node would read on until the request's own buffer is full.
      request.socket.pause();
    }
  };

  #nextTurn(): void {
    this.#chunks = 0;
    for (const request of this.#held) {
      request.resume();
      // One whose buffer is full lets its socket be read again by itself.
      const isFull = request.readableLength >= request.readableHighWaterMark;
      if (request.complete || !isFull) request.socket.resume();
    }
    this.#held.clear();
  }
}
