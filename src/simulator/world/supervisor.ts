/**
 * Who starts hosts: a supervisor as `tandem run` has one, that brings in a new backup after each loss and
 * kills whom the test-and-set has struck off; or an operator, who only sees to it that there is a backup, and
 * so many spares that look for the live host themselves.
 */
import type { Announcement } from '../../protocol/effects.ts';
import type { Settings } from '../settings.ts';
import type { Agenda } from './agenda.ts';
import type { HostRole, VirtualHost } from './host.ts';
import { CONNECT_MS, type Network } from './network.ts';

/** From a host to its supervisor and back. */
const IPC_MS = 0.5;
/** An operator looks this often. */
const LOOK_EVERY_MS = 50;
/** A backup that never came into sync is replaced the later, the more of them there were. */
const DOUBLINGS_AT_MOST = 6;
/** No run needs more; a run that starts host after host has another fault to show. */
const HOSTS_AT_MOST = 100;
/** A spare that has called somebody in vain calls the next one after this. */
const SEEK_MS = 20;

export interface SupervisorSurroundings {
  readonly settings: Settings;
  readonly agenda: Agenda;
  readonly network: Network;
  readonly hosts: readonly VirtualHost[];
  start(role: HostRole): VirtualHost;
  /** Whom the arbiter's record names. */
  liveName(): string | null;
}

export class Supervisor {
  readonly #around: SupervisorSurroundings;
  #live: VirtualHost | null = null;
  #isDue = false;
  #isOver = false;
  /** In which a host went live last. */
  #epoch = 0;
  /** Calls that each spare has made. */
  readonly #calls = new Map<VirtualHost, number>();
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
      if (announcement.event === 'switch-over' && host.isAlive && announcement.epoch >= this.#epoch) {
        this.#live = host;
        this.#wantBackup();
      }
      if (announcement.event === 'solo' && host === this.#live) {
        this.#epoch = Math.max(this.#epoch, announcement.epoch);
        this.#struckOff();
      }
    });
  }

  /** The machine is off: so is every host, in a moment. */
  switchedOff(): void {
    this.#isOver = true;
    this.#around.agenda.after(IPC_MS, () => {
      for (const host of this.#around.hosts) host.kill(false);
    });
  }

  /** A spare calls the hosts that may be live, one after the other, until a connection stands. */
  seek(spare: VirtualHost): void {
    const { agenda, hosts } = this.#around;
    agenda.after(SEEK_MS, () => {
      if (!spare.isAlive) return;
      const others = hosts.filter((host) => host !== spare && host.isAlive);
      const calls = this.#calls.get(spare) ?? 0;
      const next = others[calls % others.length];
      this.#calls.set(spare, calls + 1);
      if (next === undefined) this.seek(spare);
      else this.#call(spare, next, () => this.seek(spare));
    });
  }

  gone(host: VirtualHost): void {
    this.#failures = host.hasBeenInSync ? 0 : this.#failures + 1;
    this.#wantBackup();
  }

  #wentLive(host: VirtualHost): void {
    if (!host.isAlive) return;
    // After a switch-over of which its new primary could not tell, that one is the loser.
    if (this.#live !== host) this.#live?.kill(false);
    else this.#struckOff();
    this.#epoch = Math.max(this.#epoch, host.core.epoch);
    this.#live = host;
    this.#wantBackup();
  }

  /**
   * The backup that the arbiter's record names no more, if it still runs. One
   * that came since has not been in sync.
   */
  #struckOff(): void {
    for (const host of this.#backups()) if (host.hasBeenInSync) host.kill(false);
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
    const { hosts, settings, start } = this.#around;
    const live = this.#live;
    const { supervised, spares } = settings;
    const wanted = supervised ? 1 : 1 + spares;
    const present = this.#backups().length;
    if (this.#isOver || live === null || !live.isAlive || present >= wanted || hosts.length >= HOSTS_AT_MOST)
      return;
    if (wanted > 1) start('spare');
    else this.#join(start('backup'), live);
    if (present + 1 < wanted) this.#wantBackup();
  }

  #join(host: VirtualHost, live: VirtualHost): void {
    const { agenda, network } = this.#around;
    agenda.after(network.latencyMs(), () => this.#call(host, live, (reason) => host.closed('none', reason)));
  }

  #call(host: VirtualHost, other: VirtualHost, refused: (reason: string) => void): void {
    const { agenda, network } = this.#around;
    if (!other.isAlive) host.whenAwake(() => refused('connection refused'));
    else if (network.isCut(host, other) || network.isCut(other, host)) {
      agenda.after(CONNECT_MS, () => host.whenAwake(() => refused('no answer')));
    } else {
      network.connect(host, other, () => refused('no answer'));
    }
  }
}
