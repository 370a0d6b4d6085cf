/** A run whose stdout takes no lines: its reader has gone (`| head`), or the disk behind it is full. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
