/** The results as a table that is aligned in a terminal and renders as Markdown. */
import type { Figure, SectionResult, Target, Unit } from './figures.ts';

const HEADER = ['figure', 'median', 'lowest … highest', 'n', 'target', ''] as const;
const NUMBER_COLUMNS = [1, 2, 3, 4];

export function renderTable(sections: readonly SectionResult[]): string {
  return sections.map(renderSection).join('\n\n');
}

function renderSection({ title, figures, notes, besideTitle }: SectionResult): string {
  const besideColumn = besideTitle === undefined ? [] : [besideTitle];
  const header = [...HEADER, ...besideColumn];
  const rows = [header, ...figures.map((row) => cells(row).slice(0, header.length))];
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const [head = '', ...body] = rows.map(
    (row) => `| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  const lines = [`### ${title}`, '', head, rule, ...body];
  if (notes.length > 0) lines.push('', ...notes.map((note) => `- ${note}`));
  return lines.join('\n');
}

const isNumber = (column: number): boolean => NUMBER_COLUMNS.includes(column);

const pad = (cell: string, width: number, column: number): string =>
  isNumber(column) ? cell.padStart(width) : cell.padEnd(width);

function cells(row: Figure): readonly string[] {
  const { name, unit, median, low, high, samples, target, met } = row;
  return [
    name,
    `${format(median, unit)}${suffix(unit)}`,
    samples > 1 ? `${format(low, unit)} … ${format(high, unit)}` : '',
    String(samples),
    target === undefined ? '' : formatTarget(target, unit),
    met === undefined ? '' : met ? 'met' : 'MISSED',
    row.beside ?? '',
  ];
}

const SIGNS: Readonly<Record<Target['bound'], string>> = { 'at-least': '≥', below: '<', 'at-most': '≤' };

const formatTarget = ({ bound, value }: Target, unit: Unit): string =>
  `${SIGNS[bound]} ${value}${suffix(unit)}`;

const suffix = (unit: Unit): string => (unit === 'ratio' ? '' : ` ${unit}`);

/** Three digits that mean something. */
function format(value: number, unit: Unit): string {
  const size = Math.abs(value);
  if (size > 0 && size < 0.01) return value.toPrecision(2);
  if (unit === 'ratio' || size < 1) return value.toFixed(3);
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}
