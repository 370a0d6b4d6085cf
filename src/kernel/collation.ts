/**
 * The order of texts that people read, which the engine lacks: it compares code points, and so sorts `Zoe`
 * before `adam`. This is the root order of Unicode (CLDR) for Latin letters, digits and ASCII: first letters
 * whatever their case and accents, then accents, then case. Letters of other scripts stand in the order of
 * their code points, behind Latin ones. Languages with an order of their own (Swedish å) have the root's.
 */
import { lookNative } from './native-looks.ts';
import {
  bareArray,
  charCodeAt,
  codePointAt,
  fromCodePoint,
  matches,
  ReflectDefineProperty,
  stringIndexOf,
  stringNormalize,
  stringToLowerCase,
} from './primordials.ts';

interface Comparison {
  /** Digits in a row are one number. */
  readonly numeric: boolean;
  readonly accents: boolean;
  readonly cases: boolean;
  readonly upperFirst: boolean;
  readonly ignorePunctuation: boolean;
}

const ORDINARY: Comparison = {
  numeric: false,
  accents: true,
  cases: true,
  upperFirst: false,
  ignorePunctuation: false,
};

const PUNCTUATION = '\t\n\v\f\r _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$';
/** Combining marks, in the order of their weights. */
const MARKS =
  '\u0313\u0314\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0338\u0327\u0328\u0304';
/** Latin letters that no decomposition leads to plainer ones. */
const PLAIN: Readonly<Record<string, string>> = {
  __proto__: null,
  ...{ ß: 'ss', ẞ: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ħ: 'h' },
} as never;

// Primary weights: punctuation and symbols, digits, Latin letters, others.
const OTHER_SIGNS = 0x40;
const DIGITS = 0x20_0000;
const NUMBERS = 0x20_0010;
const LETTERS = 0x50_0000;
const OTHER_LETTERS = 0x50_0100;
// Secondary weights.
const NO_ACCENT = 1;
const OTHER_MARKS = 0x100;

const LETTER = /^[\p{L}\p{N}]/u;
const ASCII = 0x80;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const LOWER_A = 0x61;
const LOWER_Z = 0x7a;

const asciiWeights = new Uint32Array(ASCII);
for (let code = 0; code < ASCII; code += 1) asciiWeights[code] = asciiWeight(code);

function asciiWeight(code: number): number {
  if (code >= ZERO && code <= NINE) return DIGITS + code - ZERO;
  if (code >= UPPER_A && code <= UPPER_Z) return LETTERS + code - UPPER_A;
  if (code >= LOWER_A && code <= LOWER_Z) return LETTERS + code - LOWER_A;
  return 1 + PUNCTUATION.indexOf(String.fromCharCode(code));
}

const isUpper = (code: number): boolean => code >= UPPER_A && code <= UPPER_Z;

/** -1, 0 or 1, as ICU has it. */
function compareTexts(left: string, right: string, how: Comparison): number {
  if (left === right) return 0;
  const simple = how.numeric || how.ignorePunctuation ? undefined : compareSimple(left, right, how);
  if (simple !== undefined) return simple;
  const one = weightsOf(left, how);
  const other = weightsOf(right, how);
  return (
    compareWeights(one.letters, other.letters) ||
    (how.accents ? compareWeights(one.accents, other.accents) : 0) ||
    (how.cases ? compareWeights(one.cases, other.cases) * (how.upperFirst ? -1 : 1) : 0)
  );
}

/** Most texts are decided by characters of ASCII; undefined where one has another before that. */
function compareSimple(left: string, right: string, how: Comparison): number | undefined {
  const length = left.length < right.length ? left.length : right.length;
  let byCase = 0;
  for (let index = 0; index < length; index += 1) {
    const one = charCodeAt(left, index);
    const other = charCodeAt(right, index);
    const first = one < ASCII ? (asciiWeights[one] as number) : 0;
    const second = other < ASCII ? (asciiWeights[other] as number) : 0;
    if (first === 0 || second === 0) return undefined;
    if (first !== second) return first < second ? -1 : 1;
    if (byCase === 0 && one !== other) byCase = isUpper(one) === how.upperFirst ? -1 : 1;
  }
  if (left.length === right.length) return how.cases ? byCase : 0;
  const isShorter = left.length < right.length;
  const next = charCodeAt(isShorter ? right : left, length);
  // An accent belongs to the character before it.
  if (next >= ASCII || asciiWeights[next] === 0) return undefined;
  return isShorter ? -1 : 1;
}

interface Weights {
  readonly letters: number[];
  readonly accents: number[];
  readonly cases: number[];
}

function weightsOf(text: string, how: Comparison): Weights {
  const weights: Weights = { letters: bareArray(), accents: bareArray(), cases: bareArray() };
  const plain = stringNormalize(text, 'NFKD');
  for (let index = 0; index < plain.length; ) {
    const code = codePointAt(plain, index) as number;
    if (how.numeric && code >= ZERO && code <= NINE) index = addNumber(weights, plain, index);
    else {
      addCharacter(weights, code, how);
      index += code > 0xffff ? 2 : 1;
    }
  }
  return weights;
}

/** A number is as large as its digits are many, without the zeros before it. */
function addNumber(weights: Weights, text: string, start: number): number {
  let from = start;
  while (charCodeAt(text, from) === ZERO) from += 1;
  let end = from;
  while (charCodeAt(text, end) >= ZERO && charCodeAt(text, end) <= NINE) end += 1;
  add(weights, NUMBERS + end - from, 0);
  for (let index = from; index < end; index += 1) add(weights, DIGITS + charCodeAt(text, index) - ZERO, 0);
  return end;
}

function addCharacter(weights: Weights, code: number, how: Comparison): void {
  if (code < ASCII) {
    const weight = asciiWeights[code] as number;
    if (weight > 0 && !(how.ignorePunctuation && weight < DIGITS))
      add(weights, weight, isUpper(code) ? 1 : 0);
    return;
  }
  const { accents } = weights;
  const character = fromCodePoint(code);
  if (code >= 0x300 && code <= 0x36f) {
    const at = stringIndexOf(MARKS, character);
    accents[accents.length] = at < 0 ? OTHER_MARKS + code : NO_ACCENT + 1 + at;
    return;
  }
  const lower = stringToLowerCase(character);
  const plain = PLAIN[lower];
  if (plain === undefined) {
    if (matches(LETTER, character))
      add(weights, OTHER_LETTERS + (codePointAt(lower, 0) as number), lower === character ? 0 : 1);
    else if (!how.ignorePunctuation) add(weights, OTHER_SIGNS + code, 0);
    return;
  }
  for (let index = 0; index < plain.length; index += 1)
    add(weights, asciiWeights[charCodeAt(plain, index)] as number, lower === character ? 0 : 1);
  accents[accents.length] = OTHER_MARKS + (codePointAt(lower, 0) as number);
}

function add({ letters, accents, cases }: Weights, letter: number, letterCase: number): void {
  letters[letters.length] = letter;
  accents[accents.length] = NO_ACCENT;
  cases[cases.length] = letterCase;
}

function compareWeights(one: readonly number[], other: readonly number[]): number {
  const length = one.length < other.length ? one.length : other.length;
  for (let index = 0; index < length; index += 1) {
    const difference = (one[index] as number) - (other[index] as number);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  if (one.length === other.length) return 0;
  return one.length < other.length ? -1 : 1;
}

/** Locales are all the same. */
const { localeCompare } = {
  localeCompare(this: unknown, that: unknown, ...rest: readonly unknown[]): number {
    const options = rest[1];
    if (this === undefined || this === null) throw new TypeError('localeCompare is for texts');
    const left = `${this as string}`;
    const right = `${that as string}`;
    return compareTexts(left, right, options === undefined ? ORDINARY : comparisonOf(options));
  },
};

function comparisonOf(options: unknown): Comparison {
  if (options === null) throw new TypeError('Options of a comparison are no null');
  const {
    numeric,
    sensitivity = 'variant',
    caseFirst,
    ignorePunctuation,
  } = options as Record<string, unknown>;
  const one = sensitivity as string;
  if (one !== 'variant' && one !== 'base' && one !== 'accent' && one !== 'case')
    throw new RangeError(`Value ${one} out of range for options property sensitivity`);
  return {
    numeric: Boolean(numeric),
    accents: one === 'variant' || one === 'accent',
    cases: one === 'variant' || one === 'case',
    upperFirst: caseFirst === 'upper',
    ignorePunctuation: Boolean(ignorePunctuation),
  };
}

export function completeStrings(): void {
  lookNative(localeCompare, 'localeCompare');
  const attributes = { writable: true, enumerable: false, configurable: true };
  ReflectDefineProperty(String.prototype, 'localeCompare', { value: localeCompare, ...attributes });
}
