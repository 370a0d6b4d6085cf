/**
 * What the vCPU has written since the hypervisor's last look, in the order in which the protocol must hear it
 * (protocol/events.ts, duty 2): its entries as one, then the outputs that wait for them. More than a batch
 * may hold is reported in several: one batch is one message of the logging channel.
 *
 * While a batch is on its way to the backup, what comes next gathers until that is acknowledged, as
 * Nagle has it for TCP: an idle host waits for nothing, and a busy one sends few messages, each of
 * which costs both hosts two wake-ups.
 */
import type { Ordinal, Position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import type { HeldOutput } from './messages.ts';

export interface RoundListener {
  /** A batch is on its way, and nobody has acknowledged it yet. */
  isBatchUnderWay(): boolean;
  recorded(entryCount: number, bytes: Uint8Array): void;
  output(ordinal: Ordinal, position: Position, output: HeldOutput): void;
}

export class Round {
  readonly #listener: RoundListener;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #count = 0;
  #gathering: NodeJS.Timeout | undefined;
  #outputs: { readonly ordinal: Ordinal; readonly position: Position; readonly output: HeldOutput }[] = [];

  constructor(listener: RoundListener) {
    this.#listener = listener;
  }

  entries(count: number, bytes: Uint8Array): void {
    if (this.#bytes + bytes.length > limits.batchBytes) this.report();
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    this.#count += count;
  }

  output(ordinal: Ordinal, position: Position, output: HeldOutput): void {
    this.#outputs.push({ ordinal, position, output });
  }

  /** There is no more for now. */
  ended(): void {
    if (!this.#listener.isBatchUnderWay()) this.report();
    else if (this.#count > 0 || this.#outputs.length > 0)
      this.#gathering ??= setTimeout(() => this.report(), limits.gatherMs);
  }

  /** Somebody has acknowledged something. */
  acknowledged(): void {
    if (this.#gathering !== undefined && !this.#listener.isBatchUnderWay()) this.report();
  }

  /** Entries first, then the outputs that wait for them. */
  report(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const [only] = this.#chunks;
    if (only !== undefined) {
      const bytes = this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
      const count = this.#count;
      this.#chunks = [];
      this.#bytes = 0;
      this.#count = 0;
      this.#listener.recorded(count, bytes);
    }
    const outputs = this.#outputs;
    this.#outputs = [];
    for (const { ordinal, position, output } of outputs) this.#listener.output(ordinal, position, output);
  }
}
