/**
 * Control operations as a live host carries them out (FT §3.3: they are log entries, so that the backup does the same at the same place). An order is done
 * when its entry is safe: on an in-sync backup, too, or here alone if that is by right of the arbiter.
 *
 * Switching off: nobody new comes in, what is open is answered, the machine's last entry is its end and behind it its hash; then outputs leave, the backup executes
 * to the same position, and both hashes are compared.
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
  powerOff(): void;
  changeLimits(memoryMaximumBytes: number): void;
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
      readonly at: Position;
      readonly limits: MemoryLimits;
    };

const IDLE: Order = { kind: 'idle' };

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
      const reason = `a turn has been running for ${Math.round(turnMs)} ms: it cannot be waited for`;
      this.#ports.reply({ type: 'refused', id, reason });
      return;
    }
    if (!this.#begin(id, { kind: 'draining', id }, limits.powerOffMs)) return;
    const drained = (): void => {
      clearTimeout(patience);
      if (this.#order.kind !== 'draining') return;
      this.#order = { kind: 'stopping', id };
      this.#ports.powerOff();
    };
    const patience = setTimeout(drained, limits.drainMs);
    this.#ports.drainClients(drained);
  }

  changeLimits(id: number, memoryMaximumBytes: number): void {
    if (!this.#begin(id, { kind: 'changing-limits', id, memoryMaximumBytes }, limits.changeLimitsMs)) return;
    this.#ports.changeLimits(memoryMaximumBytes);
  }

  switchOver(id: number): void {
    if (!this.#begin(id, { kind: 'switching', id, sinceMs: monotonicMs() }, limits.switchOverMs)) return;
    this.#ports.switchOver();
  }

  switchOverFailed(reason: string): void {
    if (this.#order.kind === 'switching') this.#end({ type: 'refused', id: this.#order.id, reason });
  }

  /** Another host is live, and requests go there: none waited for longer than this took. */
  relieved(): void {
    const order = this.#order;
    if (order.kind !== 'switching') return;
    this.#end({ type: 'relieved', id: order.id, gapMs: monotonicMs() - order.sinceMs });
  }

  /** The vCPU has logged it at `at`. */
  limitsChanged(at: Position, now: MemoryLimits): void {
    if (this.#order.kind !== 'changing-limits') return;
    this.#order = { kind: 'limits-changed', id: this.#order.id, at, limits: now };
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
    if (order.kind === 'idle' || order.kind === 'switching') return;
    const core = this.#ports.describe();
    if (core === undefined || core.role !== 'primary') {
      this.#end({ type: 'refused', id: order.id, reason: 'this host is not live any more' });
    } else if (order.kind === 'limits-changed' && isSafe(core, order.at)) {
      this.#end({ type: 'limits', id: order.id, limits: order.limits });
    } else if (order.kind === 'stopped' && isSettled(core, order.at)) {
      this.#end({ type: 'stopped', id: order.id, position: order.at, ...comparison(core, order) });
    }
  }

  #begin(id: number, order: Order, withinMs: number): boolean {
    const core = this.#ports.describe();
    const reason =
      core === undefined || core.role !== 'primary'
        ? 'this host is not live'
        : this.#order.kind === 'idle'
          ? undefined
          : 'another control operation is under way';
    if (reason !== undefined) {
      this.#ports.reply({ type: 'refused', id, reason });
      return false;
    }
    this.#order = order;
    const late = `not done within ${withinMs / 1000} s: a turn takes long, or the backup or the arbiter does not answer`;
    this.#deadline = setTimeout(() => this.#end({ type: 'refused', id, reason: late }), withinMs);
    return true;
  }

  #end(answer: HostMessage): void {
    clearTimeout(this.#deadline);
    this.#order = IDLE;
    this.#ports.reply(answer);
  }
}

/** Whoever is live after this host knows it. */
function isSafe({ status, positions }: CoreDescription, at: Position): boolean {
  if (status === 'solo' || status === 'transferring') return true;
  return isServing(status) && (positions.acknowledged ?? 0) >= at;
}

/** Nothing that was said is still here, and the backup stands where this machine stands. */
function isSettled(core: CoreDescription, at: Position): boolean {
  const { status, positions, outputs } = core;
  if (!isSafe(core, at) || outputs.held > 0 || outputs.unprinted > 0) return false;
  return status === 'solo' || status === 'transferring' || (positions.replayed ?? 0) >= at;
}

function comparison(
  { status, lastEqualHash }: CoreDescription,
  { at, hash }: { readonly at: Position; readonly hash: Digest },
): { readonly hash: Digest; readonly equal: boolean; readonly reason?: string } {
  if (status === 'solo' || status === 'transferring') {
    return { hash, equal: false, reason: 'there is no backup in sync to compare with' };
  }
  const equal = lastEqualHash?.position === at && digest(lastEqualHash.stateHash) === hash;
  return equal ? { hash, equal } : { hash, equal, reason: 'the backup has not found the same hash' };
}
