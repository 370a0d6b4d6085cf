/**
 * Sessions of clients in virtual time: an id, and a number for each request, which counts up in each slot.
 * What src/client/session.ts is to a program's clients, but the plan says which slot a request uses. Several
 * clients may share one, each with slots of its own, as one client that asks several things at a time.
 */
import type { PlannedSession, SessionPlace } from '../guest/guest.ts';

/** A guest's clock is no faster than this. */
const FASTEST_CLOCK = 1.1;
/** What its clock may gain at a go-live is bounded by how long word is on its way. */
const SLACK_MS = 200;

export class Numbering {
  readonly #session: string;
  readonly #numbers = new Map<number, number>();
  /** Replies that have come, by their slots: the machine need not keep them. */
  readonly #arrived = new Map<number, number>();
  /** When something was sent that then was answered in this session: it was used at that time or later. */
  #usedMs: number;

  constructor(session: string, openedMs: number) {
    this.#session = session;
    this.#usedMs = openedMs;
  }

  /** For a new request; the one before it in its slot has its reply. */
  next({ slot }: PlannedSession): SessionPlace {
    const number = (this.#numbers.get(slot) ?? 0) + 1;
    this.#numbers.set(slot, number);
    this.#arrived.delete(slot);
    const told = [...this.#arrived].map(([other, last]) => `${other}.${last}`);
    return { session: this.#session, slot, number, acknowledged: told.length === 0 ? null : told.join(', ') };
  }

  arrived({ slot, number }: SessionPlace): void {
    this.#arrived.set(slot, number);
  }

  used(sentMs: number): void {
    this.#usedMs = Math.max(this.#usedMs, sentMs);
  }

  /** Nobody may have used it for its lifetime. */
  mayBeGone(nowMs: number, lifetimeMs: number): boolean {
    return (nowMs - this.#usedMs) * FASTEST_CLOCK + SLACK_MS >= lifetimeMs;
  }
}

/** The sessions of a run, each under the client that it belongs to. */
export class Sessions {
  readonly #open = new Map<number, Numbering>();
  /** Who waits for one that is being opened. */
  readonly #waiting = new Map<number, ((numbering: Numbering) => void)[]>();

  /** Calls `use` with the session, now or when it is open. True for the first that asks: it is to open it. */
  with(client: number, use: (numbering: Numbering) => void): boolean {
    const numbering = this.#open.get(client);
    if (numbering !== undefined) {
      use(numbering);
      return false;
    }
    const waiting = this.#waiting.get(client);
    this.#waiting.set(client, [...(waiting ?? []), use]);
    return waiting === undefined;
  }

  opened(client: number, numbering: Numbering): void {
    this.#open.set(client, numbering);
    const waiting = this.#waiting.get(client) ?? [];
    this.#waiting.delete(client);
    for (const use of waiting) use(numbering);
  }

  /** The machine has forgotten it: whoever needs one opens another. */
  gone(client: number, numbering: Numbering): void {
    if (this.#open.get(client) === numbering) this.#open.delete(client);
  }
}
