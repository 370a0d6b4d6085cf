/**
 * The program behind `npm run chaos`: its plan can be repeated, a few of its faults pass, and nothing
 * is left of it when it is interrupted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from '../support/children.ts';
import { Process } from '../support/processes.ts';
import { openLab } from './lab.ts';
import { planFrom, type Step } from './plan.ts';
import { GUARD } from './stage.ts';

const possible = { arbiter: 'etcd', loss: true } as const;

function firstSteps(seed: number, count: number): Step[] {
  const plan = planFrom(seed, possible);
  return Array.from({ length: count }, () => plan.next().value);
}

describe('the plan', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(firstSteps(7, 50)).toEqual(firstSteps(7, 50));
    expect(firstSteps(8, 50)).not.toEqual(firstSteps(7, 50));
  });

  test('has every fault once before any comes again', () => {
    const names = firstSteps(7, 1_000).map(({ fault }) => fault);
    const kinds = new Set(names);
    for (let round = 0; (round + 1) * kinds.size <= names.length; round += 1) {
      expect(new Set(names.slice(round * kinds.size, (round + 1) * kinds.size))).toEqual(kinds);
    }
    expect(kinds).toContain('kill the primary, then its successor');
  });

  test('has only faults that can be made', () => {
    const plan = planFrom(7, { arbiter: 'file', loss: false });
    const names = Array.from({ length: 200 }, () => plan.next().value.fault);
    expect(names.filter((name) => /arbiter|loss|from both/.test(name))).toEqual([]);
    expect(names).toContain('fill the disk');
  });
});

const opened = await openLab();
if ('reason' in opened) console.log(`skipped: ${opened.reason}`);
else await opened.lab.close();

describe.skipIf('reason' in opened)('the program', GUARD, () => {
  const main = join(root, 'dist-chaos/chaos/main.js');
  beforeAll(async () => {
    await build({
      entryPoints: [join(root, 'test/chaos/main.ts')],
      outfile: main,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
    });
  });

  test('finds nothing wrong with three faults', async () => {
    const chaos = new Process('chaos', [process.execPath, main, '--seed', '1', '--steps', '3']);
    const exit = await chaos.exited;
    expect(chaos.stdout.texts.join('\n')).toContain('3 faults');
    expect(exit, chaos.stdout.texts.join('\n')).toEqual({ code: 0, signal: null });
  });

  test('leaves no process, no namespace and no mount behind when it is interrupted', async () => {
    const chaos = new Process('chaos', [process.execPath, main, '--arbiter', 'file']);
    await chaos.stdout.waitFor('the first fault', (line) => / 1: /.test(line));
    const mine = (names: readonly string[]): readonly string[] =>
      names.filter((name) => name.startsWith(`tandem-${chaos.pid}-`));
    expect(mine(readdirSync('/run/netns')).length).toBeGreaterThan(0);
    const mounts = (): string => readFileSync('/proc/mounts', 'utf8');
    expect(mounts()).toContain(`tandem-${chaos.pid} `);
    chaos.kill('SIGINT');
    expect(await chaos.exited).toEqual({ code: 130, signal: null });
    await chaos.gone();
    expect(mine(readdirSync('/run/netns'))).toEqual([]);
    expect(mounts()).not.toContain(`tandem-${chaos.pid} `);
  });
});
