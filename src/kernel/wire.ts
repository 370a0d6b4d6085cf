/** Reading an interrupt's fields (abi.ts). */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** An unsigned LEB128 number up to 2^53. */
export function readNumber(cursor: Cursor): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = cursor.bytes[cursor.at] as number;
    cursor.at += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 128;
  }
}
