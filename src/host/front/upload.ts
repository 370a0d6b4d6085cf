/**
 * A request's body that enters the machine piece by piece (kernel/incoming-body.ts): a large one, or one of
 * which nobody knows how large it will be. No more than a window of it is inside that the guest has not taken
 * in; then the client's socket is not read.
 */
import type { IncomingMessage } from 'node:http';
import { limits } from '../../base/limits.ts';
import { STREAM_WINDOW_BYTES } from '../../kernel/abi.ts';
import type { BodyTime } from './body-time.ts';
import { type BodyBudget, declaredBodyBytes, discardBody } from './request-body.ts';

/**
 * A body that is to be kept with its key must be whole before anything begins; one that has its place
 * in one interrupt costs less that way.
 */
export function mayComeInParts(request: IncomingMessage): boolean {
  if (request.headers['idempotency-key'] !== undefined || request.headers['tandem-session'] !== undefined)
    return false;
  const declared = declaredBodyBytes(request);
  return declared === undefined || declared > limits.wholeRequestBytes;
}

/** What becomes of it. */
export interface UploadEnds {
  /** It came so soon that it needs no parts. */
  whole(body: Uint8Array): void;
  /** The request is to enter the machine now; false when it cannot. */
  open(): boolean;
  piece(bytes: Uint8Array, isLast: boolean): void;
  /** Instead of a last piece. */
  tooLarge(): void;
}

export class Upload {
  readonly #request: IncomingMessage;
  readonly #budget: BodyBudget;
  readonly #time: BodyTime;
  #ends: UploadEnds | undefined;
  /** Pieces that wait to see whether the body needs parts; undefined once it does. */
  #early: Uint8Array[] | undefined = [];
  #earlyTimer: NodeJS.Timeout | undefined;
  #insideBytes = 0;
  #receivedBytes = 0;
  #isOver = false;

  private constructor(request: IncomingMessage, budget: BodyBudget, time: BodyTime) {
    this.#request = request;
    this.#budget = budget;
    this.#time = time;
  }

  /** Undefined when there is no room for another one. */
  static begin(request: IncomingMessage, budget: BodyBudget, time: BodyTime): Upload | undefined {
    return budget.take(STREAM_WINDOW_BYTES) ? new Upload(request, budget, time) : undefined;
  }

  /** Nothing is called any more once the client is gone. */
  start(ends: UploadEnds): void {
    this.#ends = ends;
    this.#time.reads();
    if (declaredBodyBytes(this.#request) === undefined) {
      this.#earlyTimer = setTimeout(() => this.#open(), limits.uploadGatherMs);
    } else this.#open();
    this.#request
      .on('data', (chunk: Uint8Array) => this.#came(chunk))
      .on('end', () => this.#ended())
      .on('close', () => this.#over());
  }

  /** The guest has taken in so many bytes. */
  taken(bytes: number): void {
    this.#insideBytes -= bytes;
    if (this.#isOver || this.#insideBytes >= STREAM_WINDOW_BYTES) return;
    this.#request.resume();
    this.#time.reads();
  }

  /** Nobody wants the rest: it is read and forgotten, within bounds, so that the client reads its answer. */
  stop(): void {
    if (this.#isOver) return;
    this.#over();
    if (this.#request.complete) return;
    discardBody(this.#request, () => {
      if (!this.#request.complete) this.#request.socket.destroy();
    });
  }

  #came(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#receivedBytes += chunk.length;
    this.#insideBytes += chunk.length;
    if (this.#receivedBytes > limits.uploadBytes) {
      this.stop();
      this.#ends?.tooLarge();
    } else if (this.#early === undefined) this.#ends?.piece(chunk, false);
    else {
      this.#early.push(chunk);
      if (this.#insideBytes >= STREAM_WINDOW_BYTES) this.#open();
    }
    if (this.#insideBytes < STREAM_WINDOW_BYTES) return;
    this.#request.pause();
    this.#time.rests();
  }

  #ended(): void {
    if (this.#isOver) return;
    const early = this.#early;
    this.#over();
    if (early === undefined) this.#ends?.piece(EMPTY, true);
    else this.#ends?.whole(Buffer.concat(early));
  }

  #open(): void {
    const early = this.#early;
    if (early === undefined || this.#isOver) return;
    this.#early = undefined;
    clearTimeout(this.#earlyTimer);
    if (this.#ends?.open() !== true) {
      this.stop();
      return;
    }
    for (const chunk of early) this.#ends.piece(chunk, false);
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#earlyTimer);
    this.#budget.giveBack(STREAM_WINDOW_BYTES);
  }
}

const EMPTY = new Uint8Array(0);
