import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { TandemError } from '../../../src/base/errors.ts';
import { newToken, readToken, sameToken } from '../../../src/host/channel/token.ts';

const directory = mkdtempSync(join(tmpdir(), 'tandem-test-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (text: string): string => {
  const path = join(directory, 'token');
  writeFileSync(path, text);
  return path;
};
const refusalOf = (path: string): string => {
  try {
    return readToken(path);
  } catch (error) {
    if (error instanceof TandemError && error.mend !== '') return error.code;
    throw error;
  }
};

describe('token', () => {
  test('a new one is another each time and can be read back from a file, with or without a line end', () => {
    const token = newToken();
    expect(newToken()).not.toBe(token);
    expect(readToken(file(token))).toBe(token);
    expect(readToken(file(`${token}\r\n`))).toBe(token);
  });

  test.each(['', 'short', 'two words of sufficient length', `${'x'.repeat(20)}\ny`, 'ä'.repeat(20)])(
    'a file with %j is refused with its mend',
    (text) => {
      expect(refusalOf(file(text))).toBe('TOKEN_FILE_INVALID');
    },
  );

  test('a file that is not there or is a directory is refused with its mend', () => {
    expect(refusalOf(join(directory, 'none'))).toBe('TOKEN_FILE_UNREADABLE');
    expect(refusalOf(directory)).toBe('TOKEN_FILE_UNREADABLE');
  });

  test('only equal tokens are the same', () => {
    const token = newToken();
    expect(sameToken(token, token)).toBe(true);
    for (const other of ['', token.slice(1), `${token}x`, newToken()])
      expect(sameToken(token, other)).toBe(false);
  });
});
