/**
 * A request's body that comes in pieces. What the guest has not taken in waits here, in the machine, never
 * more than the window: the host delivers as much again as it has been told was taken.
 */
import { PART, STREAM_WINDOW_BYTES } from './abi.ts';
import { takeChunk } from './chunks.ts';
import { DOMException } from './dom-exception.ts';
import { enter, leave, outputPart } from './host.ts';
import { bareArray, numberToString, SafeMap, typedArrayByteLength } from './primordials.ts';
import { streamKit } from './stream-kit.ts';

interface IncomingBody {
  readonly id: number;
  chunks: Uint8Array[];
  /** It has come in whole. */
  complete: boolean;
  /** Nobody wants the rest. */
  dropped: boolean;
  /** Taken in, and the host has not been told yet. */
  untoldBytes: number;
  /** Calls whoever waits for a piece. */
  wake: (() => void) | undefined;
  /** Ends the stream with an error. */
  fail: ((reason: unknown) => void) | undefined;
}

const TELL_FROM_BYTES = STREAM_WINDOW_BYTES / 4;
/** Those of open requests. */
const bodies = new SafeMap<number, IncomingBody>();

/** A request came whose body follows; the function makes its stream. */
export function openBody(id: number, first: ArrayBuffer | undefined): () => object {
  const chunks = bareArray<Uint8Array>();
  if (first !== undefined) chunks[0] = new Uint8Array(first);
  const body: IncomingBody = {
    id,
    chunks,
    complete: false,
    dropped: false,
    untoldBytes: 0,
    wake: undefined,
    fail: undefined,
  };
  bodies.set(id, body);
  return () => streamOver(body);
}

/** A piece of it. */
export function bodyArrived(id: number, bytes: ArrayBuffer | undefined, isLast: boolean): void {
  const body = bodies.get(id);
  if (body === undefined) return;
  const chunk = bytes === undefined ? undefined : new Uint8Array(bytes);
  const before = enter();
  try {
    if (chunk !== undefined && !body.dropped) body.chunks[body.chunks.length] = chunk;
    body.complete = isLast;
    if (isLast) bodies.delete(id);
  } finally {
    leave(before);
  }
  if (chunk !== undefined && body.dropped) taken(body, typedArrayByteLength(chunk));
  wake(body);
}

/** The request is over, or its client is gone: the rest will not come. */
export function closeBody(id: number): void {
  const body = bodies.get(id);
  if (body === undefined) return;
  bodies.delete(id);
  body.dropped = true;
  body.fail?.(new DOMException('The request was over before its body had come in', 'AbortError'));
  wake(body);
}

function wake(body: IncomingBody): void {
  const call = body.wake;
  body.wake = undefined;
  call?.();
}

function streamOver(body: IncomingBody): object {
  return streamKit().overChunks({
    start: (fail) => {
      body.fail = fail;
    },
    pull: async () => {
      for (;;) {
        const chunk = nextChunk(body);
        if (chunk !== undefined) return chunk;
        if (body.complete || body.dropped) return undefined;
        await new Promise<void>((resolve) => {
          body.wake = resolve;
        });
      }
    },
    cancel: () => {
      let rest = 0;
      for (let index = 0; index < body.chunks.length; index += 1)
        rest += typedArrayByteLength(body.chunks[index] as Uint8Array);
      body.chunks = bareArray();
      body.dropped = true;
      taken(body, rest);
    },
  });
}

function nextChunk(body: IncomingBody): Uint8Array | undefined {
  const chunk = takeChunk(body.chunks);
  if (chunk !== undefined) taken(body, typedArrayByteLength(chunk));
  return chunk;
}

function taken(body: IncomingBody, bytes: number): void {
  body.untoldBytes += bytes;
  if (body.complete || !bodies.has(body.id) || body.untoldBytes < TELL_FROM_BYTES) return;
  const before = enter();
  try {
    outputPart(PART.taken, body.id, numberToString(body.untoldBytes), undefined, 0, 0);
    body.untoldBytes = 0;
  } finally {
    leave(before);
  }
}
