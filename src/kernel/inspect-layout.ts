/**
 * How `inspect` breaks what it has formatted into lines: the rules of Node's
 * util.inspect, which people know by sight.
 */
import {
  arrayJoin,
  bareArray,
  MathMax,
  MathMin,
  stringIncludes,
  stringPadEnd,
  stringPadStart,
  stringRepeat,
} from './primordials.ts';

const BREAK_LENGTH = 80;
/** The innermost levels that may share one line. */
const COMPACT_LEVELS = 3;
const MAXIMUM_COLUMNS = 15;
const SEPARATOR = 2;
const sqrt = Math.sqrt;
const round = Math.round;
const floor = Math.floor;

interface Shape {
  readonly open: string;
  readonly close: string;
  /** What precedes the brace, such as an error's stack; may be empty. */
  readonly base: string;
  readonly isArray: boolean;
}

/**
 * Joins `entries` on one line when they are few, short and flat enough, else one to a
 * line. `levels`: nesting below this value.
 */
export function layOut(
  entries: readonly string[],
  shape: Shape,
  indentation: number,
  levels: number,
  numeric: boolean,
  hasMore: boolean,
): string {
  const rows =
    shape.isArray && entries.length > 6 ? intoColumns(entries, indentation, numeric, hasMore) : entries;
  const prefix = shape.base === '' ? shape.open : `${shape.base} ${shape.open}`;
  if (levels < COMPACT_LEVELS && rows.length === entries.length) {
    const start = rows.length + indentation + shape.open.length + shape.base.length + 10;
    if (fits(rows, start) && !stringIncludes(shape.base, '\n')) {
      const joined = arrayJoin(rows, ', ');
      if (!stringIncludes(joined, '\n')) return `${prefix} ${joined} ${shape.close}`;
    }
  }
  const newLine = `\n${stringRepeat(' ', indentation)}`;
  return `${prefix}${newLine}  ${arrayJoin(rows, `,${newLine}  `)}${newLine}${shape.close}`;
}

function fits(rows: readonly string[], start: number): boolean {
  let total = rows.length + start;
  for (let index = 0; index < rows.length; index += 1) {
    total += (rows[index] as string).length;
    if (total > BREAK_LENGTH) return false;
  }
  return true;
}

/** Long arrays of short entries become a table of columns. */
function intoColumns(
  entries: readonly string[],
  indentation: number,
  numeric: boolean,
  hasMore: boolean,
): readonly string[] {
  const count = hasMore ? entries.length - 1 : entries.length;
  let total = 0;
  let longest = 0;
  for (let index = 0; index < count; index += 1) {
    const { length } = entries[index] as string;
    total += length + SEPARATOR;
    longest = MathMax(longest, length);
  }
  const widest = longest + SEPARATOR;
  if (widest * 3 + indentation >= BREAK_LENGTH) return entries;
  if (total / widest <= 5 && longest > 6) return entries;
  const biased = MathMax(widest - 3 - sqrt(widest - total / entries.length), 1);
  const columns = MathMin(
    round(sqrt(2.5 * biased * count) / biased),
    floor((BREAK_LENGTH - indentation) / widest),
    COMPACT_LEVELS * 4,
    MAXIMUM_COLUMNS,
  );
  if (columns <= 1) return entries;
  const rows = columnRows(entries, count, columns, numeric);
  if (hasMore) rows[rows.length] = entries[count] as string;
  return rows;
}

function columnRows(entries: readonly string[], count: number, columns: number, numeric: boolean): string[] {
  const widths: number[] = bareArray();
  for (let column = 0; column < columns; column += 1) {
    let width = 0;
    for (let index = column; index < count; index += columns) {
      width = MathMax(width, (entries[index] as string).length);
    }
    widths[column] = width + SEPARATOR;
  }
  const rows: string[] = bareArray();
  for (let from = 0; from < count; from += columns) {
    const end = MathMin(from + columns, count) - 1;
    let row = '';
    for (let index = from; index < end; index += 1) {
      const cell = `${entries[index] as string}, `;
      const width = widths[index - from] as number;
      row += numeric ? stringPadStart(cell, width) : stringPadEnd(cell, width);
    }
    const last = entries[end] as string;
    row += numeric ? stringPadStart(last, (widths[end - from] as number) - SEPARATOR) : last;
    rows[rows.length] = row;
  }
  return rows;
}
