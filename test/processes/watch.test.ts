/**
 * `tandem run` while its program is being written: errors with their place, a change that starts
 * it anew, packages and JSX on the way.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tandem, temporaryDirectory } from '../support/processes.ts';
import { ask } from '../support/processes-client.ts';
import { run } from '../support/processes-run.ts';

const serving = (word: string): string =>
  `import text from './word.txt';\nlet asked = 0;\nexport default { fetch: (): Response => new Response(\`${word} \${text} \${++asked}\`) };\n`;

test('--watch: a change begins a fresh machine on the same port, and an error leaves the old one alone', async () => {
  const folder = temporaryDirectory();
  // As an editor does: never half a file.
  const save = (name: string, text: string): void => {
    writeFileSync(join(folder, 'new'), text);
    renameSync(join(folder, 'new'), join(folder, name));
  };
  save('word.txt', 'one');
  save('app.ts', serving('hello'));
  const watched = await run(join(folder, 'app.ts'), '--watch').ready();
  const { url } = watched;
  expect((await ask(url)).body).toBe('hello one 1');
  expect((await ask(url)).body).toBe('hello one 2');
  let from = watched.now;
  save('app.ts', 'export default {');
  const { event } = await watched.waitFor('not-restarted', from);
  expect(event).toMatchObject({ reason: expect.stringMatching(/^app\.ts:1:\d+: /), running: true });
  expect((await ask(url)).body).toBe('hello one 3');
  from = watched.now;
  save('app.ts', serving('again'));
  expect((await watched.waitFor('ready', from)).event.url).toBe(url);
  expect((await ask(url)).body).toBe('again one 1');
  from = watched.now;
  save('word.txt', 'two');
  const { event: restart } = await watched.waitFor('restart', from);
  expect(restart).toEqual({
    event: 'restart',
    program: join(folder, 'app.ts'),
    files: [join(folder, 'word.txt')],
  });
  await watched.waitFor('ready', from);
  expect((await ask(url)).body).toBe('again two 1');
  expect(await watched.stop()).toEqual({ code: 0, signal: null });
  expect(watched.story().filter((told) => told.event === 'end')).toEqual([{ event: 'end', code: 0 }]);
});

test('--watch says that it waits: after the end of a program, and for one that is gone', async () => {
  const folder = temporaryDirectory();
  const program = join(folder, 'app.js');
  const save = (text: string): void => {
    writeFileSync(join(folder, 'new'), text);
    renameSync(join(folder, 'new'), program);
  };
  save("throw new Error('at once');\n");
  const { stderr, exited, child } = tandem('run', program, '--watch', '--port', '0', '--admin-port', '0');
  await stderr.waitFor('the end of the program', (line) =>
    /^ended +with code 1; waiting for a change, which starts the program anew$/.test(line),
  );
  rmSync(program);
  await stderr.waitFor('its loss', (line) => line === `error      ${program} is gone`);
  save('export default { fetch: () => new Response() };\n');
  await stderr.waitFor('its return', (line) => line.startsWith(`restart    ${program} has changed`));
  await stderr.waitFor('ready', (line) => line.startsWith('ready'));
  child.kill('SIGTERM');
  expect(await exited).toEqual({ code: 0, signal: null });
});

test('`tandem stop` ends a watched run, too', async () => {
  const program = join(temporaryDirectory(), 'app.js');
  writeFileSync(program, 'export default { fetch: () => new Response() };\n');
  const watched = await run(program, '--watch').ready();
  const stop = tandem('stop', '--admin', watched.admin);
  expect(await stop.exited).toEqual({ code: 0, signal: null });
  expect(await watched.process.exited).toEqual({ code: 0, signal: null });
});

test('a program that cannot be bundled is one event with its place, before any host is started', async () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'app.tsx'), "import { readFile } from 'node:fs/promises';\nreadFile('x');\n");
  const refused = run(join(folder, 'app.tsx'));
  expect(await refused.process.exited).toEqual({ code: 1, signal: null });
  expect(refused.story()).toEqual([
    { event: 'halt', code: 'GUEST_SYNTAX', reason: 'app.tsx:1:26: Could not resolve "node:fs/promises"' },
    { event: 'end', code: 1 },
  ]);
});
