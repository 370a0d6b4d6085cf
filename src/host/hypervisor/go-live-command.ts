/**
 * A command of the operator's, run when this host has become the live one: to move an address, to tell a load
 * balancer. It is told which epoch and which URL by its environment. Nothing waits for it; it has a time
 * limit, ends when this host is not live any more, and what it prints is logged.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { LogLevel } from '../supervisor/protocol.ts';

export interface LiveNow {
  readonly vm: string;
  readonly epoch: number;
  /** Where clients find this host. */
  readonly url: string;
}

export class GoLiveCommand {
  readonly #command: string | undefined;
  readonly #log: (level: LogLevel, text: string) => void;
  #ranInEpoch = 0;
  /** Of the command that runs. */
  #pid: number | undefined;

  constructor(command: string | undefined, log: (level: LogLevel, text: string) => void) {
    this.#command = command;
    this.#log = log;
  }

  /** Once for each epoch, however often the doors open in it. Whatever becomes of it, the host goes on. */
  live(now: LiveNow): void {
    if (this.#command === undefined || now.epoch === this.#ranInEpoch) return;
    this.#ranInEpoch = now.epoch;
    this.stop();
    try {
      this.#run(start(this.#command, now));
    } catch (error) {
      this.#cannotStart(error);
    }
  }

  /** Another host is live, or this one is over: what is to be moved here must not be moved any more. */
  stop(): void {
    if (this.#pid !== undefined) stopGroup(this.#pid);
    this.#pid = undefined;
  }

  #run(child: Started): void {
    const { pid } = child;
    this.#pid = pid;
    const said = new LogLines((text) => this.#log('info', `on go-live: ${text}`));
    said.read(child.stdout);
    said.read(child.stderr);
    const timer = setTimeout(() => {
      this.#log('warning', `on go-live: not done after ${limits.onGoLiveMs} ms, so it is stopped`);
      if (pid !== undefined) stopGroup(pid);
    }, limits.onGoLiveMs);
    timer.unref();
    child.once('error', (error) => this.#cannotStart(error));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      // Stopped, for it is not wanted any more.
      if (this.#pid !== pid) return;
      this.#pid = undefined;
      if (code !== 0) this.#log('warning', `on go-live: ended with ${signal ?? `code ${code}`}`);
    });
    child.unref();
  }

  #cannotStart(error: unknown): void {
    const reason = messageOf(error);
    this.#log('warning', `on go-live: cannot be started: ${reason}`);
  }
}

type Started = ChildProcessByStdio<null, Readable, Readable>;

/**
 * In a group of its own, so that all of it can be stopped. Throws when there is no descriptor left for it.
 */
const start = (command: string, { vm, epoch, url }: LiveNow): Started =>
  spawn(command, {
    shell: true,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TANDEM_VM: vm, TANDEM_EPOCH: String(epoch), TANDEM_URL: url },
  });

/** Lines for the log, some of them. */
class LogLines {
  readonly #say: (text: string) => void;
  #left: number = limits.onGoLiveLines;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  read(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      if (this.#left > 0) this.#say(line.slice(0, limits.onGoLiveLineCharacters));
      else if (this.#left === 0) this.#say('(what it says besides is not logged)');
      this.#left -= 1;
    });
  }
}

function stopGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
