/**
 * All clients of a run: those that ask (clients.ts), those with WebSockets (sockets.ts), and
 * readers of event streams (readers.ts).
 */
import type { TimedOperation } from '../check/linearizability.ts';
import { Agreement } from '../check/numbers.ts';
import type { Guest } from '../guest/guest.ts';
import type { Plan } from '../plan.ts';
import type { Agenda } from './agenda.ts';
import { Client, type ClientSurroundings } from './clients.ts';
import type { VirtualHost } from './host.ts';
import { Sessions } from './numbering.ts';
import { Reader } from './readers.ts';
import { SocketClient } from './sockets.ts';
import type { Trace } from './trace.ts';

export interface AudienceSurroundings {
  readonly agenda: Agenda;
  readonly guest: Guest;
  readonly trace: Trace;
  readonly hosts: readonly VirtualHost[];
  latencyMs(): number;
}

export interface Wish {
  readonly of: 'clients' | 'listeners';
  readonly what: string;
}

export class Audience {
  readonly #clients: readonly Client[];
  readonly #sockets: readonly SocketClient[];
  readonly #readers: readonly Reader[];

  constructor({ seed, settings, requests, sockets = [], readers = [] }: Plan, around: AudienceSurroundings) {
    const all = { ...around, seed, settings, sessions: new Sessions(), agreement: new Agreement() };
    const answered: ClientSurroundings['answered'] = ({ what }, reply, calledMs) => {
      if (!('target' in what) || what.method === 'GET') return;
      for (const reader of this.#readers) reader.published(what.target, reply, calledMs);
    };
    const numbers = [...new Set(requests.map(({ client }) => client))];
    this.#clients = numbers.map((number) => {
      const own = requests.filter(({ client }) => client === number);
      return new Client(number, own, { ...all, answered });
    });
    this.#sockets = sockets.map((planned) => new SocketClient(planned, all));
    this.#readers = readers.map((planned) => new Reader(planned, all));
  }

  get replies(): number {
    return this.#clients.reduce((sum, { replies }) => sum + replies.size, 0);
  }

  /** What they have asked and heard, for the check of linearizability. */
  get operations(): readonly TimedOperation[] {
    return this.#clients.flatMap(({ history }) => history);
  }

  /** How long what they will ask once may take. */
  get patienceMs(): number {
    return Math.max(0, ...this.#clients.map((client) => client.patienceMs));
  }

  /** What one of them still waits for; null: they have all they want. Those that listen come first. */
  get waitsFor(): Wish | null {
    const listening = [...this.#sockets, ...this.#readers].find(({ isDone }) => !isDone);
    if (listening !== undefined) return { of: 'listeners', what: listening.waitsFor };
    const asking = this.#clients.find(({ isDone }) => !isDone);
    return asking === undefined ? null : { of: 'clients', what: `${asking.waitsFor}` };
  }

  /** The network breaks their connections to this host. */
  resetFrom(host: VirtualHost): void {
    for (const client of [...this.#clients, ...this.#sockets, ...this.#readers]) client.resetFrom(host);
  }

  /** Those that would listen for ever leave. */
  stop(): void {
    for (const reader of this.#readers) reader.stop();
  }
}
