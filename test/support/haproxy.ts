/**
 * A real HAProxy for tests, with the recipe of the README. Where there is none, {@link noHaproxy} says so.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, Process, temporaryDirectory, until } from './processes.ts';
import { recipe } from './recipe.ts';

/** Why tests with a HAProxy cannot run here; undefined when they can. */
export const noHaproxy =
  spawnSync('haproxy', ['-v']).status === 0
    ? undefined
    : 'skipped: no haproxy in PATH (Debian has it as haproxy)';
if (noHaproxy !== undefined) console.log(noHaproxy);

/**
 * Starts it before hosts at these URLs; resolves with its own URL once it
 * passes requests on. It ends with the test.
 */
export async function startHaproxy(urls: readonly [string, string]): Promise<string> {
  const port = await freePort();
  const file = join(temporaryDirectory(), 'haproxy.cfg');
  writeFileSync(file, recipe('haproxy', urls).replace('bind :80', `bind 127.0.0.1:${port}`));
  const haproxy = new Process('haproxy', ['haproxy', '-db', '-f', file]);
  const url = `http://127.0.0.1:${port}`;
  await until('HAProxy passes requests on', async () => {
    if (haproxy.exit !== undefined) throw new Error(`HAProxy has ended: ${haproxy.stderr.texts.join('\n')}`);
    const answer = await fetch(`${url}/.well-known/tandem/live`).catch(() => undefined);
    return answer?.status === 200;
  });
  return url;
}
