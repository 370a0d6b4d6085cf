/**
 * Outputs that the machine has made and nobody may see yet (FT §2.2), in order; on a backup, copies of what
 * the primary may not have got out. The protocol core decides and bounds; this only keeps the bytes.
 */
import type { Ordinal } from '../base/brands.ts';
import type { OutputRoute } from '../protocol/events.ts';

interface Held<Output> {
  readonly ordinal: Ordinal;
  readonly route: OutputRoute;
  readonly output: Output;
}

export class HeldOutputs<Output> {
  #held: Held<Output>[] = [];

  get count(): number {
    return this.#held.length;
  }

  hold(ordinal: Ordinal, route: OutputRoute, output: Output): void {
    this.#held.push({ ordinal, route, output });
  }

  /** Takes out everything up to `through`, in order. */
  take(through: Ordinal): readonly Held<Output>[] {
    const end = this.#held.findIndex(({ ordinal }) => ordinal > through);
    return this.#held.splice(0, end === -1 ? this.#held.length : end);
  }

  /**
   * Takes out what has arrived: up to one ordinal what went to clients, up to
   * the other what went to the console.
   */
  discard(clientThrough: Ordinal, consoleThrough: Ordinal): readonly Held<Output>[] {
    const hasArrived = ({ ordinal, route }: Held<Output>): boolean =>
      ordinal <= (route === 'client' ? clientThrough : consoleThrough);
    const arrived = this.#held.filter(hasArrived);
    if (arrived.length > 0) this.#held = this.#held.filter((held) => !hasArrived(held));
    return arrived;
  }
}
