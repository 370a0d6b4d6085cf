/**
 * One replica: a protocol core and the ports it acts through. Events come in one at a time; the effects of
 * a step are performed in their order, and all of them before the next event is looked at, however they
 * came about (protocol/events.ts, duty 1).
 */
import type { Ordinal, Position } from '../base/brands.ts';
import { type Core, step } from '../protocol/core.ts';
import type { Effect, EffectKind } from '../protocol/effects.ts';
import type { OutputRoute, ProtocolEvent } from '../protocol/events.ts';
import { HeldOutputs } from './held-outputs.ts';
import type { ReplicaPorts } from './ports.ts';

/** How each effect is performed. */
type Performers = {
  readonly [Kind in EffectKind]: (effect: Extract<Effect, { readonly kind: Kind }>) => void;
};

export class Replica<Output> {
  readonly core: Core;
  readonly #performers: Performers;
  readonly #nowMs: () => number;
  readonly #outputs = new HeldOutputs<Output>();
  readonly #waiting: ProtocolEvent[] = [];
  #performing = false;
  #over = false;

  constructor(core: Core, ports: ReplicaPorts<Output>, nowMs: () => number) {
    this.core = core;
    this.#performers = this.#performersFor(ports);
    this.#nowMs = nowMs;
  }

  /** True after `halt`: nothing happens any more. */
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
    // The table has one row per kind, each for effects of that kind; the
    // compiler cannot follow the index that far.
    (this.#performers[effect.kind] as (effect: Effect) => void)(effect);
  }

  #performersFor({ channel, vcpu, arbiter, outputs, doors, people }: ReplicaPorts<Output>): Performers {
    return {
      send: ({ peer, frame }) => channel.send(peer, frame),
      'close-peer': ({ peer, reason }) => channel.close(peer, reason),
      'seek-primary': () => channel.seek(),
      'drain-sockets': () => channel.drainSockets(),
      'take-checkpoint': () => vcpu.takeCheckpoint(),
      'send-pages': ({ peer, epoch, indices }) => channel.sendPages(peer, epoch, indices),
      'drop-checkpoint': () => vcpu.dropCheckpoint(),
      'compare-pages': ({ offer }) => vcpu.comparePages(offer),
      'keep-page': ({ index, bytes }) => vcpu.keepPage(index, bytes),
      'install-checkpoint': ({ offer }) => vcpu.installCheckpoint(offer),
      'feed-entries': ({ firstPosition, entryCount, bytes }) => vcpu.feed(firstPosition, entryCount, bytes),
      'start-guest': () => vcpu.startGuest(),
      'go-live': ({ epoch, connections, clock }) => vcpu.goLive(epoch, connections, this.#guestMsNow(clock)),
      'yield-vcpu': () => vcpu.yieldMachine(),
      'resume-vcpu': () => vcpu.resumeMachine(),
      'follow-log': () => vcpu.followLog(),
      'set-vcpu': ({ state }) => vcpu.setPaused(state === 'paused'),
      'set-slowdown': ({ percent }) => vcpu.setSlowdown(percent),
      'release-outputs': ({ throughOrdinal }) => {
        for (const { ordinal, output } of this.#outputs.take(throughOrdinal))
          outputs.release(ordinal, output);
      },
      'discard-outputs': ({ clientThrough, consoleThrough }) => {
        for (const { output } of this.#outputs.discard(clientThrough, consoleThrough))
          outputs.arrived(output);
      },
      'set-doors': ({ state }) => (state === 'open' ? doors.open() : doors.close()),
      'keep-requests': () => doors.keepRequests(),
      'deliver-requests': () => doors.deliverRequests(),
      'relay-requests': ({ url }) => doors.relayRequests(url),
      'read-arbiter': () => arbiter.read(),
      claim: ({ expectedEpoch, next }) => arbiter.claim(expectedEpoch, next),
      'status-line': ({ line }) => people.statusLine(line),
      announce: ({ announcement }) => people.announce(announcement),
      halt: ({ reason, lastLines }) => {
        this.#over = true;
        people.halt(reason, lastLines);
      },
      'end-run': ({ exitCode }) => people.endRun(exitCode),
    };
  }

  /** What was heard has aged since: the guest's clock must not freeze while the failure was detected (I6). */
  #guestMsNow(clock: { readonly guestMs: number; readonly heardAtMs: number } | null): number {
    return clock === null ? Number.NEGATIVE_INFINITY : clock.guestMs + (this.#nowMs() - clock.heardAtMs);
  }
}
