/**
 * The words after a command's options, in the width of whoever reads them: paragraphs are filled, what
 * explains an item hangs beside or under it, and commands stay as they are, to be copied.
 */

/** Commander's own, where nobody knows better: in a pipe, a file. */
const DEFAULT_COLUMNS = 80;
/** An explanation narrower than this goes under its item. */
const BESIDE_AT_LEAST = 28;
const UNDER_INDENT = 6;

/** `text` for commander's `addHelpText`, as wide as the terminal is at that moment. */
export const fitted =
  (text: string): (() => string) =>
  () =>
    inColumns(text, process.stdout.columns ?? DEFAULT_COLUMNS);

/** `text` with no line wider than `columns`, but for words and commands that are. */
export const inColumns = (text: string, columns: number): string =>
  blocksOf(text)
    .map((block) =>
      (block.every((line) => line.length <= columns) ? block : refit(block, columns)).join('\n'),
    )
    .join('\n');

/** Lines that are filled together: a paragraph, or an item with the lines that hang under it. */
function blocksOf(text: string): readonly (readonly string[])[] {
  const blocks: string[][] = [];
  for (const line of text.split('\n')) {
    const block = blocks.at(-1);
    if (block !== undefined && isContinued(block, line)) block.push(line);
    else blocks.push([line]);
  }
  return blocks;
}

function isContinued(block: readonly string[], line: string): boolean {
  const [first = '', last = ''] = [block[0], block.at(-1)];
  if (line === '' || last === '' || last.endsWith(':')) return false;
  return indentOf(first) === 0 ? indentOf(line) === 0 : indentOf(line) > indentOf(first);
}

function refit(block: readonly string[], columns: number): readonly string[] {
  const [first = '', ...rest] = block;
  if (block.some((line) => line.endsWith('\\'))) return block;
  if (indentOf(first) === 0) return filled(block.join(' '), 0, columns);
  const [, item = '', beside = ''] = /^( +\S+(?: \S+)*)(?: {2,}(.*))?$/.exec(first) ?? [];
  const words = [beside, ...rest.map((line) => line.trim())].join(' ').trim();
  if (words === '') return block;
  const column = rest[0] === undefined ? first.length - beside.length : indentOf(rest[0]);
  if (columns - column < BESIDE_AT_LEAST) return [item, ...filled(words, UNDER_INDENT, columns)];
  const hung = filled(words, column, columns);
  return beside === '' ? [item, ...hung] : [item.padEnd(column) + (hung[0] ?? '').trim(), ...hung.slice(1)];
}

function filled(text: string, indent: number, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
