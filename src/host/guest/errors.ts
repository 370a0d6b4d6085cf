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
  if (name === undefined) return `${frame}${loaderMend(error.text)}`;
  if (isBuiltin(name)) {
    return `${frame}\n  a guest has no files, sockets or processes, and none of Node's modules: it keeps its state in variables and is told the rest in requests; use the Web APIs (crypto, streams, TextEncoder), or a package that does`;
  }
  if (name.startsWith('.') || name.startsWith('/')) return frame;
  const [scheme, rest] = schemeOf(name);
  if (scheme === 'npm') {
    const plain = rest.replace(/(?<=.)@[^/]*/, '');
    return `${frame}\n  install the package, and import it by its name, '${plain}': npm install ${packageOf(rest)}`;
  }
  if (scheme !== undefined)
    return `${frame}\n  it is a module of another runtime's; a guest imports files and npm's packages`;
  return `${frame}\n  install the package: npm install ${packageOf(name)}`;
}

/** `npm:hono@4` is of the scheme `npm`. */
function schemeOf(name: string): readonly [scheme: string | undefined, rest: string] {
  const [, scheme, rest = name] = /^([a-z]+):(.*)/.exec(name) ?? [];
  return [scheme, rest];
}

/** What would help where a file is imported that is neither a program nor a text. */
function loaderMend(text: string): string {
  const ending = /^No loader is configured for "(\.[^"]+)" files/.exec(text)?.[1];
  if (ending === undefined) return '';
  return ending === '.wasm'
    ? '\n  a guest has no WebAssembly: use a package, or a build of this one, in JavaScript alone'
    : '\n  texts are imported from .txt, .html, .md, .sql and .css, data from .json';
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
