/**
 * One host process, seen from its supervisor: started with the client's socket and an
 * IPC channel, asked questions, killed.
 *
 * It is gone only when the process has exited and its channel is drained: what a primary said in its last
 * moment (a printed line, that it was redundant) is often still in the pipe when the exit is reported.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { hostArguments } from './arguments.ts';
import {
  CLIENT_SOCKET_FDS,
  decodeHostMessage,
  describeUnknown,
  type HostMessage,
  type HostOptions,
  type HostRole,
  type LogLevel,
  type SupervisorMessage,
} from './protocol.ts';
import { Questions } from './questions.ts';

/** How a process ended. */
export interface HostEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said when it halted itself. */
  readonly halt: Extract<HostMessage, { type: 'halt' }> | undefined;
  /** When it could not even be started, or did not speak in time. */
  readonly problem: string | undefined;
}

export interface HostListener {
  message(host: HostProcess, message: HostMessage): void;
  /** Something about this host for the log: its stderr, or a message that made no sense. */
  log(host: HostProcess, level: LogLevel, text: string): void;
  gone(host: HostProcess, end: HostEnd): void;
}

export class HostProcess {
  /** Changes when a spare is called and when a backup goes live. */
  role: HostRole;
  /** The arbiter's record lists this backup, as far as its supervisor was told. */
  inSync = false;
  ready = false;
  #hasSpoken = false;
  readonly startedAtMs = Date.now();
  /** Undefined when the system would not make one. */
  readonly #child: ChildProcess | undefined;
  readonly #listener: HostListener;
  readonly questions: Questions;
  readonly #startTimer: NodeJS.Timeout;
  #halt: HostEnd['halt'];
  #problem: string | undefined;
  #exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  #drained = false;

  /** `command` is the executable and the arguments that come before `host`. */
  constructor(command: readonly string[], options: HostOptions, clientFd: number, listener: HostListener) {
    this.role = options.role;
    this.#listener = listener;
    this.#child = this.#spawn([...command, ...hostArguments(options)], clientFd);
    this.questions = new Questions({
      tell: (message) => this.tell(message),
      name: () => `the ${this.role}`,
      isReachable: () => this.#child?.connected === true,
    });
    this.#startTimer = setTimeout(() => this.#failToStart(), limits.hostStartMs);
    if (this.#child !== undefined) this.#listen(this.#child);
  }

  /** 0 when the process could not be started. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  /** It runs and has not said a word: its code is being read, and nothing in it hears a question. */
  get starting(): boolean {
    return this.running && !this.#hasSpoken;
  }

  /** Says something to the host; says it to nobody when the channel is closed. */
  tell(message: SupervisorMessage): void {
    // An error here means that the host is dying; its exit is reported on its own.
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    // To Node one without a process is process 0, and a signal to that one hits all of this process's group.
    if (this.running && this.pid !== 0) this.#child?.kill(signal);
  }

  /**
   * Node throws some errors of the system (no memory, a file that is being written) and emits others. Both
   * are a host that could not be started: its listener hears so, when whoever wants it knows it.
   */
  #spawn([file = process.execPath, ...words]: readonly string[], clientFd: number): ChildProcess | undefined {
    try {
      return spawn(file, words, {
        // A group of its own: Ctrl-C in a terminal is for the supervisor alone, which
        // then stops its hosts in good order.
        detached: true,
        // The position in this list is the number of the descriptor in the host: behind
        // the channel stands CLIENT_SOCKET_FD.
        stdio: ['ignore', 'pipe', 'pipe', 'ipc', ...Array<number>(CLIENT_SOCKET_FDS).fill(clientFd)],
        serialization: 'json',
      });
    } catch (error) {
      setImmediate(() => this.#fail(messageOf(error)));
      return undefined;
    }
  }

  #listen(child: ChildProcess): void {
    child.on('message', (value) => this.#receive(value));
    child.on('error', (error) => {
      // Also when a signal or a message could not be delivered, which says nothing about a process that runs.
      if (child.pid === undefined) this.#fail(error.message);
    });
    child.once('exit', (code, signal) => {
      this.#exit = { code, signal };
      this.#checkGone();
    });
    child.once('disconnect', () => {
      this.#drained = true;
      this.#checkGone();
    });
    for (const stream of [child.stdout, child.stderr]) {
      // Without free descriptors Node makes none, whatever its types say.
      if (stream) forEachLine(stream, (line) => this.#listener.log(this, 'error', line));
    }
  }

  #receive(value: unknown): void {
    const message = decodeHostMessage(value);
    if (message === undefined) {
      this.#listener.log(this, 'warning', `said something unknown, ignored: ${describeUnknown(value)}`);
      return;
    }
    clearTimeout(this.#startTimer);
    this.#hasSpoken = true;
    if (this.questions.answered(message)) return;
    if (message.type === 'halt') this.#halt = message;
    this.#listener.message(this, message);
  }

  #fail(reason: string): void {
    this.#problem = `cannot be started: ${reason}`;
    this.#exit = { code: null, signal: null };
    this.#drained = true;
    this.#checkGone();
  }

  #failToStart(): void {
    this.#problem = `said nothing within ${limits.hostStartMs / 1000} s of its start`;
    this.kill();
  }

  #checkGone(): void {
    if (this.#exit === undefined || !this.#drained) return;
    clearTimeout(this.#startTimer);
    this.questions.end();
    this.#listener.gone(this, { ...this.#exit, halt: this.#halt, problem: this.#problem });
  }
}

/**
 * Complete lines only; a line that a killed process left unfinished is dropped, one that never ends is cut.
 */
function forEachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, limits.consoleLineBytes);
    for (const line of lines) take(line);
  });
}
