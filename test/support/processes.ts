/** Processes of a test: as in children.ts, and gone when the test is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';
import { Child, CLI } from './children.ts';

export {
  type Exit,
  freePort,
  guest,
  type Line,
  Lines,
  pause,
  program,
  root,
  signal,
  until,
} from './children.ts';

/** A process of a test; what it said last is printed when the test fails. */
export class Process extends Child {
  constructor(name: string, command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    super(name, command, environment);
    onTestFinished(() => this.sweep());
    onTestFailed(() => console.error(this.lastWords()));
  }
}

/** `tandem` with these words. */
export const tandem = (...words: readonly string[]): Process => tandemIn({}, ...words);

/** The same with more in its environment. */
export const tandemIn = (
  environment: Readonly<Record<string, string>>,
  ...words: readonly string[]
): Process => new Process(`tandem ${words[0] ?? ''}`, [process.execPath, CLI, ...words], environment);

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'tandem-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
