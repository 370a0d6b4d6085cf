/**
 * Event streams that clients resume without a gap: a response of type text/event-stream with the header
 * `tandem-events: NAME` (or `NAME; keep=500`) hands its events to the kernel, which numbers them
 * (`id:`), keeps the last of them in the machine's memory, and gives a client that comes back with
 * `Last-Event-ID` what it has missed, then the rest. The work is done by the part lazy/event-streams.ts,
 * loaded when the first such response leaves.
 *
 * A header, and not a function of Tandem's own, so that the same program runs
 * elsewhere: there the header means nothing.
 */
import type { Exchange } from './exchange.ts';
import part from './lazy/event-streams.part';
import { lazily } from './lazy.ts';
import { limits } from './limits.ts';
import { NumberParseInt, regexpExec, stringStartsWith, stringToLowerCase } from './primordials.ts';
import { failReply } from './reply-stream.ts';
import { headValue } from './request-head.ts';
import { headerOf, type ResponseState, takeHeader } from './response.ts';
import { type StreamReader, streamKit } from './stream-kit.ts';

export interface EventsAsked {
  readonly name: string;
  /** Events that are kept for clients that come back. */
  readonly keep: number;
}

export interface EventsClient {
  readonly lastEventId: string | undefined;
  /** Resets its connection. */
  readonly fail: () => void;
}

interface EventKit {
  subscribe(
    asked: EventsAsked,
    body: StreamReader,
    client: EventsClient,
  ): { readonly reader: StreamReader; readonly adopted: boolean };
  recover(): void;
}

const HEADER = 'tandem-events';
const VALUE = /^([\w.~:/@-]{1,128})(?:[ \t]*;[ \t]*keep=([0-9]{1,9}))?$/;
let loaded = false;
const load = lazily<EventKit>(part);

/**
 * Takes the header out of a response: what it asks for, if it is there.
 * Throws a TypeError that says the mend.
 */
export function takeEventsAsked(response: ResponseState): EventsAsked | undefined {
  const value = takeHeader(response, HEADER);
  if (value === undefined) return undefined;
  const found = regexpExec(VALUE, value);
  const keep = found?.[2] === undefined ? limits.eventsKept : NumberParseInt(found[2], 10);
  if (found === null || keep < 1 || keep > limits.eventsKeptMost) {
    throw new TypeError(
      `The header ${HEADER} is a name, as in "news", or "news; keep=500" (1 to ${limits.eventsKeptMost}), not "${value}"`,
    );
  }
  const type = stringToLowerCase(headerOf(response, 'content-type') ?? '');
  if (!stringStartsWith(type, 'text/event-stream')) {
    throw new TypeError(`A response with the header ${HEADER} has the content-type text/event-stream`);
  }
  return { name: found[1] as string, keep };
}

/** What leaves to this client, instead of its response's own body. Throws when there are too many streams. */
export function eventsReader(exchange: Exchange, asked: EventsAsked, body: object): StreamReader {
  const kit = load();
  loaded = true;
  const { reader, adopted } = kit.subscribe(asked, streamKit().readerOf(body), {
    lastEventId: headValue(exchange.state.head ?? [], 'last-event-id'),
    fail: () => failReply(exchange),
  });
  exchange.outlived = adopted;
  return reader;
}

/** A turn was killed. */
export function recoverEvents(): void {
  if (loaded) load().recover();
}
