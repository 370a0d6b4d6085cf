/**
 * The Streams standard, by web-streams-polyfill (a port of the standard's reference
 * implementation), the two text streams over it, and what the kernel itself does with streams:
 * bodies that are streams, and streams over bodies.
 */
import {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from 'web-streams-polyfill';
import { typedArrayName } from '../primordials.ts';
import type { ChunkSource, StreamReader } from '../stream-kit.ts';
import { TextDecoder, TextEncoder } from '../text-encoding.ts';
import { asInterface } from '../webidl.ts';
import { takeStopped } from './source-calls.ts';

export {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
};

/** What the polyfill keeps in its streams. */
interface Inside {
  readonly _disturbed: boolean;
}

export const isStream = (value: unknown): value is ReadableStream => value instanceof ReadableStream;
export const isDisturbed = (stream: unknown): boolean => (stream as Inside)._disturbed;
export const isLocked = (stream: unknown): boolean => (stream as ReadableStream).locked;
export const readerOf = (stream: unknown): StreamReader => (stream as ReadableStream<Uint8Array>).getReader();
export const tee = (stream: unknown): readonly [object, object] => (stream as ReadableStream).tee();

/** A byte stream that asks `source` for one chunk after the other. */
export function overChunks(source: ChunkSource): object {
  return new ReadableStream(
    {
      type: 'bytes',
      start: (controller) => source.start?.((reason) => controller.error(reason)),
      pull: async (controller) => {
        const chunk = await source.pull();
        if (chunk === undefined) {
          controller.close();
          controller.byobRequest?.respond(0);
        } else controller.enqueue(chunk);
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Ends a stream whose contents were taken another way. */
export function exhaust(stream: unknown): void {
  const reader = (stream as ReadableStream).getReader();
  reader.cancel();
  reader.releaseLock();
}

/** All bytes of a stream. Rejects when a chunk is no Uint8Array, and beyond `mostBytes`. */
export async function collect(stream: unknown, mostBytes: number): Promise<ArrayBuffer> {
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (typedArrayName(value) !== 'Uint8Array') {
      const error = new TypeError('The body is a stream with a chunk that is no Uint8Array');
      reader.cancel(error).catch(() => {});
      throw error;
    }
    length += value.byteLength;
    if (length > mostBytes) {
      const error = new RangeError(`The body has more than ${mostBytes} bytes: read it as a stream`);
      reader.cancel(error).catch(() => {});
      throw error;
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole.buffer;
}

const CONTROLLERS = [
  ReadableStreamDefaultController,
  ReadableByteStreamController,
  TransformStreamDefaultController,
  WritableStreamDefaultController,
] as const;

/** A turn was killed: whoever waits for a stream whose source was stopped hears that it is over. */
export function endStopped(): void {
  const reason = new TypeError('The source of the stream took too long and was stopped');
  for (const stopped of takeStopped()) {
    const kind = CONTROLLERS.find((controller) => stopped instanceof controller);
    try {
      kind?.prototype.error.call(stopped, reason);
    } catch {
      // A guest's object that only looks like one.
    }
  }
}

export class TextEncoderStream {
  readonly #transform: TransformStream<unknown, Uint8Array>;

  constructor() {
    const encoder = new TextEncoder();
    // A surrogate whose other half comes with the next chunk.
    let high = '';
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        let text = `${high}${chunk as string}`;
        const last = text.charCodeAt(text.length - 1);
        high = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : '';
        if (high !== '') text = text.slice(0, -1);
        if (text !== '') controller.enqueue(encoder.encode(text));
      },
      flush(controller) {
        if (high !== '') controller.enqueue(encoder.encode('\ufffd'));
      },
    });
  }

  get encoding(): string {
    return 'utf-8';
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#transform.readable;
  }

  get writable(): WritableStream<unknown> {
    return this.#transform.writable;
  }
}

export class TextDecoderStream {
  readonly #decoder: TextDecoder;
  readonly #transform: TransformStream<unknown, string>;

  constructor(label: unknown = 'utf-8', options: { fatal?: unknown; ignoreBOM?: unknown } = {}) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        if (text !== '') controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text !== '') controller.enqueue(text);
      },
    });
  }

  get encoding(): string {
    return this.#decoder.encoding;
  }

  get fatal(): boolean {
    return this.#decoder.fatal;
  }

  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM;
  }

  get readable(): ReadableStream<string> {
    return this.#transform.readable;
  }

  get writable(): WritableStream<unknown> {
    return this.#transform.writable;
  }
}

asInterface(TextEncoderStream, 'TextEncoderStream');
asInterface(TextDecoderStream, 'TextDecoderStream');
