/** The results as a table that is aligned in a terminal and renders as Markdown. */
import type { Figure, SectionResult, Target, Unit } from './figures.ts';

const HEADER = ['figure', 'median', 'lowest … highest', 'n', 'target', ''] as const;

export function renderTable(sections: readonly SectionResult[]): string {
  return sections.map(renderSection).join('\n\n');
}

function renderSection({ title, figures, notes }: SectionResult): string {
  const rows = [HEADER, ...figures.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const [header = '', ...body] = rows.map(
    (row) => `| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  const lines = [`### ${title}`, '', header, rule, ...body];
  if (notes.length > 0) lines.push('', ...notes.map((note) => `- ${note}`));
  return lines.join('\n');
}

const isNumber = (column: number): boolean => column >= 1 && column <= 4;

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
  ];
}

const SIGNS: Readonly<Record<Target['bound'], string>> = { 'at-least': '≥', below: '<', 'at-most': '≤' };

const formatTarget = ({ bound, value }: Target, unit: Unit): string =>
  `${SIGNS[bound]} ${value}${suffix(unit)}`;

const suffix = (unit: Unit): string => (unit === 'ratio' ? '' : ` ${unit}`);

function format(value: number, unit: Unit): string {
  if (unit === 'ratio') return value.toFixed(3);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(value < 10 ? 2 : 1);
}
