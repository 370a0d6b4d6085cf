/** Help in the width of the terminal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inColumns } from '../../../src/cli/help-text.ts';

const ITEMS = `
Columns:
  recorded, replayed   positions in the log: written by the primary,
                       and executed
  lag                  how far the backup is behind

A paragraph that somebody has broken
where a line of theirs was full.`;

describe('help', () => {
  test('that fits is as it was written', () => {
    expect(inColumns(ITEMS, 80)).toBe(ITEMS);
  });

  test('is filled to a narrower terminal, and explanations stay beside their items', () => {
    expect(inColumns(ITEMS, 60)).toBe(`
Columns:
  recorded, replayed   positions in the log: written by the
                       primary, and executed
  lag                  how far the backup is behind

A paragraph that somebody has broken
where a line of theirs was full.`);
    expect(inColumns(ITEMS, 50).split('\n').slice(-2)).toEqual([
      'A paragraph that somebody has broken',
      'where a line of theirs was full.',
    ]);
    expect(inColumns(ITEMS, 34).split('\n').slice(-3)).toEqual([
      'A paragraph that somebody has',
      'broken where a line of theirs was',
      'full.',
    ]);
  });

  test('has explanations under their items where no room is beside them', () => {
    expect(inColumns(ITEMS, 50).split('\n').slice(1, 5)).toEqual([
      'Columns:',
      '  recorded, replayed',
      '      positions in the log: written by the',
      '      primary, and executed',
    ]);
  });

  test('leaves a command alone that goes on in the next line', () => {
    const command = `Examples:\n  tandem host --role primary --vm bank \\\n    --token-file token --await-backup`;
    expect(inColumns(command, 20)).toBe(command);
  });

  test('of any width has the same words in the same order, and no line too wide for two of them', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    const words = fc.array(word, { minLength: 1, maxLength: 30 }).map((list) => list.join(' '));
    const item = fc.tuple(word, words).map(([name, text]) => `  ${name.padEnd(14)}${text}`);
    const help = fc.array(fc.oneof(words, item, fc.constant('')), { maxLength: 12 });
    fc.assert(
      fc.property(help, fc.integer({ min: 10, max: 140 }), (lines, columns) => {
        const text = lines.join('\n');
        const fitted = inColumns(text, columns);
        expect(fitted.split(/\s+/)).toEqual(text.split(/\s+/));
        for (const line of fitted.split('\n'))
          if (line.length > columns) expect(line.trim()).not.toContain(' ');
      }),
    );
  });
});
