/**
 * A session with the machine, as a client keeps it: slots with a number each, of which one request at a time
 * uses one, and the replies that the machine may forget. The lowest slot that is free is used first, so that
 * few replies are kept for a client that asks little.
 */

/** A slot while a request uses it. */
export interface Place {
  readonly slot: number;
  readonly number: number;
}

export class ClientSession {
  readonly id: string;
  readonly #numbers: number[];
  readonly #free: Set<number>;
  readonly #waiting: ((place: Place) => void)[] = [];
  /** Replies that have arrived, by their slots; the machine need not keep them. */
  readonly #arrived = new Map<number, number>();
  /** Requests in it are refused: nobody begins a new one. */
  isLost = false;

  constructor(id: string, slots: number) {
    this.id = id;
    this.#numbers = Array.from({ length: slots }, () => 0);
    this.#free = new Set(this.#numbers.keys());
  }

  /** A place for a new request, as soon as there is one. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<Place> {
    const place = this.#next();
    if (place !== undefined) return Promise.resolve(place);
    return new Promise((resolve, reject) => {
      const given = (late: Place): void => {
        signal.removeEventListener('abort', aborted);
        resolve(late);
      };
      const aborted = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(given), 1);
        reject(signal.reason);
      };
      if (signal.aborted) reject(signal.reason);
      else {
        this.#waiting.push(given);
        signal.addEventListener('abort', aborted, { once: true });
      }
    });
  }

  /** The request is over, or was given up: a higher number will say so to the machine. */
  giveBack({ slot, number }: Place, hasReply: boolean): void {
    if (hasReply) this.#arrived.set(slot, number);
    this.#free.add(slot);
    const place = this.#waiting.length > 0 ? this.#next() : undefined;
    if (place !== undefined) this.#waiting.shift()?.(place);
  }

  /** What to tell the machine with the next request; `heard` when that was answered. */
  acknowledgements(): { readonly header: string | undefined; readonly heard: () => void } {
    const told = [...this.#arrived];
    return {
      header: told.length === 0 ? undefined : told.map(([slot, number]) => `${slot}.${number}`).join(', '),
      heard: () => {
        for (const [slot, number] of told) if (this.#arrived.get(slot) === number) this.#arrived.delete(slot);
      },
    };
  }

  #next(): Place | undefined {
    if (this.#free.size === 0) return undefined;
    const slot = Math.min(...this.#free);
    this.#free.delete(slot);
    this.#arrived.delete(slot);
    const number = (this.#numbers[slot] ?? 0) + 1;
    this.#numbers[slot] = number;
    return { slot, number };
  }
}
