/**
 * Where clients find the live host, as the arbiter's newest record has it: for
 * those who ask a host that is not live.
 */
import type { Arbiter } from '../../arbiter/port.ts';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import { anyAddress } from '../any-address.ts';

export class LiveUrl {
  readonly #arbiter: Arbiter;
  readonly #vm: string;
  readonly #own: string;
  #askedMs = Number.NEGATIVE_INFINITY;
  #answer: Promise<string | undefined> = Promise.resolve(undefined);

  /** `own`: what this host's own record would say. */
  constructor(arbiter: Arbiter, vm: string, own: string) {
    this.#arbiter = arbiter;
    this.#vm = vm;
    this.#own = own;
  }

  /**
   * Undefined when nobody knows, or it is this host. However many ask, the arbiter is asked once in a while.
   */
  get(): Promise<string | undefined> {
    const nowMs = monotonicMs();
    if (nowMs - this.#askedMs >= limits.liveUrlMs) {
      this.#askedMs = nowMs;
      this.#answer = this.#read();
    }
    return this.#answer;
  }

  async #read(): Promise<string | undefined> {
    const answer = await this.#arbiter.read(this.#vm);
    const url = answer.kind === 'read' ? answer.record?.url : undefined;
    return url === undefined || url === this.#own || !isReachable(url) ? undefined : url;
  }
}

/** An address that means "here" to whoever reads it leads nowhere else. */
function isReachable(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port } = new URL(url);
  return (
    (protocol === 'http:' || protocol === 'https:') &&
    !anyAddress.has(hostname.replace(/^\[|\]$/g, '')) &&
    port !== '0'
  );
}
