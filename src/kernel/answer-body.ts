/**
 * The body of an answer to an outbound call, as it comes in. What the guest has not taken waits here, in the
 * machine, never more than the window: the host reads on when it has been told that some of it was taken.
 */
import { takeChunk } from './chunks.ts';
import { bareArray, typedArrayByteLength } from './primordials.ts';
import { streamKit } from './stream-kit.ts';

/** Who is told what becomes of it. */
interface BodyReader {
  taken(bytes: number): void;
  /** Nobody wants the rest. */
  cancelled(): void;
}

export class AnswerBody {
  readonly #reader: BodyReader;
  #chunks: Uint8Array[] = bareArray();
  #isComplete = false;
  /** Why it will not be complete. */
  #failure: { readonly reason: unknown } | undefined;
  /** Calls whoever waits for a chunk. */
  #wake: (() => void) | undefined;
  /** Ends the stream with an error, once there is one. */
  #failStream: ((reason: unknown) => void) | undefined;

  constructor(reader: BodyReader) {
    this.#reader = reader;
  }

  push(bytes: ArrayBuffer): void {
    this.#chunks[this.#chunks.length] = new Uint8Array(bytes);
    this.#wakeUp();
  }

  end(): void {
    this.#isComplete = true;
    this.#wakeUp();
  }

  fail(reason: unknown): void {
    this.#failure = { reason };
    this.#chunks = bareArray();
    this.#failStream?.(reason);
    this.#wakeUp();
  }

  /** Called once. */
  stream(): object {
    return streamKit().overChunks({
      start: (fail) => {
        this.#failStream = fail;
        if (this.#failure !== undefined) fail(this.#failure.reason);
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#chunks = bareArray();
        this.#reader.cancelled();
      },
    });
  }

  async #pull(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#next();
      if (chunk !== undefined) return chunk;
      if (this.#isComplete || this.#failure !== undefined) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #next(): Uint8Array | undefined {
    const chunk = takeChunk(this.#chunks);
    if (chunk !== undefined) this.#reader.taken(typedArrayByteLength(chunk));
    return chunk;
  }

  #wakeUp(): void {
    const call = this.#wake;
    this.#wake = undefined;
    call?.();
  }
}
