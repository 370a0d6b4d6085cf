/**
 * Talks to an etcd through its own JSON gateway (etcd's documentation: "Why gRPC gateway"): POST, one
 * object there, one back. Node's http is all it takes; not `fetch`, because an agent of our own can be
 * closed, and has certificates as options.
 *
 * Several endpoints are one cluster: whichever answers will do. A request that got no answer is sent again,
 * so a caller must be able to recognise that the first one was carried out.
 */
import http from 'node:http';
import https from 'node:https';
import { TandemError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { monotonicMs } from '../base/monotonic.ts';
import { refusalIn, type Trouble, troubleOf, unreachable } from './etcd-trouble.ts';
import { objectIn } from './json.ts';
import type { EtcdUrl, EtcdUser } from './url.ts';

export type Fields = Readonly<Record<string, unknown>>;

interface Reply {
  readonly status: number;
  readonly text: string;
}

/** etcd forgets tokens after some minutes, and all of them when its users are changed. */
const WANTS_TOKEN = /user name is empty|invalid auth token|auth store is old/;

/** Their texts. */
export interface Certificates {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export class EtcdGateway {
  readonly #endpoints: readonly string[];
  readonly #user: EtcdUser | undefined;
  readonly #agent: http.Agent;
  readonly #showsCertificate: boolean;
  #token: string | undefined;
  /** The endpoint that answered last is asked first. */
  #preferred = 0;

  constructor(url: EtcdUrl, certificates: Certificates) {
    this.#endpoints = url.endpoints;
    this.#user = url.user;
    this.#showsCertificate = certificates.cert !== undefined;
    // A connection that has been idle for long may be dead without anybody having said so.
    const options = { keepAlive: true, timeout: limits.etcdIdleMs };
    const isTls = url.endpoints[0]?.startsWith('https:') === true;
    this.#agent = isTls ? new https.Agent({ ...options, ...certificates }) : new http.Agent(options);
  }

  /** The answer of one of the endpoints; throws a {@link TandemError} when none has given one in time. */
  async call(path: string, body: Fields): Promise<Fields> {
    const deadlineMs = monotonicMs() + limits.arbiterAnswerMs;
    const troubles: Trouble[] = [];
    const count = this.#endpoints.length;
    for (let tried = 0; tried < count; tried += 1) {
      const index = (this.#preferred + tried) % count;
      const endpoint = this.#endpoints[index] ?? '';
      const nowMs = monotonicMs();
      // Each gets its share of what is left, so that one that hangs does not
      // keep the last one from being asked.
      const answer = await this.#ask(endpoint, path, body, nowMs + (deadlineMs - nowMs) / (count - tried));
      if (!('code' in answer)) {
        this.#preferred = index;
        return answer.fields;
      }
      troubles.push(answer);
    }
    throw errorFor(troubles);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(
    endpoint: string,
    path: string,
    body: Fields,
    deadlineMs: number,
  ): Promise<Trouble | { readonly fields: Fields }> {
    try {
      let reply = await this.#post(endpoint, path, body, deadlineMs);
      if (this.#user !== undefined && WANTS_TOKEN.test(refusalIn(reply.text)?.message ?? '')) {
        const login = await this.#logIn(this.#user, endpoint, deadlineMs);
        if (login !== undefined) return login;
        reply = await this.#post(endpoint, path, body, deadlineMs);
      }
      const fields = fieldsIn(reply);
      return fields === undefined ? await this.#refused(endpoint, reply, deadlineMs) : { fields };
    } catch (error) {
      return unreachable(endpoint, error, this.#showsCertificate);
    }
  }

  /** Undefined: there is a token now. */
  async #logIn(user: EtcdUser, endpoint: string, deadlineMs: number): Promise<Trouble | undefined> {
    const password = user.password ?? process.env['TANDEM_ETCD_PASSWORD'] ?? '';
    this.#token = undefined;
    const reply = await this.#post(
      endpoint,
      '/v3/auth/authenticate',
      { name: user.name, password },
      deadlineMs,
    );
    const token = fieldsIn(reply)?.['token'];
    if (typeof token !== 'string') return this.#refused(endpoint, reply, deadlineMs);
    this.#token = token;
    return undefined;
  }

  /** An etcd that speaks another way, or no etcd at all: its version tells. */
  async #refused(endpoint: string, reply: Reply, deadlineMs: number): Promise<Trouble> {
    const refusal = refusalIn(reply.text);
    if (refusal !== undefined) return troubleOf(endpoint, refusal, this.#user?.name);
    const about = await this.#send(endpoint, 'GET', '/version', undefined, deadlineMs);
    const version = objectIn(about.text)?.['etcdserver'];
    return troubleOf(endpoint, { status: reply.status, text: reply.text, version }, this.#user?.name);
  }

  #post(endpoint: string, path: string, body: Fields, deadlineMs: number): Promise<Reply> {
    return this.#send(endpoint, 'POST', path, JSON.stringify(body), deadlineMs);
  }

  async #send(
    endpoint: string,
    method: string,
    path: string,
    body: string | undefined,
    deadlineMs: number,
  ): Promise<Reply> {
    const module = endpoint.startsWith('https:') ? https : http;
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(this.#token === undefined ? {} : { authorization: this.#token }),
    };
    const request = module.request(`${endpoint}${path}`, { method, agent: this.#agent, headers });
    try {
      return await exchange(request, body, deadlineMs);
    } catch (error) {
      // The server had closed a connection that was kept: nothing is wrong with the endpoint.
      if (!request.reusedSocket || monotonicMs() >= deadlineMs) throw error;
      return this.#send(endpoint, method, path, body, deadlineMs);
    }
  }
}

/** Rejects at the deadline, too. */
function exchange(request: http.ClientRequest, body: string | undefined, deadlineMs: number): Promise<Reply> {
  const leftMs = Math.max(1, Math.ceil(deadlineMs - monotonicMs()));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${leftMs} ms`)), leftMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > limits.etcdAnswerBytes) request.destroy(new Error('its answer is too long'));
      });
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    request.end(body);
  });
}

/** What an etcd answers; undefined when this is something else. */
function fieldsIn({ status, text }: Reply): Fields | undefined {
  const fields = status === 200 ? objectIn(text) : undefined;
  return fields?.['header'] === undefined ? undefined : fields;
}

/** The first trouble that is more than silence has the mend; all of them are told. */
function errorFor(troubles: readonly Trouble[]): TandemError {
  const told = troubles.find(({ code }) => code !== 'ARBITER_UNREACHABLE') ?? troubles[0];
  const reasons = troubles.map(({ reason }) => reason).join('; ');
  return new TandemError(
    told?.code ?? 'ARBITER_UNREACHABLE',
    `the arbiter's etcd cannot be used: ${reasons}`,
    told?.mend ?? '',
  );
}
