/** Programs of these tests that run in processes of their own, made into one file each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { Lines } from '../support/processes.ts';
import type { Heat } from './arbiter-racer.ts';

/** The path of a program beside this file, ready for node; it is there until the test has finished. */
export async function bundled(name: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-racer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, name.replace(/\.ts$/, '.cjs'));
  await build({
    entryPoints: [join(import.meta.dirname, name)],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

/** Racers in processes of their own, started at one moment; all their claims. */
export async function race(url: string, racers: number, epochs: number): Promise<Heat[]> {
  const program = await bundled('arbiter-racer.ts');
  const started = Array.from({ length: racers }, (_, index) => {
    const words = [program, url, `racer-${index}`, String(epochs)];
    const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return { child, lines: new Lines(`racer ${index}`, child.stdout), ended: once(child, 'close') };
  });
  await Promise.all(started.map(({ lines }) => lines.waitFor('a ready racer', (text) => text === 'ready')));
  for (const { child } of started) child.stdin.end('go');
  const codes = await Promise.all(started.map(async ({ ended }) => (await ended)[0] as unknown));
  if (codes.some((code) => code !== 0)) throw new Error(`racers ended with ${codes.join(', ')}`);
  return started.flatMap(({ lines }) => lines.texts.slice(1).map((text) => JSON.parse(text) as Heat));
}

/** Runs node with these words to its end; a racer among them is told to begin. */
export async function ended(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'ignore', 'inherit'], env });
  onTestFinished(() => void child.kill('SIGKILL'));
  // It may die before it hears it.
  child.stdin.on('error', () => undefined);
  child.stdin.end('go');
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode };
}
