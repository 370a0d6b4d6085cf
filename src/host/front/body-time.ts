/**
 * How long a client has for the body of its request. One that is taken whole, or that nobody wants, has a
 * time for all of it. One that enters the machine piece by piece (upload.ts) may take as long as it likes,
 * but has to get on: so much in each interval in which the host reads it. While it is not read, because the
 * guest has not taken in what came before, nobody waits for the client.
 */
import type { IncomingMessage } from 'node:http';
import { limits } from '../../base/limits.ts';
import { declaredBodyBytes } from './request-body.ts';

export class BodyTime {
  readonly #request: IncomingMessage;
  readonly #slow: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isInParts = false;
  #isOver = false;

  /** `slow` is called once the time is over. The body is taken whole until it is said otherwise. */
  constructor(request: IncomingMessage, slow: () => void) {
    this.#request = request;
    this.#slow = slow;
    if (declaredBodyBytes(request) === 0) return;
    this.#set(limits.requestMs, () => this.#tooSlow());
    request.once('end', () => this.#stop()).once('close', () => this.#stop());
  }

  /** It is taken piece by piece, and the host reads it from here on. */
  reads(): void {
    // The interval goes on: what the guest takes in is no merit of the client's.
    if (this.#isInParts && this.#timer !== undefined) return;
    this.#isInParts = true;
    this.#interval();
  }

  /** The host does not read it for now. */
  rests(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #interval(): void {
    const { socket } = this.#request;
    const before = socket.bytesRead;
    this.#set(limits.uploadPaceMs, () => {
      if (socket.bytesRead - before < limits.uploadPaceBytes) this.#tooSlow();
      else this.#interval();
    });
  }

  #tooSlow(): void {
    this.#stop();
    this.#slow();
  }

  #set(ms: number, then: () => void): void {
    this.rests();
    if (this.#isOver) return;
    this.#timer = setTimeout(then, ms);
    this.#timer.unref();
  }

  #stop(): void {
    this.#isOver = true;
    this.rests();
  }
}
