/**
 * `tandem run --profile`: where a program's steps go, as a file that developer tools open; also when the host
 * that began is not the one that ends.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guest, signal, temporaryDirectory } from '../support/processes.ts';
import { ask } from '../support/processes-client.ts';
import { run } from '../support/processes-run.ts';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly hitCount: number;
    readonly children: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const read = (path: string): Profile => JSON.parse(readFileSync(path, 'utf8')) as Profile;
const hitsOf = ({ nodes }: Profile, name: string): number =>
  nodes.reduce((sum, node) => sum + (node.callFrame.functionName === name ? node.hitCount : 0), 0);

test("a program's profile names its own functions, files and lines, and every sample has its place", async () => {
  const folder = temporaryDirectory();
  const file = join(folder, 'out.cpuprofile');
  writeFileSync(
    join(folder, 'app.ts'),
    "import { dig } from './dig.ts';\nconst rounds: number = 40;\nfor (let i = 0; i < rounds; i += 1) dig();\n",
  );
  writeFileSync(
    join(folder, 'dig.ts'),
    'type Unused = never;\nexport function dig(): number {\n  let sum = 0;\n  for (let i = 0; i < 200_000; i += 1) sum += i;\n  return sum;\n}\n',
  );
  const process = run(join(folder, 'app.ts'), '--profile', file);
  expect(await process.process.exited).toEqual({ code: 0, signal: null });
  const profile = read(file);
  const dig = profile.nodes.find(({ callFrame }) => callFrame.functionName === 'dig');
  expect(dig?.callFrame).toMatchObject({ url: 'dig.ts', lineNumber: 1 });
  expect(hitsOf(profile, 'dig') / profile.samples.length).toBeGreaterThan(0.8);
  const ids = new Set(profile.nodes.map(({ id }) => id));
  expect(profile.samples.every((id) => ids.has(id))).toBe(true);
  expect(profile.timeDeltas.length).toBe(profile.samples.length);
});

test('the profile of a service has what was computed before the first host was killed', async () => {
  const file = join(temporaryDirectory(), 'out.cpuprofile');
  const pair = await run(guest('profiled.js'), '--profile', file).ready();
  expect((await ask(`${pair.url}/before`)).status).toBe(200);
  signal(pair.primaryPid, 'SIGKILL');
  await pair.waitFor('redundant');
  expect((await ask(`${pair.url}/after`)).status).toBe(200);
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
  const profile = read(file);
  expect(hitsOf(profile, 'before')).toBeGreaterThan(0);
  expect(hitsOf(profile, 'after')).toBeGreaterThan(0);
});
