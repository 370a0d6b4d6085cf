/** A real HAProxy for tests, with the recipe of the README. Where there is none, {@link noHaproxy} says so. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, Process, root, temporaryDirectory, until } from './processes.ts';

/** Why tests with a HAProxy cannot run here; undefined when they can. */
export const noHaproxy =
  spawnSync('haproxy', ['-v']).status === 0
    ? undefined
    : 'skipped: no haproxy in PATH (Debian has it as haproxy)';
if (noHaproxy !== undefined) console.log(noHaproxy);

/** Where the recipe expects the hosts. */
const HOSTS = ['10.0.0.1:8080', '10.0.0.2:8080'];

/** Starts it before hosts at these URLs; resolves with its own URL once it passes requests on. It ends with the test. */
export async function startHaproxy(urls: readonly [string, string]): Promise<string> {
  const recipe = /```haproxy\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1];
  if (recipe === undefined) throw new Error('the README has no recipe for HAProxy');
  const port = await freePort();
  const lines = HOSTS.reduce(
    (text, host, index) => text.replaceAll(host, new URL(urls[index] ?? '').host),
    recipe,
  );
  const file = join(temporaryDirectory(), 'haproxy.cfg');
  writeFileSync(file, lines.replace('bind :80', `bind 127.0.0.1:${port}`));
  const haproxy = new Process('haproxy', ['haproxy', '-db', '-f', file]);
  const url = `http://127.0.0.1:${port}`;
  await until('HAProxy passes requests on', async () => {
    if (haproxy.exit !== undefined) throw new Error(`HAProxy has ended: ${haproxy.stderr.texts.join('\n')}`);
    const answer = await fetch(`${url}/.well-known/tandem/live`).catch(() => undefined);
    return answer?.status === 200;
  });
  return url;
}
