/**
 * `tandem-vm/client`: a `fetch` that does not notice a dead machine. It finds the live host, opens a session,
 * numbers requests (src/kernel/sessions.ts has the other side) and asks again until there is a reply: each
 * request runs once, and its reply is given once. For Node and for browsers; imports nothing.
 */
import { attempt, exchange, REFUSAL_HEADER } from './attempt.ts';
import { Cut } from './cut.ts';
import { ClosedError, DeadlineError, SessionLostError, type Story, wordsOf } from './errors.ts';
import {
  type FetchInit,
  type FetchInput,
  isOf,
  isWeb,
  type KeptRequest,
  keepRequest,
  mustBeOf,
  signalOf,
} from './kept-request.ts';
import { LIVE_HEADER, LiveHost } from './live-host.ts';
import { leave, passOn } from './pass-on.ts';
import { Backoff, unlessAborted } from './pause.ts';
import { isRedirect, redirected } from './redirect.ts';
import { ClientSession } from './session.ts';
import { type PlatformSocketClass, TandemWebSocket } from './socket.ts';

export {
  BodyTooLargeError,
  ClosedError,
  DeadlineError,
  type Executed,
  ReplyLostError,
  SessionLostError,
  SocketFullError,
  TandemClientError,
} from './errors.ts';
export { type PlatformSocketClass, TandemCloseEvent, type TandemWebSocket } from './socket.ts';

export interface ClientOptions {
  /**
   * A request that is not answered within this time is given up with a DeadlineError; a reply that comes as a
   * stream is an answer when its head is there. 0 for never. In ms; 60 s by default.
   */
  readonly deadlineMs?: number;
  /**
   * A connection on which nothing comes for so long is given up for another one, with the
   * same request. In ms; 5 s by default.
   */
  readonly silenceMs?: number;
  /** Largest body of a request. 4 MiB by default, which is what a machine takes. */
  readonly maxBodyBytes?: number;
  /** What carries the requests; the global one by default. */
  readonly fetch?: typeof fetch;
  /** What carries WebSockets; the global one by default, which Node has from 22 on. */
  readonly WebSocket?: PlatformSocketClass;
}

export interface Client {
  /**
   * As the global `fetch`, for URLs of the hosts and for paths. Rejects with a TandemClientError, with the
   * reason of `signal`, or with a TypeError for what is no request to these hosts. A request that accepts
   * `text/event-stream` has no session: it is passed to the live host, and its reply comes as a stream.
   */
  readonly fetch: typeof fetch;
  /**
   * As `new WebSocket(url, protocols)`, for URLs of the hosts and for paths; it outlives its
   * connections, and the machine that it is connected to. Throws a TypeError for a URL of
   * others, and where there is no WebSocket; a SyntaxError for subprotocols that are none.
   */
  readonly webSocket: (url: string | URL, protocols?: string | readonly string[]) => TandemWebSocket;
  /**
   * Ends the session and all WebSockets; requests that are not answered yet are rejected with a ClosedError.
   */
  close(): Promise<void>;
}

const DEADLINE_MS = 60_000;
const SILENCE_MS = 5_000;
const MOST_MS = 2 ** 31 - 1;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const RETRY_FIRST_MS = 20;
const RETRY_MOST_MS = 500;
const CLOSE_MS = 1_000;
const SESSION_PATH = '/.well-known/tandem/session';

/**
 * A client for the hosts at these URLs; of a pair behind one address there is one. Throws a
 * TypeError for what is no URL of a host, or no time.
 */
export function createClient(
  urls: string | URL | readonly (string | URL)[],
  options: ClientOptions = {},
): Client {
  const client = new NumberingClient(urls, options);
  return {
    fetch: (input, init) => client.fetch(input, init),
    webSocket: (url, protocols = []) => client.webSocket(url, protocols),
    close: () => client.close(),
  };
}

class NumberingClient {
  readonly #hosts: readonly [URL, ...URL[]];
  readonly #live: LiveHost;
  readonly #fetch: typeof fetch;
  readonly #deadlineMs: number;
  readonly #silenceMs: number;
  readonly #maxBodyBytes: number;
  readonly #WebSocket: PlatformSocketClass | undefined;
  readonly #closing = new AbortController();
  #session: Promise<ClientSession> | undefined;
  #opened: ClientSession | undefined;
  #whyNotOpen = 'no host answers';

  constructor(urls: string | URL | readonly (string | URL)[], options: ClientOptions) {
    const list = typeof urls === 'string' || urls instanceof URL ? [urls] : urls;
    const [first, ...rest] = list.map((url) => hostUrl(url));
    if (first === undefined) throw new TypeError('a client needs the URL of at least one host');
    this.#hosts = [first, ...rest];
    const own = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#fetch = own;
    this.#deadlineMs = timeOf('deadlineMs', options.deadlineMs ?? DEADLINE_MS, 0);
    this.#silenceMs = timeOf('silenceMs', options.silenceMs ?? SILENCE_MS, 1);
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#WebSocket = options.WebSocket ?? (globalThis as { WebSocket?: PlatformSocketClass }).WebSocket;
    this.#live = new LiveHost(this.#hosts, this.#silenceMs, own);
  }

  async fetch(input: FetchInput, init?: FetchInit): Promise<Response> {
    const own = signalOf(input, init);
    const sources = [...(own === undefined ? [] : [own]), this.#closing.signal];
    const cut = new Cut(sources, this.#deadlineMs, 'the deadline', input);
    const story: Story = { why: 'nothing was answered', executed: 'no', hasHopped: false };
    try {
      const request = await keepRequest(input, init, this.#hosts, this.#maxBodyBytes, cut.signal);
      return await this.#follow(request, cut, story);
    } catch (error) {
      if (!cut.isLate(error)) throw error;
      // What led here has run, and may have been all that counts.
      const executed = story.hasHopped && story.executed === 'no' ? 'unknown' : story.executed;
      throw new DeadlineError(`no reply within ${this.#deadlineMs} ms: ${story.why}`, executed);
    } finally {
      cut.release();
    }
  }

  /** To the last of all redirects. */
  async #follow(first: KeptRequest, cut: Cut, story: Story): Promise<Response> {
    const ways = { live: this.#live, silenceMs: this.#silenceMs, fetch: this.#fetch };
    let request = first;
    for (let hops = 0; ; hops += 1) {
      const response = isStream(request)
        ? await passOn(request, ways, cut, story)
        : await this.#insist(request, cut.signal, story);
      if (!isRedirect(response, request.redirect)) return response;
      const next = redirected(request, response, hops);
      request = next.request;
      story.hasHopped = true;
      if (!isOf(this.#hosts, next.url)) return leave(next.url, request, this.#fetch, cut);
    }
  }

  webSocket(input: string | URL, protocols: string | readonly string[]): TandemWebSocket {
    const WebSocket = this.#WebSocket;
    if (WebSocket === undefined)
      throw new TypeError(
        'there is no WebSocket here, as in Node before 22: give the client one as the option WebSocket',
      );
    const url = new URL(input, this.#hosts[0]);
    url.protocol = url.protocol.replace(/^ws/, 'http');
    mustBeOf(this.#hosts, url);
    this.#closing.signal.throwIfAborted();
    return new TandemWebSocket(
      url.pathname + url.search,
      typeof protocols === 'string' ? [protocols] : protocols,
      {
        live: this.#live,
        WebSocket,
        deadlineMs: this.#deadlineMs,
        silenceMs: this.#silenceMs,
        closing: this.#closing.signal,
      },
    );
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const session = this.#opened;
    this.#closing.abort(new ClosedError('the client was closed', 'unknown'));
    if (session === undefined) return;
    const headers = { 'tandem-session': session.id };
    const signal = AbortSignal.timeout(CLOSE_MS);
    const url = new URL(SESSION_PATH, this.#live.url);
    // Nobody needs to know: a session that is not ended is forgotten when its time is over.
    await this.#fetch(url, { method: 'DELETE', headers, signal }).catch(() => undefined);
  }

  /**
   * Until there is a reply. Of sessions that are lost before the request was ever sent, nobody needs to know.
   */
  async #insist(request: KeptRequest, signal: AbortSignal, story: Story): Promise<Response> {
    for (;;) {
      const session = await this.#openSession(signal, story);
      const response = await this.#insistIn(session, request, signal, story);
      if (response !== undefined) return response;
      if (this.#opened === session) {
        this.#opened = undefined;
        this.#session = undefined;
      }
    }
  }

  /** Undefined when the session is not known any more, and the request was executed in none. */
  async #insistIn(
    session: ClientSession,
    request: KeptRequest,
    signal: AbortSignal,
    story: Story,
  ): Promise<Response | undefined> {
    const place = await session.take(signal);
    let hasReply = false;
    let reached = false;
    const backoff = new Backoff(RETRY_FIRST_MS, RETRY_MOST_MS);
    try {
      while (!session.isLost) {
        const host = this.#live.url;
        const how = { host, session, place, silenceMs: this.#silenceMs, fetch: this.#fetch };
        if (!reached) story.executed = 'unknown';
        const outcome = await attempt(request, how, signal);
        if (outcome.kind === 'reply') {
          hasReply = true;
          return outcome.response;
        }
        if (outcome.kind === 'failed') throw outcome.error;
        if (outcome.kind === 'session-gone') session.isLost = true;
        else {
          reached ||= outcome.reached;
          if (!reached) story.executed = 'no';
          story.why = outcome.why;
          this.#live.named(outcome.live);
          await this.#live.elsewhere(host, Math.max(outcome.waitMs, backoff.nextMs()), signal);
        }
      }
    } finally {
      session.giveBack(place, hasReply);
    }
    if (!reached) return undefined;
    const why = 'the machine has forgotten this session, in which a request was not answered yet';
    throw new SessionLostError(
      `${why}: nobody used it for too long, or another machine was started`,
      'unknown',
    );
  }

  /** One session for all requests: whoever comes first opens it, and others wait. */
  async #openSession(signal: AbortSignal, story: Story): Promise<ClientSession> {
    for (;;) {
      this.#closing.signal.throwIfAborted();
      if (this.#session === undefined) {
        const opening = this.#open();
        this.#session = opening;
        opening.catch(() => {
          if (this.#session === opening) this.#session = undefined;
        });
      }
      try {
        return await unlessAborted(this.#session, signal);
      } catch (error) {
        story.why = this.#whyNotOpen;
        // Another caller's time was over, not this one's.
        if (signal.aborted || !(error instanceof DeadlineError)) throw error;
      }
    }
  }

  /** Tries for as long as one request would, whoever still waits for it. */
  async #open(): Promise<ClientSession> {
    const mostMs = this.#deadlineMs > 0 ? this.#deadlineMs : DEADLINE_MS;
    const cut = new Cut([this.#closing.signal], mostMs, 'the deadline');
    try {
      return await this.#openUntil(cut.signal);
    } catch (error) {
      if (!cut.isLate(error)) throw error;
      throw new DeadlineError(`no session within ${mostMs} ms: ${this.#whyNotOpen}`, 'no');
    } finally {
      cut.release();
    }
  }

  async #openUntil(signal: AbortSignal): Promise<ClientSession> {
    const request = {
      method: 'POST',
      headers: new Headers(),
      body: undefined,
      credentials: 'same-origin',
    } as const;
    const backoff = new Backoff(RETRY_FIRST_MS, RETRY_MOST_MS);
    for (;;) {
      const host = this.#live.url;
      try {
        const url = new URL(SESSION_PATH, host);
        const { response, body } = await exchange(this.#fetch, url, request, this.#silenceMs, signal);
        if (response.status === 201) {
          const { session, slots } = JSON.parse(new TextDecoder().decode(body)) as OpenedSession;
          this.#opened = new ClientSession(session, slots);
          return this.#opened;
        }
        const refusal = response.headers.get(REFUSAL_HEADER);
        this.#whyNotOpen = `${host.origin} opens no session: ${response.status} ${refusal ?? 'not as Tandem does'}`;
        this.#live.named(response.headers.get(LIVE_HEADER));
      } catch (error) {
        signal.throwIfAborted();
        this.#whyNotOpen = wordsOf(error);
      }
      await this.#live.elsewhere(host, backoff.nextMs(), signal);
    }
  }
}

interface OpenedSession {
  readonly session: string;
  readonly slots: number;
}

/** `localhost:8080` is a URL, too, of the scheme `localhost`. */
function hostUrl(text: string | URL): URL {
  const url = new URL(text);
  if (isWeb(url)) return url;
  throw new TypeError(`a host has a URL that begins with http:// or https://, not ${url.protocol}`);
}

/** A timer that is set to more, or to what is no number, ends at once. */
function timeOf(name: string, ms: number, leastMs: number): number {
  if (ms >= leastMs && ms <= MOST_MS) return ms;
  throw new TypeError(`${name} is a time from ${leastMs} to ${MOST_MS} ms, not ${ms}`);
}

const isStream = ({ method, headers }: KeptRequest): boolean =>
  method === 'GET' && (headers.get('accept') ?? '').includes('text/event-stream');
