/**
 * The demo's clients: ordinary HTTP, one account each, one deposit at a time. A deposit whose
 * answer does not come is asked for again with the same Idempotency-Key, so it
 * counts once however often it was sent.
 */
import { randomInt, randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { TandemError } from '../base/errors.ts';

/** Between two deposits of a client, so that a small machine has time left for the pair. */
const PAUSE_MS = 8;
const RETRY_MS = 10;
const REQUEST_TIMEOUT_MS = 3_000;
/** A bank that is away for longer than this will not come back. */
const PATIENCE_MS = 15_000;

interface Answer {
  readonly status: number;
  readonly body: { readonly balance?: number };
}

export class DemoClient {
  readonly account: string;
  /** Deposits that the bank has confirmed to this client, and their sum: what it was promised. */
  acknowledged = 0;
  promised = 0;
  /** Requests sent again because no answer came. */
  retries = 0;
  /** Answers whose balance was not this client's own sum: a deposit lost or doubled. */
  wrongAnswers = 0;
  /** When the latest answers came. */
  readonly answeredAtMs: number[] = [];
  readonly #url: string;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  #running = true;
  #abandoned = false;
  readonly #finished: Promise<void>;

  constructor(url: string, account: string) {
    this.account = account;
    this.#url = `${url}/accounts/${account}`;
    this.#finished = this.#work();
    // Awaited in stop(); until then a failure must not end the process.
    this.#finished.catch(() => {});
  }

  /** Finishes the deposit that is underway. Throws when the bank refused one. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#finished;
  }

  /** Rejects when the bank refuses this client; never resolves. */
  async refusal(): Promise<never> {
    await this.#finished;
    return await new Promise<never>(() => {});
  }

  /** Ends without finishing anything: the story has broken off. */
  abandon(): void {
    this.#running = false;
    this.#abandoned = true;
    this.#agent.destroy();
  }

  /** What the bank says now. */
  async balance(): Promise<number> {
    const { body } = await this.#insist('GET', this.#url);
    this.#agent.destroy();
    return body.balance ?? Number.NaN;
  }

  async #work(): Promise<void> {
    while (this.#running) {
      const amount = randomInt(1, 100);
      const { body } = await this.#insist(
        'POST',
        `${this.#url}/deposit`,
        JSON.stringify({ amount }),
        randomUUID(),
      );
      this.acknowledged += 1;
      this.promised += amount;
      if (body.balance !== this.promised) this.wrongAnswers += 1;
      this.answeredAtMs.push(performance.now());
      await wait(PAUSE_MS);
    }
  }

  /** Asks until there is an answer. */
  async #insist(method: string, url: string, body?: string, key?: string): Promise<Answer> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (!this.#abandoned && performance.now() < deadlineMs) {
      const answer = await this.#ask(method, url, body, key).catch(() => undefined);
      if (answer?.status === 200) return answer;
      // 409: the first attempt is still underway. 502 and above: not live at this
      // moment. Anything else is a refusal.
      if (answer !== undefined && answer.status !== 409 && answer.status <= 500) {
        throw new TandemError(
          'DEMO_REFUSED',
          `the bank answered ${answer.status} to ${method} ${url}`,
          'the demo needs its own bank.js',
        );
      }
      this.retries += 1;
      await wait(RETRY_MS);
    }
    throw new TandemError(
      'DEMO_TIMEOUT',
      `the bank gave no answer to ${this.account}`,
      'try again when this machine has less to do',
    );
  }

  #ask(method: string, url: string, body?: string, key?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers =
        key === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': `"${key}"` };
      const request = http.request(url, { method, agent: this.#agent, timeout: REQUEST_TIMEOUT_MS, headers });
      request.once('timeout', () => request.destroy(new Error('timeout')));
      request.once('error', reject);
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        // A connection that breaks inside the body is an error too, not a short answer.
        response.once('error', reject);
        response.once('end', () => {
          const status = response.statusCode ?? 0;
          try {
            // An error's body is for people.
            resolve({ status, body: status === 200 ? (JSON.parse(text) as Answer['body']) : {} });
          } catch (error) {
            reject(error);
          }
        });
      });
      request.end(body);
    });
  }
}
