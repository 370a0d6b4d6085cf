/**
 * One machine's life: it is replayed from a log, or recorded from the world, and passes from the first to the
 * second by going live (FT §2.1, §2.3). Everything here is synchronous and runs on the vCPU thread.
 *
 * Absent on purpose: peers, epochs other than the one in the `live` interrupt,
 * acknowledgements. See protocol/ for those.
 */
import { invariant } from '../base/assert.ts';
import type { Position } from '../base/brands.ts';
import { INTERRUPT } from '../kernel/abi.ts';
import type { Machine } from '../machine/machine.ts';
import type { Output, Traps } from '../machine/traps.ts';
import type { ClockAnchor } from './guest-clock.ts';
import { callsLostInterrupt, liveInterrupt, recoverInterrupt } from './interrupts.ts';
import type { EntrySource, GoLiveOrder, RecordingPolicy, SessionSink, World } from './ports.ts';
import { Recorder } from './recorder.ts';
import { Replayer } from './replayer.ts';
import { initialTurnState, type TurnState } from './turn-state.ts';

type Mode =
  | { readonly kind: 'replaying'; readonly replayer: Replayer }
  | { readonly kind: 'recording'; readonly recorder: Recorder };

export interface SessionOptions {
  readonly machine: Machine;
  readonly world: World;
  readonly sink: SessionSink;
  readonly policy: RecordingPolicy;
  /** Where the machine stands; position 0 when absent. */
  readonly state?: TurnState;
}

export class Session implements Traps {
  readonly #machine: Machine;
  readonly #world: World;
  readonly #sink: SessionSink;
  readonly #policy: RecordingPolicy;
  readonly #state: TurnState;
  #mode: Mode;
  /** The last turn was killed or ran out of memory, and the kernel has not been told yet. */
  #recoverDue = false;
  /** Went live, maybe inside a turn: the kernel hears of it when the turn has ended. */
  #liveDue: Uint8Array | null = null;
  readonly #wentLive: (position: Position) => void;

  private constructor(
    options: SessionOptions,
    mode: (session: Session) => Mode,
    wentLive: (p: Position) => void,
  ) {
    this.#machine = options.machine;
    this.#world = options.world;
    this.#sink = options.sink;
    this.#policy = options.policy;
    this.#state = options.state ?? initialTurnState();
    this.#wentLive = wentLive;
    this.#mode = mode(this);
    this.#machine.attach(this);
  }

  /** A machine that is recorded from its first entry on; its clock starts at the host's wall time. */
  static recording(options: SessionOptions): Session {
    return new Session(
      options,
      (session) => ({ kind: 'recording', recorder: session.#newRecorder(options.world.wallMs()) }),
      () => {},
    );
  }

  /**
   * A machine that follows `source`. `wentLive` is called in the moment the log is
   * used up and the clock is the host's.
   */
  static replaying(
    options: SessionOptions,
    source: EntrySource,
    wentLive: (position: Position) => void = () => {},
  ): Session {
    return new Session(
      options,
      (session) => ({
        kind: 'replaying',
        replayer: new Replayer(session.#machine, source, session.#sink, session.#state, (order) =>
          session.#goLive(order),
        ),
      }),
      wentLive,
    );
  }

  get mode(): Mode['kind'] {
    return this.#mode.kind;
  }

  get position(): Position {
    return this.#state.position;
  }

  /** Guest time as of now: the live clock, or the last logged value. */
  get guestMs(): number {
    return this.#mode.kind === 'recording' ? this.#mode.recorder.guestMs : this.#state.guestMs;
  }

  /** Recording: how guest time follows from this host's monotonic clock, for heartbeats (I6). */
  get clockAnchor(): ClockAnchor {
    return this.#recorder().clockAnchor;
  }

  /** For a checkpoint, between turns: what a restored session must start from. */
  get state(): Readonly<TurnState> {
    return { ...this.#state };
  }

  /** Recording: milliseconds until a hash point is due; Infinity when nothing was logged since the last. */
  get hashDueInMs(): number {
    return this.#recorder().hashDueInMs;
  }

  /** Recording: milliseconds until the kernel's alarm is due. */
  get alarmDueInMs(): number {
    return this.#machine.nextAlarmMs - this.#recorder().guestMs;
  }

  /** Recording: one turn for this interrupt, and what must follow it. Borrows `payload`. */
  deliver(payload: Uint8Array): void {
    invariant('I9', this.#mode.kind === 'recording', 'an input for a machine that follows a log');
    this.#recordTurn(payload);
    this.#settleDebts();
  }

  /** Recording: a hash point between turns. */
  hashPoint(): void {
    this.#recorder().hashPoint();
  }

  /** Recording, between turns: a control operation (FT §3.3). */
  changeLimits(memoryMaximumBytes: number): void {
    this.#recorder().changeLimits(memoryMaximumBytes);
  }

  /**
   * Recording, between turns: another host goes on with the machine from here,
   * unless `deliver` says that this one does.
   */
  handOver(): void {
    this.#recorder().handOver();
  }

  /** Recording, between turns: nothing may be delivered any more. */
  powerOff(): void {
    this.#recorder().powerOff();
  }

  /** Replaying: executes the log until the machine goes live or is off. Returns at the end of that turn. */
  replay(): void {
    while (this.#mode.kind === 'replaying') {
      const { replayer } = this.#mode;
      const payload = replayer.nextInterrupt();
      if (payload === null) break;
      const expectsRecover = this.#recoverDue;
      this.#recoverDue = false;
      invariant(
        'I9',
        !expectsRecover || payload[0] === INTERRUPT.recover,
        'the log goes on after a broken turn without a recover interrupt',
      );
      const { polls, broken } = this.#machine.deliver(payload);
      this.#recoverDue = broken && payload[0] !== INTERRUPT.recover;
      // The turn may have gone live on its way, or does so now, at its end.
      if (this.mode === 'replaying') replayer.endTurn(polls);
      if (this.mode === 'recording') this.#recorder().endTurn(polls);
    }
    this.#settleDebts();
  }

  clock(): number {
    return this.#traps().clock();
  }

  entropy(into: Uint8Array): void {
    this.#traps().entropy(into);
  }

  poll(poll: number, masked: boolean): boolean {
    return this.#traps().poll(poll, masked);
  }

  output(output: Output): void {
    this.#traps().output(output);
  }

  #traps(): Traps {
    return this.#mode.kind === 'recording' ? this.#mode.recorder : this.#mode.replayer;
  }

  #recorder(): Recorder {
    invariant('I9', this.#mode.kind === 'recording', 'this machine follows a log');
    return this.#mode.recorder;
  }

  #newRecorder(guestMs: number): Recorder {
    return new Recorder(this.#machine, this.#world, this.#sink, this.#policy, this.#state, guestMs);
  }

  #goLive(order: GoLiveOrder): Traps {
    const guestMs = Math.max(this.#state.guestMs, order.guestMs);
    // A machine whose guest has not begun may have no time yet.
    const recorder = this.#newRecorder(guestMs > 0 ? guestMs : this.#world.wallMs());
    this.#mode = { kind: 'recording', recorder };
    this.#liveDue = this.#tidings(order);
    this.#wentLive(this.#state.position);
    return recorder;
  }

  /** What the kernel is told: outbound calls were the other host's, even when it hands the clients over. */
  #tidings({ connections, epoch }: GoLiveOrder): Uint8Array | null {
    if (connections === 'lost') return liveInterrupt(epoch);
    return this.#machine.openCalls > 0 ? callsLostInterrupt(epoch) : null;
  }

  #recordTurn(payload: Uint8Array): void {
    const recorder = this.#recorder();
    recorder.beginTurn(payload);
    const { polls, broken } = this.#machine.deliver(payload);
    recorder.endTurn(polls);
    this.#recoverDue = broken && payload[0] !== INTERRUPT.recover;
  }

  /**
   * A broken turn is followed by `recover`, going live by `live`: each is a turn of its own, in this order.
   */
  #settleDebts(): void {
    if (this.#recoverDue) this.#recordTurn(recoverInterrupt());
    if (this.#liveDue === null) return;
    const tidings = this.#liveDue;
    this.#liveDue = null;
    // A log that ended before the guest began: there is nobody yet who could have lost a connection.
    if (!this.#machine.started) return;
    this.#recordTurn(tidings);
    if (this.#recoverDue) this.#recordTurn(recoverInterrupt());
  }
}
