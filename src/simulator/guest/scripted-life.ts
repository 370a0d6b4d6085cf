/**
 * The life of a scripted machine: the session's own recorder, replayer and guest clock around a machine that
 * can wait in the middle of a turn. What session/session.ts is to the real machine, as a generator.
 */
import { type Epoch, type Ordinal, ordinal, type Position } from '../../base/brands.ts';
import type { LogEntry } from '../../log/entry.ts';
import type { Traps } from '../../machine/traps.ts';
import type { ClockAnchor } from '../../session/guest-clock.ts';
import { liveInterrupt, recoverInterrupt } from '../../session/interrupts.ts';
import type { EntrySource, GoLiveOrder } from '../../session/ports.ts';
import { Recorder } from '../../session/recorder.ts';
import { Replayer } from '../../session/replayer.ts';
import { initialTurnState, isLong, type TurnState } from '../../session/turn-state.ts';
import type { Checkpoint, Life, LifeOptions, LogSource, Wait } from './guest.ts';
import { EndOfLog, strict } from './log-source.ts';
import { pageHashesOf } from './pages.ts';
import { type Cpu, SCRIPTED_PAGE_BYTES, type ScriptedMachine } from './scripted-machine.ts';

type Mode =
  | { readonly kind: 'replaying'; readonly replayer: Replayer; readonly source: LogSource }
  | { readonly kind: 'recording'; readonly recorder: Recorder };

export interface Following {
  readonly source: LogSource;
  readonly state: TurnState;
  readonly wentLive: (at: Position) => void;
}

export class ScriptedLife implements Life, Cpu {
  readonly #machine: ScriptedMachine;
  readonly #options: LifeOptions;
  readonly #state: TurnState;
  readonly #wentLive: (at: Position) => void;
  #mode: Mode;
  #recoverDue = false;
  #liveDue: Epoch | null = null;
  #isOff = false;

  /** Recorded from its first entry on, or following a log. */
  constructor(machine: ScriptedMachine, options: LifeOptions, following: Following | null) {
    this.#machine = machine;
    this.#options = options;
    this.#state = following?.state ?? initialTurnState();
    this.#wentLive = following?.wentLive ?? (() => {});
    this.#mode =
      following === null
        ? { kind: 'recording', recorder: this.#newRecorder(options.world.wallMs()) }
        : this.#replaying(strict(following.source), following.source);
  }

  get mode(): 'recording' | 'replaying' {
    return this.#mode.kind;
  }

  get ordinal(): Ordinal {
    return ordinal(this.#machine.ordinal);
  }

  get position(): Position {
    return this.#state.position;
  }

  get poll(): number {
    return this.#state.poll;
  }

  get started(): boolean {
    return this.#machine.started;
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  get alarmDueInMs(): number {
    return this.#machine.nextAlarmMs - this.#recorder().guestMs;
  }

  get hashDueInMs(): number {
    return this.#recorder().hashDueInMs;
  }

  get clockAnchor(): ClockAnchor {
    return this.#recorder().clockAnchor;
  }

  get traps(): Traps {
    return this.#mode.kind === 'recording' ? this.#mode.recorder : this.#mode.replayer;
  }

  isLong(poll: number): boolean {
    return isLong({ ...this.#state, poll }, this.#machine.image.limits);
  }

  stateHash(): ReturnType<ScriptedMachine['stateHash']> {
    return this.#machine.stateHash();
  }

  /** A follower waits here until the log says what comes next. */
  *gate(): Generator<Wait, void, void> {
    while (this.#mode.kind === 'replaying' && this.#mode.source.peek() === null) yield { kind: 'entries' };
  }

  *deliver(payload: Uint8Array): Generator<Wait, void, void> {
    yield* this.#recordTurn(payload);
    yield* this.#settleDebts();
  }

  hashPoint(): void {
    this.#recorder().hashPoint();
  }

  changeLimits(memoryMaximumBytes: number): void {
    this.#recorder().changeLimits(memoryMaximumBytes);
  }

  powerOff(): void {
    this.#recorder().powerOff();
    this.#isOff = true;
  }

  handOver(): void {
    this.#recorder().handOver();
  }

  followOn(source: LogSource, wentLive: (at: Position) => void): Life {
    return new ScriptedLife(this.#machine, this.#options, { source, state: this.#state, wentLive });
  }

  checkpoint(): Checkpoint {
    const memory = this.#machine.memory();
    return {
      memory,
      pageHashes: pageHashesOf(memory, SCRIPTED_PAGE_BYTES),
      stateHash: this.#machine.stateHash(),
      position: this.#state.position,
      ordinal: this.ordinal,
      guestMs: this.#state.guestMs,
    };
  }

  *replay(): Generator<Wait, void, void> {
    while (this.#mode.kind === 'replaying') {
      yield* this.gate();
      const payload = this.#nextInterrupt();
      if (payload === 'later') continue;
      if (payload === null) break;
      this.#recoverDue = false;
      const { polls, broken } = yield* this.#machine.turn(payload, this);
      this.#recoverDue = broken;
      yield* this.#endTurn(polls);
    }
    // No interrupt, and not live.
    this.#isOff = this.#mode.kind === 'replaying';
    yield* this.#settleDebts();
  }

  /** Between turns nothing was touched when the log turns out to be used up. */
  #nextInterrupt(): Uint8Array | null | 'later' {
    if (this.#mode.kind !== 'replaying') return null;
    try {
      return this.#mode.replayer.nextInterrupt();
    } catch (error) {
      if (error instanceof EndOfLog) return 'later';
      throw error;
    }
  }

  /** The turn may have gone live on its way, or does so at its end. */
  *#endTurn(polls: number): Generator<Wait, void, void> {
    if (this.#mode.kind === 'replaying') {
      if (this.isLong(polls)) yield* this.gate();
      this.#mode.replayer.endTurn(polls);
    }
    if (this.mode === 'recording') this.#recorder().endTurn(polls);
  }

  #replaying(source: EntrySource, raw: LogSource): Mode {
    const goLive = (order: GoLiveOrder): Traps => this.#goLive(order);
    const replayer = new Replayer(this.#machine, source, this.#options.sink, this.#state, goLive);
    return { kind: 'replaying', replayer, source: raw };
  }

  #recorder(): Recorder {
    if (this.#mode.kind !== 'recording') throw new Error('this machine follows a log');
    return this.#mode.recorder;
  }

  #newRecorder(guestMs: number): Recorder {
    const { world, sink, policy } = this.#options;
    return new Recorder(this.#machine, world, sink, policy, this.#state, guestMs);
  }

  #goLive(order: GoLiveOrder): Traps {
    const guestMs = Math.max(this.#state.guestMs, order.guestMs);
    const recorder = this.#newRecorder(guestMs > 0 ? guestMs : this.#options.world.wallMs());
    this.#mode = { kind: 'recording', recorder };
    this.#liveDue = order.connections === 'lost' ? order.epoch : null;
    this.#wentLive(this.#state.position);
    return recorder;
  }

  *#recordTurn(payload: Uint8Array): Generator<Wait, void, void> {
    const recorder = this.#recorder();
    recorder.beginTurn(payload);
    const { polls, broken } = yield* this.#machine.turn(payload, this);
    recorder.endTurn(polls);
    this.#recoverDue = broken;
  }

  *#settleDebts(): Generator<Wait, void, void> {
    if (this.#recoverDue) yield* this.#recordTurn(recoverInterrupt());
    if (this.#liveDue === null) return;
    const epoch = this.#liveDue;
    this.#liveDue = null;
    if (this.#machine.started) yield* this.#recordTurn(liveInterrupt(epoch));
  }
}

export type { LogEntry };
