/**
 * Cuts the bytes of an event stream into its blocks, as the HTML standard reads them (§9.2.6):
 * lines end with LF, CR or CRLF, a block with an empty line. What a chunk ends in the middle of
 * waits for the next one, within a bound.
 */
import { limits } from '../limits.ts';
import {
  bareArray,
  charCodeAt,
  matches,
  stringIndexOf,
  stringReplaceAll,
  stringSlice,
  stringSplit,
  stringStartsWith,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArraySet,
} from '../primordials.ts';
import { decodeUtf8 } from '../utf8.ts';

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;
const ID_LINE = /^id(?::|$)/;
const DATA_LINE = /^data(?::|$)/;

/** One block, without its id and without the empty line at its end. */
export interface Block {
  readonly text: string;
  /**
   * It has data, so clients dispatch an event; others are comments, or say how
   * long to wait before a reconnection.
   */
  readonly isEvent: boolean;
}

export class EventCutter {
  /** Bytes behind the last end of a line. */
  #rest = new Uint8Array(0);
  /** Whole lines of a block that has not ended. */
  #lines = '';
  /** A CR was the last character: an LF that follows belongs to it. */
  #endsWithReturn = false;
  #isFirst = true;

  /** The blocks that end with this chunk. Throws a RangeError for one beyond `limits.eventBytes`. */
  push(chunk: Uint8Array): Block[] {
    const bytes = joined(this.#rest, chunk);
    const end = behindLastLine(bytes);
    this.#rest = copyFrom(bytes, end);
    this.#lines += this.#withPlainEnds(decodeUtf8(typedArrayBuffer(bytes), 0, end));
    const blocks = this.#cut();
    requireBounded(this.#lines.length + typedArrayByteLength(this.#rest));
    return blocks;
  }

  #withPlainEnds(raw: string): string {
    if (raw === '') return '';
    let text = this.#isFirst && charCodeAt(raw, 0) === BYTE_ORDER_MARK ? stringSlice(raw, 1) : raw;
    this.#isFirst = false;
    if (this.#endsWithReturn && charCodeAt(text, 0) === LF) text = stringSlice(text, 1);
    this.#endsWithReturn = charCodeAt(raw, raw.length - 1) === CR;
    return stringReplaceAll(stringReplaceAll(text, '\r\n', '\n'), '\r', '\n');
  }

  #cut(): Block[] {
    const blocks = bareArray<Block>();
    const lines = this.#lines;
    let from = 0;
    for (;;) {
      while (charCodeAt(lines, from) === LF) from += 1;
      const at = stringIndexOf(lines, '\n\n', from);
      if (at < 0) break;
      requireBounded(at - from);
      blocks[blocks.length] = blockOf(stringSlice(lines, from, at));
      from = at + 2;
    }
    this.#lines = stringSlice(lines, from);
    return blocks;
  }
}

function requireBounded(size: number): void {
  if (size > limits.eventBytes) {
    throw new RangeError(
      `An event has more than ${limits.eventBytes} bytes, the most that is kept for clients: send less, or end it with an empty line`,
    );
  }
}

function blockOf(lines: string): Block {
  const all = stringSplit(lines, '\n');
  let text = '';
  let isEvent = false;
  for (let index = 0; index < all.length; index += 1) {
    const line = all[index] as string;
    if (stringStartsWith(line, 'id') && matches(ID_LINE, line)) continue;
    isEvent ||= stringStartsWith(line, 'data') && matches(DATA_LINE, line);
    text += text === '' ? line : `\n${line}`;
  }
  return { text, isEvent };
}

/** A copy of both: the guest's buffer may be shared or resizable. */
function joined(rest: Uint8Array, chunk: Uint8Array): Uint8Array {
  const kept = typedArrayByteLength(rest);
  const length = typedArrayByteLength(chunk);
  const bytes = new Uint8Array(kept + length);
  if (kept > 0) typedArraySet(bytes, rest);
  typedArraySet(bytes, new Uint8Array(typedArrayBuffer(chunk), typedArrayByteOffset(chunk), length), kept);
  return bytes;
}

function behindLastLine(bytes: Uint8Array): number {
  let end = typedArrayByteLength(bytes);
  while (end > 0 && bytes[end - 1] !== LF && bytes[end - 1] !== CR) end -= 1;
  return end;
}

function copyFrom(bytes: Uint8Array, start: number): Uint8Array<ArrayBuffer> {
  const length = typedArrayByteLength(bytes) - start;
  const copy = new Uint8Array(length);
  if (length > 0) typedArraySet(copy, new Uint8Array(typedArrayBuffer(bytes), start, length));
  return copy;
}
