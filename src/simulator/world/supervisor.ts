/**
 * Who starts hosts: a supervisor as `tandem run` has one, that brings in a new backup after each loss and kills whom the test-and-set has
 * struck off; or an operator, who only sees to it that there is a backup.
 */
import type { Announcement } from '../../protocol/effects.ts';
import type { Settings } from '../settings.ts';
import type { Agenda } from './agenda.ts';
import type { VirtualHost } from './host.ts';
import type { Network } from './network.ts';

/** From a host to its supervisor and back. */
const IPC_MS = 0.5;
/** An operator looks this often. */
const LOOK_EVERY_MS = 50;
/** A backup that never came into sync is replaced the later, the more of them there were. */
const DOUBLINGS_AT_MOST = 6;
/** No run needs more; a run that starts host after host has another fault to show. */
const HOSTS_AT_MOST = 100;
/** A connection that nobody answers is given up. */
const CONNECT_MS = 3_000;

export interface SupervisorSurroundings {
  readonly settings: Settings;
  readonly agenda: Agenda;
  readonly network: Network;
  readonly hosts: readonly VirtualHost[];
  start(role: 'primary' | 'backup'): VirtualHost;
  /** Whom the arbiter's record names. */
  liveName(): string | null;
}

export class Supervisor {
  readonly #around: SupervisorSurroundings;
  #live: VirtualHost | null = null;
  #isDue = false;
  /** Backups that were lost before they had been in sync, in a row. */
  #failures = 0;

  constructor(around: SupervisorSurroundings) {
    this.#around = around;
    const { agenda, settings } = around;
    agenda.after(settings.bootMs, () => {
      this.#live = around.start('primary');
      this.#wantBackup();
    });
    if (!settings.supervised) this.#look();
  }

  announced(host: VirtualHost, announcement: Announcement): void {
    if (!this.#around.settings.supervised) return;
    this.#around.agenda.after(IPC_MS, () => {
      if (announcement.event === 'go-live') this.#wentLive(host);
      // Both live on, in each other's role.
      if (announcement.event === 'switch-over' && host.isAlive) {
        this.#live = host;
        this.#wantBackup();
      }
      if (announcement.event === 'solo' && host === this.#live) this.#struckOff();
    });
  }

  gone(host: VirtualHost): void {
    this.#failures = host.hasBeenInSync ? 0 : this.#failures + 1;
    this.#wantBackup();
  }

  #wentLive(host: VirtualHost): void {
    if (!host.isAlive) return;
    this.#live?.kill(false);
    this.#live = host;
    this.#wantBackup();
  }

  /** The backup that the arbiter's record names no more, if it still runs. */
  #struckOff(): void {
    for (const host of this.#backups())
      if (host.status === 'following' || host.status === 'sealed') host.kill(false);
  }

  #backups(): readonly VirtualHost[] {
    return this.#around.hosts.filter((host) => host.isAlive && host.core.role.kind === 'backup');
  }

  #look(): void {
    const live = this.#around.liveName();
    const host = this.#around.hosts.find(({ name }) => name === live);
    if (host?.isAlive === true) this.#live = host;
    this.#wantBackup();
    this.#around.agenda.after(LOOK_EVERY_MS, () => this.#look());
  }

  #wantBackup(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const { agenda, settings } = this.#around;
    const patience = 2 ** Math.min(Math.max(0, this.#failures - 1), DOUBLINGS_AT_MOST);
    agenda.after(settings.replaceAfterMs * patience + settings.bootMs, () => {
      this.#isDue = false;
      this.#startBackup();
    });
  }

  #startBackup(): void {
    const { hosts, agenda, network, start } = this.#around;
    const live = this.#live;
    if (live === null || !live.isAlive || this.#backups().length > 0 || hosts.length >= HOSTS_AT_MOST) return;
    const host = start('backup');
    agenda.after(network.latencyMs(), () => this.#connect(host, live));
  }

  #connect(host: VirtualHost, live: VirtualHost): void {
    const { agenda, network } = this.#around;
    const refuse = (reason: string): void => host.closed('none', reason);
    if (!live.isAlive) host.whenAwake(() => refuse('connection refused'));
    else if (network.isCut(host, live) || network.isCut(live, host)) {
      agenda.after(CONNECT_MS, () => host.whenAwake(() => refuse('no answer')));
    } else {
      network.connect(host, live);
    }
  }
}
