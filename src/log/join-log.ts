/**
 * The log since the last kept checkpoint: with both, a new backup can join at any moment, also in the middle
 * of a turn (FT §3.1). A long turn is logged in thousands of small batches, so they lie packed in slabs: some
 * sixty bytes for each, besides its own. A large one is kept as it came.
 *
 * The log may outgrow its bound (I10); then it begins anew where it ends, and whoever joins
 * waits for a checkpoint that is not older.
 */
import { invariant } from '../base/assert.ts';
import { type Digest, digest, type Epoch, epoch, type Position, position } from '../base/brands.ts';
import { type Batch, type LogHead, lastPosition } from './batch.ts';

const SLAB_BYTES = 64 * 1024;
const CHAIN_BYTES = 32;
/** Last position, epoch, and where in the slab it begins: three numbers for each batch. */
const ROW = { lastPosition: 0, epoch: 1, start: 2 } as const;
const ROW_NUMBERS = 3;
const ROW_BYTES = ROW_NUMBERS * 8;

/**
 * Chain, then entries, of one batch after the other; or the chain of a
 * single batch whose entries are `large`.
 */
interface Slab {
  readonly bytes: Buffer;
  readonly large: Uint8Array | null;
  readonly rows: number[];
  used: number;
}

export class JoinLog {
  readonly #boundBytes: number;
  #slabs: Slab[] = [];
  #floor: LogHead;
  #end: Position;
  #bytes = 0;

  /** Begins behind `head`. */
  constructor(head: LogHead, boundBytes: number) {
    this.#boundBytes = boundBytes;
    this.#floor = head;
    this.#end = head.position;
  }

  /** What it holds begins behind this position. */
  get floor(): Position {
    return this.#floor.position;
  }

  get end(): Position {
    return this.#end;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps the bytes of a large batch, copies others. */
  append(batch: Batch): void {
    invariant(
      'I7',
      batch.firstPosition === this.#end + 1,
      `batch ${batch.firstPosition} follows ${this.#end}`,
    );
    this.#end = lastPosition(batch);
    const slab = this.#slabFor(batch.bytes);
    slab.rows.push(this.#end, batch.epoch, slab.used);
    slab.used += slab.bytes.write(batch.chain, slab.used, 'hex');
    if (slab.large === null) slab.bytes.set(batch.bytes, slab.used);
    slab.used += batch.bytes.length;
    this.#bytes += CHAIN_BYTES + batch.bytes.length + ROW_BYTES;
    if (this.#bytes > this.#boundBytes) this.#restart({ position: this.#end, chain: batch.chain });
  }

  /** The log's head at a border between two batches that it holds; null elsewhere. */
  headAt(at: Position): LogHead | null {
    if (at === this.#floor.position) return this.#floor;
    const found = at < this.#floor.position ? null : this.#find(at);
    if (found === null || found.slab.rows[found.row] !== at) return null;
    return { position: at, chain: chainOf(found.slab, found.row) };
  }

  /**
   * The batch that begins behind `after`, which must be such a border; null at the end. Its bytes are a view.
   */
  next(after: Position): Batch | null {
    if (after >= this.#end) return null;
    const head = this.headAt(after);
    const found = this.#find(position(after + 1));
    if (head === null || found === null) return null;
    const { slab, row } = found;
    const start = number(slab, row, ROW.start) + CHAIN_BYTES;
    const end = row + ROW_NUMBERS < slab.rows.length ? number(slab, row + ROW_NUMBERS, ROW.start) : slab.used;
    return {
      epoch: epoch(number(slab, row, ROW.epoch)) as Epoch,
      firstPosition: position(after + 1),
      entryCount: number(slab, row, ROW.lastPosition) - after,
      bytes: slab.large ?? slab.bytes.subarray(start, end),
      chain: chainOf(slab, row),
    };
  }

  /** How many batches it holds behind such a border. */
  countAfter(at: Position): number {
    return this.#slabs.reduce((sum, { rows }) => {
      return sum + rows.filter((last, index) => index % ROW_NUMBERS === ROW.lastPosition && last > at).length;
    }, 0);
  }

  /** Forgets what lies before a newer checkpoint. */
  cut(through: Position): void {
    const head = this.headAt(through);
    if (head === null) return;
    if (through === this.#end) {
      this.#restart(head);
      return;
    }
    this.#floor = head;
    for (
      let first = this.#slabs[0];
      first !== undefined && lastOf(first) <= through;
      first = this.#slabs[0]
    ) {
      this.#slabs.shift();
      this.#bytes -= first.used + (first.rows.length / ROW_NUMBERS) * ROW_BYTES;
    }
  }

  #restart(head: LogHead): void {
    this.#floor = head;
    this.#slabs = [];
    this.#bytes = 0;
  }

  #slabFor(entries: Uint8Array): Slab {
    const last = this.#slabs.at(-1);
    const bytes = CHAIN_BYTES + entries.length;
    if (last !== undefined && last.used + bytes <= last.bytes.length) return last;
    const isLarge = bytes > SLAB_BYTES;
    const room = Buffer.allocUnsafe(isLarge ? CHAIN_BYTES : SLAB_BYTES);
    const slab = { bytes: room, large: isLarge ? entries : null, rows: [], used: 0 };
    this.#slabs.push(slab);
    return slab;
  }

  /** The batch that holds position `at`. */
  #find(at: Position): { readonly slab: Slab; readonly row: number } | null {
    const slab = this.#slabs.find((candidate) => lastOf(candidate) >= at);
    if (slab === undefined) return null;
    let [low, high] = [0, slab.rows.length / ROW_NUMBERS - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (number(slab, middle * ROW_NUMBERS, ROW.lastPosition) >= at) high = middle;
      else low = middle + 1;
    }
    return { slab, row: low * ROW_NUMBERS };
  }
}

const number = (slab: Slab, row: number, column: number): number => slab.rows[row + column] ?? 0;

const lastOf = (slab: Slab): number => slab.rows.at(-ROW_NUMBERS) ?? 0;

function chainOf(slab: Slab, row: number): Digest {
  const start = number(slab, row, ROW.start);
  return digest(slab.bytes.toString('hex', start, start + CHAIN_BYTES));
}
