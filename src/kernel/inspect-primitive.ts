/** Primitive values as text, as Node shows them inside an object. */
import {
  bigintToString,
  charCodeAt,
  fromCharCode,
  matches,
  numberToString,
  ObjectIs,
  stringIncludes,
  stringPadStart,
  stringSlice,
  stringToUpperCase,
  symbolToString,
} from './primordials.ts';

const MAXIMUM_STRING = 10_000;
const NEEDS_CARE = /[^\x20-\x26\x28-\x5b\x5d-\x7e\xa0-\ud7ff\ue000-\uffff]/;

export function formatPrimitive(value: unknown, level: number): string {
  switch (typeof value) {
    case 'string': {
      if (value.length > MAXIMUM_STRING && level > 0) {
        const rest = value.length - MAXIMUM_STRING;
        return `${quote(stringSlice(value, 0, MAXIMUM_STRING))}... ${rest} more character${rest > 1 ? 's' : ''}`;
      }
      return quote(value);
    }
    case 'number':
      return ObjectIs(value, -0) ? '-0' : numberToString(value);
    case 'bigint':
      return `${bigintToString(value)}n`;
    case 'symbol':
      return symbolToString(value);
    default:
      return `${value as undefined}`;
  }
}

/** A string in the quotes that need no escapes, if there are any. */
export function quote(text: string): string {
  if (!matches(NEEDS_CARE, text)) return `'${text}'`;
  let mark = "'";
  if (stringIncludes(text, "'")) {
    if (!stringIncludes(text, '"')) mark = '"';
    else if (!stringIncludes(text, '`') && !stringIncludes(text, '${')) mark = '`';
  }
  let result = mark;
  for (let index = 0; index < text.length; index += 1) {
    result += escapeUnit(text, index, charCodeAt(text, index), mark);
  }
  return result + mark;
}

const ESCAPES: Record<number, string> = {
  // @ts-expect-error: without a prototype nothing of the guest's is found in the table
  __proto__: null,
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  92: '\\\\',
};

function escapeUnit(text: string, index: number, unit: number, mark: string): string {
  const escaped = ESCAPES[unit];
  if (escaped !== undefined) return escaped;
  const character = fromCharCode(unit);
  if (character === mark) return `\\${mark}`;
  if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) {
    return `\\x${stringPadStart(hexadecimal(unit), 2, '0')}`;
  }
  if (unit >= 0xd800 && unit <= 0xdfff) {
    const previous = index > 0 ? charCodeAt(text, index - 1) : 0;
    const next = index + 1 < text.length ? charCodeAt(text, index + 1) : 0;
    const paired = unit < 0xdc00 ? next >= 0xdc00 && next <= 0xdfff : previous >= 0xd800 && previous < 0xdc00;
    if (!paired) return `\\u${numberToString(unit, 16)}`;
  }
  return character;
}

const hexadecimal = (unit: number): string => stringToUpperCase(numberToString(unit, 16));
