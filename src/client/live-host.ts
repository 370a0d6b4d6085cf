/**
 * Which host is live. The client stays with one until that fails; then it asks all of them at once on their
 * readiness path. A host that is not live may name one that the client was not told of.
 */
import { isOf, isWeb, UNCACHED } from './kept-request.ts';
import { pause } from './pause.ts';

const LIVE_PATH = '/.well-known/tandem/live';
export const LIVE_HEADER = 'tandem-live';
/** Hosts that others name. One more takes the place of the one that has failed for longest. */
const NAMED_AT_MOST = 16;
/** How often in one search names that were heard in it are asked, too. */
const ROUNDS_AT_MOST = 4;

export class LiveHost {
  readonly #fetch: typeof fetch;
  /** Those that the client was told of. */
  readonly #given: readonly URL[];
  readonly #named = new Set<URL>();
  /** Those of them that were not live when they were last asked; the first has failed for longest. */
  readonly #failing = new Set<URL>();
  readonly #probeMs: number;
  #live: URL;
  #finding: Promise<boolean> | undefined;

  /** `hosts` has at least one. */
  constructor(hosts: readonly [URL, ...URL[]], probeMs: number, fetch: typeof globalThis.fetch) {
    this.#given = hosts;
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

  /** Looks for the live host; waits when that is not another one. */
  async elsewhere(failed: URL, waitMs: number, signal: AbortSignal): Promise<void> {
    const found = await this.find(failed);
    signal.throwIfAborted();
    if (!found || this.#live === failed) await pause(waitMs, signal);
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
    if (!isWeb(named) || isOf(this.#hosts(), named)) return;
    if (this.#named.size >= NAMED_AT_MOST) {
      const [useless] = this.#failing;
      if (useless === undefined) return;
      this.#failing.delete(useless);
      this.#named.delete(useless);
    }
    this.#named.add(named);
  }

  #hosts(): readonly URL[] {
    return [...this.#given, ...this.#named];
  }

  async #ask(): Promise<boolean> {
    const asked = new Set<URL>();
    for (let round = 0; round < ROUNDS_AT_MOST; round += 1) {
      const hosts = this.#hosts();
      // A host alone is asked by the request itself.
      if (hosts.length === 1) return true;
      if (hosts.every((host) => asked.has(host))) return false;
      for (const host of hosts) asked.add(host);
      const found = await Promise.any(hosts.map((host) => this.#probe(host))).catch(() => undefined);
      if (found !== undefined) {
        this.#live = found;
        return true;
      }
    }
    return false;
  }

  /** Resolves with `host` when it is live; rejects otherwise. */
  async #probe(host: URL): Promise<URL> {
    try {
      await this.#mustBeLive(host);
      this.#failing.delete(host);
      return host;
    } catch (error) {
      if (this.#named.has(host)) this.#failing.add(host);
      throw error;
    }
  }

  async #mustBeLive(host: URL): Promise<void> {
    const signal = AbortSignal.timeout(this.#probeMs);
    const answer = await this.#fetch(new URL(LIVE_PATH, host), {
      signal,
      ...UNCACHED,
      redirect: 'manual',
    });
    await answer.arrayBuffer();
    if (answer.status === 200) return;
    this.named(answer.headers.get(LIVE_HEADER));
    throw new Error(`${host.origin} is not live`);
  }
}
