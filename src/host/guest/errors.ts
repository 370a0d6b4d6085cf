/**
 * Why a guest program cannot be bundled, in words: file, line, column and the code around it, and what to
 * do about an import that is not there.
 */
import { isBuiltin } from 'node:module';
import type { BuildFailure, Message } from 'esbuild';
import { TandemError } from '../../base/errors.ts';

/** Errors that are shown with their places; the rest are counted. */
const SHOWN = 5;

/**
 * The message is one line and begins with `file:line:column`; the mend
 * shows the code, of the first few errors.
 */
export function bundleError(path: string, failure: BuildFailure): TandemError {
  const [first, ...others] = failure.errors ?? [];
  if (first === undefined)
    return new TandemError(
      'GUEST_BUNDLE',
      `cannot bundle ${path}: ${String(failure)}`,
      'try `npx esbuild` on it',
    );
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const shown = others
    .slice(0, SHOWN - 1)
    .map((error) => `${whereOf(path, error)}: ${error.text}\n  ${mendOf(error)}`);
  return new TandemError(
    'GUEST_SYNTAX',
    `${whereOf(path, first)}: ${first.text}${more}`,
    [mendOf(first), ...shown].join('\n'),
  );
}

function whereOf(path: string, { location }: Message): string {
  return location === null ? path : `${location.file}:${location.line}:${location.column + 1}`;
}

/** The place in the source; for an import that cannot be found also what would help. */
function mendOf(error: Message): string {
  const frame = codeFrame(error);
  const name = /^Could not resolve "([^"]+)"/.exec(error.text)?.[1];
  if (name === undefined) return frame;
  if (isBuiltin(name)) {
    return `${frame}\n  a guest has no files, sockets or processes, and none of Node's modules: it keeps its state in variables and is told the rest in requests; use the Web APIs (crypto, streams, TextEncoder), or a package that does`;
  }
  if (name.startsWith('.') || name.startsWith('/')) return frame;
  return `${frame}\n  install the package: npm install ${packageOf(name)}`;
}

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

function codeFrame({ location, notes }: Message): string {
  if (location === null) return notes[0]?.text ?? 'check the import';
  const gutter = `${location.line} | `;
  const mark = ' '.repeat(gutter.length + location.column) + '^'.repeat(Math.max(1, location.length));
  return `${gutter}${location.lineText}\n  ${mark}`;
}
