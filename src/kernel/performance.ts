/**
 * `performance`: the guest's clock, counted from the start of the program.
 * Its resolution is the clock's, 1 ms.
 */
import { DateNow } from './primordials.ts';
import type { Cursor } from './wire.ts';

const SEED_BYTES = 8;
let originMs = 0;

/** The start interrupt tells what time it is. */
export function startClock(cursor: Cursor): void {
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset + cursor.at + SEED_BYTES, 8);
  originMs = view.getFloat64(0, true);
}

export class Performance {
  get timeOrigin(): number {
    return originMs;
  }

  now(): number {
    return DateNow() - originMs;
  }

  toJSON(): object {
    return { timeOrigin: originMs };
  }
}
