/** Makes the faults of a plan happen, and takes all of them back when the healing begins. */
import { unreachable } from '../../base/assert.ts';
import type { Fault, FaultEffect, FaultKind, FaultTarget } from '../faults.ts';
import type { Agenda } from './agenda.ts';
import type { VirtualHost } from './host.ts';
import type { Network } from './network.ts';
import type { Trace } from './trace.ts';

export interface InjectorSurroundings {
  readonly agenda: Agenda;
  readonly network: Network;
  readonly trace: Trace;
  readonly hosts: readonly VirtualHost[];
  /** Whom the arbiter's record names. */
  liveName(): string | null;
  /** False: it is the last one that holds the machine, and this plan does not lose all of them. */
  mayCrash(host: VirtualHost): boolean;
  resetClients(host: VirtualHost): void;
  /** A fault has hit a host. */
  hit(kind: FaultKind, host: VirtualHost): void;
}

export class Injector {
  readonly #around: InjectorSurroundings;
  readonly #waiting: Fault[];
  readonly #entered = new Map<string, number>();
  readonly #undo = new Set<() => void>();
  #isOver = false;

  constructor(faults: readonly Fault[], around: InjectorSurroundings) {
    this.#around = around;
    this.#waiting = faults.filter(({ time }) => time.kind === 'entering');
    for (const fault of faults) {
      if (fault.time.kind === 'at') around.agenda.after(fault.time.atMs, () => this.#happen(fault, null));
    }
  }

  /** A host has entered a status: some faults wait for that. */
  entered(host: VirtualHost): void {
    const { status } = host;
    const count = (this.#entered.get(status) ?? 0) + 1;
    this.#entered.set(status, count);
    for (const fault of this.#waiting) {
      const { time } = fault;
      if (time.kind !== 'entering' || time.status !== status || time.nth !== count) continue;
      this.#around.agenda.after(time.afterMs, () => this.#happen(fault, host));
    }
  }

  /** Ends the safety phase: whatever is broken and can be mended is mended. */
  healAll(): void {
    this.#isOver = true;
    for (const undo of [...this.#undo]) undo();
    this.#around.network.healAll();
  }

  #happen(fault: Fault, subject: VirtualHost | null): void {
    if (this.#isOver) return;
    for (const host of this.#find(fault.target, subject)) this.#hit(host, fault.effect);
  }

  #find(target: FaultTarget, subject: VirtualHost | null): readonly VirtualHost[] {
    const alive = this.#around.hosts.filter((host) => host.isAlive);
    const live = alive.find(({ name }) => name === this.#around.liveName());
    const youngestBut = (but: VirtualHost | null | undefined) =>
      alive.filter((host) => host !== but).slice(-1);
    switch (target) {
      case 'live':
        return live === undefined ? [] : [live];
      case 'backup':
        return youngestBut(live);
      case 'subject':
        return subject?.isAlive === true ? [subject] : [];
      case 'other':
        return youngestBut(subject);
      case 'all':
        return alive;
    }
  }

  #hit(host: VirtualHost, effect: FaultEffect): void {
    const { trace } = this.#around;
    if (effect.kind === 'crash' && !this.#around.mayCrash(host)) return;
    trace.note('fault', `${host.name} (${host.status}): ${JSON.stringify(effect)}`);
    this.#around.hit(effect.kind, host);
    this.#perform(host, effect);
  }

  #perform(host: VirtualHost, effect: FaultEffect): void {
    switch (effect.kind) {
      case 'crash':
        if (effect.how === 'asked') host.whenAwake(() => this.#ask(host));
        else host.kill(effect.how === 'power');
        return;
      case 'pause':
        host.pause();
        this.#until(effect.forMs, () => host.wake());
        return;
      case 'partition':
        this.#partition(host, effect.direction, effect.forMs);
        return;
      case 'break':
        for (const other of this.#others(host)) this.#around.network.breakBetween(host, other, effect.bytes);
        return;
      case 'delay':
        this.#delay(host, effect.addMs, effect.forMs);
        return;
      case 'slow-vcpu':
        host.slowness.push(effect.factor);
        this.#until(effect.forMs, () => host.slowness.splice(host.slowness.indexOf(effect.factor), 1));
        return;
      case 'wall-jump':
        host.clock.jumpWall(effect.byMs);
        return;
      case 'drift':
        host.clock.drift(effect.rate);
        return;
      case 'arbiter-down':
        host.arbiterWay.down = effect.how;
        this.#until(effect.forMs, () => {
          host.arbiterWay.down = 'no';
        });
        return;
      case 'arbiter-deaf':
        host.arbiterWay.losesAnswers = true;
        this.#until(effect.forMs, () => {
          host.arbiterWay.losesAnswers = false;
        });
        return;
      case 'arbiter-slow':
        host.arbiterWay.addMs += effect.addMs;
        this.#until(effect.forMs, () => {
          host.arbiterWay.addMs -= effect.addMs;
        });
        return;
      case 'switch-over':
        host.whenAwake(() => host.desk.switchOver());
        return;
      case 'limits':
        host.whenAwake(() => host.desk.changeLimits(effect.memoryMaximumBytes));
        return;
      case 'stop':
        host.whenAwake(() => host.desk.powerOff());
        return;
      case 'reset-clients':
        this.#around.resetClients(host);
        return;
      default:
        unreachable(effect);
    }
  }

  /** Others may have died while it was asleep. */
  #ask(host: VirtualHost): void {
    if (this.#around.mayCrash(host)) host.event('stop-asked', { reason: 'SIGTERM' });
  }

  #partition(host: VirtualHost, direction: 'both' | 'in' | 'out', forMs: number): void {
    const { network } = this.#around;
    for (const other of this.#others(host)) {
      const links: (readonly [VirtualHost, VirtualHost])[] = [];
      if (direction !== 'in') links.push([host, other]);
      if (direction !== 'out') links.push([other, host]);
      for (const [from, to] of links) network.cut(from, to);
      this.#until(forMs, () => {
        for (const [from, to] of links) network.heal(from, to);
      });
    }
  }

  #delay(host: VirtualHost, addMs: number, forMs: number): void {
    const { network } = this.#around;
    for (const other of this.#others(host)) {
      network.delay(host, other, addMs);
      network.delay(other, host, addMs);
      this.#until(forMs, () => {
        network.delay(host, other, -addMs);
        network.delay(other, host, -addMs);
      });
    }
  }

  #others(host: VirtualHost): readonly VirtualHost[] {
    return this.#around.hosts.filter((other) => other !== host && other.isAlive);
  }

  /** Takes a fault back after a while, or when all of them are. */
  #until(forMs: number, undo: () => void): void {
    const once = (): void => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    this.#around.agenda.after(forMs, once);
  }
}
