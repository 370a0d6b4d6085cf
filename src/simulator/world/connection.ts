/**
 * One connection of a client that listens for long, to one host in virtual time. It keeps the order of what
 * travels in each direction, as TCP does, and can be lost in each of the ways that a plan knows
 * (listeners.ts). A host hears of one that was lost in silence when nobody answers its pings.
 */
import type { GuestOutput, SentRequest } from '../guest/guest.ts';
import type { Loss } from '../listeners.ts';
import type { Agenda } from './agenda.ts';
import type { ClientEnd } from './front.ts';
import type { VirtualHost } from './host.ts';

/**
 * Of a slow one: what is said arrives so much later, and the client waits so long before it makes another.
 */
const LATE_MS = 100;
const NOTICED_MS = 40;
/** Until a host misses the answer to a ping. */
const PINGED_MS = 150;

export interface ConnectionPorts {
  readonly agenda: Agenda;
  latencyMs(): number;
  heard(output: GuestOutput): void;
  /** It is over, with a whole reply or, null, without. */
  ended(reply: string | null): void;
}

export class Connection {
  readonly host: VirtualHost;
  readonly #ports: ConnectionPorts;
  readonly #end: ClientEnd;
  #isLeft = false;
  #isHole = false;
  #lateMs = 0;
  #upMs = 0;
  #downMs = 0;

  constructor(host: VirtualHost, sent: SentRequest, ports: ConnectionPorts) {
    this.host = host;
    this.#ports = ports;
    this.#end = {
      isSocket: sent.isHandshake === true,
      heard: (output) => this.#down(() => ports.heard(output)),
      replied: (text) => this.#down(() => this.#ended(text)),
      reset: () => this.#down(() => this.#ended(null)),
    };
    this.#up(() => host.entrance.accept(this.#end, sent));
  }

  say(data: string | Uint8Array): void {
    if (!this.#isLeft) this.#up(() => this.host.entrance.said(this.#end, data));
  }

  /** Closes a WebSocket in order; nothing more is heard here. */
  close(code: number): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#up(() => this.host.entrance.closed(this.#end, code));
  }

  /** The client gives it up, and the host learns of it. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#up(() => this.host.entrance.gone(this.#end));
  }

  /** As the plan has it. Who is to learn of it learns. */
  lose(how: Loss['how']): void {
    if (this.#isLeft) return;
    if (how === 'late') {
      this.#lateMs = LATE_MS;
      this.#ports.agenda.after(NOTICED_MS, () => this.lose('half'));
      return;
    }
    const hostHears = (afterMs: number): void =>
      this.#ports.agenda.after(afterMs, () => this.host.whenAwake(() => this.host.entrance.gone(this.#end)));
    // What has swallowed something lets nothing through any more that came after it.
    this.#isHole ||= how !== 'half';
    if (how === 'hole') hostHears(PINGED_MS);
    else {
      hostHears(how === 'half' ? PINGED_MS : this.#ports.latencyMs());
      this.#ended(null);
    }
  }

  #ended(reply: string | null): void {
    this.#isLeft = true;
    this.#ports.ended(reply);
  }

  #up(run: () => void): void {
    const { agenda } = this.#ports;
    this.#upMs = Math.max(this.#upMs, agenda.nowMs + this.#lateMs + this.#ports.latencyMs());
    agenda.after(this.#upMs - agenda.nowMs, () => {
      if (this.#isHole) return;
      if (this.host.isAlive) this.host.whenAwake(run);
      else if (!this.host.isPowerless && !this.#isLeft) this.#down(() => this.#ended(null));
    });
  }

  #down(run: () => void): void {
    const { agenda } = this.#ports;
    this.#downMs = Math.max(this.#downMs, agenda.nowMs + this.#ports.latencyMs());
    agenda.after(this.#downMs - agenda.nowMs, () => {
      if (!this.#isHole && !this.#isLeft) run();
    });
  }
}
