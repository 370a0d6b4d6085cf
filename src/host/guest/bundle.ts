/**
 * The guest program as the machine gets it: one ES module, made by esbuild from the user's file and
 * what it imports. The bundle, not the sources, is part of the image, and it is the same on every
 * host wherever the folder lies. Positions in what the guest prints are led back to the user's own
 * files and lines, outside the machine.
 */
import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { basename, dirname, extname, resolve } from 'node:path';
import type { BuildFailure, BuildOptions, BuildResult } from 'esbuild';
import { TandemError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { bundleError } from './errors.ts';
import { hoistYields } from './yield-in-loops.ts';

/** A bundle as it is handed from one process to another. */
export interface GuestText {
  /** How the program is called in stack traces. */
  readonly name: string;
  readonly source: string;
  /** False when it has no default export and so cannot have a fetch handler. */
  readonly mayServe: boolean;
  /** The source map, as JSON. */
  readonly map: string;
}

export interface GuestBundle extends GuestText {
  /** Leads the frames of a stack, `at name:line:column`, back to the user's files: the first so many. */
  locate(text: string): string;
}

/**
 * Throws TandemErrors: no such file, a syntax error with file, line and
 * column, an import that cannot be found.
 */
export async function bundleGuest(path: string): Promise<GuestBundle> {
  const file = resolve(workingDirectory(), path);
  await checkReadable(path);
  checkProgram(path);
  const esbuild = await import('esbuild');
  try {
    return await bundleOf(file, await esbuild.build(optionsFor(file)));
  } catch (error) {
    throw bundleError(path, error as BuildFailure);
  } finally {
    await esbuild.stop();
  }
}

export const locatable = (text: GuestText): GuestBundle => ({
  ...text,
  locate: locator(text.name, text.map),
});

/** The bundler, too, can only work where it is. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw new TandemError(
      'NO_WORKING_DIRECTORY',
      'the folder that this command is started in has been deleted',
      'go to one that is there (cd), and start it again',
      2,
    );
  }
}

/** What esbuild reads as a program; of a file without an ending it takes the same view. */
const PROGRAM = /^(\.[cm]?[jt]s|\.[jt]sx)?$/;

/** Data that is bundled where it is imported would run as a program that does nothing. */
function checkProgram(path: string): void {
  const ending = extname(path);
  if (PROGRAM.test(ending)) return;
  throw new TandemError(
    'GUEST_UNREADABLE',
    `${path} is no program: its name ends in ${ending}`,
    PROGRAM_WANTED,
    2,
  );
}

const PROGRAM_WANTED = 'name a JavaScript or TypeScript file, for example guest-programs/bank.js';

async function checkReadable(path: string): Promise<void> {
  await readFile(resolve(path)).catch((error: NodeJS.ErrnoException) => {
    throw new TandemError(
      'GUEST_UNREADABLE',
      error.code === 'ENOENT' ? `no such file: ${path}` : `cannot read ${path}: ${error.message}`,
      PROGRAM_WANTED,
      2,
    );
  });
}

export const optionsFor = (file: string): BuildOptions => ({
  absWorkingDir: dirname(file),
  entryPoints: [file],
  bundle: true,
  write: false,
  metafile: true,
  outdir: dirname(file),
  format: 'esm',
  platform: 'browser',
  // As bundlers for Workers have it: a package's `browser` leaves out what it needs Node for.
  mainFields: ['browser', 'module', 'main'],
  conditions: ['worker', 'browser'],
  // Lowers what QuickJS does not parse (`using`, decorators).
  target: 'es2023',
  charset: 'utf8',
  // For files without a tsconfig.json that says something else.
  jsx: 'automatic',
  loader: { '.txt': 'text', '.html': 'text', '.md': 'text', '.sql': 'text', '.css': 'text' },
  define: { 'process.env.NODE_ENV': '"production"' },
  sourcemap: 'external',
  logLevel: 'silent',
});

export async function bundleOf(
  file: string,
  { outputFiles = [], metafile }: BuildResult,
): Promise<GuestBundle> {
  const text = (suffix: string): string => outputFiles.find((out) => out.path.endsWith(suffix))?.text ?? '';
  const inputs = Object.keys(metafile?.inputs ?? {});
  const mayServe = Object.values(metafile?.outputs ?? {}).some(({ exports }) => exports.includes('default'));
  return locatable({
    name: basename(file),
    source: await hoistYields(withoutPaths(text('.js'), new Set(inputs))),
    mayServe,
    map: text('.js.map'),
  });
}

/**
 * Esbuild names each module where it begins: in a comment, or as the name of the
 * function around a module in CommonJS.
 */
const MODULE_NAME = /^(\/\/ |\s+")([^"\n]+?)("\(|$)/gm;

/**
 * A package is called by its name, wherever its `node_modules` lies, so that the image does not depend on it.
 * Lines keep their number, and those that are changed are in no source map.
 */
function withoutPaths(source: string, inputs: ReadonlySet<string>): string {
  return source.replace(MODULE_NAME, (whole, before: string, path: string, after: string) => {
    const at = inputs.has(path) ? path.lastIndexOf('node_modules/') : -1;
    return at < 0 ? whole : before + path.slice(at) + after;
  });
}

function locator(name: string, map: string): (text: string) => string {
  const sourceMap = new SourceMap(JSON.parse(map));
  const pattern = new RegExp(
    // As it stands in a frame of a stack: other texts with the program's name in them are the program's own.
    `(?<=at |\\()${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+)(?::(\\d+))?(?=\\)|$)`,
    'gm',
  );
  const original = ([whole, line, column = '1']: RegExpExecArray): string => {
    const found = sourceMap.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in found)) return whole;
    return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  };
  return (text) => {
    let located = '';
    let from = 0;
    let places = 0;
    // The guest decides what it prints, and this is the hypervisor's thread.
    for (const match of text.includes(name) ? text.matchAll(pattern) : []) {
      located += text.slice(from, match.index) + original(match);
      from = match.index + match[0].length;
      places += 1;
      if (places === limits.consoleLinePlaces) break;
    }
    return located + text.slice(from);
  };
}
