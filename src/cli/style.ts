/**
 * Colours where a person looks: on a terminal, unless NO_COLOR says otherwise.
 * Everything reads the same without them.
 */

export type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly notable: Paint;
}

const plain: Paint = (text) => text;
const ansi =
  (on: number, off: number): Paint =>
  (text) =>
    `\u001b[${on}m${text}\u001b[${off}m`;

const COLOURED: Style = {
  bold: ansi(1, 22),
  dim: ansi(2, 22),
  good: ansi(32, 39),
  bad: ansi(31, 39),
  notable: ansi(36, 39),
};
const PLAIN: Style = { bold: plain, dim: plain, good: plain, bad: plain, notable: plain };

/** The style for a stream of this process. */
export function styleFor(stream: { readonly isTTY?: boolean }): Style {
  const noColor = process.env['NO_COLOR'];
  const dumb = process.env['TERM'] === 'dumb';
  return stream.isTTY === true && !dumb && (noColor === undefined || noColor === '') ? COLOURED : PLAIN;
}

/** 1234567 as "1,234,567". */
export const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Milliseconds for a person: "0.4 ms", "38 ms", "1.2 s". */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Columns as wide as their widest cell; the first row is the head. `right`
 * names the columns to align on the right.
 */
export function table(rows: readonly (readonly string[])[], right: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const pad = (cell: string, column: number) =>
    right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
