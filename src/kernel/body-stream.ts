/**
 * What `request.body` and `response.body` give: the whole body as one chunk, behind the reading half of a ReadableStream. Enough to
 * read it, to iterate it, and to pass it on (`new Response(other.body)`); piping belongs to real streams.
 */
import { type BodyState, bytesOf } from './body-state.ts';
import {
  arrayBufferByteLength,
  arrayBufferSlice,
  ReflectDefineProperty,
  ReflectGetOwnPropertyDescriptor,
  rejected,
  resolved,
} from './primordials.ts';

interface StreamState {
  readonly body: BodyState;
  locked: boolean;
  /** The one chunk has been given. */
  done: boolean;
}

export let streamOver: (body: BodyState) => BodyStream;
export let isBodyStream: (value: unknown) => value is BodyStream;
/** The body of a stream that becomes another body; the stream is used up. */
export let takeStream: (stream: BodyStream) => {
  text: string | undefined;
  bytes: ArrayBuffer | undefined;
};

const INTERNAL = {};

export class BodyStream {
  readonly #state: StreamState;

  static {
    streamOver = (body) => new BodyStream(INTERNAL, body);
    isBodyStream = (value): value is BodyStream =>
      typeof value === 'object' && value !== null && #state in value;
    takeStream = (stream) => {
      const { body, locked } = stream.#state;
      if (locked || body.used) throw new TypeError('The stream is locked or has been read');
      body.used = true;
      return { text: body.text, bytes: body.bytes };
    };
  }

  constructor(token?: unknown, body?: BodyState) {
    if (token !== INTERNAL || body === undefined) throw new TypeError('Illegal constructor');
    this.#state = { body, locked: false, done: false };
  }

  get locked(): boolean {
    return this.#state.locked;
  }

  getReader(): BodyReader {
    const state = this.#state;
    if (state.locked) throw new TypeError('The stream is locked');
    if (state.body.used && !state.done) throw new TypeError('The body has already been read');
    state.locked = true;
    return new BodyReader(state);
  }

  cancel(): Promise<void> {
    if (this.#state.locked) return rejected(new TypeError('The stream is locked'));
    finish(this.#state);
    return resolved(undefined);
  }

  async *values(): AsyncGenerator<Uint8Array> {
    const reader = this.getReader();
    const chunk = nextChunk(this.#state);
    if (chunk !== undefined) yield chunk;
    reader.releaseLock();
  }
}

ReflectDefineProperty(BodyStream.prototype, Symbol.asyncIterator, {
  value: ReflectGetOwnPropertyDescriptor(BodyStream.prototype, 'values')?.value,
  writable: true,
  configurable: true,
});

class BodyReader {
  #state: StreamState | undefined;

  constructor(state: StreamState) {
    this.#state = state;
  }

  get closed(): Promise<undefined> {
    return resolved(undefined);
  }

  read(): Promise<{ done: boolean; value: Uint8Array | undefined }> {
    if (this.#state === undefined) return rejected(new TypeError('The reader was released'));
    try {
      const value = nextChunk(this.#state);
      return resolved({ done: value === undefined, value });
    } catch (error) {
      return rejected(error);
    }
  }

  releaseLock(): void {
    if (this.#state !== undefined) this.#state.locked = false;
    this.#state = undefined;
  }

  cancel(): Promise<void> {
    if (this.#state !== undefined) finish(this.#state);
    return resolved(undefined);
  }
}

function nextChunk(state: StreamState): Uint8Array | undefined {
  if (state.done) return undefined;
  finish(state);
  const buffer = bytesOf(state.body);
  const length = arrayBufferByteLength(buffer);
  return length === 0 ? undefined : new Uint8Array(arrayBufferSlice(buffer, 0, length));
}

function finish(state: StreamState): void {
  state.done = true;
  state.body.used = true;
}
