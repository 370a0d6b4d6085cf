/**
 * The demo's pair: a real `tandem run --json` in a process of its own, its
 * events as they come, its end with ours.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { TandemError } from '../base/errors.ts';
import type { RunEvent } from '../host/supervisor/report.ts';

/** Ready, failure-detected, … with the moment of arrival. */
export type Arrived<Name extends RunEvent['event']> = Extract<RunEvent, { event: Name }> & {
  readonly atMs: number;
};

/** A story that hangs has failed. */
const PATIENCE_MS = 15_000;

export class DemoRun {
  readonly #child: ChildProcess;
  readonly #events: (RunEvent & { readonly atMs: number })[] = [];
  readonly #waiting = new Set<() => void>();
  #stderr = '';
  #ended: string | undefined;

  /** `command` starts this same program again. */
  constructor(command: readonly string[], program: string) {
    const [file = process.execPath, ...before] = command;
    const words = [...before, 'run', program, '--json', '--port', '0', '--admin-port', '0'];
    // The IPC channel carries nothing: when it closes because we are gone,
    // however that came, the run ends too.
    this.#child = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const { stdout, stderr } = this.#child;
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#arrive(line));
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    this.#child.once('error', (error) => this.#end(error.message));
    this.#child.once('close', (code) => this.#end(this.#stderr.trim() || `code ${code}`));
  }

  /** The `nth` event of that name. Throws when the run ends before, or when it takes too long. */
  until<Name extends RunEvent['event']>(name: Name, nth = 1): Promise<Arrived<Name>> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const check = () => {
        const found = this.#events.filter((event): event is Arrived<Name> => event.event === name)[nth - 1];
        if (found === undefined && this.#ended === undefined) return;
        settle();
        if (found !== undefined) resolve(found);
        else
          reject(
            new TandemError(
              'DEMO_RUN_ENDED',
              `the run ended before "${name}": ${this.#ended}`,
              'mend that and try again',
            ),
          );
      };
      const timer = setTimeout(() => {
        settle();
        const message = `no "${name}" within ${PATIENCE_MS / 1000} s`;
        reject(new TandemError('DEMO_TIMEOUT', message, 'try again when this machine has less to do'));
      }, PATIENCE_MS);
      this.#waiting.add(check);
      check();
    });
  }

  /** Stops the run in good order; resolves when its process is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined)
      return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }

  #arrive(line: string): void {
    const event = parse(line);
    // The last line of a run that was killed may be torn.
    if (event === undefined) return;
    this.#events.push({ ...event, atMs: performance.now() });
    for (const check of [...this.#waiting]) check();
  }

  #end(why: string): void {
    this.#ended ??= why;
    for (const check of [...this.#waiting]) check();
  }
}

function parse(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    return undefined;
  }
}
