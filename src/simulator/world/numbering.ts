/**
 * A client's session in virtual time: its id, and a number for each request, which counts up in each slot. What src/client/session.ts is to a program's
 * clients, but the plan says which slot a request uses.
 */
import type { PlannedSession, SessionPlace } from '../guest/guest.ts';

export class Numbering {
  readonly #session: string;
  readonly #numbers = new Map<number, number>();
  #arrived: string | null = null;

  constructor(session: string) {
    this.#session = session;
  }

  /** For a new request; the one before it has its reply. */
  next({ slot }: PlannedSession): SessionPlace {
    const number = (this.#numbers.get(slot) ?? 0) + 1;
    this.#numbers.set(slot, number);
    return { session: this.#session, slot, number, acknowledged: this.#arrived };
  }

  arrived({ slot, number }: SessionPlace): void {
    this.#arrived = `${slot}.${number}`;
  }
}
