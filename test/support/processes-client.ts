/**
 * HTTP clients as they are outside: a fresh connection for each request, a time-out,
 * and retries under one Idempotency-Key.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { pause } from './children.ts';

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** A connection to use again; without one each request has its own. */
  readonly agent?: http.Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The code of an error of the network: `ECONNRESET`, `ECONNREFUSED`, `TIMEOUT`. */
export class NoAnswer extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`no answer: ${code}`);
    this.code = code;
  }
}

/** One request; rejects with {@link NoAnswer}. */
export function ask(url: string, options: Ask = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, timeoutMs = 10_000, agent } = options;
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      reject(error instanceof NoAnswer ? error : new NoAnswer(error.code ?? error.message));
    };
    const timer = setTimeout(() => request.destroy(new NoAnswer('TIMEOUT')), timeoutMs);
    request.on('error', fail);
    request.end(body);
  });
}

/**
 * Statuses that mean "ask again": another host is live, or none is now, or
 * the first try still has its connection.
 */
const AGAIN: ReadonlySet<number> = new Set([307, 409, 503]);
/** Between two tries. */
const RETRY_MS = 20;
const TRIES_AT_MOST = 2_000;

export interface Insisted extends Answer {
  readonly tries: number;
}

/**
 * The same request under one Idempotency-Key until it is answered. A try that gets no answer
 * soon is given up for a new connection.
 */
export async function insist(url: string, options: Ask = {}): Promise<Insisted> {
  const key = `"${randomUUID()}"`;
  const headers = { ...options.headers, 'idempotency-key': key };
  let last = '';
  for (let tries = 1; tries <= TRIES_AT_MOST; tries += 1) {
    try {
      const answer = await ask(url, { timeoutMs: 2_000, ...options, headers });
      if (!AGAIN.has(answer.status)) return { ...answer, tries };
      last = `${answer.status} ${answer.body}`;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      last = error.code;
    }
    await pause(RETRY_MS);
  }
  throw new Error(`${options.method ?? 'GET'} ${url} was not answered: ${last}`);
}

/** The body as JSON; fails with the body when the status is another. */
export function jsonOf(answer: Answer, status = 200): Record<string, unknown> {
  if (answer.status !== status) throw new Error(`answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as Record<string, unknown>;
}

/** The bank of guest-programs/bank.js, as its customers see it. */
export class Bank {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The balance after the deposit, however often it has to be asked for. */
  async deposit(id: string, amount: number): Promise<number> {
    const answer = await insist(`${this.#url}/accounts/${id}/deposit`, {
      method: 'POST',
      body: JSON.stringify({ amount }),
    });
    return Number(jsonOf(answer)['balance']);
  }

  async balance(id: string): Promise<number> {
    return Number(jsonOf(await insist(`${this.#url}/accounts/${id}`))['balance']);
  }

  async total(): Promise<number> {
    return Number(jsonOf(await insist(`${this.#url}/total`))['total']);
  }
}
