/** A real nginx for tests, with the recipe of the README. Where there is none, {@link noNginx} says so. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, Process, temporaryDirectory, until } from './processes.ts';
import { recipe } from './recipe.ts';

/** Debian keeps it where only root looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`;
/** What it would write to folders of the system's. */
const FOLDERS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Why tests with an nginx cannot run here; undefined when they can. */
export const noNginx =
  spawnSync('nginx', ['-v'], { env: { PATH } }).status === 0
    ? undefined
    : 'skipped: no nginx in PATH (Debian has it as nginx)';
if (noNginx !== undefined) console.log(noNginx);

/**
 * Starts it before hosts at these URLs; resolves with its own URL once it
 * passes requests on. It ends with the test.
 */
export async function startNginx(urls: readonly [string, string]): Promise<string> {
  const port = await freePort();
  const folder = temporaryDirectory();
  const file = join(folder, 'nginx.conf');
  const lines = [
    'daemon off;',
    // One process, which leaves its environment as it is: with a master it writes its title there,
    // and its end could not be waited for.
    'master_process off;',
    'error_log stderr error;',
    `pid ${folder}/pid;`,
    'events {}',
    'http {',
    'access_log off;',
    ...FOLDERS.map((name) => `${name}_temp_path ${folder}/${name};`),
    recipe('nginx', urls).replace('listen 80;', `listen 127.0.0.1:${port};`),
    '}',
  ];
  writeFileSync(file, lines.join('\n'));
  const nginx = new Process('nginx', ['nginx', '-p', folder, '-e', 'stderr', '-c', file], { PATH });
  const url = `http://127.0.0.1:${port}`;
  await until('nginx passes requests on', async () => {
    if (nginx.exit !== undefined) throw new Error(`nginx has ended: ${nginx.stderr.texts.join('\n')}`);
    const answer = await fetch(`${url}/.well-known/tandem/live`).catch(() => undefined);
    return answer?.status === 200;
  });
  return url;
}
