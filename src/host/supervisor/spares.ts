/**
 * Processes that are kept ready (FT §3.1): each has loaded the guest and booted its machine, and waits to be told where to join. A lost host is replaced by
 * one at once; a fresh one is started when the pair is complete again, so that it takes no time from the joining one.
 */
import { limits } from '../../base/limits.ts';
import type { HostProcess } from './child.ts';

export class SpareRoom {
  readonly #wanted: number;
  readonly #start: () => HostProcess;
  #spares: HostProcess[] = [];
  /** Spares lost in a row while nobody needed them. */
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(wanted: number, start: () => HostProcess) {
    this.#wanted = wanted;
    this.#start = start;
  }

  get pids(): readonly { readonly pid: number }[] {
    return this.#spares.map(({ pid }) => ({ pid }));
  }

  /** The pair is complete: starts those that are missing. */
  fill(): void {
    clearTimeout(this.#timer);
    while (this.#spares.length < this.#wanted) this.#spares.push(this.#start());
  }

  /** One that is to become the backup, if there is one. */
  take(): HostProcess | undefined {
    this.#failures = 0;
    return this.#spares.shift();
  }

  /** True when it was one of these; another one is started, later each time. */
  gone(host: HostProcess): boolean {
    if (!this.#spares.includes(host)) return false;
    this.#spares = this.#spares.filter((spare) => spare !== host);
    const pauseMs = Math.min(limits.backupRetryFirstMs * 2 ** this.#failures, limits.backupRetryMaximumMs);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.fill(), pauseMs);
    return true;
  }

  /** None is started any more. */
  close(): void {
    clearTimeout(this.#timer);
  }
}
