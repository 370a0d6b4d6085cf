/** `console.table`: rows and columns in the box characters that Node uses. */
import { inspect } from './inspect.ts';
import {
  ArrayIsArray,
  bareArray,
  MathMax,
  mapForEach,
  mapSize,
  ObjectKeys,
  probe,
  SafeMap,
  setForEach,
  setSize,
  stringPadEnd,
  stringRepeat,
} from './primordials.ts';

const INDEX_HEADING = '(index)';
const ITERATION_HEADING = '(iteration index)';
const KEY_HEADING = 'Key';
const VALUE_HEADING = 'Values';
const MAXIMUM_ROWS = 1000;

/** The table; undefined when `data` is nothing that has rows. */
export function tableText(data: unknown, wanted: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const entries = probe(mapSize, data) !== undefined;
  if (entries || probe(setSize, data) !== undefined) return collectionText(data, entries);
  const rows = ObjectKeys(data);
  const headings: string[] = [INDEX_HEADING];
  const places = new SafeMap<string, number>();
  const cells: string[][] = bareArray();
  let hasValues = false;
  const columnOf = (key: string): number => {
    let place = places.get(key);
    if (place === undefined) {
      place = headings.length;
      headings[place] = key;
      places.set(key, place);
    }
    return place;
  };
  if (ArrayIsArray(wanted)) {
    for (let index = 0; index < wanted.length; index += 1) columnOf(`${wanted[index] as string}`);
  }
  const values: (string | undefined)[] = bareArray();
  for (let index = 0; index < rows.length && index < MAXIMUM_ROWS; index += 1) {
    const key = rows[index] as string;
    const value = (data as Record<string, unknown>)[key];
    const row: string[] = [key];
    if (typeof value === 'object' && value !== null) {
      fillRow(row, value, ArrayIsArray(wanted) ? places : undefined, columnOf);
    } else {
      values[index] = inspect(value, 0);
      hasValues = true;
    }
    cells[index] = row;
  }
  if (hasValues) addValues(headings, cells, values);
  return draw(headings, cells);
}

/** A Map or a Set: what is in it, one to a row, in its order. */
function collectionText(data: object, hasKeys: boolean): string {
  const headings = hasKeys
    ? [ITERATION_HEADING, KEY_HEADING, VALUE_HEADING]
    : [ITERATION_HEADING, VALUE_HEADING];
  const cells: string[][] = bareArray();
  const add = (item: unknown, key: unknown): void => {
    const { length } = cells;
    if (length >= MAXIMUM_ROWS) return;
    const row = [`${length}`];
    if (hasKeys) row[1] = inspect(key, 0);
    row[row.length] = inspect(item, 0);
    cells[length] = row;
  };
  if (hasKeys) mapForEach(data, add);
  else setForEach(data, (item) => add(item, undefined));
  return draw(headings, cells);
}

function fillRow(
  row: string[],
  value: object,
  only: SafeMap<string, number> | undefined,
  columnOf: (key: string) => number,
): void {
  const keys = ObjectKeys(value);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    if (only !== undefined && !only.has(key)) continue;
    row[columnOf(key)] = inspect((value as Record<string, unknown>)[key], 0);
  }
}

function addValues(headings: string[], cells: string[][], values: readonly (string | undefined)[]): void {
  const place = headings.length;
  headings[place] = VALUE_HEADING;
  for (let index = 0; index < cells.length; index += 1) {
    const value = values[index];
    if (value !== undefined) (cells[index] as string[])[place] = value;
  }
}

function draw(headings: readonly string[], cells: readonly string[][]): string {
  const widths: number[] = bareArray();
  for (let column = 0; column < headings.length; column += 1) {
    let width = (headings[column] as string).length;
    for (let index = 0; index < cells.length; index += 1) {
      width = MathMax(width, ((cells[index] as string[])[column] ?? '').length);
    }
    widths[column] = width + 2;
  }
  const bar = (left: string, middle: string, right: string): string => {
    let text = left;
    for (let column = 0; column < widths.length; column += 1) {
      text += `${column === 0 ? '' : middle}${stringRepeat('─', widths[column] as number)}`;
    }
    return text + right;
  };
  let text = `${bar('┌', '┬', '┐')}\n${drawRow(headings, widths)}\n${bar('├', '┼', '┤')}\n`;
  for (let index = 0; index < cells.length; index += 1)
    text += `${drawRow(cells[index] as string[], widths)}\n`;
  return text + bar('└', '┴', '┘');
}

function drawRow(row: readonly (string | undefined)[], widths: readonly number[]): string {
  let text = '│';
  for (let column = 0; column < widths.length; column += 1) {
    text += `${stringPadEnd(` ${row[column] ?? ''}`, widths[column] as number)}│`;
  }
  return text;
}
