/**
 * One try to have a request answered, and what became of it. A reply counts when it says of itself
 * to which request it belongs, and has come whole; whatever else comes is from somebody in
 * between, and the request is asked again.
 */
import { Cut } from './cut.ts';
import { ReplyLostError, SessionLostError, TandemClientError, wordsOf } from './errors.ts';
import { type KeptRequest, UNCACHED } from './kept-request.ts';
import { LIVE_HEADER } from './live-host.ts';
import type { ClientSession, Place } from './session.ts';

export const REFUSAL_HEADER = 'tandem-refusal';
const REQUEST_HEADER = 'tandem-request';

export type Outcome =
  | { readonly kind: 'reply'; readonly response: Response }
  /** The session is not known: nothing was executed by this try. */
  | { readonly kind: 'session-gone' }
  | { readonly kind: 'failed'; readonly error: TandemClientError }
  /**
   * Ask again: at once elsewhere, or after a while. `reached`: the machine may have it. `live`:
   * who is live, as this host has heard.
   */
  | {
      readonly kind: 'again';
      readonly why: string;
      readonly reached: boolean;
      readonly waitMs: number;
      readonly live: string | null;
    };

/** Refusals after which the same request may be asked again, for nothing was executed. */
export const NOT_EXECUTED: ReadonlySet<string> = new Set(['not-live', 'busy', 'slow', 'not-ready', 'full']);
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);
const SECOND_MS = 1000;

export interface Attempt {
  readonly host: URL;
  readonly session: ClientSession;
  readonly place: Place;
  /** A try that makes no progress for so long is given up. */
  readonly silenceMs: number;
  readonly fetch: typeof fetch;
}

/** Rejects only with the reason of `signal`. */
export async function attempt(request: KeptRequest, how: Attempt, signal: AbortSignal): Promise<Outcome> {
  const { session, place, host } = how;
  const acknowledged = session.acknowledgements();
  const headers = new Headers(request.headers);
  headers.set('tandem-session', session.id);
  headers.set(REQUEST_HEADER, `${place.slot}.${place.number}`);
  if (acknowledged.header !== undefined) headers.set('tandem-acknowledged', acknowledged.header);
  try {
    const received = await exchange(
      how.fetch,
      new URL(request.target, host),
      { ...request, headers },
      how.silenceMs,
      signal,
    );
    const outcome = judge(received, place, host);
    if (outcome.kind === 'reply') acknowledged.heard();
    return outcome;
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'again', why: wordsOf(error), reached: true, waitMs: 0, live: null };
  }
}

interface Received {
  readonly response: Response;
  readonly body: ArrayBuffer;
}

/** A whole reply. Rejects when there is no progress for `silenceMs`. */
export async function exchange(
  fetch: typeof globalThis.fetch,
  url: URL,
  request: Pick<KeptRequest, 'method' | 'headers' | 'body' | 'credentials'>,
  silenceMs: number,
  signal: AbortSignal,
): Promise<Received> {
  const cut = new Cut([signal], silenceMs, `no answer for ${silenceMs} ms`);
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: request.headers,
      credentials: request.credentials,
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: cut.signal,
      redirect: 'manual',
      ...UNCACHED,
    });
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const reader = response.body?.getReader();
    while (reader !== undefined) {
      cut.prolong();
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(new Uint8Array(value));
    }
    return { response, body: await new Blob(chunks).arrayBuffer() };
  } finally {
    cut.release();
  }
}

function judge({ response, body }: Received, { slot, number }: Place, host: URL): Outcome {
  const { status, headers } = response;
  const refusal = headers.get(REFUSAL_HEADER);
  if (refusal !== null) return judgeRefusal(refusal, response, body);
  if (headers.get(REQUEST_HEADER) === `${slot}.${number}`)
    return { kind: 'reply', response: rebuilt(response, body) };
  if (response.type === 'opaqueredirect') {
    const why =
      'the program answers with a redirect, which a browser shows to nobody: ask it for the target, with redirect: "manual"';
    return { kind: 'failed', error: new TandemClientError(why, 'once') };
  }
  return again(`${host.origin} answered ${status}, but not as Tandem does`, true, 0);
}

function judgeRefusal(refusal: string, response: Response, body: ArrayBuffer): Outcome {
  const { headers } = response;
  if (NOT_EXECUTED.has(refusal)) {
    const seconds = Number(headers.get('retry-after') ?? 0);
    // A host that is not live says "soon" to everybody; this client looks for the live one meanwhile.
    const waitMs = refusal === 'full' && seconds > 0 ? seconds * SECOND_MS : 0;
    return { ...again(refusal, false, waitMs), live: headers.get(LIVE_HEADER) };
  }
  switch (refusal) {
    case 'session-gone':
      return { kind: 'session-gone' };
    case 'superseded':
      return again(refusal, true, 0);
    case 'reply-not-kept': {
      const why = 'the request was executed once, and the machine had no room to keep its reply';
      return { kind: 'failed', error: new ReplyLostError(why, 'once') };
    }
    case 'number-invalid':
    case 'acknowledged-invalid':
    case 'number-reused':
    case 'request-over':
      return {
        kind: 'failed',
        error: new SessionLostError(`the machine refuses this request: ${refusal}`, 'unknown'),
      };
    default:
      // Something is wrong with the request itself, and its sender must know.
      return { kind: 'reply', response: rebuilt(response, body) };
  }
}

const again = (why: string, reached: boolean, waitMs: number): Extract<Outcome, { kind: 'again' }> => ({
  kind: 'again',
  why,
  reached,
  waitMs,
  live: null,
});

/** The reply as `fetch` would have given it, with its whole body in memory. */
function rebuilt(response: Response, body: ArrayBuffer): Response {
  const headers = new Headers(response.headers);
  headers.delete(REQUEST_HEADER);
  // A proxy may have packed the body; it is unpacked here.
  if (headers.has('content-encoding'))
    for (const name of ['content-encoding', 'content-length']) headers.delete(name);
  const { status, statusText, url } = response;
  const copy = new Response(BODILESS.has(status) ? null : body, { status, statusText, headers });
  Object.defineProperty(copy, 'url', { value: url });
  return copy;
}
