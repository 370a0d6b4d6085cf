/**
 * Which host is live. The client stays with one until that fails; then it asks all of them at once on their
 * readiness path. A host that is not live may name one that the client was not told of.
 */
import { UNCACHED } from './kept-request.ts';

const LIVE_PATH = '/.well-known/tandem/live';
const LIVE_HEADER = 'tandem-live';
/** Hosts that others name; more are not believed. */
const NAMED_AT_MOST = 16;

export class LiveHost {
  readonly #fetch: typeof fetch;
  readonly #hosts: URL[];
  readonly #mostHosts: number;
  readonly #probeMs: number;
  #live: URL;
  #finding: Promise<boolean> | undefined;

  /** `hosts` has at least one. */
  constructor(hosts: readonly [URL, ...URL[]], probeMs: number, fetch: typeof globalThis.fetch) {
    this.#hosts = [...hosts];
    this.#mostHosts = hosts.length + NAMED_AT_MOST;
    this.#live = hosts[0];
    this.#probeMs = probeMs;
    this.#fetch = fetch;
  }

  /** The one to ask; it was live when it was last heard of. */
  get url(): URL {
    return this.#live;
  }

  /**
   * The host at `failed` is of no use now: finds the live one. False when there is
   * none. Several callers share one search.
   */
  async find(failed: URL): Promise<boolean> {
    if (failed !== this.#live) return true;
    this.#finding ??= this.#ask().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  isLive(host: URL): Promise<boolean> {
    return this.#probe(host).then(
      () => true,
      () => false,
    );
  }

  /** A host that is not live says who is. */
  named(url: string | null): void {
    if (url === null || !URL.canParse(url)) return;
    const named = new URL(url);
    const isWeb = named.protocol === 'http:' || named.protocol === 'https:';
    const isKnown = this.#hosts.some(({ origin }) => origin === named.origin);
    if (isWeb && !isKnown && this.#hosts.length < this.#mostHosts) this.#hosts.push(named);
  }

  async #ask(): Promise<boolean> {
    // A host alone is asked by the request itself.
    if (this.#hosts.length === 1) return true;
    const known = this.#hosts.length;
    const found = await Promise.any(this.#hosts.map((host) => this.#probe(host))).catch(() => undefined);
    if (found !== undefined) this.#live = found;
    else if (this.#hosts.length > known) return this.#ask();
    return found !== undefined;
  }

  /** Resolves with `host` when it is live; rejects otherwise. */
  async #probe(host: URL): Promise<URL> {
    const signal = AbortSignal.timeout(this.#probeMs);
    const answer = await this.#fetch(new URL(LIVE_PATH, host), {
      signal,
      ...UNCACHED,
      redirect: 'manual',
    });
    await answer.arrayBuffer();
    if (answer.status === 200) return host;
    this.named(answer.headers.get(LIVE_HEADER));
    throw new Error(`${host.origin} is not live`);
  }
}
