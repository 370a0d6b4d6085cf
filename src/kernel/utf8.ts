/**
 * UTF-8, both ways. The engine has no codec that a program can reach, so the work is done by the host in one
 * pure hypercall where that is exact (no NUL, valid input), and by the loops below where it is not.
 */
import { HYPERCALL } from './abi.ts';
import { hypercall, requireResult } from './host.ts';
import {
  arrayBufferByteLength,
  bareArray,
  charCodeAt,
  fromCodePoint,
  isWellFormed,
  ReflectApply,
  stringIncludes,
  stringSplit,
  toWellFormed,
  typedArrayBuffer,
  typedArrayIndexOf,
  typedArrayLength,
} from './primordials.ts';

const REPLACEMENT = '\ufffd';
const CHUNK_UNITS = 1024;
/** Up to this length a loop beats a hypercall. In UTF-16 units. */
const TINY = 8;

/** Decodes a range; what is not valid becomes U+FFFD. No byte order mark is removed. */
export function decodeUtf8(buffer: ArrayBuffer, offset: number, length: number): string {
  return decodeRange(buffer, offset, length, false) as string;
}

/** As `decodeUtf8`, but `undefined` when something is not valid. */
export function decodeUtf8Strictly(buffer: ArrayBuffer, offset: number, length: number): string | undefined {
  return decodeRange(buffer, offset, length, true);
}

function decodeRange(
  buffer: ArrayBuffer,
  offset: number,
  length: number,
  strict: boolean,
): string | undefined {
  // Throws for what is none: the host would read at random. A part that is evaluated late
  // asks a guest's getter for it.
  arrayBufferByteLength(buffer);
  let text = '';
  let from = offset;
  const end = offset + length;
  for (;;) {
    // A NUL ends a C string; it is a character of its own, so what stands between NULs is decoded apart.
    const nul = typedArrayIndexOf(new Uint8Array(buffer, from, end - from), 0);
    const stop = nul < 0 ? end : from + nul;
    if (stop > from) {
      const part = decodePart(buffer, from, stop - from, strict);
      if (part === undefined) return undefined;
      text += part;
    }
    if (nul < 0) return text;
    text += '\0';
    from = stop + 1;
  }
}

function decodePart(
  buffer: ArrayBuffer,
  offset: number,
  length: number,
  strict: boolean,
): string | undefined {
  const text = requireResult<string>(hypercall(HYPERCALL.utf8Decode, buffer, offset, length));
  // The engine replaces what it cannot read in its own way, and takes surrogates; then the length tells.
  const suspicious = stringIncludes(text, REPLACEMENT) || !isWellFormed(text);
  if (
    !suspicious &&
    (text.length === length || requireResult<number>(hypercall(HYPERCALL.utf8Length, text)) === length)
  ) {
    return text;
  }
  return decodeByByte(new Uint8Array(buffer, offset, length), strict);
}

/** The decoder of the Encoding standard. */
function decodeByByte(bytes: Uint8Array, strict: boolean): string | undefined {
  let text = '';
  let chunk = bareArray<number>();
  let at = 0;
  while (at < typedArrayLength(bytes)) {
    const sequence = sequenceAt(bytes, at);
    let point = sequence.point;
    if (point < 0) {
      if (strict) return undefined;
      point = 0xfffd;
    }
    chunk[chunk.length] = point;
    at += sequence.length;
    if (chunk.length === CHUNK_UNITS) {
      text += ReflectApply(fromCodePoint, undefined, chunk);
      chunk = bareArray();
    }
  }
  return text + (ReflectApply(fromCodePoint, undefined, chunk) as string);
}

interface Sequence {
  /** Code point, or -1 for bytes that are not valid. */
  point: number;
  /** Bytes that it takes; of an invalid one those that belong to one U+FFFD. */
  length: number;
}

/** The bytes that a lead byte wants after it; -1 when it is none. */
function continuationCount(lead: number): number {
  if (lead < 0x80) return 0;
  if (lead < 0xc2) return -1;
  if (lead < 0xe0) return 1;
  if (lead < 0xf0) return 2;
  return lead < 0xf5 ? 3 : -1;
}

/**
 * Whether `byte` may follow `lead` directly: excludes overlong forms,
 * surrogates and what lies beyond Unicode.
 */
function mayFollow(lead: number, byte: number): boolean {
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}

function sequenceAt(bytes: Uint8Array, at: number): Sequence {
  const lead = bytes[at] as number;
  const wanted = continuationCount(lead);
  if (wanted < 0) return { point: -1, length: 1 };
  let point = wanted === 0 ? lead : lead & (0x3f >> wanted);
  for (let index = 1; index <= wanted; index += 1) {
    const place = at + index;
    if (place >= typedArrayLength(bytes)) return { point: -1, length: index };
    const byte = bytes[place] as number;
    if (index === 1 ? !mayFollow(lead, byte) : (byte & 0xc0) !== 0x80) return { point: -1, length: index };
    point = (point << 6) | (byte & 0x3f);
  }
  return { point, length: wanted + 1 };
}

/** The bytes at the end of a range that begin a character without ending it: 0 to 3. */
export function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= typedArrayLength(bytes); back += 1) {
    const byte = bytes[typedArrayLength(bytes) - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const sequence = sequenceAt(bytes, typedArrayLength(bytes) - back);
    return continuationCount(byte) >= back && sequence.length === back ? back : 0;
  }
  return 0;
}

/** A fresh buffer with the text's bytes; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): ArrayBuffer {
  const { length } = text;
  if (length === 0) return new ArrayBuffer(0);
  if (length <= TINY) {
    const tiny = encodeAscii(text);
    if (tiny !== undefined) return tiny;
  }
  const clean = isWellFormed(text) ? text : toWellFormed(text);
  if (stringIncludes(clean, '\0')) return encodeParts(stringSplit(clean, '\0'));
  const size = requireResult<number>(hypercall(HYPERCALL.utf8Length, clean));
  const buffer = new ArrayBuffer(size);
  hypercall(HYPERCALL.utf8Encode, clean, buffer, 0, size);
  return buffer;
}

function encodeAscii(text: string): ArrayBuffer | undefined {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const unit = charCodeAt(text, index);
    if (unit > 0x7f) return undefined;
    bytes[index] = unit;
  }
  return typedArrayBuffer(bytes);
}

/** Parts of a text between NULs, with the NULs. */
function encodeParts(parts: readonly string[]): ArrayBuffer {
  let size = parts.length - 1;
  for (let index = 0; index < parts.length; index += 1) size += utf8Length(parts[index] as string);
  const buffer = new ArrayBuffer(size);
  let at = 0;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] as string;
    if (part !== '')
      at += requireResult<number>(hypercall(HYPERCALL.utf8Encode, part, buffer, at, size - at));
    at += 1;
  }
  return buffer;
}

/** Bytes that a crossable text takes. */
export function utf8Length(text: string): number {
  return text === '' ? 0 : requireResult<number>(hypercall(HYPERCALL.utf8Length, text));
}
