/** Hosts of URLs: domains with their international names, IPv4 in its many forms, IPv6. */
import {
  arrayJoin,
  bareArray,
  charCodeAt,
  MathFloor,
  matches,
  NumberParseInt,
  numberToString,
  regexpExec,
  stringEndsWith,
  stringIncludes,
  stringNormalize,
  stringReplaceAll,
  stringSlice,
  stringSplit,
  stringStartsWith,
  stringToLowerCase,
} from './primordials.ts';
import { punycode, unpunycode } from './punycode.ts';
import { C0_SET, percentDecode, percentEncode } from './url-percent.ts';
import { UrlFailure } from './url-record.ts';

const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;
const NON_ASCII = /[^\0-\x7f]/;
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?$/;
const PUNYCODE_PREFIX = 'xn--';
/** Full stops of other scripts. */
const IDEOGRAPHIC_STOPS = ['\u3002', '\uff0e', '\uff61'];
/** Characters that IDNA drops: soft hyphens, selectors of variants and the like. */
const IGNORED =
  /[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|[\xad\u200b\u2060\u2064\ufeff\u{1bca0}-\u{1bca3}]/u;
/** Cherokee, whose capitals IDNA keeps. */
const LOWERED_OTHERWISE = /[\u13a0-\u13f5]/;
const RIGHT_TO_LEFT = String.raw`\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}`;
/** Of scripts whose letters join. */
const JOINING = String.raw`\u0620-\u08ff\u1807-\u18af\ua840-\ua873\u{10ac0}-\u{10fff}\u{1e900}-\u{1e95f}`;
const ILLEGAL = [
  // A mark at the beginning.
  String.raw`^\p{M}`,
  // Controls, blanks, what is no character.
  String.raw`(?![\u200c\u200d])[\p{C}\p{Z}\ufffc\ufffd]`,
  // A joiner that follows no mark, but for the weaker one between letters that join.
  String.raw`(?<!\p{M})(?:\u200d|(?<![${JOINING}])\u200c|\u200c(?![\p{L}\p{M}]))`,
  // Letters from left to right in a label that begins the other way (RFC 5893).
  String.raw`^(?=\p{L})[${RIGHT_TO_LEFT}].*(?![${RIGHT_TO_LEFT}])[\p{Ll}\p{Lo}]`,
].join('|');
const NativeRegExp = RegExp;
/** Compiled when it is first wanted: it has tables of the engine's in it, of forty kilobytes. */
let illegal: RegExp | undefined;

/** Throws a UrlFailure. */
export function parseHost(input: string, special: boolean): string {
  if (charCodeAt(input, 0) === 0x5b) {
    if (!stringEndsWith(input, ']')) throw new UrlFailure();
    return `[${serialiseIPv6(parseIPv6(stringSlice(input, 1, -1)))}]`;
  }
  if (!special) {
    if (matches(FORBIDDEN_HOST, input)) throw new UrlFailure();
    return percentEncode(input, C0_SET);
  }
  const domain = domainToASCII(percentDecode(input));
  if (domain === '' || matches(FORBIDDEN_DOMAIN, domain)) throw new UrlFailure();
  return matches(ENDS_IN_NUMBER, domain) ? parseIPv4(domain) : domain;
}

function domainToASCII(domain: string): string {
  const isAscii = !matches(NON_ASCII, domain);
  const text = isAscii ? stringToLowerCase(domain) : mapped(domain);
  if (isAscii && !stringIncludes(text, PUNYCODE_PREFIX)) return text;
  const labels = stringSplit(text, '.');
  for (let index = 0; index < labels.length; index += 1) {
    const label = labels[index] as string;
    if (stringStartsWith(label, PUNYCODE_PREFIX)) requireReadable(label);
    else if (matches(NON_ASCII, label)) {
      requireLegal(label);
      labels[index] = PUNYCODE_PREFIX + punycode(label);
    }
  }
  return arrayJoin(labels, '.');
}

/** As IDNA maps characters, but for a few that it maps in a way of its own. */
function mapped(domain: string): string {
  let text = domain;
  for (let index = 0; index < IDEOGRAPHIC_STOPS.length; index += 1) {
    text = stringReplaceAll(text, IDEOGRAPHIC_STOPS[index] as string, '.');
  }
  let found = regexpExec(IGNORED, text);
  while (found !== null) {
    text = stringReplaceAll(text, found[0], '');
    found = regexpExec(IGNORED, text);
  }
  // A capital sigma becomes the same small one everywhere, and not another one at the end of a word.
  text = stringReplaceAll(stringNormalize(text, 'NFKC'), '\u03a3', '\u03c3');
  return stringNormalize(stringToLowerCase(text), 'NFKC');
}

/** What claims to be punycode is what punycode makes of a label that is legal as it stands. */
function requireReadable(encoded: string): void {
  const rest = stringSlice(encoded, PUNYCODE_PREFIX.length);
  const label = unpunycode(rest);
  if (label === undefined || punycode(label) !== rest) throw new UrlFailure();
  if (!matches(LOWERED_OTHERWISE, label) && mapped(label) !== label) throw new UrlFailure();
  requireLegal(label);
}

/**
 * The tables of UTS #46 are too large for a kernel: what this refuses they refuse, too, but they refuse more.
 */
function requireLegal(label: string): void {
  illegal ??= new NativeRegExp(ILLEGAL, 'su');
  if (matches(illegal, label)) throw new UrlFailure();
}

function parseIPv4(domain: string): string {
  const parts = stringSplit(stringEndsWith(domain, '.') ? stringSlice(domain, 0, -1) : domain, '.');
  if (parts.length > 4) throw new UrlFailure();
  let address = 0;
  for (let index = 0; index < parts.length; index += 1) {
    const value = ipv4Number(parts[index] as string);
    const isLast = index === parts.length - 1;
    if (value > (isLast ? 256 ** (5 - parts.length) - 1 : 255)) throw new UrlFailure();
    address += isLast ? value : value * 256 ** (3 - index);
  }
  const byte = (shift: number): number => MathFloor(address / 256 ** shift) % 256;
  return `${byte(3)}.${byte(2)}.${byte(1)}.${byte(0)}`;
}

function ipv4Number(part: string): number {
  if (part === '') throw new UrlFailure();
  const isHexadecimal = matches(/^0[xX]/, part);
  const isOctal = !isHexadecimal && part.length > 1 && charCodeAt(part, 0) === 0x30;
  const digits = isHexadecimal ? stringSlice(part, 2) : part;
  if (digits === '') return 0;
  const allowed = isHexadecimal ? /^[0-9a-fA-F]+$/ : isOctal ? /^[0-7]+$/ : /^[0-9]+$/;
  if (!matches(allowed, digits)) throw new UrlFailure();
  return NumberParseInt(digits, isHexadecimal ? 16 : isOctal ? 8 : 10);
}

function parseIPv6(input: string): number[] {
  const halves = stringSplit(input, '::');
  if (halves.length > 2) throw new UrlFailure();
  const head = pieces(halves[0] as string, halves.length === 1);
  if (halves.length === 1) {
    if (head.length !== 8) throw new UrlFailure();
    return head;
  }
  const tail = pieces(halves[1] as string, true);
  const missing = 8 - head.length - tail.length;
  if (missing < 1) throw new UrlFailure();
  for (let index = 0; index < missing; index += 1) head[head.length] = 0;
  for (let index = 0; index < tail.length; index += 1) head[head.length] = tail[index] as number;
  return head;
}

function pieces(text: string, mayEndInIPv4: boolean): number[] {
  const result: number[] = bareArray();
  if (text === '') return result;
  const parts = stringSplit(text, ':');
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] as string;
    if (mayEndInIPv4 && index === parts.length - 1 && stringIncludes(part, '.')) addIPv4(result, part);
    else if (matches(/^[0-9a-fA-F]{1,4}$/, part)) result[result.length] = NumberParseInt(part, 16);
    else throw new UrlFailure();
  }
  return result;
}

function addIPv4(result: number[], part: string): void {
  const bytes = stringSplit(part, '.');
  if (bytes.length !== 4) throw new UrlFailure();
  for (let index = 0; index < 4; index += 2) {
    const high = decimalByte(bytes[index] as string);
    result[result.length] = high * 256 + decimalByte(bytes[index + 1] as string);
  }
}

function decimalByte(text: string): number {
  if (!matches(/^(?:0|[1-9][0-9]{0,2})$/, text)) throw new UrlFailure();
  const value = NumberParseInt(text, 10);
  if (value > 255) throw new UrlFailure();
  return value;
}

/** The longest run of zeros, the first of equals, becomes `::`. */
function serialiseIPv6(words: readonly number[]): string {
  let start = -1;
  let longest = 1;
  for (let index = 0; index < 8; index += 1) {
    let end = index;
    while (end < 8 && words[end] === 0) end += 1;
    if (end - index > longest) {
      longest = end - index;
      start = index;
    }
    if (end > index) index = end;
  }
  let text = '';
  for (let index = 0; index < 8; index += 1) {
    if (index === start) {
      text += index === 0 ? '::' : ':';
      index += longest - 1;
      continue;
    }
    text += numberToString(words[index] as number, 16);
    if (index < 7) text += ':';
  }
  return text;
}
