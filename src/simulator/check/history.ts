/**
 * The one history (I7): every batch that any primary ever formed, by the running hash behind it, and every
 * output that ever left. An output that left is a promise: it must be in the log of every later primary,
 * at its place and with its words (I4).
 */
import { invariant } from '../../base/assert.ts';
import type { Digest } from '../../base/brands.ts';
import type { LogHead } from '../../log/batch.ts';
import { CHAIN_START } from '../../log/chain.ts';
import type { GuestOutput } from '../guest/guest.ts';

interface RecordedBatch {
  readonly parent: Digest;
  readonly epoch: number;
  readonly by: string;
  readonly entryCount: number;
  readonly bytes: Uint8Array;
}

export class History {
  readonly #batches = new Map<Digest, RecordedBatch>();
  readonly #released = new Map<number, GuestOutput>();
  /** By epoch, the highest position that an output which left in it was waiting for. */
  readonly #promised = new Map<number, number>();
  /** The end of the log that the owner of an epoch began with. */
  readonly #takeovers: { readonly epoch: number; readonly position: number; readonly by: string }[] = [];

  recorded(
    by: string,
    epoch: number,
    parent: LogHead,
    head: LogHead,
    entryCount: number,
    bytes: Uint8Array,
  ): void {
    this.#batches.set(head.chain, { parent: parent.chain, epoch, by, entryCount, bytes });
  }

  /**
   * A backup begins to be live with what it has (I4): everything that was
   * promised in earlier epochs must be there.
   */
  tookOver(by: string, epoch: number, head: LogHead): void {
    const promised = this.promisedBefore(epoch);
    invariant(
      'I4',
      head.position >= promised,
      `${by} goes live at ${head.position}; an output at ${promised} has left`,
    );
    invariant(
      'I7',
      head.chain === CHAIN_START || this.#batches.has(head.chain),
      `${by} has a log nobody wrote`,
    );
    this.#takeovers.push({ epoch, position: head.position, by });
  }

  /** Somebody was told that what is at `position` is done. */
  promised(epoch: number, position: number): void {
    this.#promised.set(epoch, Math.max(this.#promised.get(epoch) ?? 0, position));
  }

  /** An output leaves a host of this epoch. */
  released(by: string, epoch: number, output: GuestOutput): void {
    const later = this.#takeovers.find((takeover) => takeover.epoch > epoch);
    invariant(
      'I2',
      later === undefined || output.position <= later.position,
      `output ${output.ordinal} at ${output.position} leaves ${by} in epoch ${epoch}; ${later?.by} took over at ${later?.position}`,
    );
    const before = this.#released.get(output.ordinal);
    const same = before === undefined || (before.text === output.text && before.position === output.position);
    invariant('I4', same, `output ${output.ordinal} was "${before?.text}" and is now "${output.text}"`);
    this.#released.set(output.ordinal, output);
    this.promised(epoch, output.position);
  }

  /** The highest position that an output which left in an earlier epoch was waiting for. */
  promisedBefore(epoch: number): number {
    return Math.max(
      0,
      ...[...this.#promised].filter(([earlier]) => earlier < epoch).map(([, position]) => position),
    );
  }

  get outputs(): ReadonlyMap<number, GuestOutput> {
    return this.#released;
  }

  /** The whole log that ends with `chain`, batch by batch. */
  logOf(chain: Digest): readonly Uint8Array[] {
    const log: Uint8Array[] = [];
    for (let at = chain; at !== CHAIN_START; ) {
      const batch = this.#batches.get(at);
      invariant('I7', batch !== undefined, `nobody wrote the log that ends with ${at}`);
      log.push(batch.bytes);
      at = batch.parent;
    }
    return log.reverse();
  }
}
