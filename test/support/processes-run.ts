/** A supervised run under test: `tandem run … --json`, its events as they come, its admin port. */
import type { HashComparison, RunEvent, RunStatus } from '../../src/host/supervisor/report.ts';
import { type Exit, type Lines, type Process, tandemIn } from './processes.ts';
import { ask } from './processes-client.ts';

interface ConsoleEvent {
  readonly event: 'console';
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export type Told = RunEvent | ConsoleEvent;
type Named<Name extends Told['event']> = Extract<Told, { readonly event: Name }>;

export interface Timed<Event> {
  readonly atMs: number;
  readonly event: Event;
}

export class Run {
  readonly process: Process;
  readonly #events: Timed<Told>[] = [];
  #ready: Named<'ready'> | undefined;
  #read = 0;

  constructor(program: string, words: readonly string[], environment: Readonly<Record<string, string>>) {
    const ports = ['--port', '0', '--admin-port', '0'];
    this.process = tandemIn(environment, 'run', program, '--json', ...ports, ...words);
  }

  /** All that it told so far. */
  get events(): readonly Timed<Told>[] {
    this.#catchUp();
    return this.#events;
  }

  get url(): string {
    return this.#isReady().url;
  }

  get admin(): string {
    return this.#isReady().admin;
  }

  /** Of the two hosts that the run told of last. */
  get primaryPid(): number {
    this.#catchUp();
    return this.#pid('primary');
  }

  get backupPid(): number {
    this.#catchUp();
    return this.#pid('backup');
  }

  get lines(): Lines {
    return this.process.stdout;
  }

  /** Events from now on are those from this index on. */
  get now(): number {
    this.#catchUp();
    return this.#events.length;
  }

  async ready(): Promise<this> {
    this.#ready = (await this.waitFor('ready')).event;
    return this;
  }

  /** The first event of this name, from index `from` on, that is also `such`. */
  waitFor<Name extends Told['event']>(
    name: Name,
    from = 0,
    such: (event: Named<Name>) => boolean = () => true,
  ): Promise<Timed<Named<Name>>> {
    const isIt = (timed: Timed<Told>): timed is Timed<Named<Name>> =>
      timed.event.event === name && such(timed.event as Named<Name>);
    let next = from;
    return this.process.stdout.watch(`the event ${name}`, () => {
      this.#catchUp();
      for (; next < this.#events.length; next += 1) {
        const timed = this.#events[next];
        if (timed !== undefined && isIt(timed)) return timed;
      }
      return undefined;
    });
  }

  /** A line of the guest's. */
  waitForLine(such: (text: string) => boolean, from = 0): Promise<Timed<ConsoleEvent>> {
    return this.waitFor('console', from, ({ text }) => such(text));
  }

  /** Everything but the console. */
  story(from = 0): Exclude<Told, ConsoleEvent>[] {
    this.#catchUp();
    return this.#events.slice(from).flatMap(({ event }) => (event.event === 'console' ? [] : [event]));
  }

  /** The guest's lines on one stream. */
  printed(stream: 'stdout' | 'stderr' = 'stdout'): Timed<ConsoleEvent>[] {
    this.#catchUp();
    return this.#events.flatMap(({ atMs, event }) =>
      event.event === 'console' && event.stream === stream ? [{ atMs, event }] : [],
    );
  }

  async status(): Promise<RunStatus> {
    return (await this.#admin('GET', '/status')) as RunStatus;
  }

  async hash(): Promise<HashComparison> {
    return (await this.#admin('POST', '/hash')) as HashComparison;
  }

  /** Ctrl-C, and the end of everything. */
  async stop(): Promise<Exit> {
    this.process.kill('SIGINT');
    return this.process.exited;
  }

  async #admin(method: string, path: string): Promise<unknown> {
    const { body } = await ask(`${this.admin}${path}`, { method, timeoutMs: 30_000 });
    return JSON.parse(body);
  }

  #pid(role: 'primary' | 'backup'): number {
    let [primary, backup] = [0, 0];
    for (const { event } of this.#events) {
      if (event.event === 'ready') [primary, backup] = [event.primary.pid, event.backup.pid];
      else if (event.event === 'go-live') [primary, backup] = [event.pid, 0];
      else if (event.event === 'switch-over') [primary, backup] = [event.to.pid, event.from.pid];
      else if (event.event === 'redundant') backup = event.backup.pid;
    }
    return role === 'primary' ? primary : backup;
  }

  #isReady(): Named<'ready'> {
    if (this.#ready === undefined) throw new Error('the run is not ready yet');
    return this.#ready;
  }

  #catchUp(): void {
    const { all } = this.process.stdout;
    for (; this.#read < all.length; this.#read += 1) {
      const line = all[this.#read];
      if (line !== undefined) this.#events.push({ atMs: line.atMs, event: JSON.parse(line.text) as Told });
    }
  }
}

/** More words for a run; no spare waits to replace a lost host, the next one is started then. */
const NO_SPARE = ['--spares', '0'];

/**
 * Starts a pair; `ready()` waits until it is complete. Without the spare that `tandem run` keeps unless it is
 * told otherwise: to start a host takes a second of the processor.
 */
export const run = (program: string, ...words: readonly string[]): Run =>
  new Run(program, [...NO_SPARE, ...words], {});

/** The same as users start it, with a spare. */
export const runWithSpare = (program: string, ...words: readonly string[]): Run =>
  new Run(program, words, {});

/** The pair with more in its environment. */
export const runIn = (environment: Readonly<Record<string, string>>, program: string): Run =>
  new Run(program, NO_SPARE, environment);
