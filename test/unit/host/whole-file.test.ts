/** Files that are written whole: what is there in every case, and what is left behind. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { whyNotWritable, writeWhole } from '../../../src/host/whole-file.ts';
import { temporaryDirectory } from '../../support/processes.ts';

test('a file that could be written is neither made nor changed by asking', () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'file');
  expect(whyNotWritable(path)).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(path, 'old');
  expect(whyNotWritable(path)).toBeUndefined();
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['file']);
});

test('where nothing can be written it is said why', () => {
  const folder = temporaryDirectory();
  expect(whyNotWritable('')).toBe('it has no name');
  expect(whyNotWritable(folder)).toMatch(/is a directory$/);
  expect(whyNotWritable(join(folder, 'nowhere', 'file'))).toBe('ENOENT: no such file or directory');
});

test('a text takes the place of the old one, with its mode, behind a link too, and nothing is left beside it', () => {
  const folder = temporaryDirectory();
  const [path, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(path, 'old');
  chmodSync(path, 0o600);
  symlinkSync(path, link);
  writeWhole(link, 'new');
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['file', 'link']);
});

test('a text that cannot take its place leaves nothing behind', () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'file');
  mkdirSync(path);
  expect(() => writeWhole(path, 'new')).toThrow('is a directory');
  expect(readdirSync(folder)).toEqual(['file']);
  expect(existsSync(path)).toBe(true);
});

test('a device is written where it is', () => {
  expect(whyNotWritable('/dev/null')).toBeUndefined();
  writeWhole('/dev/null', 'new');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});
