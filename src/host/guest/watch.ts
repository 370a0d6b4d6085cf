/** A guest program while it is being written: bundled anew whenever one of its files has changed. */
import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { BuildFailure, BuildResult } from 'esbuild';
import { TandemError } from '../../base/errors.ts';
import { bundleOf, type GuestBundle, type GuestText, optionsFor } from './bundle.ts';
import { bundleError } from './errors.ts';

export interface GuestWatch {
  /** Watches no more. */
  end(): Promise<void>;
}

export interface GuestWatcher {
  /**
   * A bundle that differs from the one before, and the files that made it so, as a person would name them;
   * at least one.
   */
  changed(bundle: GuestBundle, files: readonly string[]): void;
  /** Why there is no bundle. */
  failed(error: TandemError): void;
}

/** `first` is the bundle that there is already. */
export async function watchGuest(path: string, first: GuestText, watcher: GuestWatcher): Promise<GuestWatch> {
  const file = resolve(path);
  const esbuild = await import('esbuild');
  let latest = first.source;
  let { map } = first;
  const ended = async (result: BuildResult): Promise<void> => {
    if (result.errors.length > 0) {
      // Also the way back to what runs is a change then.
      latest = '';
      watcher.failed(isThere(file) ? bundleError(path, result as unknown as BuildFailure) : gone(path));
      return;
    }
    const bundle = await bundleOf(file, result);
    const files = changedFiles(path, map, bundle.map);
    map = bundle.map;
    if (bundle.source === latest) return;
    latest = bundle.source;
    watcher.changed(bundle, files);
  };
  const context = await esbuild.context({
    ...optionsFor(file),
    plugins: [{ name: 'ended', setup: (build) => build.onEnd(ended) }],
  });
  await context.watch();
  return {
    async end() {
      await context.dispose();
      await esbuild.stop();
    },
  };
}

const isThere = (file: string): boolean => statSync(file, { throwIfNoEntry: false }) !== undefined;

const gone = (path: string): TandemError =>
  new TandemError(
    'GUEST_UNREADABLE',
    `${path} is gone`,
    'it is waited for: it is read as soon as it is back',
  );

/** The bundler tells that something has changed; what, the texts in the source maps tell. */
function changedFiles(path: string, before: string, after: string): readonly string[] {
  const [old, now] = [textsIn(before), textsIn(after)];
  const names = [...now.keys()];
  const changed = names.filter((name) => old.has(name) && old.get(name) !== now.get(name));
  // Or another file has come to stand where one was found until then.
  const found = changed.length > 0 ? changed : names.filter((name) => !old.has(name));
  if (found.length === 0) return [path];
  return found.map((name) => (name === basename(path) ? path : join(dirname(path), name)));
}

/** By their path from the program's folder. */
function textsIn(map: string): ReadonlyMap<string, string> {
  const { sources, sourcesContent } = JSON.parse(map) as {
    readonly sources: readonly string[];
    readonly sourcesContent: readonly (string | null)[];
  };
  return new Map(sources.map((name, index) => [name, sourcesContent[index] ?? '']));
}
