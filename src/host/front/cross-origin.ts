/**
 * Browser pages of other origins (the Fetch standard's CORS protocol), for those that an operator names:
 * preflights are answered here, and what the guest answers may be read by them, Tandem's own headers
 * included. A guest that sets these headers itself is left alone.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Of the replies' headers, those that tandem-vm/client reads. */
const EXPOSED = 'tandem-request, tandem-session, tandem-refusal, tandem-live, retry-after';
/** A browser asks again after this long. */
const PREFLIGHT_SECONDS = '600';

export class CrossOrigin {
  readonly #origins: ReadonlySet<string>;

  /** Origins like `https://app.example`, or `*`; none by default. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Whether any is allowed. */
  get isOn(): boolean {
    return this.#origins.size > 0;
  }

  /** Marks the response for an origin that is allowed. True: it was a preflight, and is answered. */
  handled({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
    const { origin } = headers;
    if (origin === undefined || !this.isOn) return false;
    const all = this.#origins.has('*');
    if (!all) response.setHeader('vary', 'origin');
    if (!all && !this.#origins.has(origin)) return false;
    response.setHeader('access-control-allow-origin', all ? '*' : origin);
    const wanted = headers['access-control-request-method'];
    if (method !== 'OPTIONS' || wanted === undefined) {
      response.setHeader('access-control-expose-headers', EXPOSED);
      return false;
    }
    response.setHeader('access-control-allow-methods', wanted);
    const names = headers['access-control-request-headers'];
    if (names !== undefined) response.setHeader('access-control-allow-headers', names);
    response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    response.writeHead(204).end();
    return true;
  }
}
