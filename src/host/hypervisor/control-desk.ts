/**
 * Control operations as a live host carries them out (FT §3.3: they are log entries, so that the backup does
 * the same at the same place). An order is done when its entry is safe: on an in-sync backup, too, or here
 * alone if that is by right of the arbiter.
 *
 * Switching off: nobody new comes in, what is open is answered, the machine's last entry is
 * its end and behind it its hash; then outputs leave, the backup executes to the same
 * position, and both hashes are compared.
 */
import { type Digest, digest, type Position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import type { CoreDescription } from '../../protocol/core.ts';
import { isServing } from '../../protocol/status.ts';
import type { HostMessage } from '../supervisor/protocol.ts';
import type { MemoryLimits } from '../vcpu/messages.ts';

export interface ControlDeskPorts {
  /** Of the protocol core now; undefined while the machine boots. */
  describe(): CoreDescription | undefined;
  /** How long the present turn has been running, 0 between turns. */
  turnMs(): number;
  /** No request is taken any more; calls back when none is open. */
  drainClients(done: () => void): void;
  /** The machine is not switched off after all. */
  admitClients(): void;
  powerOff(): void;
  changeLimits(memoryMaximumBytes: number): void;
  /** How often the doors can open from now on; with none left they cannot be shut. */
  doorOpenings(): number;
  /** A backup whose doors are worn out ends: a fresh host takes its place. */
  retire(): void;
  switchOver(): void;
  reply(message: HostMessage): void;
}

type Order =
  | { readonly kind: 'idle' }
  | { readonly kind: 'draining' | 'stopping'; readonly id: number }
  | { readonly kind: 'stopped'; readonly id: number; readonly at: Position; readonly hash: Digest }
  | { readonly kind: 'switching'; readonly id: number; readonly sinceMs: number }
  | { readonly kind: 'changing-limits'; readonly id: number; readonly memoryMaximumBytes: number }
  | {
      readonly kind: 'limits-changed';
      readonly id: number;
      readonly memoryMaximumBytes: number;
      readonly at: Position;
      readonly limits: MemoryLimits;
    }
  /** Nothing can be ordered from this machine any more. */
  | { readonly kind: 'off' };

const IDLE: Order = { kind: 'idle' };
const OFF: Order = { kind: 'off' };

export class ControlDesk {
  readonly #ports: ControlDeskPorts;
  #order: Order = IDLE;
  #deadline: NodeJS.Timeout | undefined;

  constructor(ports: ControlDeskPorts) {
    this.#ports = ports;
  }

  powerOff(id: number): void {
    const turnMs = this.#ports.turnMs();
    if (turnMs > limits.stoppableTurnMs) {
      this.#ports.reply({ type: 'refused', id, reason: tooLong(turnMs) });
      return;
    }
    if (!this.#begin(id, { kind: 'draining', id }, limits.powerOffMs)) return;
    const drained = (): void => {
      clearTimeout(patience);
      if (this.#order.kind !== 'draining') return;
      const stopping: Order = { kind: 'stopping', id };
      this.#order = stopping;
      this.#ports.powerOff();
      this.#watchTurn(stopping);
    };
    const patience = setTimeout(drained, limits.drainMs);
    this.#ports.drainClients(drained);
  }

  /** The order waits behind the turn that runs: for people who wait at a terminal, a long one is too long. */
  #watchTurn(stopping: Extract<Order, { id: number }>): void {
    const turnMs = this.#ports.turnMs();
    if (this.#order !== stopping) return;
    if (turnMs > limits.stoppableTurnMs) this.#giveUp(stopping, tooLong(turnMs));
    else setTimeout(() => this.#watchTurn(stopping), limits.stoppableTurnMs / 4).unref();
  }

  changeLimits(id: number, memoryMaximumBytes: number): void {
    const order: Order = { kind: 'changing-limits', id, memoryMaximumBytes };
    if (!this.#begin(id, order, limits.changeLimitsMs)) return;
    this.#ports.changeLimits(memoryMaximumBytes);
  }

  switchOver(id: number): void {
    if (this.#ports.doorOpenings() === 0) {
      const reason =
        'this host has been live as often as it can be; kill it, and a fresh one takes its place in the pair';
      this.#ports.reply({ type: 'refused', id, reason });
      return;
    }
    if (!this.#begin(id, { kind: 'switching', id, sinceMs: monotonicMs() }, limits.switchOverMs)) return;
    this.#ports.switchOver();
  }

  switchOverFailed(reason: string): void {
    if (this.#order.kind === 'switching') this.#end({ type: 'refused', id: this.#order.id, reason });
  }

  /** Another host is live, and requests go there: none waited for longer than this took. */
  relieved(): void {
    // One opening is left for an emergency, until the last clients from before have been relayed.
    if (this.#ports.doorOpenings() <= 1) setTimeout(() => this.#ports.retire(), limits.relayMs).unref();
    const order = this.#order;
    if (order.kind !== 'switching') return;
    this.#end({ type: 'relieved', id: order.id, gapMs: monotonicMs() - order.sinceMs });
  }

  /** The vCPU has logged it at `at`. */
  limitsChanged(at: Position, now: MemoryLimits): void {
    if (this.#order.kind !== 'changing-limits') return;
    this.#order = { ...this.#order, kind: 'limits-changed', at, limits: now };
    this.check();
  }

  /** The vCPU has logged the end and made its last hash. */
  stopped(at: Position, hash: Digest): void {
    if (this.#order.kind !== 'stopping') return;
    this.#order = { kind: 'stopped', id: this.#order.id, at, hash };
    this.check();
  }

  /** Called whenever the protocol may have moved. */
  check(): void {
    const order = this.#order;
    if (order.kind === 'idle' || order.kind === 'switching' || order.kind === 'off') return;
    const core = this.#ports.describe();
    if (core === undefined || core.role !== 'primary') {
      // It may be live again one day, with the same front; a vCPU that was
      // handed over has forgotten the order.
      if (order.kind === 'draining' || order.kind === 'stopping') this.#ports.admitClients();
      this.#giveUp(order, 'this host is not live any more');
    } else if (order.kind === 'limits-changed' && isSafe(core, order.at)) {
      this.#end({ type: 'limits', id: order.id, limits: order.limits });
    } else if (order.kind === 'stopped' && isSettled(core, order)) {
      this.#end({ type: 'stopped', id: order.id, position: order.at, ...comparison(core, order) }, OFF);
    }
  }

  #begin(id: number, order: Exclude<Order, { kind: 'idle' | 'off' }>, withinMs: number): boolean {
    const reason = this.#obstacle();
    if (reason !== undefined) {
      this.#ports.reply({ type: 'refused', id, reason });
      return false;
    }
    this.#order = order;
    this.#deadline = setTimeout(() => {
      const now = this.#order;
      if (now.kind !== 'idle' && now.kind !== 'off') this.#giveUp(now, this.#lateness(withinMs));
    }, withinMs);
    return true;
  }

  #obstacle(): string | undefined {
    const core = this.#ports.describe();
    // Before its first epoch an entry of its log would belong to none.
    if (core?.role !== 'primary' || core.epoch === 0) return 'this host is not live';
    if (this.#order.kind === 'off') return 'the machine is off';
    return this.#order.kind === 'idle' ? undefined : 'another control operation is under way';
  }

  #lateness(withinMs: number): string {
    const isPaused = this.#ports.describe()?.vcpu === 'paused';
    const why = isPaused
      ? 'the machine stands still, for the console or the backup takes nothing'
      : 'a turn takes long, or the backup or the arbiter does not answer';
    return `not done within ${withinMs / 1000} s: ${why}`;
  }

  /** The vCPU has the order, or the backup its entry: neither can be called back. */
  #giveUp(order: Exclude<Order, { kind: 'idle' | 'off' }>, reason: string): void {
    const mayCome = 'memoryMaximumBytes' in order && order.memoryMaximumBytes > 0;
    this.#end({ type: 'refused', id: order.id, reason, ...(mayCome ? { mayCome } : {}) });
  }

  #end(answer: HostMessage, next: Order = IDLE): void {
    clearTimeout(this.#deadline);
    this.#order = next;
    this.#ports.reply(answer);
  }
}

const tooLong = (turnMs: number): string =>
  `a turn has been running for ${Math.round(turnMs)} ms: it cannot be waited for`;

/** Whoever is live after this host knows it. */
function isSafe(core: CoreDescription, at: Position): boolean {
  return isAlone(core) || (isServing(core.status) && (core.positions.acknowledged ?? 0) >= at);
}

type Stopped = Extract<Order, { kind: 'stopped' }>;

const isEqualAt = ({ lastEqualHash }: CoreDescription, { at, hash }: Stopped): boolean =>
  lastEqualHash?.position === at && digest(lastEqualHash.stateHash) === hash;

/**
 * A joiner that has the log may be listed with what it holds, so it must hold the order, too; one
 * that has not yet will begin behind it.
 */
const isAlone = ({ status, joinerHasLog }: CoreDescription): boolean =>
  status === 'solo' || (status === 'transferring' && !joinerHasLog);

/**
 * Nothing that was said is still here, and the backup stands where this machine stands. Whether the console's
 * end has printed it is the supervisor's affair: lines go to it before the answer does.
 */
function isSettled(core: CoreDescription, order: Stopped): boolean {
  if (core.outputs.held > 0) return false;
  // Its backup has said its last word then, and may be missed before long.
  if (isEqualAt(core, order)) return true;
  return isSafe(core, order.at) && (isAlone(core) || (core.positions.replayed ?? 0) >= order.at);
}

function comparison(
  core: CoreDescription,
  order: Stopped,
): { readonly hash: Digest; readonly equal: boolean; readonly reason?: string } {
  const { hash } = order;
  if (isEqualAt(core, order)) return { hash, equal: true };
  const reason = isAlone(core)
    ? 'there is no backup in sync to compare with'
    : 'the backup has not found the same hash';
  return { hash, equal: false, reason };
}
