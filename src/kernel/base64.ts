/** atob and btoa. */
import { DOMException } from './dom-exception.ts';
import { charCodeAt, MathFloor, matches, stringEndsWith, stringSlice } from './primordials.ts';
import { fromUnits } from './text-encoding.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const WHITESPACE = /[\t\n\f\r ]/;
const VALUES = new Uint8Array(256);
const INVALID = 255;
for (let code = 0; code < 256; code += 1) VALUES[code] = INVALID;
for (let index = 0; index < ALPHABET.length; index += 1) VALUES[charCodeAt(ALPHABET, index)] = index;

export function btoa(data: unknown): string {
  const text = `${data as string}`;
  const { length } = text;
  const units = fromUnits(4 * MathFloor((length + 2) / 3), (index) => {
    const group = 3 * MathFloor(index / 4);
    const place = index & 3;
    if (group + place > length) return 0x3d;
    const a = byteAt(text, group);
    const b = group + 1 < length ? byteAt(text, group + 1) : 0;
    const c = group + 2 < length ? byteAt(text, group + 2) : 0;
    const bits = (a << 16) | (b << 8) | c;
    return charCodeAt(ALPHABET, (bits >> (18 - 6 * place)) & 63);
  });
  return units;
}

function byteAt(text: string, index: number): number {
  const unit = charCodeAt(text, index);
  if (unit > 255) throw new DOMException('btoa takes characters up to U+00FF', 'InvalidCharacterError');
  return unit;
}

export function atob(data: unknown): string {
  let text = withoutWhitespace(`${data as string}`);
  if (text.length % 4 === 0) {
    if (stringEndsWith(text, '==')) text = stringSlice(text, 0, -2);
    else if (stringEndsWith(text, '=')) text = stringSlice(text, 0, -1);
  }
  const { length } = text;
  if (length % 4 === 1) throw invalid();
  for (let index = 0; index < length; index += 1) valueAt(text, index);
  return fromUnits(MathFloor((length * 3) / 4), (index) => {
    const group = 4 * MathFloor(index / 3);
    const place = index % 3;
    const first = valueAt(text, group + place);
    const second = valueAt(text, group + place + 1);
    return ((first << (2 + 2 * place)) | (second >> (4 - 2 * place))) & 255;
  });
}

function valueAt(text: string, index: number): number {
  const unit = charCodeAt(text, index);
  const value = unit < 256 ? (VALUES[unit] as number) : INVALID;
  if (value === INVALID) throw invalid();
  return value;
}

const invalid = (): DOMException => new DOMException('The text is not valid base64', 'InvalidCharacterError');

function withoutWhitespace(text: string): string {
  if (!matches(WHITESPACE, text)) return text;
  let clean = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = stringSlice(text, index, index + 1);
    if (!matches(WHITESPACE, character)) clean += character;
  }
  return clean;
}
