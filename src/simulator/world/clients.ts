/**
 * Clients in virtual time. Each asks one thing after the other over a connection to whoever is live; when that dies it asks again: with
 * the same key, and so for the same run, or, without one, never knowing what became of the first.
 */
import { invariant } from '../../base/assert.ts';
import { noise } from '../../base/prng.ts';
import type { TimedOperation } from '../check/linearizability.ts';
import type { Guest, PlannedRequest } from '../guest/guest.ts';
import type { Settings } from '../settings.ts';
import type { Agenda } from './agenda.ts';
import type { ClientEnd } from './front.ts';
import type { VirtualHost } from './host.ts';
import type { Trace } from './trace.ts';

/** Nobody is live, or the reply was `again`. */
const ASK_AGAIN_MS = 20;

export interface ClientSurroundings {
  readonly seed: number;
  readonly settings: Settings;
  readonly agenda: Agenda;
  readonly guest: Guest;
  readonly trace: Trace;
  readonly hosts: readonly VirtualHost[];
  latencyMs(): number;
}

interface Attempt {
  readonly request: PlannedRequest;
  readonly host: VirtualHost;
  readonly end: ClientEnd;
}

export class Client {
  readonly #name: string;
  readonly #number: number;
  readonly #around: ClientSurroundings;
  readonly #requests: PlannedRequest[];
  readonly #history: TimedOperation[] = [];
  readonly replies = new Map<string, string>();
  /** The host to which its connection stands. */
  #host: VirtualHost | null = null;
  /** The try whose reply it waits for. */
  #attempt: Attempt | null = null;
  #calledMs = 0;
  #isUnderWay = false;
  #tries = 0;

  constructor(number: number, requests: readonly PlannedRequest[], around: ClientSurroundings) {
    this.#name = `client ${number}`;
    this.#number = number;
    this.#around = around;
    this.#requests = [...requests];
    this.#scheduleNext();
  }

  /** What it has asked: also the request that is under way, which may have taken effect. */
  get history(): readonly TimedOperation[] {
    const [request] = this.#requests;
    const operation =
      request !== undefined && this.#isUnderWay ? this.#around.guest.operationOf(request, null) : null;
    if (request === undefined || operation === null) return this.#history;
    const name = `${this.#name}: ${request.tag} is under way`;
    const times = { calledMs: this.#calledMs, returnedMs: Number.POSITIVE_INFINITY };
    return [...this.#history, { ...operation, ...times, name }];
  }

  /** Everything was answered, or given up where nobody can know. */
  get isDone(): boolean {
    return this.#requests.length === 0;
  }

  get waitsFor(): string | null {
    const [request] = this.#requests;
    return request === undefined
      ? null
      : `${this.#name} waits for ${request.tag} ${JSON.stringify(request.what)}`;
  }

  /** The network breaks its connection to this host. */
  resetFrom(host: VirtualHost): void {
    if (this.#host !== host) return;
    const attempt = this.#attempt;
    this.#leave();
    if (attempt !== null) this.#failed(attempt.request);
  }

  #scheduleNext(): void {
    const [request] = this.#requests;
    if (request === undefined) return;
    const { agenda } = this.#around;
    agenda.after(request.atMs - agenda.nowMs, () => {
      this.#calledMs = agenda.nowMs;
      this.#isUnderWay = true;
      this.#try(request);
    });
  }

  #try(request: PlannedRequest): void {
    this.#tries += 1;
    const { agenda, hosts, settings } = this.#around;
    if (this.#host?.isAlive !== true) this.#host = null;
    this.#host ??= this.#find(hosts.filter((one) => one.isAlive && one.front?.isOpen === true));
    const host = this.#host;
    if (host === null) {
      agenda.after(ASK_AGAIN_MS, () => this.#try(request));
      return;
    }
    const attempt = this.#newAttempt(request, host);
    this.#attempt = attempt;
    agenda.after(this.#around.latencyMs(), () => {
      if (host.isAlive) host.whenAwake(() => host.accept(attempt.end, request));
      else attempt.end.reset();
    });
    agenda.after(settings.clientTimeoutMs, () => {
      if (this.#attempt !== attempt) return;
      this.#leave();
      this.#failed(request);
    });
  }

  /** One of them, whichever the way leads to. */
  #find(open: readonly VirtualHost[]): VirtualHost | null {
    return open[Math.floor(noise(this.#around.seed, this.#number, this.#tries) * open.length)] ?? null;
  }

  /** What the host says to it counts as long as the client waits for it. */
  #newAttempt(request: PlannedRequest, host: VirtualHost): Attempt {
    const { agenda } = this.#around;
    const later = (run: () => void): void =>
      agenda.after(this.#around.latencyMs(), () => {
        if (this.#attempt !== attempt) return;
        this.#attempt = null;
        run();
      });
    const attempt: Attempt = {
      request,
      host,
      end: {
        replied: (text) => later(() => this.#replied(request, text)),
        reset: () =>
          later(() => {
            this.#host = null;
            this.#failed(request);
          }),
      },
    };
    return attempt;
  }

  #replied(request: PlannedRequest, text: string): void {
    const { guest, agenda, trace } = this.#around;
    trace.note(this.#name, `hears ${text}`);
    const verdict = guest.verdictOf(request, text);
    invariant('I5', verdict !== 'foreign', `${this.#name} asked ${request.tag} and hears "${text}"`);
    if (verdict === 'again') {
      agenda.after(ASK_AGAIN_MS, () => this.#try(request));
      return;
    }
    this.replies.set(request.tag, text);
    this.#finish(request, text, agenda.nowMs);
  }

  /** No reply came. With a key it asks again; without one it will never know. */
  #failed(request: PlannedRequest): void {
    this.#around.trace.note(this.#name, `hears nothing of ${request.tag}`);
    if (request.keyed || request.retried === true) this.#try(request);
    else this.#finish(request, null, Number.POSITIVE_INFINITY);
  }

  #finish(request: PlannedRequest, reply: string | null, returnedMs: number): void {
    const operation = this.#around.guest.operationOf(request, reply);
    const name = `${this.#name}: ${request.tag} ${JSON.stringify(request.what)} -> ${reply}`;
    if (operation !== null) this.#history.push({ ...operation, name, calledMs: this.#calledMs, returnedMs });
    this.#requests.shift();
    this.#isUnderWay = false;
    this.#scheduleNext();
  }

  /** Closes its connection; the host hears of it after a while. */
  #leave(): void {
    const attempt = this.#attempt;
    this.#attempt = null;
    this.#host = null;
    if (attempt === null) return;
    const { host, end } = attempt;
    this.#around.agenda.after(this.#around.latencyMs(), () => host.whenAwake(() => host.clientGone(end)));
  }
}
