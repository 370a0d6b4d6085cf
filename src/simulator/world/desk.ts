/**
 * Control operations of one host in virtual time (FT §3.3): what host/hypervisor/control-desk.ts
 * is to people. An order is answered when its entry is safe: on an in-sync backup, too, or here
 * alone if that is by right of the arbiter.
 */
import type { Digest, Position } from '../../base/brands.ts';
import type { Core } from '../../protocol/core.ts';
import { isServing } from '../../protocol/status.ts';

/**
 * What whoever gave the order is told. `isAlone`: there was no backup to compare
 * with; else `isEqual` says how that ended.
 */
export type DeskAnswer =
  | {
      readonly kind: 'stopped';
      readonly position: Position;
      readonly isAlone: boolean;
      readonly isEqual: boolean;
    }
  | { readonly kind: 'limits-changed'; readonly position: Position };

export interface DeskPorts {
  readonly core: Core;
  nowMs(): number;
  /** Nobody new comes in. */
  drainClients(): void;
  /** The machine is not switched off after all. */
  admitClients(): void;
  /** Requests without a reply. */
  openRequests(): number;
  powerOff(): void;
  changeLimits(memoryMaximumBytes: number): void;
  switchOver(): void;
  answered(answer: DeskAnswer): void;
}

type Order =
  | { readonly kind: 'idle' | 'stopping' | 'changing-limits' | 'off' }
  | { readonly kind: 'draining'; readonly untilMs: number }
  | { readonly kind: 'stopped'; readonly at: Position; readonly hash: Digest }
  | { readonly kind: 'limits-changed'; readonly at: Position };

export class VirtualDesk {
  readonly #ports: DeskPorts;
  readonly #drainMs: number;
  #order: Order = { kind: 'idle' };

  constructor(drainMs: number, ports: DeskPorts) {
    this.#drainMs = drainMs;
    this.#ports = ports;
  }

  powerOff(): void {
    if (!this.#isFree()) return;
    this.#order = { kind: 'draining', untilMs: this.#ports.nowMs() + this.#drainMs };
    this.#ports.drainClients();
    this.check();
  }

  changeLimits(memoryMaximumBytes: number): void {
    if (!this.#isFree()) return;
    this.#order = { kind: 'changing-limits' };
    this.#ports.changeLimits(memoryMaximumBytes);
  }

  switchOver(): void {
    if (this.#isFree()) this.#ports.switchOver();
  }

  /** The vCPU has logged it at `at`. */
  limitsChanged(at: Position): void {
    if (this.#order.kind === 'changing-limits') this.#order = { kind: 'limits-changed', at };
    this.check();
  }

  /** The vCPU has logged the end and made its last hash. */
  stopped(at: Position, hash: Digest): void {
    if (this.#order.kind === 'stopping') this.#order = { kind: 'stopped', at, hash };
    this.check();
  }

  /** Called whenever the protocol may have moved. */
  check(): void {
    const order = this.#order;
    const { core } = this.#ports;
    if (order.kind === 'idle' || order.kind === 'off') return;
    if (core.role.kind !== 'primary') {
      if (order.kind === 'draining' || order.kind === 'stopping') this.#ports.admitClients();
      this.#order = { kind: 'idle' };
    } else if (order.kind === 'draining') {
      if (this.#ports.openRequests() > 0 && this.#ports.nowMs() < order.untilMs) return;
      this.#order = { kind: 'stopping' };
      this.#ports.powerOff();
    } else if (order.kind === 'limits-changed') {
      if (!isSafe(core, order.at)) return;
      this.#order = { kind: 'idle' };
      this.#ports.answered({ kind: 'limits-changed', position: order.at });
    } else if (order.kind === 'stopped') {
      const { at: position, hash } = order;
      const isEqual = core.lastEqualHash?.position === position && core.lastEqualHash.stateHash === hash;
      if (
        core.outputs.held.length > 0 ||
        !(isEqual || (isSafe(core, position) && isFollowed(core, position)))
      )
        return;
      this.#order = { kind: 'off' };
      this.#ports.answered({ kind: 'stopped', position, isAlone: isAlone(core), isEqual });
    }
  }

  /** One operation at a time, and of the live host. */
  #isFree(): boolean {
    const { role, status, epoch } = this.#ports.core;
    const isLive = role.kind === 'primary' && epoch > 0;
    return isLive && status !== 'handing-over' && this.#order.kind === 'idle';
  }
}

const successorOf = ({ role }: Core) => (role.kind === 'primary' ? role.successor : null);

/** A joiner that has the log may be listed with what it holds, so it must hold the order, too. */
const isAlone = (core: Core): boolean =>
  core.status === 'solo' || (core.status === 'transferring' && successorOf(core)?.phase !== 'fed');

/** Whoever is live after this host knows it. */
const isSafe = (core: Core, at: Position): boolean =>
  isAlone(core) || (isServing(core.status) && (successorOf(core)?.received ?? 0) >= at);

/** The backup, if there is one, has executed it. */
const isFollowed = (core: Core, at: Position): boolean =>
  isAlone(core) || (successorOf(core)?.replayed ?? 0) >= at;
