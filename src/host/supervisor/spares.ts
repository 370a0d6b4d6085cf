/**
 * Processes that are kept ready (FT §3.1): each has loaded the guest and booted its machine, and waits to be
 * told where to join. A lost host is replaced by one at once; a fresh one is started when the pair is
 * complete again, so that it takes no time from the joining one.
 */
import { limits } from '../../base/limits.ts';
import type { HostProcess } from './child.ts';

/** Before the next try after so many failures in a row. */
export const backOffMs = (failures: number): number =>
  Math.min(limits.backupRetryFirstMs * 2 ** (failures - 1), limits.backupRetryMaximumMs);

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

  /** Makes one of them the backup of the primary at this URL; undefined when there is none. */
  call(loggingUrl: string): HostProcess | undefined {
    this.#failures = 0;
    const spare = this.#spares.shift();
    if (spare === undefined) return undefined;
    spare.role = 'backup';
    spare.tell({ type: 'join', loggingUrl });
    return spare;
  }

  /** True when it was one of these; another one is started, later each time. */
  gone(host: HostProcess): boolean {
    if (!this.#spares.includes(host)) return false;
    this.#spares = this.#spares.filter((spare) => spare !== host);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.fill(), backOffMs(this.#failures));
    return true;
  }

  /** None is started any more. */
  close(): void {
    clearTimeout(this.#timer);
  }
}
