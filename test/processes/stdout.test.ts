/** A run whose stdout takes no lines: its reader has gone (`| head`), or the disk behind it is full. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI } from '../support/children.ts';
import { freePort, Process, temporaryDirectory } from '../support/processes.ts';
import { ask } from '../support/processes-client.ts';

function written(text: string): string {
  const path = join(temporaryDirectory(), 'guest.js');
  writeFileSync(path, text);
  return path;
}

const TALKING =
  'let n = 0; export default { fetch() { n += 1; console.log("line", n); return new Response(String(n)); } };\n';
const EVER = 'let n = 0; setInterval(() => console.log("line", (n += 1)), 5);\n';

/** `tandem run` in a shell that says its exit code at the end; `sink` is where its stdout goes. */
async function runInto(sink: string, guest: string) {
  const port = await freePort();
  const command = `'${process.execPath}' '${CLI}' run '${written(guest)}' --port ${port} --admin-port 0`;
  const shell = new Process('sh', ['sh', '-c', `{ ${command}; echo "code $?" >&2; } ${sink}`]);
  return { shell, url: `http://127.0.0.1:${port}/` };
}

test.each([
  ['whose reader has gone', '| head -n 1', /nobody reads stdout any more \(EPIPE/],
  ['on a full disk', '> /dev/full', /lines to descriptor 1 wait for room: ENOSPC/],
])('a serving run %s goes on and warns once', async (_, sink, warning) => {
  const { shell, url } = await runInto(sink, TALKING);
  await shell.stderr.waitFor('redundancy', (text) => /primary \d+, backup \d+/.test(text));
  for (let n = 1; n <= 5; n += 1) {
    expect((await ask(url)).body).toBe(String(n));
    // The reader goes with its first line; the next one finds that out.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await shell.stderr.waitFor('the warning', (text) => warning.test(text));
  expect((await ask(url)).body).toBe('6');
  expect(shell.stderr.texts.filter((text) => warning.test(text))).toHaveLength(1);
  expect(shell.stderr.texts.join('\n')).not.toMatch(/stopping|code \d/);
});

test('a plain program whose reader has gone is stopped with the reason and code 1', async () => {
  const { shell } = await runInto('| head -n 3', EVER);
  await shell.stderr.waitFor('its end', (text) => text === 'code 1');
  expect(shell.stdout.texts).toEqual(['line 1', 'line 2', 'line 3']);
  expect(shell.stderr.texts.join('\n')).toMatch(/tandem: nobody reads what the program prints: EPIPE/);
});

test('a plain program whose last lines found no room on the disk ends, and how many were lost is said', async () => {
  const { shell } = await runInto('> /dev/full', 'for (let i = 0; i < 5; i += 1) console.log("line", i);\n');
  await shell.stderr.waitFor('its end', (text) => text === 'code 0');
  const said = shell.stderr.texts.join('\n');
  expect(said).toMatch(/lines are lost from now on/);
  expect(said).toMatch(/5 lines to descriptor 1 were lost/);
});

describe('a command that prints an answer', () => {
  const tandemInto = (words: string, sink: string): Process =>
    new Process('sh', [
      'sh',
      '-c',
      `{ '${process.execPath}' '${CLI}' ${words}; echo "code $?" >&2; } ${sink}`,
    ]);

  test('on a full disk says so, with code 1', async () => {
    const shell = tandemInto('run --help', '> /dev/full');
    await shell.exited;
    expect(shell.stderr.texts).toEqual([
      expect.stringMatching(/^tandem: stdout takes no more: ENOSPC/),
      '  give it room, or another place for the output',
      'code 1',
    ]);
  });

  test('and leaves when its reader has gone takes what it has started with it, without a word', async () => {
    const shell = tandemInto('demo', '| head -n 1');
    await shell.exited;
    expect(shell.stdout.texts).toHaveLength(1);
    expect(shell.stderr.texts).toEqual(['code 1']);
    await shell.gone();
  });
});
