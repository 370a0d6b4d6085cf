/**
 * Clients in virtual time. Each asks one thing after the other over a connection to whoever is live; when
 * that dies it asks again: with the same key, or the same number in its session, and so for the same run, or,
 * without one, never knowing what became of the first.
 */
import { invariant } from '../../base/assert.ts';
import { noise } from '../../base/prng.ts';
import type { TimedOperation } from '../check/linearizability.ts';
import type { Guest, PlannedRequest, SentRequest, SessionPlace } from '../guest/guest.ts';
import type { Settings } from '../settings.ts';
import type { Agenda } from './agenda.ts';
import type { ClientEnd } from './front.ts';
import type { VirtualHost } from './host.ts';
import { Numbering, type Sessions } from './numbering.ts';
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
  readonly sessions: Sessions;
  latencyMs(): number;
  /** A request was answered that was first sent at `calledMs`. */
  answered(request: PlannedRequest, reply: string, calledMs: number): void;
}

/** What a client wants to hear now, and what becomes of the answer. */
interface Question {
  readonly sent: SentRequest;
  /** To the try that was sent at `sentMs`. */
  replied(text: string, sentMs: number): void;
  /** No reply came, and nobody knows what became of the request. */
  failed(): void;
}

interface Attempt {
  readonly question: Question;
  readonly host: VirtualHost;
  readonly end: ClientEnd;
}

/** Where a request stands in a session. */
interface Numbered {
  readonly place: SessionPlace;
  readonly numbering: Numbering;
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

  /**
   * How long what it will ask once may take: a stream that does not end is left
   * when the client has waited long enough.
   */
  get patienceMs(): number {
    const once = this.#requests.filter(({ keyed, retried }) => !keyed && retried !== true);
    return once.length * this.#around.settings.clientTimeoutMs;
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
    if (attempt !== null) this.#failed(attempt.question);
  }

  #scheduleNext(): void {
    const [request] = this.#requests;
    if (request === undefined) return;
    const { agenda } = this.#around;
    agenda.after(request.atMs - agenda.nowMs, () => {
      this.#calledMs = agenda.nowMs;
      this.#isUnderWay = true;
      this.#ask(request);
    });
  }

  #ask(request: PlannedRequest): void {
    const { session } = request;
    const { guest, sessions } = this.#around;
    if (session === undefined || guest.sessions === null) {
      this.#askAt(request, null);
      return;
    }
    const owner = session.of ?? this.#number;
    const isFirst = sessions.with(owner, (numbering) =>
      this.#askAt(request, { place: numbering.next(session), numbering }),
    );
    if (isFirst) this.#openSession(owner);
  }

  #askAt(request: PlannedRequest, numbered: Numbered | null): void {
    const question: Question = {
      sent: { ...request, place: numbered?.place ?? null },
      replied: (text, sentMs) => this.#replied(request, question, numbered, text, sentMs),
      // With a key or a place it asks again; without one it will never know.
      failed: () => {
        if (request.keyed || request.retried === true) this.#try(question);
        else this.#finish(request, null, Number.POSITIVE_INFINITY);
      },
    };
    this.#try(question);
  }

  /** One that was opened and not heard of is never used. */
  #openSession(owner: number): void {
    const { sessions } = this.#around.guest;
    if (sessions === null) return;
    const question: Question = {
      sent: { tag: 'a session', keyed: false, what: sessions.opening, place: null },
      replied: (text, sentMs) => {
        const id = sessions.idOf(text);
        invariant('I5', id !== null, `${this.#name} wants a session and hears "${text}"`);
        this.#around.sessions.opened(owner, new Numbering(id, sentMs));
      },
      failed: () => this.#try(question),
    };
    this.#try(question);
  }

  #try(question: Question): void {
    this.#tries += 1;
    const { agenda, hosts, settings } = this.#around;
    if (this.#host?.isAlive !== true) this.#host = null;
    this.#host ??= this.#find(hosts.filter((one) => one.isAlive && one.front?.isOpen === true));
    const host = this.#host;
    if (host === null) {
      agenda.after(ASK_AGAIN_MS, () => this.#try(question));
      return;
    }
    const attempt = this.#newAttempt(question, host);
    this.#attempt = attempt;
    this.#send(host, attempt.end, question.sent);
    agenda.after(settings.clientTimeoutMs, () => {
      if (this.#attempt !== attempt) return;
      this.#leave();
      this.#failed(question);
    });
  }

  #send(host: VirtualHost, end: ClientEnd, sent: SentRequest): void {
    this.#around.agenda.after(this.#around.latencyMs(), () => {
      if (host.isAlive) host.whenAwake(() => host.entrance.accept(end, sent));
      else end.reset();
    });
  }

  /** One of them, whichever the way leads to. */
  #find(open: readonly VirtualHost[]): VirtualHost | null {
    return open[Math.floor(noise(this.#around.seed, this.#number, this.#tries) * open.length)] ?? null;
  }

  /** What the host says to it counts as long as the client waits for it. */
  #newAttempt(question: Question, host: VirtualHost): Attempt {
    const { agenda } = this.#around;
    const later = (run: () => void): void =>
      agenda.after(this.#around.latencyMs(), () => {
        if (this.#attempt !== attempt) return;
        this.#attempt = null;
        run();
      });
    const sentMs = agenda.nowMs;
    const attempt: Attempt = {
      question,
      host,
      end: {
        replied: (text) =>
          later(() => {
            this.#around.trace.note(this.#name, `hears ${text}`);
            question.replied(text, sentMs);
          }),
        reset: () =>
          later(() => {
            this.#host = null;
            this.#failed(question);
          }),
      },
    };
    return attempt;
  }

  #replied(
    request: PlannedRequest,
    question: Question,
    numbered: Numbered | null,
    text: string,
    sentMs: number,
  ): void {
    const { guest, agenda } = this.#around;
    const verdict = guest.verdictOf(request, text);
    invariant('I5', verdict !== 'foreign', `${this.#name} asked ${request.tag} and hears "${text}"`);
    if (verdict === 'again') {
      agenda.after(ASK_AGAIN_MS, () => this.#try(question));
      return;
    }
    this.replies.set(request.tag, text);
    const isGone = numbered !== null && this.#numbered(request, question.sent, numbered, text, sentMs);
    if (isGone) this.#finish(request, null, Number.POSITIVE_INFINITY);
    else {
      this.#around.answered(request, text, this.#calledMs);
      this.#finish(request, text, agenda.nowMs);
    }
  }

  /**
   * The reply to a numbered request has come. True when nobody knows whether it
   * was run, for its session is forgotten.
   */
  #numbered(
    { session }: PlannedRequest,
    sent: SentRequest,
    { place, numbering }: Numbered,
    text: string,
    sentMs: number,
  ): boolean {
    const heard = this.#around.guest.sessions?.heard(place, text);
    const isGone = heard === 'gone' && this.#isFairlyGone(numbering);
    const isFair = heard === 'run' || heard === 'refused' || isGone;
    invariant('I5', isFair, `${this.#name} asked ${sent.tag} in its session and hears "${text}"`);
    if (isGone) {
      this.#around.sessions.gone(session?.of ?? this.#number, numbering);
      return true;
    }
    numbering.arrived(place);
    numbering.used(sentMs);
    const copyAfterMs = session?.copyAfterMs ?? null;
    if (copyAfterMs !== null && heard === 'run')
      this.#sendCopy(sent, { place, numbering }, text, copyAfterMs);
    return false;
  }

  /** Later a copy of the request comes to whoever is live, and must not be run. */
  #sendCopy(sent: SentRequest, { place, numbering }: Numbered, text: string, afterMs: number): void {
    const { guest, agenda, trace, hosts } = this.#around;
    let copiedMs = 0;
    const end: ClientEnd = {
      replied: (other) => {
        trace.note(this.#name, `hears to a late copy ${other}`);
        const heard = guest.sessions?.heard(place, other);
        const isGone = heard === 'gone' && this.#isFairlyGone(numbering);
        const isKnown = other === text || heard === 'over' || isGone;
        invariant('I5', isKnown, `a late copy of ${sent.tag}, after "${text}", is answered "${other}"`);
        if (!isGone) numbering.used(copiedMs);
      },
      reset: () => {},
    };
    agenda.after(afterMs, () => {
      copiedMs = agenda.nowMs;
      const host = this.#find(hosts.filter((one) => one.isAlive && one.front?.isOpen === true));
      if (host !== null) this.#send(host, end, sent);
    });
  }

  #isFairlyGone(numbering: Numbering): boolean {
    const { guest, agenda } = this.#around;
    return numbering.mayBeGone(agenda.nowMs, guest.sessions?.lifetimeMs ?? Number.POSITIVE_INFINITY);
  }

  /** No reply came. */
  #failed(question: Question): void {
    this.#around.trace.note(this.#name, `hears nothing of ${question.sent.tag}`);
    question.failed();
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
    this.#around.agenda.after(this.#around.latencyMs(), () => host.whenAwake(() => host.entrance.gone(end)));
  }
}
