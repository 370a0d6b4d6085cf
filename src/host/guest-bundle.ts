/**
 * The guest program as the machine gets it: one ES module, made by esbuild from the user's file and what it imports. The bundle, not the
 * sources, is part of the image, and it is the same on every host whatever the folder is called. Positions in what the guest
 * prints are led back to the user's own files and lines.
 */
import { readFile } from 'node:fs/promises';
import { isBuiltin, SourceMap } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import type { BuildFailure, Message } from 'esbuild';
import { TandemError } from '../base/errors.ts';

export interface GuestBundle {
  /** How the program is called in stack traces. */
  readonly name: string;
  readonly source: string;
  /** False when it has no default export and so cannot have a fetch handler. */
  readonly mayServe: boolean;
  /** Leads `name:line:column` of the bundle back to the user's files. */
  locate(text: string): string;
}

/** Throws TandemErrors: no such file, a syntax error with file, line and column, an import that cannot be found. */
export async function bundleGuest(path: string): Promise<GuestBundle> {
  const file = resolve(path);
  await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new TandemError(
      'GUEST_UNREADABLE',
      error.code === 'ENOENT' ? `no such file: ${path}` : `cannot read ${path}: ${error.message}`,
      'name a JavaScript or TypeScript file, for example guest-programs/bank.js',
      2,
    );
  });
  const esbuild = await import('esbuild');
  try {
    const { outputFiles, metafile } = await esbuild.build({
      absWorkingDir: dirname(file),
      entryPoints: [file],
      bundle: true,
      write: false,
      metafile: true,
      outdir: dirname(file),
      format: 'esm',
      platform: 'browser',
      mainFields: ['module', 'main'],
      conditions: ['worker', 'browser'],
      // Lowers what QuickJS does not parse (`using`, decorators).
      target: 'es2023',
      charset: 'utf8',
      sourcemap: 'external',
      logLevel: 'silent',
    });
    const text = (suffix: string): string => outputFiles.find((out) => out.path.endsWith(suffix))?.text ?? '';
    const mayServe = Object.values(metafile.outputs).some(({ exports }) => exports.includes('default'));
    return {
      name: basename(file),
      source: text('.js'),
      mayServe,
      locate: locator(basename(file), text('.js.map')),
    };
  } catch (error) {
    throw bundleError(path, error as BuildFailure);
  } finally {
    await esbuild.stop();
  }
}

function bundleError(path: string, failure: BuildFailure): TandemError {
  const first = failure.errors?.[0];
  if (first === undefined)
    return new TandemError('GUEST_BUNDLE', `cannot bundle ${path}: ${String(failure)}`, '');
  const where = first.location === null ? path : position(first);
  const more = failure.errors.length > 1 ? ` (and ${failure.errors.length - 1} more)` : '';
  return new TandemError('GUEST_SYNTAX', `${where}: ${first.text}${more}`, mendOf(first));
}

function position({ location }: Message): string {
  return `${location?.file}:${location?.line}:${(location?.column ?? 0) + 1}`;
}

/** The place in the source; for a module of Node's also why there is none. */
function mendOf(first: Message): string {
  const module = /^Could not resolve "([^"]+)"$/.exec(first.text)?.[1];
  if (module === undefined || !isBuiltin(module)) return codeFrame(first);
  return `${codeFrame(first)}\n  a guest has no files, sockets or processes, and none of Node's modules: it keeps its state in variables and is told the rest in requests`;
}

function codeFrame({ location, notes }: Message): string {
  if (location === null) return notes[0]?.text ?? 'check the import';
  const gutter = `${location.line} | `;
  const mark = ' '.repeat(gutter.length + location.column) + '^'.repeat(Math.max(1, location.length));
  return `${gutter}${location.lineText}\n  ${mark}`;
}

function locator(name: string, map: string): (text: string) => string {
  const sourceMap = new SourceMap(JSON.parse(map));
  const pattern = new RegExp(
    `(?<![\\w./-])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+)(?::(\\d+))?`,
    'g',
  );
  return (text) =>
    text.includes(name)
      ? text.replace(pattern, (whole, line: string, column: string | undefined) => {
          const found = sourceMap.findEntry(Number(line) - 1, Number(column ?? 1) - 1);
          if (!('originalSource' in found)) return whole;
          return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
        })
      : text;
}
