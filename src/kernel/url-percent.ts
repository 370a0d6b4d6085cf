/** Percent-encoding, with the sets of the URL standard as expressions for what must be encoded. */
import {
  codePointAt,
  matches,
  numberToString,
  stringIncludes,
  stringPadStart,
  stringSlice,
  stringToUpperCase,
  typedArrayBuffer,
  typedArrayLength,
} from './primordials.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export const C0_SET = /[^\x20-\x7e]/;
export const FRAGMENT_SET = /[^\x21\x23-\x3b\x3d\x3f-\x5f\x61-\x7e]/;
export const QUERY_SET = /[^\x21\x24-\x3b\x3d\x3f-\x7e]/;
export const SPECIAL_QUERY_SET = /[^\x21\x24-\x26\x28-\x3b\x3d\x3f-\x7e]/;
export const PATH_SET = /[^\x21\x24-\x3b\x3d\x40-\x5d\x5f\x61-\x7a\x7c\x7e]/;
export const USERINFO_SET = /[^\x21\x24-\x2e\x30-\x39\x41-\x5a\x5f\x61-\x7a\x7e]/;
export const FORM_SET = /[^*\-.0-9A-Z_a-z]/;

const encodeComponent = encodeURIComponent;

/** `text` must be well formed. */
export function percentEncode(text: string, set: RegExp): string {
  if (!matches(set, text)) return text;
  let result = '';
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    const point = codePointAt(text, index) as number;
    const end = index + (point > 0xffff ? 2 : 1);
    const character = stringSlice(text, index, end);
    if (point > 0x7e || matches(set, character)) {
      result += stringSlice(text, from, index) + escapeCharacter(character, point);
      from = end;
    }
    index = end - 1;
  }
  return result + stringSlice(text, from);
}

function escapeCharacter(character: string, point: number): string {
  if (point > 0x7f) return encodeComponent(character);
  return `%${stringToUpperCase(stringPadStart(numberToString(point, 16), 2, '0'))}`;
}

/** The bytes that a text with percent escapes stands for, as text; what is not UTF-8 becomes U+FFFD. */
export function percentDecode(text: string): string {
  if (!stringIncludes(text, '%')) return text;
  const bytes = new Uint8Array(encodeUtf8(text));
  let length = 0;
  for (let index = 0; index < typedArrayLength(bytes); index += 1) {
    const byte = bytes[index] as number;
    const high = byte === 0x25 ? hexDigit(bytes, index + 1) : -1;
    const low = high < 0 ? -1 : hexDigit(bytes, index + 2);
    if (low < 0) bytes[length] = byte;
    else {
      bytes[length] = high * 16 + low;
      index += 2;
    }
    length += 1;
  }
  return decodeUtf8(typedArrayBuffer(bytes), 0, length);
}

function hexDigit(bytes: Uint8Array, index: number): number {
  const byte = index < typedArrayLength(bytes) ? (bytes[index] as number) : 0;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
