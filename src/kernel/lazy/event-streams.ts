/**
 * Streams of server-sent events that the kernel numbers and keeps for clients that come back
 * (event-streams.ts). One body, the first that names a stream, is read on behalf of all its clients, also
 * while there are none; so what happens while connections are lost is there when they have been made anew.
 *
 * After a kill a stream goes on if the kernel can know where it stands. Where the kill fell on the taking in
 * of a chunk, an event may be lost: then the clients' connections are reset, the next body begins anew, and
 * whoever comes back is told of a gap.
 */
import type { EventsAsked, EventsClient } from '../event-streams.ts';
import { enter, leave } from '../host.ts';
import { limits } from '../limits.ts';
import {
  DateNow,
  MathMax,
  matches,
  numberToString,
  resolved,
  SafeMap,
  SafeSet,
  setSize,
  typedArrayByteLength,
  typedArrayName,
  typedArraySet,
  whenSettled,
} from '../primordials.ts';
import { writeError } from '../report.ts';
import type { StreamReader } from '../stream-kit.ts';
import { encodeUtf8 } from '../utf8.ts';
import { EventCutter } from './event-cutter.ts';

interface Result {
  readonly done: boolean;
  readonly value?: Uint8Array;
}

/** A client that is connected. */
interface Subscriber {
  /** The number of the event that it gets next. */
  nextId: number;
  /** What it is told before that. */
  preface: string;
  /** It has all there is, and waits. */
  resolve: ((result: Result) => void) | undefined;
  /** Resets its connection. */
  readonly fail: () => void;
}

interface EventStream {
  readonly name: string;
  /** Events that are kept, by number: from `firstId` to `lastId`. */
  readonly kept: SafeMap<number, Uint8Array>;
  keep: number;
  keptBytes: number;
  firstId: number;
  lastId: number;
  readonly subscribers: SafeSet<Subscriber>;
  /** Guest time at which it lost its last client, or got one. */
  usedMs: number;
  cutter: EventCutter;
  reader: StreamReader | undefined;
  /** What `read` gave, to be awaited. */
  pending: unknown;
  state: 'calling' | 'awaiting' | 'taking' | 'over';
}

const NUMBER = /^[0-9]{1,15}$/;
const streams = new SafeMap<string, EventStream>();
/** No stream's numbers begin below those of one that was forgotten: it may have had the same name. */
let forgottenId = 0;
/** What is kept of all. */
let allBytes = 0;

const ignore = (promise: unknown): void => {
  whenSettled(promise, () => {});
};

/** One more client of a stream. `adopted`: its body is the one that is read. */
export function subscribe(
  asked: EventsAsked,
  body: StreamReader,
  { lastEventId, fail }: EventsClient,
): { readonly reader: StreamReader; readonly adopted: boolean } {
  const stream = streams.get(asked.name) ?? newStream(asked.name);
  stream.keep = asked.keep;
  stream.usedMs = DateNow();
  const adopted = stream.reader === undefined;
  if (adopted) adopt(stream, body);
  else ignore(body.cancel(new TypeError(`The event stream ${asked.name} is read from another body`)));
  const subscriber = newSubscriber(stream, lastEventId, fail);
  stream.subscribers.add(subscriber);
  return { reader: readerFor(stream, subscriber), adopted };
}

/** A turn was killed. */
export function recover(): void {
  streams.forEach((stream) => {
    if (stream.state === 'awaiting') listen(stream);
    else if (stream.state !== 'over') breakOff(stream);
  });
}

function newStream(name: string): EventStream {
  if (streams.size >= limits.eventStreams) forgetUnused();
  if (streams.size >= limits.eventStreams) {
    throw new RangeError(`There are ${limits.eventStreams} event streams already: use fewer names`);
  }
  const stream: EventStream = {
    name,
    kept: new SafeMap(),
    keep: 0,
    keptBytes: 0,
    firstId: forgottenId + 1,
    lastId: forgottenId,
    subscribers: new SafeSet(),
    usedMs: 0,
    cutter: new EventCutter(),
    reader: undefined,
    pending: undefined,
    state: 'over',
  };
  streams.set(name, stream);
  return stream;
}

/** Those that nobody has been connected to for a while. */
function forgetUnused(): void {
  const before = DateNow() - limits.eventStreamUnusedMs;
  streams.forEach((stream, name) => {
    if (setSize(stream.subscribers) > 0 || stream.usedMs > before) return;
    forgottenId = MathMax(forgottenId, stream.lastId);
    streams.delete(name);
    forgetKept(stream);
    const { reader } = stream;
    stream.state = 'over';
    stream.reader = undefined;
    if (reader !== undefined) ignore(reader.cancel(new TypeError('Nobody listens to this event stream')));
  });
}

function newSubscriber(stream: EventStream, lastEventId: string | undefined, fail: () => void): Subscriber {
  const { firstId, lastId } = stream;
  const seen = lastEventId !== undefined && matches(NUMBER, lastEventId) ? +lastEventId : Number.NaN;
  let from = lastId;
  let gap = '';
  if (seen >= firstId - 1 && seen <= lastId) from = seen;
  else if (lastEventId !== undefined) {
    from = firstId - 1;
    gap = gapText(seen < firstId ? from - seen : undefined);
  }
  // An id without data is noted by a client and shown to nobody: one that is cut off
  // before its first event resumes here.
  const preface = `retry: ${limits.eventRetryMs}\nid: ${numberToString(from)}\n\n${gap}`;
  return { nextId: from + 1, preface, resolve: undefined, fail };
}

/** Told to a client that has missed events which are kept no longer; undefined: nobody knows how many. */
const gapText = (missed: number | undefined): string =>
  `event: tandem-gap\ndata: {"missed":${missed === undefined ? 'null' : numberToString(missed)}}\n\n`;

function readerFor(stream: EventStream, subscriber: Subscriber): StreamReader {
  return {
    read: () => {
      const value = nextChunk(stream, subscriber);
      if (value !== undefined) return resolved(resultOf(value));
      if (stream.reader === undefined) {
        stream.subscribers.delete(subscriber);
        return resolved(resultOf(undefined));
      }
      return new Promise<Result>((resolve) => {
        subscriber.resolve = resolve;
      });
    },
    cancel: () => {
      stream.subscribers.delete(subscriber);
      if (setSize(stream.subscribers) === 0) stream.usedMs = DateNow();
      return resolved(undefined);
    },
    releaseLock: () => {},
  };
}

/** Without a prototype: a promise looks for `then`. */
const resultOf = (value: Uint8Array | undefined): Result =>
  ({ __proto__: null, done: value === undefined, value }) as unknown as Result;

/** What the client gets next, of as many events as make a chunk; undefined when it has all. */
function nextChunk(stream: EventStream, subscriber: Subscriber): Uint8Array | undefined {
  if (subscriber.nextId < stream.firstId) {
    subscriber.preface += gapText(stream.firstId - subscriber.nextId);
    subscriber.nextId = stream.firstId;
  }
  if (subscriber.preface !== '') {
    const told = new Uint8Array(encodeUtf8(subscriber.preface));
    subscriber.preface = '';
    return told;
  }
  const first = stream.kept.get(subscriber.nextId);
  if (first === undefined) return undefined;
  let size = typedArrayByteLength(first);
  let end = subscriber.nextId + 1;
  for (; end <= stream.lastId; end += 1) {
    const more = typedArrayByteLength(stream.kept.get(end) as Uint8Array);
    if (size + more > limits.chunkBytes) break;
    size += more;
  }
  const chunk = end === subscriber.nextId + 1 ? first : joinedEvents(stream, subscriber.nextId, end, size);
  subscriber.nextId = end;
  return chunk;
}

function joinedEvents(stream: EventStream, from: number, end: number, size: number): Uint8Array {
  const chunk = new Uint8Array(size);
  let at = 0;
  for (let id = from; id < end; id += 1) {
    const bytes = stream.kept.get(id) as Uint8Array;
    typedArraySet(chunk, bytes, at);
    at += typedArrayByteLength(bytes);
  }
  return chunk;
}

function adopt(stream: EventStream, reader: StreamReader): void {
  stream.reader = reader;
  stream.cutter = new EventCutter();
  pump(stream);
}

function pump(stream: EventStream): void {
  const { reader } = stream;
  if (reader === undefined) return;
  stream.state = 'calling';
  stream.pending = reader.read();
  stream.state = 'awaiting';
  listen(stream);
}

function listen(stream: EventStream): void {
  const { pending } = stream;
  const isCurrent = (): boolean => stream.state === 'awaiting' && stream.pending === pending;
  whenSettled(
    pending,
    (result) => {
      if (isCurrent()) take(stream, result as Result);
    },
    (reason) => {
      if (!isCurrent()) return;
      writeError('Uncaught', reason);
      stream.reader = undefined;
      failAll(stream);
    },
  );
}

function take(
  stream: EventStream,
  { done, value }: { readonly done: boolean; readonly value?: unknown },
): void {
  stream.state = 'taking';
  stream.pending = undefined;
  if (done) {
    stream.state = 'over';
    stream.reader = undefined;
    tellAll(stream, '');
    return;
  }
  try {
    tellAll(stream, takeChunk(stream, value));
  } catch (error) {
    writeError('Uncaught', error);
    breakOff(stream, error);
    return;
  }
  pump(stream);
}

/**
 * Keeps the events of a chunk; returns what else is in it: comments, which clients
 * get that have nothing better to read.
 */
function takeChunk(stream: EventStream, value: unknown): string {
  if (typedArrayName(value) !== 'Uint8Array') throw new TypeError('A chunk of a response is a Uint8Array');
  const blocks = stream.cutter.push(value as Uint8Array);
  let comments = '';
  for (let index = 0; index < blocks.length; index += 1) {
    const { text, isEvent } = blocks[index] as (typeof blocks)[number];
    if (isEvent) append(stream, text);
    else if (text !== '') comments += `${text}\n\n`;
  }
  return comments;
}

function append(stream: EventStream, text: string): void {
  const id = stream.lastId + 1;
  const bytes = new Uint8Array(encodeUtf8(`id: ${numberToString(id)}\n${text}\n\n`));
  const before = enter();
  try {
    stream.kept.set(id, bytes);
    stream.lastId = id;
    stream.keptBytes += sizeOf(bytes);
    allBytes += sizeOf(bytes);
  } finally {
    leave(before);
  }
  trim(stream);
}

const sizeOf = (event: Uint8Array): number => typedArrayByteLength(event) + limits.eventOverheadBytes;

/** Where all have too much, the one that grows pays. */
const isFull = (stream: EventStream): boolean =>
  stream.keptBytes > limits.eventStreamBytes || allBytes > limits.eventStreamsBytes;

/**
 * Beyond `keep` an event stays until every client that is connected has it, within
 * the bounds in bytes: a burst is no gap.
 */
function trim(stream: EventStream): void {
  const unkept = stream.lastId - stream.keep;
  if (stream.firstId > unkept && !isFull(stream)) return;
  const taken = stream.firstId <= unkept ? lowestNextId(stream) : 0;
  while (stream.firstId <= stream.lastId) {
    const isOld = stream.firstId <= unkept && stream.firstId < taken;
    if (!isOld && !isFull(stream)) return;
    const before = enter();
    try {
      const bytes = stream.kept.get(stream.firstId) as Uint8Array;
      stream.kept.delete(stream.firstId);
      stream.keptBytes -= sizeOf(bytes);
      allBytes -= sizeOf(bytes);
      stream.firstId += 1;
    } finally {
      leave(before);
    }
  }
}

function lowestNextId(stream: EventStream): number {
  let lowest = stream.lastId + 1;
  stream.subscribers.forEach(({ nextId }) => {
    if (nextId < lowest) lowest = nextId;
  });
  return lowest;
}

/** Wakes those that wait: with events, with the end, or else with `comments`. */
function tellAll(stream: EventStream, comments: string): void {
  const aside = comments === '' ? undefined : new Uint8Array(encodeUtf8(comments));
  stream.subscribers.forEach((subscriber) => {
    const { resolve } = subscriber;
    if (resolve === undefined) return;
    const value = nextChunk(stream, subscriber) ?? aside;
    if (value === undefined && stream.reader !== undefined) return;
    subscriber.resolve = undefined;
    if (value === undefined) stream.subscribers.delete(subscriber);
    resolve(resultOf(value));
  });
}

/** Nobody knows any more what the body said: its events so far are a closed chapter. */
function breakOff(stream: EventStream, reason: unknown = new TypeError('An event may be lost')): void {
  const { reader } = stream;
  const before = enter();
  try {
    stream.state = 'over';
    stream.reader = undefined;
    stream.lastId += 1;
    stream.firstId = stream.lastId + 1;
    forgetKept(stream);
  } finally {
    leave(before);
  }
  failAll(stream);
  if (reader !== undefined) ignore(reader.cancel(reason));
}

function forgetKept(stream: EventStream): void {
  stream.kept.clear();
  allBytes -= stream.keptBytes;
  stream.keptBytes = 0;
}

function failAll(stream: EventStream): void {
  stream.state = 'over';
  stream.usedMs = DateNow();
  stream.subscribers.forEach((subscriber) => {
    subscriber.fail();
  });
  stream.subscribers.clear();
}
