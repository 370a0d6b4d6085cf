/**
 * A customer who deposits 1 at a time, again under the same key until it is acknowledged, and keeps count: of
 * money, and of how long nobody answered.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { pause } from './processes.ts';

const THINK_MS = 20;
const TIMEOUT_MS = 5_000;

export class Depositor {
  readonly #url: string;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #done: Promise<void>;
  #stopping = false;
  #answeredMs = performance.now();
  #longestGapMs = 0;
  acknowledged = 0;

  constructor(url: string, account: string) {
    this.#url = `${url}/accounts/${account}`;
    this.#done = this.#deposit();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#done;
  }

  /**
   * The longest time between two acknowledgements, the 20 ms of thought between them
   * included, since this was asked last.
   */
  takeLongestGapMs(): number {
    const longest = this.#longestGapMs;
    this.#longestGapMs = 0;
    return longest;
  }

  /** Throws when the balance is not what was acknowledged. */
  async check(): Promise<void> {
    const response = await fetch(this.#url);
    const { balance } = (await response.json()) as { readonly balance: number };
    if (balance !== this.acknowledged) {
      throw new Error(
        `${this.#url}: ${this.acknowledged} deposits were acknowledged, the balance is ${balance}`,
      );
    }
  }

  async #deposit(): Promise<void> {
    while (!this.#stopping) {
      const key = `"${randomUUID()}"`;
      while ((await this.#try(key)) !== 200) await pause(THINK_MS);
      this.acknowledged += 1;
      const nowMs = performance.now();
      this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#answeredMs);
      this.#answeredMs = nowMs;
      await pause(THINK_MS);
    }
  }

  /** The status; 0 without a reply. */
  #try(key: string): Promise<number> {
    return new Promise((resolve) => {
      const request = http.request(`${this.#url}/deposit`, {
        method: 'POST',
        agent: this.#agent,
        headers: { 'idempotency-key': key },
        timeout: TIMEOUT_MS,
      });
      request.on('response', (response) => {
        response.resume().on('close', () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(0));
      request.end('{"amount":1}');
    });
  }
}
