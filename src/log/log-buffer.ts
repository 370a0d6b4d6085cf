/**
 * The batches that were sent and that the backup has not acknowledged (FT §3.2, the primary's log buffer).
 * Its bound is the caller's to act upon: a full buffer stops the vCPU or sends a slow joiner away, and a
 * batch that was recorded cannot be refused.
 */
import { invariant } from '../base/assert.ts';
import type { Position } from '../base/brands.ts';
import { type Batch, lastPosition } from './batch.ts';

export class LogBuffer {
  #batches: Batch[] = [];
  #bytes = 0;
  /** Everything up to here was cut or was never kept. */
  #floor: Position;

  constructor(floor: Position) {
    this.#floor = floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get batchCount(): number {
    return this.#batches.length;
  }

  get floor(): Position {
    return this.#floor;
  }

  /** Last position kept; the floor when there is none. */
  get end(): Position {
    const last = this.#batches.at(-1);
    return last === undefined ? this.#floor : lastPosition(last);
  }

  append(batch: Batch): void {
    invariant('I7', batch.firstPosition === this.end + 1, `batch ${batch.firstPosition} follows ${this.end}`);
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
  }

  /** Forgets every batch that ends at or before `through`. */
  cut(through: Position): void {
    let count = 0;
    for (const batch of this.#batches) {
      if (lastPosition(batch) > through) break;
      this.#bytes -= batch.bytes.length;
      this.#floor = lastPosition(batch);
      count += 1;
    }
    if (count > 0) this.#batches.splice(0, count);
  }
}
