/**
 * A request's body that enters the machine piece by piece (kernel/incoming-body.ts): a large one, or one of
 * which nobody knows how large it will be. No more than a window of it is inside that the guest has not taken
 * in; then the client's socket is not read. How a client cuts its body into chunks is its own affair: each
 * piece costs the machine a turn, so small ones wait a moment for company.
 */
import type { IncomingMessage } from 'node:http';
import { limits } from '../../base/limits.ts';
import { STREAM_WINDOW_BYTES } from '../../kernel/abi.ts';
import type { BodyTime } from './body-time.ts';
import { GatheredBytes } from './gathered-bytes.ts';
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

/** As much as a socket is read at a time. */
const PIECE_BYTES_AT_MOST = 64 * 1024;

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
  /** What waits to see whether the body needs parts, or for more of it. */
  readonly #gathered = new GatheredBytes();
  #isInParts = false;
  /** Runs while something waits, or would. */
  #gatherTimer: NodeJS.Timeout | undefined;
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
      this.#gatherTimer = setTimeout(() => this.#open(), limits.uploadGatherMs);
    } else this.#open();
    this.#request
      .on('data', (chunk: Uint8Array) => this.#came(chunk))
      .on('end', () => this.#ended())
      .on('close', () => this.#over());
  }

  /** The guest has taken in so many bytes. */
  taken(bytes: number): void {
    const wasFull = this.#insideBytes >= STREAM_WINDOW_BYTES;
    this.#insideBytes -= bytes;
    // Others have reasons of their own not to read it for a moment (body-turns.ts).
    if (this.#isOver || !wasFull || this.#insideBytes >= STREAM_WINDOW_BYTES) return;
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
      return;
    }
    this.#gathered.add(chunk);
    if (!this.#isInParts && this.#insideBytes >= STREAM_WINDOW_BYTES) this.#open();
    else if (this.#isInParts) this.#considerPiece();
    if (this.#insideBytes < STREAM_WINDOW_BYTES) return;
    this.#request.pause();
    this.#time.rests();
  }

  #ended(): void {
    if (this.#isOver) return;
    this.#over();
    const rest = this.#gathered.take();
    if (this.#isInParts) this.#ends?.piece(rest, true);
    else this.#ends?.whole(rest);
  }

  #open(): void {
    if (this.#isInParts || this.#isOver) return;
    this.#isInParts = true;
    clearTimeout(this.#gatherTimer);
    this.#gatherTimer = undefined;
    if (this.#ends?.open() === true) this.#considerPiece();
    else this.stop();
  }

  /** The first small one leaves at once; what comes within a moment behind it waits until that is over. */
  #considerPiece(): void {
    const { bytes } = this.#gathered;
    if (bytes === 0 || (bytes < limits.bodyPieceBytes && this.#gatherTimer !== undefined)) return;
    clearTimeout(this.#gatherTimer);
    const all = this.#gathered.take();
    for (let from = 0; from < all.length; from += PIECE_BYTES_AT_MOST)
      this.#ends?.piece(all.subarray(from, from + PIECE_BYTES_AT_MOST), false);
    this.#gatherTimer = setTimeout(() => {
      this.#gatherTimer = undefined;
      this.#considerPiece();
    }, limits.uploadGatherMs);
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#gatherTimer);
    this.#budget.giveBack(STREAM_WINDOW_BYTES);
  }
}
