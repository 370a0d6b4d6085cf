/**
 * A backup's copies of the outputs that it has executed (FT §2: the backup's output is dropped by its
 * hypervisor). Whoever takes over has to let out again what may not have arrived, so they are kept until it
 * is known that they have; and they are kept where they were made, since most of them are never wanted.
 *
 * I10: bounded by what a primary may hold and have unprinted, as a backup hears
 * with each heartbeat what has arrived.
 */
import type { OutputKind } from '../machine/traps.ts';

export interface OutputCopy {
  readonly ordinal: number;
  readonly kind: OutputKind;
}

/** The last ordinal that has left for clients, and the last that the console's end has. */
export interface Arrived {
  readonly released: number;
  readonly printed: number;
}

export class OutputCopies<Copy extends OutputCopy> {
  #copies: Copy[] = [];
  #arrived: Arrived = { released: 0, printed: 0 };

  get count(): number {
    return this.#copies.length;
  }

  /** In the order of ordinals. */
  keep(copy: Copy): void {
    if (!this.#hasArrived(copy)) this.#copies.push(copy);
  }

  /** Forgets what has arrived. Told often, it does something only when something has. */
  forget(arrived: Arrived): void {
    const { released, printed } = this.#arrived;
    if (arrived.released === released && arrived.printed === printed) return;
    this.#arrived = { released: arrived.released, printed: arrived.printed };
    this.#copies = this.#copies.filter((copy) => !this.#hasArrived(copy));
  }

  /** All that may have to leave again, in order; they are the caller's from now on. */
  takeAll(): readonly Copy[] {
    const copies = this.#copies;
    this.#copies = [];
    return copies;
  }

  #hasArrived({ ordinal, kind }: Copy): boolean {
    return ordinal <= (isForConsole(kind) ? this.#arrived.printed : this.#arrived.released);
  }
}

/** The guest's end is the console's last word. */
const isForConsole = (kind: OutputKind): boolean => kind === 'console' || kind === 'end';
