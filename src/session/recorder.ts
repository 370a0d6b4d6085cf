/**
 * Answers the machine's traps from the world and logs every answer (FT §2.1). Clock reads are run-length
 * coded: equal reads in a row are counted, and an open run is closed before anything else is logged, at
 * polls, before outputs and at the end of the turn, so that the log always tells the reads in order and
 * a backup can follow inside the turn.
 */
import { type Position, position } from '../base/brands.ts';
import type { LogEntry } from '../log/entry.ts';
import type { Output, Traps } from '../machine/traps.ts';
import { type ClockAnchor, GuestClock } from './guest-clock.ts';
import type { ObservedMachine, RecordingPolicy, SessionSink, World } from './ports.ts';
import { countOutput, endTurn, isLong, type TurnState } from './turn-state.ts';

export class Recorder implements Traps {
  readonly #machine: ObservedMachine;
  readonly #world: World;
  readonly #sink: SessionSink;
  readonly #policy: RecordingPolicy;
  readonly #state: TurnState;
  readonly #clock: GuestClock;
  #runReads = 0;
  #runAdvanceMs = 0;
  #turnStartedMs = 0;
  #lastMarkMs = 0;
  #lastHashMs: number;
  #killed = false;

  constructor(
    machine: ObservedMachine,
    world: World,
    sink: SessionSink,
    policy: RecordingPolicy,
    state: TurnState,
    /** Guest time to go on from. */
    guestMs: number,
  ) {
    this.#machine = machine;
    this.#world = world;
    this.#sink = sink;
    this.#policy = policy;
    this.#state = state;
    this.#clock = new GuestClock(world, guestMs);
    this.#lastHashMs = world.monotonicMs();
    this.#turnStartedMs = this.#lastHashMs;
    this.#lastMarkMs = this.#lastHashMs;
  }

  get guestMs(): number {
    return this.#clock.now();
  }

  get clockAnchor(): ClockAnchor {
    return this.#clock.anchor;
  }

  /** How long ago the last hash point was, if anything was logged since; -Infinity when nothing was. */
  get hashDueInMs(): number {
    if (this.#state.position === this.#state.hashedPosition) return Number.POSITIVE_INFINITY;
    return this.#lastHashMs + this.#policy.hashEveryMs - this.#world.monotonicMs();
  }

  beginTurn(payload: Uint8Array): void {
    this.#turnStartedMs = this.#world.monotonicMs();
    this.#lastMarkMs = this.#turnStartedMs;
    this.#killed = false;
    this.#append({ kind: 'interrupt', advanceMs: this.#advance(), payload });
  }

  endTurn(polls: number): void {
    this.#closeRun();
    if (this.#isLong()) {
      this.#append({ kind: 'turn-end', poll: polls, ordinal: this.#machine.ordinal });
    }
    endTurn(this.#state);
    this.#killed = false;
  }

  /** Logs the state hash at this position, between turns. */
  hashPoint(): void {
    this.#lastHashMs = this.#world.monotonicMs();
    const hash = this.#machine.stateHash();
    this.#append({ kind: 'hash-point', poll: this.#state.poll, hash });
    this.#state.hashedPosition = this.#state.position;
    this.#sink.hashChecked(this.#state.position, hash);
  }

  /** Between turns (FT §3.3): what the memory may grow to from here on. */
  changeLimits(memoryMaximumBytes: number): void {
    this.#machine.memoryMaximumBytes = memoryMaximumBytes;
    this.#append({ kind: 'limits', memoryMaximumBytes });
  }

  /** The last entry of this host but a hash (FT §3.3), unless it goes on after all. */
  handOver(): void {
    this.#append({ kind: 'hand-over' });
    this.hashPoint();
  }

  /** The machine's last entry but its hash (FT §3.3). */
  powerOff(): void {
    this.#append({ kind: 'stop' });
    this.hashPoint();
  }

  clock(): number {
    const advanceMs = this.#clock.now() - this.#state.guestMs;
    if (this.#runReads > 0 && advanceMs > 0) this.#closeRun();
    if (this.#runReads === 0) this.#runAdvanceMs = this.#advance();
    this.#runReads += 1;
    return this.#state.guestMs;
  }

  entropy(into: Uint8Array): void {
    this.#world.entropy(into);
    this.#append({ kind: 'entropy', bytes: into.slice() });
  }

  poll(poll: number, masked: boolean): boolean {
    this.#state.poll = poll;
    this.#closeRun();
    if (!this.#isLong()) return false;
    const kill = !masked && this.#isRunaway();
    if (kill) {
      this.#killed = true;
      this.#append({ kind: 'kill', poll });
    }
    const every = this.#policy.hashEveryPolls;
    if ((every > 0 && poll % every === 0) || this.#sink.hashWanted()) this.hashPoint();
    const nowMs = this.#world.monotonicMs();
    if (nowMs - this.#lastMarkMs >= this.#policy.markEveryMs) {
      this.#lastMarkMs = nowMs;
      this.#append({ kind: 'mark', poll, ordinal: this.#machine.ordinal });
      this.#sink.yieldPoint();
    }
    return kill;
  }

  output(output: Output): void {
    this.#closeRun();
    const long = this.#isLong();
    // FT's log entry at the output: in a long turn an interrupt could fall between the last entry and here.
    if (long) this.#append({ kind: 'mark', poll: this.#state.poll, ordinal: output.ordinal });
    this.#sink.output(this.#state.position, output);
    countOutput(this.#state, output);
    if (long) this.#sink.yieldPoint();
  }

  #isLong(): boolean {
    return isLong(this.#state, this.#machine.image.limits);
  }

  #isRunaway(): boolean {
    return !this.#killed && this.#world.monotonicMs() - this.#turnStartedMs > this.#policy.turnLimitMs;
  }

  #closeRun(): void {
    if (this.#runReads === 0) return;
    const entry: LogEntry = { kind: 'clock', advanceMs: this.#runAdvanceMs, reads: this.#runReads };
    this.#runReads = 0;
    this.#append(entry);
  }

  /** Moves the logged time to now; returns by how much. */
  #advance(): number {
    const advanceMs = this.#clock.now() - this.#state.guestMs;
    this.#state.guestMs += advanceMs;
    return advanceMs;
  }

  #append(entry: LogEntry): Position {
    this.#closeRun();
    this.#state.position = position(this.#state.position + 1);
    this.#sink.recorded(this.#state.position, entry);
    return this.#state.position;
  }
}
