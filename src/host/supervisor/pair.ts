/**
 * Who of a run's hosts is what, as far as its supervisor has been told. The hosts and the arbiter decide it
 * (FT §2.3); nothing here does.
 */
import type { HostProcess } from './child.ts';

/** What a host says of itself that is live now. */
interface NewlyLive {
  readonly epoch: number;
  readonly loggingUrl: string;
}

export class Pair {
  primary: HostProcess | undefined;
  backup: HostProcess | undefined;
  /** Where the primary hears its backup; undefined until the first one is up. */
  loggingUrl: string | undefined;
  #epoch = 0;

  /** The highest that was heard of. */
  get epoch(): number {
    return this.#epoch;
  }

  heard(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch);
  }

  get isRedundant(): boolean {
    return this.primary !== undefined && (this.backup?.inSync ?? false);
  }

  /**
   * Returns the host that has lost the test-and-set and may still run. Stopped or slow, it would find that
   * out by itself; nobody needs to wait for that. After a switch-over of which its new primary could not even
   * tell, that is the backup in sync, as far as is known here.
   */
  goesLive(host: HostProcess, live: NewlyLive): HostProcess | undefined {
    const inSync = this.backup?.inSync ? this.backup : undefined;
    const loser = this.primary === host ? inSync : this.primary;
    this.#promote(host, live);
    if (this.backup === host) this.backup = undefined;
    return loser;
  }

  /**
   * Both live on, in each other's role. False when the news is old: who was relieved is live again meanwhile.
   */
  switchesOver(host: HostProcess, live: NewlyLive): boolean {
    if (host !== this.backup || live.epoch < this.#epoch) return false;
    const relieved = this.primary;
    this.#promote(host, live);
    this.backup = relieved;
    if (relieved === undefined) return true;
    relieved.role = 'backup';
    relieved.inSync = true;
    return true;
  }

  /** What a host that has ended was. */
  lose(host: HostProcess): 'primary' | 'backup' | undefined {
    if (host === this.primary) {
      this.primary = undefined;
      return 'primary';
    }
    if (host !== this.backup) return undefined;
    this.backup = undefined;
    return 'backup';
  }

  #promote(host: HostProcess, { epoch, loggingUrl }: NewlyLive): void {
    host.role = 'primary';
    host.ready = true;
    host.inSync = false;
    this.primary = host;
    this.loggingUrl = loggingUrl;
    this.heard(epoch);
  }
}
