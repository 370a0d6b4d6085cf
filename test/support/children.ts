/**
 * Real processes: started by name, read line by line with the moment of each line, waited for by what they
 * say, and none left behind. Every process inherits a mark in its environment, so that hosts are found and
 * ended even when the supervisor that started them was killed. That needs /proc: all this runs on Linux.
 * Knows nothing of the test runner; what a test uses is in processes.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = join(root, 'dist/cli/main.js');

/** Guards against hanging, nothing else: no claim rests on it. */
const PATIENCE_MS = 60_000;

export const program = (name: string): string => join(root, 'guest-programs', name);
export const guest = (name: string): string => join(root, 'test/processes/guests', name);

export interface Line {
  readonly text: string;
  /** When it came, by performance.now(). */
  readonly atMs: number;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Complete lines of a stream, those that came and those that will. */
export class Lines {
  readonly #name: string;
  readonly all: Line[] = [];
  #rest: string[] = [];
  #ended = false;
  readonly #watchers = new Set<() => void>();

  constructor(name: string, stream: NodeJS.ReadableStream) {
    this.#name = name;
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => this.#take(chunk));
    stream.on('close', () => this.#end());
  }

  get texts(): string[] {
    return this.all.map(({ text }) => text);
  }

  /** What was written behind the last newline. */
  get unfinished(): string {
    return this.#rest.join('');
  }

  /**
   * The first line from index `from` on that `matches`; fails when the stream
   * ends without it, or after a long time.
   */
  waitFor(what: string, matches: (text: string) => boolean, from = 0): Promise<Line> {
    let next = from;
    return this.watch(what, () => {
      for (; next < this.all.length; next += 1) {
        const line = this.all[next];
        if (line !== undefined && matches(line.text)) return line;
      }
      return undefined;
    });
  }

  /** Asks `find` again after each line, until it finds something. */
  watch<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      const look = (): void => {
        const found = find();
        if (found !== undefined) done(() => resolve(found));
        else if (this.#ended) done(() => reject(this.#never(what, 'and will not come')));
      };
      const timer = setTimeout(
        () => done(() => reject(this.#never(what, `within ${PATIENCE_MS} ms`))),
        PATIENCE_MS,
      );
      this.#watchers.add(look);
      look();
    });
  }

  /** The last lines, each with the moment when it came, as a paragraph for people. */
  last(): string {
    const lines = this.all.slice(-15).map(({ text, atMs }) => `  ${atMs.toFixed(1)} ${text.slice(0, 300)}`);
    return `last lines on ${this.#name}:\n${lines.join('\n')}`;
  }

  #never(what: string, when: string): Error {
    return new Error(`${what} did not come ${when}; ${this.last()}`);
  }

  #take(chunk: string): void {
    const pieces = chunk.split('\n');
    const atMs = performance.now();
    for (const piece of pieces.slice(0, -1)) {
      this.#rest.push(piece);
      this.all.push({ text: this.#rest.join(''), atMs });
      this.#rest = [];
    }
    this.#rest.push(pieces.at(-1) ?? '');
    if (pieces.length > 1) this.#look();
  }

  #end(): void {
    this.#ended = true;
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}

/** A process with what it says on both streams; whoever starts it also sweeps. */
export class Child {
  readonly child: ChildProcess;
  readonly stdout: Lines;
  readonly stderr: Lines;
  /** Settles when the process has ended and all it said has been read. */
  readonly exited: Promise<Exit>;
  /** Set once it has ended. */
  exit: Exit | undefined;
  readonly #name: string;
  readonly #mark = `${MARK_NAME}=${randomUUID()}`;

  constructor(name: string, command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#name = name;
    const [file = '', ...words] = command;
    const [, id = ''] = this.#mark.split('=');
    const child = spawn(file, words, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...environment, [MARK_NAME]: id },
    });
    this.child = child;
    this.stdout = new Lines(`stdout of ${name}`, child.stdout);
    this.stderr = new Lines(`stderr of ${name}`, child.stderr);
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** How it ended, if it has, and what it said last. */
  lastWords(): string {
    const end = this.exit === undefined ? 'still ran' : `ended with ${this.exit.signal ?? this.exit.code}`;
    return `${this.#name} (pid ${this.pid}) ${end}\n${this.stdout.last()}\n${this.stderr.last()}`;
  }

  /** It and everything that it has started, alive now. */
  family(): number[] {
    return runningPids().filter((pid) => environmentOf(pid).includes(this.#mark));
  }

  /** Resolves when it and everything that it has started is gone. */
  async gone(): Promise<void> {
    await until('the end of every process of this run', () => this.family().length === 0);
  }

  /** Ends it and everything that it has started, the stopped ones, too. */
  async sweep(): Promise<void> {
    for (let left = this.family(); left.length > 0; left = this.family()) {
      for (const pid of left) signal(pid, 'SIGKILL');
      await nextMoment();
    }
    await this.exited.catch(() => undefined);
  }
}

const MARK_NAME = 'TANDEM_TEST_PROCESS';

/** Zombies have no environment, so they do not count. */
function runningPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** Sends a signal; false when the process is gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Asks again and again until `holds`, for what nobody reports by himself. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const startedMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error(`${what} did not come about`);
    await nextMoment();
  }
}

/** Between two looks at something that cannot be waited for. */
const nextMoment = (): Promise<void> => pause(10);

/** For pauses that are part of the subject: how long somebody is stopped, how often somebody asks. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Below the range from which the system gives ports to clients, so that it stays free until a host opens it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
