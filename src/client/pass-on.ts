/**
 * Requests without a session: those for an event stream, of which the live host is asked until there is the
 * head of a reply, and what a redirect leads to somebody else's server.
 */
import { NOT_EXECUTED, REFUSAL_HEADER } from './attempt.ts';
import type { Cut } from './cut.ts';
import { type Story, wordsOf } from './errors.ts';
import { type KeptRequest, UNCACHED } from './kept-request.ts';
import { LIVE_HEADER, type LiveHost } from './live-host.ts';
import { Backoff, pause } from './pause.ts';

const RETRY_FIRST_MS = 20;
const RETRY_MOST_MS = 500;

export interface Ways {
  readonly live: LiveHost;
  /** A host that says nothing for so long is asked whether it is live still. */
  readonly silenceMs: number;
  readonly fetch: typeof fetch;
}

/** The reply of the live host; its body comes as it is written. */
export async function passOn(request: KeptRequest, ways: Ways, cut: Cut, story: Story): Promise<Response> {
  const backoff = new Backoff(RETRY_FIRST_MS, RETRY_MOST_MS);
  let reached = false;
  for (;;) {
    const host = ways.live.url;
    const url = new URL(request.target, host);
    if (!reached) story.executed = 'unknown';
    try {
      const response = await headOf(host, url, request, ways, cut);
      // A browser says of a redirect only that it is one. The program's it must follow by itself.
      if (response.type !== 'opaqueredirect') {
        const refusal = response.headers.get(REFUSAL_HEADER);
        if (refusal === null || !NOT_EXECUTED.has(refusal)) return response;
        story.why = `${host.origin}: ${response.status} ${refusal}`;
        ways.live.named(response.headers.get(LIVE_HEADER));
        response.body?.cancel().catch(() => {});
      } else if (await ways.live.isLive(host)) return leave(url, request, ways.fetch, cut);
      else story.why = `${host.origin} is not live`;
      if (!reached) story.executed = 'no';
    } catch (error) {
      cut.signal.throwIfAborted();
      reached = true;
      story.why = wordsOf(error);
    }
    await ways.live.elsewhere(host, backoff.nextMs(), cut.signal);
  }
}

/** Rejects when `host` says nothing and is not live any more: a connection to a dead one can last. */
async function headOf(
  host: URL,
  url: URL,
  request: KeptRequest,
  { live, silenceMs, fetch }: Ways,
  cut: Cut,
): Promise<Response> {
  const { method, headers, credentials } = request;
  const [given, there] = [new AbortController(), new AbortController()];
  const watch = async (): Promise<void> => {
    do await pause(silenceMs, there.signal);
    while (await live.isLive(host));
    if (!there.signal.aborted) given.abort(new Error(`no answer for ${silenceMs} ms`));
  };
  // Its reason is that the head is there.
  watch().catch(() => {});
  try {
    return await fetch(url, {
      ...{ method, headers, credentials, ...UNCACHED },
      redirect: 'manual',
      signal: cut.lasting(given.signal),
    });
  } finally {
    there.abort();
  }
}

/** Asked for once, the reply as it comes: of somebody else's server, or of a redirect that is hidden. */
export async function leave(
  url: URL,
  request: KeptRequest,
  fetch: Ways['fetch'],
  cut: Cut,
): Promise<Response> {
  const { method, headers, body, credentials, redirect } = request;
  const init = { method, headers, credentials, redirect, ...(body === undefined ? {} : { body }) };
  try {
    return await fetch(url, { ...init, ...UNCACHED, signal: cut.lasting() });
  } catch (error) {
    cut.signal.throwIfAborted();
    throw error;
  }
}
