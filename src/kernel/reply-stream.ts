/**
 * A response whose body is a stream: its head leaves at once, then each chunk as an output of its own. No
 * more is under way than the window; what the client has taken in (`drained`) opens it again, so a slow
 * client slows the guest's stream and not the machine.
 *
 * After a kill a stream goes on if the kernel can know where it stands: a read that is pending is listened to
 * anew. Where the kill fell inside a read, a chunk may be lost, and the client's connection is reset instead;
 * so it is where the kill fell on the guest's source, which ends its stream (stream-kit.ts).
 */
import { PART, STREAM_WINDOW_BYTES } from './abi.ts';
import type { Exchange, ReplyStream } from './exchange.ts';
import { enter, leave, outputPart } from './host.ts';
import { closeBody } from './incoming-body.ts';
import { limits } from './limits.ts';
import { closeExchange, openExchangeOf } from './open-requests.ts';
import { MathMin, typedArrayByteLength, typedArrayName, whenSettled } from './primordials.ts';
import { writeError } from './report.ts';
import type { StreamReader } from './stream-kit.ts';

/** Sends the head and begins to read. */
export function startReplyStream(exchange: Exchange, head: string, reader: StreamReader): void {
  const stream: ReplyStream = {
    reader,
    windowBytes: STREAM_WINDOW_BYTES,
    chunk: undefined,
    sentBytes: 0,
    pending: undefined,
    state: 'resting',
  };
  if (openExchangeOf(exchange.id) === undefined) {
    // Nobody waits any more.
    stream.state = 'over';
    ignore(reader.cancel(new TypeError('The client is gone')));
    return;
  }
  try {
    begin(exchange, stream, head);
  } catch (error) {
    ignore(reader.cancel(error));
    throw error;
  }
  pump(exchange, stream);
}

function begin(exchange: Exchange, stream: ReplyStream, head: string): void {
  const before = enter();
  try {
    outputPart(PART.begin, exchange.id, head, undefined, 0, 0);
    exchange.stream = stream;
  } finally {
    leave(before);
  }
}

const ignore = (promise: unknown): void => {
  whenSettled(promise, () => {});
};

/** The client has taken in so many bytes more. */
export function replyDrained(exchange: Exchange, bytes: number): void {
  const { stream } = exchange;
  if (stream === undefined) return;
  stream.windowBytes += bytes;
  if (stream.state === 'resting') pump(exchange, stream);
}

/** Nobody waits for the rest. Runs the guest's `cancel`. */
export function cancelReply(exchange: Exchange, reason: unknown): void {
  const { stream } = exchange;
  if (stream === undefined || stream.state === 'over') return;
  stream.state = 'over';
  stream.chunk = undefined;
  ignore(stream.reader.cancel(reason));
}

/** The rest will never come. */
export function failReply(exchange: Exchange): void {
  const { stream } = exchange;
  if (stream !== undefined) over(exchange, stream, PART.fail);
}

/** After a kill. */
export function recoverReply(exchange: Exchange): void {
  const { stream } = exchange;
  if (stream === undefined) return;
  if (stream.state === 'calling') failReply(exchange);
  else if (stream.state === 'awaiting') listen(exchange, stream);
  else if (stream.state === 'resting') pump(exchange, stream);
}

function pump(exchange: Exchange, stream: ReplyStream): void {
  sendChunk(exchange, stream);
  if (stream.chunk !== undefined || stream.windowBytes <= 0) return;
  stream.state = 'calling';
  stream.pending = stream.reader.read();
  stream.state = 'awaiting';
  listen(exchange, stream);
}

function listen(exchange: Exchange, stream: ReplyStream): void {
  const { pending } = stream;
  const isCurrent = (): boolean => stream.state === 'awaiting' && stream.pending === pending;
  whenSettled(
    pending,
    (result) => {
      if (isCurrent()) take(exchange, stream, result as { done: boolean; value: unknown });
    },
    (reason) => {
      if (!isCurrent()) return;
      writeError('Uncaught', reason);
      over(exchange, stream, PART.fail);
    },
  );
}

function take(
  exchange: Exchange,
  stream: ReplyStream,
  { done, value }: { readonly done: boolean; readonly value: unknown },
): void {
  if (done) {
    over(exchange, stream, PART.end);
    return;
  }
  if (typedArrayName(value) !== 'Uint8Array') {
    const error = new TypeError('A chunk of a response is a Uint8Array');
    writeError('Uncaught', error);
    over(exchange, stream, PART.fail);
    ignore(stream.reader.cancel(error));
    return;
  }
  const before = enter();
  try {
    stream.pending = undefined;
    stream.chunk = value as object;
    stream.sentBytes = 0;
    stream.state = 'resting';
  } finally {
    leave(before);
  }
  pump(exchange, stream);
}

/** As much of the chunk as the window has room for. */
function sendChunk(exchange: Exchange, stream: ReplyStream): void {
  for (;;) {
    const { chunk, sentBytes } = stream;
    if (chunk === undefined) return;
    const rest = typedArrayByteLength(chunk) - sentBytes;
    if (rest > 0 && stream.windowBytes <= 0) return;
    const before = enter();
    try {
      const bytes = MathMin(rest, stream.windowBytes, limits.chunkBytes);
      if (bytes > 0) outputPart(PART.chunk, exchange.id, '', chunk as Uint8Array, sentBytes, bytes);
      stream.windowBytes -= bytes;
      stream.sentBytes += bytes;
      if (bytes >= rest) stream.chunk = undefined;
    } finally {
      leave(before);
    }
  }
}

function over(exchange: Exchange, stream: ReplyStream, how: number): void {
  const before = enter();
  try {
    stream.state = 'over';
    stream.pending = undefined;
    stream.chunk = undefined;
    if (closeExchange(exchange.id)) outputPart(how, exchange.id, '', undefined, 0, 0);
  } finally {
    leave(before);
  }
  closeBody(exchange.id);
}
