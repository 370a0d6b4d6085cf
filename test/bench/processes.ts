/**
 * The processes of a benchmark: contestants, load generators, and Tandem as a user
 * starts it. None outlives the benchmark.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent, RunStatus } from '../../src/host/supervisor/report.ts';

/** This file runs bundled, from dist-bench/bench/. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
/** Tandem as `npm run build` makes it. */
const BUILD = join(root, 'dist');
const PATIENCE_MS = 60_000;

export const guestProgram = (name: string): string => join(root, 'guest-programs', name);
export const benchGuest = (name: string): string => join(root, 'test/bench/guests', name);
/** An entry of this folder as the bench script bundles it. */
export const benchEntry = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

function adopt(child: ChildProcess): ChildProcess {
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

/** A contestant of ours that takes orders over IPC, one at a time. */
export class Contestant<Order extends object, Result> {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it has said its first word; that word is its greeting. */
  static async start<Order extends object, Result>(
    entry: string,
    words: readonly string[],
  ): Promise<{ readonly contestant: Contestant<Order, Result>; readonly greeting: unknown }> {
    const child = adopt(fork(benchEntry(entry), words, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
    const contestant = new Contestant<Order, Result>(child);
    return { contestant, greeting: await contestant.#nextMessage() };
  }

  async order(order: Order): Promise<Result> {
    const answer = this.#nextMessage();
    this.#child.send(order);
    return (await answer) as Result;
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await ended(this.#child);
  }

  #nextMessage(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const gone = (code: number | null): void => reject(new Error(`a contestant ended with code ${code}`));
      this.#child.once('exit', gone);
      this.#child.once('message', (message) => {
        this.#child.off('exit', gone);
        resolve(message);
      });
    });
  }
}

/** Calls `take` for each complete line. */
function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}

type Told = RunEvent | { readonly event: 'console' };
export type Named<Name extends Told['event']> = Extract<Told, { readonly event: Name }>;

export interface Timed<Event> {
  /** When it was read here, by performance.now(). */
  readonly atMs: number;
  readonly event: Event;
}

/** Between two looks at the status of a run. */
const STATUS_LOOK_MS = 20;

export interface RunOptions {
  /** More words for the command line. */
  readonly words?: readonly string[];
  /** Folder of another build of Tandem. */
  readonly build?: string;
}

/** Nobody waits to replace a lost host: what is measured shares the machine with nobody else of Tandem's. */
export const NO_SPARES: readonly string[] = ['--spares', '0'];

/** A supervised pair: `tandem run PROGRAM --json`. */
export class Run {
  readonly #child: ChildProcess;
  readonly #events: Timed<Told>[] = [];
  readonly #watchers = new Set<() => void>();
  url = '';
  admin = '';
  primaryPid = 0;
  backupPid = 0;

  private constructor(program: string, { words = [], build = BUILD }: RunOptions) {
    const line = ['run', program, '--json', '--port', '0', '--admin-port', '0', ...words];
    this.#child = adopt(
      spawn(process.execPath, [join(build, 'cli/main.js'), ...line], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    if (this.#child.stdout !== null) eachLine(this.#child.stdout, (line) => this.#take(line));
    this.#child.once('exit', () => this.#look());
  }

  static async start(program: string, options: RunOptions = {}): Promise<Run> {
    const run = new Run(program, options);
    const { event } = await run.waitFor('ready');
    run.url = event.url;
    run.admin = event.admin;
    return run;
  }

  /** Events from now on are those from this index on. */
  get now(): number {
    return this.#events.length;
  }

  /** The first event of this name from index `from` on. */
  waitFor<Name extends Told['event']>(name: Name, from = 0): Promise<Timed<Named<Name>>> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      const look = (): void => {
        const found = this.#events.slice(from).find(({ event }) => event.event === name);
        const failed = this.#events.find(
          ({ event }) => event.event === 'divergence' || event.event === 'end',
        );
        if (found !== undefined) done(() => resolve(found as Timed<Named<Name>>));
        else if (failed !== undefined || this.#child.exitCode !== null) {
          done(() => reject(new Error(`the run ended: ${JSON.stringify(failed?.event)}`)));
        }
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`the event ${name} did not come`))),
        PATIENCE_MS,
      );
      this.#watchers.add(look);
      look();
    });
  }

  async status(): Promise<RunStatus> {
    const response = await fetch(`${this.admin}/status`);
    return (await response.json()) as RunStatus;
  }

  /**
   * Bytes that the primary has sent and received on the logging channel, heartbeats
   * included, without WebSocket headers.
   */
  async logBytes(): Promise<number> {
    const { hosts } = await this.status();
    const primary = hosts.find(({ role }) => role === 'primary');
    if (primary === undefined) throw new Error('there is no primary');
    return primary.logBytes;
  }

  /** Size of the machine's linear memory. */
  async memoryBytes(): Promise<number> {
    const response = await fetch(`${this.admin}/limits`, { method: 'POST' });
    const { memoryBytes } = (await response.json()) as { readonly memoryBytes?: number };
    if (memoryBytes === undefined) throw new Error('the run did not tell how large the machine is');
    return memoryBytes;
  }

  /** Resolves when the backup has executed everything that there is. */
  async caughtUp(): Promise<void> {
    const isBehind = async (): Promise<boolean> =>
      (await this.status()).hosts.some(({ role, lag }) => role === 'primary' && lag.positions > 0);
    while (await isBehind()) await pause(STATUS_LOOK_MS);
  }

  /** Resolves when the spare has booted its machine and waits. */
  async spareReady(): Promise<void> {
    const isReady = async (): Promise<boolean> =>
      (await this.status()).hosts.some(({ role, phase }) => role === 'spare' && phase === 'joining');
    while (!(await isReady())) await pause(STATUS_LOOK_MS);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGINT');
    await ended(this.#child);
  }

  #take(line: string): void {
    const event = JSON.parse(line) as Told;
    this.#events.push({ atMs: performance.now(), event });
    if (event.event === 'ready') {
      this.primaryPid = event.primary.pid;
      this.backupPid = event.backup.pid;
    } else if (event.event === 'go-live') this.primaryPid = event.pid;
    else if (event.event === 'redundant') this.backupPid = event.backup.pid;
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}

/** Hosts without a supervisor, whose logging channel can be led through somebody who counts. */
export class Pair {
  readonly #directory = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
  readonly #tokenFile = join(this.#directory, 'token');
  readonly #program: string;
  readonly #children: ChildProcess[] = [];

  constructor(program: string) {
    this.#program = program;
    writeFileSync(this.#tokenFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  }

  /** Resolves when its doors are open, without a backup. */
  async startPrimary(): Promise<{ readonly url: string; readonly loggingUrl: string; readonly pid: number }> {
    const port = await freePort();
    const { child, said } = this.#start('primary', '--port', String(port));
    const loggingUrl = /ws:\S+/.exec(await said('logging channel ws:'))?.[0] ?? '';
    await said('ready as primary');
    return { url: `http://127.0.0.1:${port}`, loggingUrl, pid: child.pid ?? 0 };
  }

  /** Resolves when it is in sync. */
  async startBackup(loggingUrl: string): Promise<void> {
    const { said } = this.#start('backup', '--port', String(await freePort()), '--join', loggingUrl);
    await said('ready as backup');
  }

  async stop(): Promise<void> {
    // The backup first: it would take over.
    for (const child of this.#children.toReversed()) {
      child.kill('SIGKILL');
      await ended(child);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #start(
    role: string,
    ...words: readonly string[]
  ): { readonly child: ChildProcess; readonly said: (text: string) => Promise<string> } {
    const common = [
      '--role',
      role,
      '--program',
      this.#program,
      '--vm',
      'bench',
      '--token-file',
      this.#tokenFile,
    ];
    const directory = join(this.#directory, 'arbiter');
    mkdirSync(directory, { recursive: true });
    const arbiter = ['--arbiter', `file:${directory}`];
    const child = adopt(
      spawn(process.execPath, [join(BUILD, 'cli/main.js'), 'host', ...common, ...arbiter, ...words], {
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
    );
    this.#children.push(child);
    const lines: string[] = [];
    let heard = (): void => undefined;
    if (child.stderr !== null) {
      eachLine(child.stderr, (line) => {
        lines.push(line);
        heard();
      });
    }
    const said = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const fail = (): void => reject(new Error(`a ${role} never said "${text}":\n${lines.join('\n')}`));
        child.once('exit', fail);
        heard = () => {
          const line = lines.find((one) => one.includes(text));
          if (line === undefined) return;
          child.off('exit', fail);
          resolve(line);
        };
        heard();
      });
    return { child, said };
  }
}

/**
 * Below the ports that systems give to whoever asks for any: nobody gets it between this look and the host's.
 */
const PORTS = { from: 20_000, count: 10_000 };

async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
