/**
 * A command of the operator's, run when this host has become the live one: to move an address, to tell a load
 * balancer. It is told which epoch and which URL by its environment. Nothing waits for it; it has a time
 * limit, and what it prints is logged.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
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

  constructor(command: string | undefined, log: (level: LogLevel, text: string) => void) {
    this.#command = command;
    this.#log = log;
  }

  /** Once for each epoch, however often the doors open in it. */
  live({ vm, epoch, url }: LiveNow): void {
    if (this.#command === undefined || epoch === this.#ranInEpoch) return;
    this.#ranInEpoch = epoch;
    const env = { ...process.env, TANDEM_VM: vm, TANDEM_EPOCH: String(epoch), TANDEM_URL: url };
    // A group of its own, so that all of it can be stopped.
    const child = spawn(this.#command, {
      shell: true,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    const said = new LogLines((text) => this.#log('info', `on go-live: ${text}`));
    said.read(child.stdout);
    said.read(child.stderr);
    const timer = setTimeout(() => {
      this.#log('warning', `on go-live: not done after ${limits.onGoLiveMs} ms, so it is stopped`);
      if (child.pid !== undefined) stopGroup(child.pid);
    }, limits.onGoLiveMs);
    child.once('error', (error) => this.#log('warning', `on go-live: cannot be started: ${error.message}`));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) this.#log('warning', `on go-live: ended with ${signal ?? `code ${code}`}`);
    });
    child.unref();
  }
}

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
