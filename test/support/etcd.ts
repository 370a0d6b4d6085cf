/**
 * A real etcd for tests, on free ports of this machine with a data directory of its own. Where there is none,
 * whoever needs one is skipped and {@link noEtcd} says why.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort, until } from './children.ts';

const binary = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'etcd'))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Why tests with an etcd cannot run here; undefined when they can. */
export const noEtcd =
  binary === undefined ? 'skipped: no etcd in PATH (Debian has it as etcd-server)' : undefined;
if (noEtcd !== undefined) console.log(noEtcd);

/** A cluster of one decides fast: there is nobody to wait for. */
const BRISK = ['--heartbeat-interval', '10', '--election-timeout', '100', '--log-level', 'error'];

export interface Key {
  readonly key: string;
  readonly value: string;
  readonly version: number;
  readonly lease: string | undefined;
}

export class Etcd {
  /** For clients. */
  readonly url: string;
  readonly #command: readonly string[];
  readonly #directory: string;
  readonly #metrics: string;
  #child: ChildProcess | undefined;
  readonly #lastResort = (): void => {
    this.#child?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  };

  private constructor(
    url: string,
    peer: string,
    metrics: string,
    words: readonly string[],
    inside: readonly string[],
  ) {
    this.url = url;
    this.#metrics = metrics;
    this.#directory = mkdtempSync(join(tmpdir(), 'tandem-etcd-'));
    this.#command = [
      ...inside,
      binary ?? '',
      ...['--name', 'test', '--data-dir', join(this.#directory, 'data')],
      ...['--listen-client-urls', url, '--advertise-client-urls', url],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `test=${peer}`, '--listen-metrics-urls', metrics],
      ...BRISK,
      ...words,
    ];
    process.once('exit', this.#lastResort);
  }

  /** Resolves when it answers; whoever starts it also ends it. */
  static async start(words: readonly string[] = [], scheme: 'http' | 'https' = 'http'): Promise<Etcd> {
    const [client, peer, metrics] = [await freePort(), await freePort(), await freePort()];
    const on = (port: number) => `http://127.0.0.1:${port}`;
    const etcd = new Etcd(`${scheme}://127.0.0.1:${client}`, on(peer), on(metrics), words, []);
    await etcd.comeBack();
    return etcd;
  }

  /** In a network of its own: `inside` are the words that run a command there, where it has this address. */
  static async startAt(address: string, inside: readonly string[]): Promise<Etcd> {
    const on = (port: number) => `http://${address}:${port}`;
    const etcd = new Etcd(on(2379), on(2380), on(2381), [], inside);
    await etcd.comeBack();
    return etcd;
  }

  /** Of its process: to stop it, for instance. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** As its machine would die. */
  async goAway(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** On the same ports with the same data. */
  async comeBack(): Promise<void> {
    const [file = '', ...words] = this.#command;
    const child = spawn(file, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
    let isGone = false;
    child.once('error', () => {
      isGone = true;
    });
    child.once('exit', () => {
      isGone = true;
    });
    await until(`an etcd that answers at ${this.url}`, async () => {
      if (isGone) throw new Error(`etcd has ended: ${said}`);
      return isHealthy(this.#metrics);
    });
  }

  async end(): Promise<void> {
    await this.goAway();
    process.off('exit', this.#lastResort);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** One call of its gateway, as any client makes it. */
  async call(path: string, body: object): Promise<Record<string, unknown>> {
    const reply = await fetch(`${this.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async put(key: string, value: string): Promise<void> {
    await this.call('/v3/kv/put', { key: btoa(key), value: btoa(value) });
  }

  /** All keys below a prefix, in order. */
  async keys(prefix: string): Promise<Key[]> {
    const after = `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
    const found = await this.call('/v3/kv/range', { key: btoa(prefix), range_end: btoa(after) });
    const kvs = (found['kvs'] ?? []) as Record<string, string>[];
    return kvs.map(({ key = '', value = '', version, lease }) => ({
      key: atob(key),
      value: atob(value),
      version: Number(version),
      lease,
    }));
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const reply = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) });
    return /"health":\s*"true"/.test(await reply.text());
  } catch {
    return false;
  }
}
