/**
 * One replica: a protocol core and the ports it acts through. Events come in one at a time; the effects of a step are performed in their order,
 * and all of them before the next event is looked at, however they came about (protocol/events.ts, duty 1).
 */
import { unreachable } from '../base/assert.ts';
import type { Ordinal, Position } from '../base/brands.ts';
import { type Core, step } from '../protocol/core.ts';
import type { Effect } from '../protocol/effects.ts';
import type { OutputRoute, ProtocolEvent } from '../protocol/events.ts';
import { HeldOutputs } from './held-outputs.ts';
import type { ReplicaPorts } from './ports.ts';

export class Replica<Output> {
  readonly core: Core;
  readonly #ports: ReplicaPorts<Output>;
  readonly #nowMs: () => number;
  readonly #outputs = new HeldOutputs<Output>();
  readonly #waiting: ProtocolEvent[] = [];
  #performing = false;
  #over = false;

  constructor(core: Core, ports: ReplicaPorts<Output>, nowMs: () => number) {
    this.core = core;
    this.#ports = ports;
    this.#nowMs = nowMs;
  }

  /** True after `halt` or `end-run`: nothing happens any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Takes an event; one that arises while another's effects are being performed waits its turn. */
  handle(event: ProtocolEvent): void {
    this.#waiting.push(event);
    if (this.#performing) return;
    this.#performing = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        for (const effect of step(this.core, next)) this.#perform(effect);
      }
    } finally {
      this.#performing = false;
    }
  }

  /** An output has left the machine: keeps it until the core lets it out. */
  hold(ordinal: Ordinal, position: Position, route: OutputRoute, byteLength: number, output: Output): void {
    this.#outputs.hold(ordinal, route, output);
    this.handle({ kind: 'output-recorded', nowMs: this.#nowMs(), ordinal, position, route, byteLength });
  }

  #perform(effect: Effect): void {
    if (this.#over) return;
    const { channel, vcpu, arbiter, doors, people } = this.#ports;
    switch (effect.kind) {
      case 'send':
        return channel.send(effect.peer, effect.frame);
      case 'close-peer':
        return channel.close(effect.peer, effect.reason);
      case 'drain-sockets':
        return channel.drainSockets();
      case 'take-checkpoint':
        return vcpu.takeCheckpoint();
      case 'send-pages':
        return channel.sendPages(effect.peer, effect.epoch, effect.indices);
      case 'drop-checkpoint':
        return vcpu.dropCheckpoint();
      case 'compare-pages':
        return vcpu.comparePages(effect.offer);
      case 'keep-page':
        return vcpu.keepPage(effect.index, effect.bytes);
      case 'install-checkpoint':
        return vcpu.installCheckpoint(effect.offer);
      case 'feed-entries':
        return vcpu.feed(effect.firstPosition, effect.entryCount, effect.bytes);
      case 'start-guest':
        return vcpu.startGuest();
      case 'go-live':
        return vcpu.goLive(effect.epoch, this.#guestMsNow(effect.clock));
      case 'set-vcpu':
        return vcpu.setPaused(effect.state === 'paused');
      case 'set-slowdown':
        return vcpu.setSlowdown(effect.percent);
      case 'release-outputs':
        return this.#release(effect.throughOrdinal);
      case 'discard-outputs':
        return this.#outputs.discard(effect.clientThrough, effect.consoleThrough);
      case 'set-doors':
        return effect.state === 'open' ? doors.open() : doors.close();
      case 'read-arbiter':
        return arbiter.read();
      case 'claim':
        return arbiter.claim(effect.expectedEpoch, effect.next);
      case 'status-line':
        return people.statusLine(effect.line);
      case 'announce':
        return people.announce(effect.announcement);
      case 'halt':
        this.#over = true;
        return people.halt(effect.reason, effect.lastLines);
      case 'end-run':
        this.#over = true;
        return people.endRun(effect.exitCode);
      default:
        return unreachable(effect);
    }
  }

  #release(through: Ordinal): void {
    for (const { ordinal, output } of this.#outputs.take(through))
      this.#ports.outputs.release(ordinal, output);
  }

  /** What was heard has aged since: the guest's clock must not freeze while the failure was detected (I6). */
  #guestMsNow(clock: { readonly guestMs: number; readonly heardAtMs: number } | null): number {
    return clock === null ? Number.NEGATIVE_INFINITY : clock.guestMs + (this.#nowMs() - clock.heardAtMs);
  }
}
