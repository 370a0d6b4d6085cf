/**
 * TextEncoder and TextDecoder: utf-8, utf-16le and latin1 (windows-1252), as the Encoding standard has them.
 */
import { copyOfBytes } from './buffer-source.ts';
import { quote } from './inspect-primitive.ts';
import {
  arrayBufferSlice,
  bareArray,
  charCodeAt,
  fromCharCode,
  isWellFormed,
  MathMin,
  ReflectApply,
  stringSlice,
  stringToLowerCase,
  stringTrim,
  toWellFormed,
  typedArrayBuffer,
  typedArrayLength,
  typedArrayName,
  typedArraySet,
} from './primordials.ts';
import { decodeUtf8, decodeUtf8Strictly, encodeUtf8, incompleteTail } from './utf8.ts';
import { scalarString } from './webidl.ts';

type Encoding = 'utf-8' | 'utf-16le' | 'windows-1252';

const LABELS: readonly (readonly [Encoding, readonly string[]])[] = [
  ['utf-8', ['unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'utf-8', 'utf8', 'x-unicode20utf8']],
  ['utf-16le', ['csunicode', 'iso-10646-ucs-2', 'ucs-2', 'unicode', 'unicodefeff', 'utf-16', 'utf-16le']],
  [
    'windows-1252',
    [
      'ansi_x3.4-1968',
      'ascii',
      'cp1252',
      'cp819',
      'iso-8859-1',
      'iso8859-1',
      'l1',
      'latin1',
      'us-ascii',
      'windows-1252',
    ],
  ],
];

/** What windows-1252 has at 0x80 to 0x9f. */
const WINDOWS_1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';
const BYTE_ORDER_MARK = 0xfeff;
const CHUNK_UNITS = 1024;
const NO_BYTES = new Uint8Array(0);

export class TextEncoder {
  get encoding(): string {
    return 'utf-8';
  }

  encode(input: unknown = ''): Uint8Array {
    return new Uint8Array(encodeUtf8(`${input as string}`));
  }

  encodeInto(source: unknown, destination: Uint8Array): { read: number; written: number } {
    const text = scalarString(source);
    if (typedArrayName(destination) !== 'Uint8Array')
      throw new TypeError('encodeInto writes to a Uint8Array');
    const room = typedArrayLength(destination);
    const whole = new Uint8Array(encodeUtf8(text));
    if (typedArrayLength(whole) <= room) {
      typedArraySet(destination, whole);
      return { read: text.length, written: typedArrayLength(whole) };
    }
    // As many whole characters as fit.
    let written = room;
    while (written > 0 && ((whole[written] as number) & 0xc0) === 0x80) written -= 1;
    const part = arrayBufferSlice(typedArrayBuffer(whole), 0, written);
    typedArraySet(destination, new Uint8Array(part));
    return { read: decodeUtf8(part, 0, written).length, written };
  }
}

interface DecoderOptions {
  readonly fatal?: unknown;
  readonly ignoreBOM?: unknown;
}

export class TextDecoder {
  readonly #encoding: Encoding;
  readonly #fatal: boolean;
  readonly #ignoreMark: boolean;
  /** Bytes of a character that the next chunk may complete. */
  #pending: Uint8Array = NO_BYTES;
  #markSeen = false;

  constructor(label: unknown = 'utf-8', options: DecoderOptions | undefined = undefined) {
    this.#encoding = encodingOf(`${label as string}`);
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreMark = Boolean(options?.ignoreBOM);
  }

  get encoding(): string {
    return this.#encoding;
  }

  get fatal(): boolean {
    return this.#fatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoreMark;
  }

  decode(input: unknown = undefined, options: { readonly stream?: unknown } | undefined = undefined): string {
    const stream = Boolean(options?.stream);
    const copy = input === undefined ? undefined : copyOfBytes(input);
    if (input !== undefined && copy === undefined)
      throw new TypeError('decode wants a buffer or a view of one');
    const bytes = joinBytes(this.#pending, copy === undefined ? NO_BYTES : new Uint8Array(copy));
    this.#pending = NO_BYTES;
    const keep = stream ? this.#incomplete(bytes) : 0;
    const length = typedArrayLength(bytes) - keep;
    let text = this.#convert(typedArrayBuffer(bytes), length);
    if (keep > 0)
      this.#pending = new Uint8Array(
        arrayBufferSlice(typedArrayBuffer(bytes), length, typedArrayLength(bytes)),
      );
    if (!this.#markSeen && text !== '' && this.#encoding !== 'windows-1252') {
      this.#markSeen = true;
      if (!this.#ignoreMark && charCodeAt(text, 0) === BYTE_ORDER_MARK) text = stringSlice(text, 1);
    }
    if (!stream) this.#markSeen = false;
    return text;
  }

  #incomplete(bytes: Uint8Array): number {
    if (this.#encoding === 'utf-8') return incompleteTail(bytes);
    if (this.#encoding === 'windows-1252') return 0;
    const odd = typedArrayLength(bytes) & 1;
    const high = bytes[typedArrayLength(bytes) - 1 - odd];
    const isLead = typedArrayLength(bytes) - odd >= 2 && high !== undefined && (high & 0xfc) === 0xd8;
    return isLead ? odd + 2 : odd;
  }

  #convert(buffer: ArrayBuffer, length: number): string {
    if (length === 0) return '';
    if (this.#encoding === 'windows-1252') return decodeWindows1252(new Uint8Array(buffer, 0, length));
    const text =
      this.#encoding === 'utf-8'
        ? this.#fatal
          ? decodeUtf8Strictly(buffer, 0, length)
          : decodeUtf8(buffer, 0, length)
        : decodeUtf16(buffer, length, this.#fatal);
    if (text === undefined) {
      this.#markSeen = false;
      throw new TypeError(`The encoded data was not valid ${this.#encoding}`);
    }
    return text;
  }
}

function encodingOf(label: string): Encoding {
  const name = stringToLowerCase(stringTrim(label));
  for (let index = 0; index < LABELS.length; index += 1) {
    const row = LABELS[index] as (typeof LABELS)[number];
    const labels = row[1];
    for (let place = 0; place < labels.length; place += 1) if (labels[place] === name) return row[0];
  }
  throw new RangeError(`The encoding ${quote(label)} is not one of utf-8, utf-16le and latin1`);
}

function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (typedArrayLength(first) === 0) return second;
  const joined = new Uint8Array(typedArrayLength(first) + typedArrayLength(second));
  typedArraySet(joined, first);
  typedArraySet(joined, second, typedArrayLength(first));
  return joined;
}

function decodeWindows1252(bytes: Uint8Array): string {
  return fromUnits(typedArrayLength(bytes), (index) => {
    const byte = bytes[index] as number;
    return byte >= 0x80 && byte <= 0x9f ? charCodeAt(WINDOWS_1252, byte - 0x80) : byte;
  });
}

function decodeUtf16(buffer: ArrayBuffer, length: number, fatal: boolean): string | undefined {
  const bytes = new Uint8Array(buffer, 0, length);
  const text = fromUnits(
    length >> 1,
    (index) => (bytes[2 * index] as number) | ((bytes[2 * index + 1] as number) << 8),
  );
  const isOdd = (length & 1) === 1;
  if (fatal && (isOdd || !isWellFormed(text))) return undefined;
  const whole = isWellFormed(text) ? text : toWellFormed(text);
  return isOdd ? `${whole}\ufffd` : whole;
}

/** A string of `count` UTF-16 units. */
export function fromUnits(count: number, unitAt: (index: number) => number): string {
  let text = '';
  for (let from = 0; from < count; from += CHUNK_UNITS) {
    const units = bareArray<number>();
    const end = MathMin(from + CHUNK_UNITS, count);
    for (let index = from; index < end; index += 1) units[index - from] = unitAt(index);
    text += ReflectApply(fromCharCode, undefined, units);
  }
  return text;
}
