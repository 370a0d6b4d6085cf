/** The commands' side of the admin port. */
import { request as openHttp } from 'node:http';
import { request as openHttps } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { TandemError } from '../base/errors.ts';
import { readToken } from '../host/channel/token.ts';
import type { HashComparison, LogLine, NoLimits, RunStatus, SwitchOver } from '../host/supervisor/report.ts';
import type { MemoryLimits } from '../host/vcpu/messages.ts';

/** Longer than a supervisor waits for its hosts. */
const ANSWER_MS = 10_000;
const POWER_OFF_ANSWER_MS = 20_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

export class AdminClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #tokenFile: string | undefined;
  readonly #answerMs: number;

  /**
   * `url` without a slash at the end; the token goes with everything that is asked. `answerMs` is for tests.
   */
  constructor(url: string, tokenFile?: string, answerMs = ANSWER_MS) {
    this.#url = url;
    this.#tokenFile = tokenFile;
    this.#answerMs = answerMs;
    this.#headers = tokenFile === undefined ? {} : { authorization: `Bearer ${readToken(tokenFile)}` };
  }

  async status(): Promise<RunStatus> {
    return (await this.#json('GET', '/status')) as RunStatus;
  }

  async hash(): Promise<HashComparison> {
    return (await this.#json('POST', '/hash')) as HashComparison;
  }

  /** The killed process; throws `NO_SUCH_HOST` when there is none in that role. */
  async kill(role: 'primary' | 'backup'): Promise<number> {
    const { killed, reason, mend } = (await this.#json('POST', `/kill/${role}`)) as {
      readonly killed: number | null;
      readonly reason?: string;
      readonly mend?: string;
    };
    if (killed !== null) return killed;
    throw new TandemError(
      'NO_SUCH_HOST',
      reason ?? `there is no ${role}`,
      mend ?? 'tandem status shows the hosts; try again in a moment',
    );
  }

  /** Ends the run; both hashes at the machines' last position. */
  async powerOff(): Promise<HashComparison> {
    const answer = (await this.#json('POST', '/stop', POWER_OFF_ANSWER_MS)) as HashComparison;
    if ('equal' in answer) return answer;
    const { reason } = answer as { readonly reason: string };
    throw new TandemError(
      'NOT_STOPPED',
      `not stopped: ${reason}`,
      'nothing has changed; a host on its own also ends by SIGTERM, and its backup then goes live',
    );
  }

  /** Changes the roles of the pair. */
  async switchOver(): Promise<SwitchOver> {
    const answer = (await this.#json('POST', '/switch-over')) as SwitchOver | { readonly reason: string };
    if (!('reason' in answer)) return answer;
    const mend = 'the roles are what they were; tandem status shows the hosts';
    throw new TandemError('NOT_SWITCHED', `no switch-over: ${answer.reason}`, mend);
  }

  /** What the memory may grow to and what it has; changed first if `memoryMaximumBytes` is more than 0. */
  async limits(memoryMaximumBytes: number): Promise<MemoryLimits> {
    const query = memoryMaximumBytes > 0 ? `?memory-bytes=${memoryMaximumBytes}` : '';
    const answer = (await this.#json('POST', `/limits${query}`)) as MemoryLimits | NoLimits;
    if (!('reason' in answer)) return answer;
    throw noLimits(answer, memoryMaximumBytes > 0);
  }

  async logs(after: number): Promise<readonly LogLine[]> {
    const { text } = await this.#ask('GET', `/logs?after=${after}`);
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  async #json(method: string, path: string, withinMs = this.#answerMs): Promise<unknown> {
    const { status, text } = await this.#ask(method, path, withinMs);
    try {
      return JSON.parse(text);
    } catch {
      throw this.#notTandem(`answered ${status} to ${path}`);
    }
  }

  async #ask(method: string, path: string, withinMs = this.#answerMs): Promise<Answer> {
    const signal = AbortSignal.timeout(withinMs);
    let isThere = false;
    const connected = (): void => {
      isThere = true;
    };
    let answer: Answer;
    try {
      answer = await ask(this.#url + path, { method, headers: this.#headers, signal }, connected);
    } catch (error) {
      const why = signal.aborted ? `no answer within ${withinMs} ms` : reasonOf(error);
      throw signal.aborted && isThere ? this.#silent(why) : this.#unreachable(why);
    }
    if (answer.status === 401) throw this.#tokenWanted();
    // 409 is an answer: there is nobody to kill.
    if (answer.status !== 200 && answer.status !== 409)
      throw this.#notTandem(`answered ${answer.status} to ${path}`);
    return answer;
  }

  #tokenWanted(): TandemError {
    if (this.#tokenFile !== undefined) {
      return new TandemError(
        'TOKEN_REFUSED',
        `the token in ${this.#tokenFile} is not the one of the pair at ${this.#url}`,
        'name a copy of the file that its hosts were started with; without one they take orders only on their own machine',
      );
    }
    return new TandemError(
      'TOKEN_WANTED',
      `${this.#url} takes orders from other machines only with the pair's token`,
      'name the file that its hosts have with --token-file, or give the order on that machine',
    );
  }

  /** Somebody listens there. */
  #silent(why: string): TandemError {
    return new TandemError(
      'ADMIN_SILENT',
      `${this.#url} accepts connections and does not answer (${why})`,
      'its process is stopped or hangs: let it go on (kill -CONT) or end it where it runs; or name another port with --admin URL',
    );
  }

  #unreachable(why: string): TandemError {
    return new TandemError(
      'ADMIN_UNREACHABLE',
      `no run answers at ${this.#url} (${why})`,
      'start one with: tandem run PROGRAM; or name its admin port with --admin URL, as its first lines print it',
    );
  }

  #notTandem(what: string): TandemError {
    return new TandemError(
      'NOT_AN_ADMIN_PORT',
      `${this.#url} is no admin port of a run: it ${what}`,
      'name the admin port of a run with --admin URL',
    );
  }
}

interface Question {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Not by `fetch`, which refuses some eighty ports that an operator may have chosen. */
function ask(url: string, question: Question, connected: () => void): Promise<Answer> {
  const open = url.startsWith('https:') ? openHttps : openHttp;
  return new Promise((resolve, reject) => {
    const asked = open(url, { ...question, agent: false }, (response) => {
      const { statusCode: status = 0 } = response;
      textOf(response).then((text) => resolve({ status, text }), reject);
    });
    asked.once('socket', (socket) => socket.once('connect', connected));
    asked.once('error', reject);
    asked.end();
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

function noLimits({ reason, changed, mend }: NoLimits, wasOrdered: boolean): TandemError {
  const later = mend ?? 'ask again in a moment; tandem status shows the hosts';
  if (!wasOrdered) return new TandemError('NO_ANSWER', `the limits are not known: ${reason}`, later);
  if (changed === false)
    return new TandemError('NOT_CHANGED', `the limits were not changed: ${reason}`, later);
  const message = `whether the limits were changed is not known: ${reason}`;
  return new TandemError(
    'NOT_KNOWN',
    message,
    'tandem limits shows what holds now; the change may still come',
  );
}
