/**
 * What simulated clients that listen for long have in common: they are connected to
 * somebody who is live, or look for one.
 */
import { noise } from '../../base/prng.ts';
import type { Agreement } from '../check/numbers.ts';
import type { GuestOutput, SentRequest } from '../guest/guest.ts';
import type { PlannedListener } from '../listeners.ts';
import type { Settings } from '../settings.ts';
import type { Agenda } from './agenda.ts';
import { Connection } from './connection.ts';
import type { VirtualHost } from './host.ts';
import type { Trace } from './trace.ts';

/** Nobody is live, or a connection was lost. */
const AGAIN_MS = 20;

export interface ListenerSurroundings {
  readonly seed: number;
  readonly settings: Settings;
  readonly agenda: Agenda;
  readonly trace: Trace;
  readonly hosts: readonly VirtualHost[];
  readonly agreement: Agreement;
  latencyMs(): number;
}

export interface ListenerPorts {
  /** What it asks for on a new connection. */
  asks(): SentRequest;
  heard(output: GuestOutput): void;
  /** Its connection is no more. `reply`: a whole answer in HTTP, if there was one. */
  ended(reply: string | null): void;
  /** It wants no other. */
  isOver(): boolean;
}

export class Listener {
  readonly #planned: PlannedListener;
  readonly #around: ListenerSurroundings;
  readonly #ports: ListenerPorts;
  #connection: Connection | null = null;
  #tries = 0;
  /** When something was heard last, or a connection was made. */
  #heardMs = 0;

  constructor(planned: PlannedListener, around: ListenerSurroundings, ports: ListenerPorts) {
    this.#planned = planned;
    this.#around = around;
    this.#ports = ports;
    const { agenda } = around;
    agenda.after(planned.atMs, () => this.#connect());
    for (const { atMs, how } of planned.losses) agenda.after(atMs, () => this.#connection?.lose(how));
  }

  get connection(): Connection | null {
    return this.#connection;
  }

  note(what: string): void {
    this.#around.trace.note(this.#planned.name, what);
  }

  /** The network breaks its connection to this host. */
  resetFrom(host: VirtualHost): void {
    if (this.#connection?.host === host) this.#connection.lose('reset');
  }

  /** Closes its connection, and looks for another if it wants one. */
  leave(): void {
    this.#connection?.leave();
    this.#again();
  }

  /** A WebSocket is closed in order. */
  close(code: number): void {
    this.#connection?.close(code);
    this.#again();
  }

  #connect(): void {
    if (this.#ports.isOver()) return;
    const { hosts, seed, agenda } = this.#around;
    const open = hosts.filter((one) => one.isAlive && one.front?.isOpen === true);
    this.#tries += 1;
    const at = Math.floor(
      noise(seed, this.#planned.atMs, this.#tries, this.#planned.name.length) * open.length,
    );
    const host = open[at];
    if (host === undefined) {
      agenda.after(AGAIN_MS, () => this.#connect());
      return;
    }
    const sent = this.#ports.asks();
    this.note(`connects to ${host.name}${sent.headers === undefined ? '' : `: ${sent.headers.join(' ')}`}`);
    this.#heardMs = agenda.nowMs;
    const connection: Connection = new Connection(host, sent, {
      agenda,
      latencyMs: () => this.#around.latencyMs(),
      heard: (output) => {
        this.#heardMs = agenda.nowMs;
        this.#ports.heard(output);
      },
      ended: (reply) => {
        if (this.#connection !== connection) return;
        this.note(reply === null ? 'loses its connection' : `hears ${reply}`);
        this.#ports.ended(reply);
        this.#again();
      },
    });
    this.#connection = connection;
    this.#watch(connection);
  }

  #again(): void {
    this.#connection = null;
    if (!this.#ports.isOver()) this.#around.agenda.after(AGAIN_MS, () => this.#connect());
  }

  /** Silence for long may be that of a dead connection; whoever finds out makes another. */
  #watch(connection: Connection): void {
    const { agenda, settings } = this.#around;
    const heardMs = this.#heardMs;
    agenda.after(heardMs + settings.clientTimeoutMs - agenda.nowMs, () => {
      if (this.#connection !== connection) return;
      if (this.#heardMs !== heardMs) this.#watch(connection);
      else {
        this.note('hears nothing, and gives its connection up');
        this.#ports.ended(null);
        this.leave();
      }
    });
  }
}
