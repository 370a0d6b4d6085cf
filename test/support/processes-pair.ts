/**
 * Hosts on their own, as on two machines: `tandem host` twice, each with its own port for
 * clients, a file arbiter between them.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type Process, tandem, temporaryDirectory } from './processes.ts';

export interface PairOptions {
  readonly program: string;
  /** Added to a host's wall clock. */
  readonly primaryWallOffsetMs?: number;
  readonly backupWallOffsetMs?: number;
}

export interface Host {
  readonly process: Process;
  readonly url: string;
}

export class Pair {
  readonly vm = `vm-${randomUUID()}`;
  readonly directory = temporaryDirectory();
  readonly arbiterDirectory = join(this.directory, 'arbiter');
  readonly tokenFile = join(this.directory, 'token');
  readonly token = randomUUID();
  readonly #options: PairOptions;

  constructor(options: PairOptions) {
    this.#options = options;
    mkdirSync(this.arbiterDirectory);
    writeFileSync(this.tokenFile, `${this.token}\n`, { mode: 0o600 });
  }

  async startPrimary(words: readonly string[] = []): Promise<Host> {
    return this.#start([
      '--role',
      'primary',
      '--wall-offset-ms',
      `${this.#options.primaryWallOffsetMs ?? 0}`,
      ...words,
    ]);
  }

  async startBackup(loggingUrl: string, words: readonly string[] = []): Promise<Host> {
    const offset = ['--wall-offset-ms', `${this.#options.backupWallOffsetMs ?? 0}`];
    return this.#start(['--role', 'backup', '--join', loggingUrl, ...offset, ...words]);
  }

  /** Looks for the primary among these, in turn. */
  async startSpare(loggingUrls: readonly string[], words: readonly string[] = []): Promise<Host> {
    return this.#start(['--role', 'spare', '--join', loggingUrls.join(','), ...words]);
  }

  async #start(words: readonly string[]): Promise<Host> {
    const port = await freePort();
    const process = tandem(
      'host',
      ...['--program', this.#options.program],
      ...['--vm', this.vm],
      ...['--arbiter', `file:${this.arbiterDirectory}`],
      ...['--port', `${port}`],
      ...['--token-file', this.tokenFile],
      // Later words win over the same ones before.
      ...words,
    );
    return { process, url: `http://127.0.0.1:${port}` };
  }
}

/** Where a primary awaits its backup. */
export async function loggingUrlOf(host: Host): Promise<string> {
  const { text } = await host.process.stderr.waitFor('the logging URL', (line) =>
    /logging channel ws:/.test(line),
  );
  return /ws:\S+/.exec(text)?.[0] ?? '';
}

export const saidReady = (host: Host, role: 'primary' | 'backup'): Promise<unknown> =>
  host.process.stderr.waitFor(`ready as ${role}`, (line) => line.includes(`ready as ${role}`));

/** Both hosts of a complete pair: the program serves and its backup is in sync. `words` are for both. */
export async function startPair(
  options: PairOptions,
  words: readonly string[] = [],
): Promise<{ readonly pair: Pair; readonly primary: Host; readonly backup: Host }> {
  const pair = new Pair(options);
  const primary = await pair.startPrimary(words);
  await saidReady(primary, 'primary');
  const backup = await pair.startBackup(await loggingUrlOf(primary), words);
  await saidReady(backup, 'backup');
  return { pair, primary, backup };
}
