/**
 * A reply as it is kept for a retry. There may be hundreds of thousands of them, so each is one flat text: an
 * object with a dozen fields costs more than a small reply does. The layout, in characters of one byte:
 *
 *   16  fingerprint of the request
 *    4  guest time at which it expires, in seconds
 *    1  bytes that a character takes: 1 or 2
 *    1  number of the head in a table of frequent ones, or one of the two marks below
 *   (3  length of a head that is not in the table; the head)
 *   …   the body; one of bytes stands beside the text
 */
import { HYPERCALL } from './abi.ts';
import type { PackedBytes, PackedReply } from './exchange.ts';
import { hypercall, requireResult } from './host.ts';
import { limits } from './limits.ts';
import {
  arrayBufferByteLength,
  bareArray,
  charCodeAt,
  fromCharCode,
  MathFloor,
  matches,
  SafeMap,
  stringSlice,
} from './primordials.ts';
import { utf8Length } from './utf8.ts';

const EXPIRY_AT = 16;
const WIDTH_AT = 20;
const HEAD_AT = 21;
const REST_AT = 22;
const HEAD_LENGTH_CHARACTERS = 3;
/** In the place of a head's number. */
const OWN_HEAD = 254;
const NOT_KEPT = 255;
const WIDE = /[^\0-\xff]/;
/** Longer texts are looked at by the host. In characters. */
const SHORT = 256;

/** What a client said, as far as it makes a request the same as another: a retry has the same fingerprint. */
export function fingerprintOf(method: string, target: string, body: ArrayBuffer | undefined): string {
  const text = `${method} ${target}`;
  return requireResult<string>(
    body === undefined
      ? hypercall(HYPERCALL.fingerprint, text)
      : hypercall(HYPERCALL.fingerprint, text, body, 0, arrayBufferByteLength(body)),
  );
}

const heads: string[] = bareArray();
const headNumbers = new SafeMap<string, number>();

/** Throws when there is no memory for it, and has changed nothing then. */
export function packReply(
  fingerprint: string,
  expiresS: number,
  head: string,
  body: string | ArrayBuffer,
): PackedReply {
  const isNarrow = hasNarrowCharacters(head) && (typeof body !== 'string' || hasNarrowCharacters(body));
  const text = begin(fingerprint, expiresS, isNarrow ? 1 : 2) + packedHead(head);
  return typeof body === 'string' ? text + body : { text, body };
}

const begin = (fingerprint: string, expiresS: number, width: 1 | 2): string =>
  fingerprint + baseBytes(expiresS, WIDTH_AT - EXPIRY_AT) + fromCharCode(width);

/** In the place of a reply for which there was no room: the request did run, and does not run again. */
export const packNothing = (fingerprint: string, expiresS: number): PackedReply =>
  begin(fingerprint, expiresS, 1) + fromCharCode(NOT_KEPT);

function packedHead(head: string): string {
  let number = headNumbers.get(head);
  if (number === undefined && heads.length < limits.replyHeads && head.length <= limits.replyHeadLength) {
    number = heads.length;
    headNumbers.set(head, number);
    heads[number] = head;
  }
  if (number !== undefined) return fromCharCode(number);
  return fromCharCode(OWN_HEAD) + baseBytes(head.length, HEAD_LENGTH_CHARACTERS) + head;
}

/** Hands out head and body; undefined when the reply was not kept. */
export function unpackReply<T>(
  packed: PackedReply,
  use: (head: string, body: string | ArrayBuffer) => T,
): T | undefined {
  const text = textOf(packed);
  const number = charCodeAt(text, HEAD_AT);
  if (number === NOT_KEPT) return undefined;
  const isOwn = number === OWN_HEAD;
  const headFrom = isOwn ? REST_AT + HEAD_LENGTH_CHARACTERS : REST_AT;
  const headTo = isOwn ? headFrom + number256(text, REST_AT, HEAD_LENGTH_CHARACTERS) : REST_AT;
  const head = isOwn ? stringSlice(text, headFrom, headTo) : (heads[number] as string);
  return use(head, typeof packed === 'string' ? stringSlice(text, headTo) : packed.body);
}

export const fingerprintIn = (packed: PackedReply): string => stringSlice(textOf(packed), 0, EXPIRY_AT);

export const expiresIn = (packed: PackedReply): number =>
  number256(textOf(packed), EXPIRY_AT, WIDTH_AT - EXPIRY_AT);

/** What it costs, beside the records of its place. In bytes. */
export function sizeOfReply(packed: PackedReply): number {
  const text = textOf(packed);
  const bytes = text.length * charCodeAt(text, WIDTH_AT);
  return typeof packed === 'string'
    ? bytes
    : bytes + limits.replyBufferBytes + arrayBufferByteLength(packed.body);
}

/** One byte each: of a long text it is said only if it is plain ASCII. */
const hasNarrowCharacters = (text: string): boolean =>
  text.length <= SHORT ? !matches(WIDE, text) : utf8Length(text) === text.length;

const textOf = (packed: string | PackedBytes): string => (typeof packed === 'string' ? packed : packed.text);

function baseBytes(value: number, characters: number): string {
  let text = '';
  let rest = value;
  for (let index = 0; index < characters; index += 1) {
    text += fromCharCode(rest % 256);
    rest = MathFloor(rest / 256);
  }
  return text;
}

function number256(text: string, at: number, characters: number): number {
  let value = 0;
  for (let index = characters - 1; index >= 0; index -= 1) value = value * 256 + charCodeAt(text, at + index);
  return value;
}
