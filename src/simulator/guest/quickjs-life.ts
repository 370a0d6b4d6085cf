/**
 * The life of the real machine in virtual time: session/ and machine/ as
 * they are, in the simulator's one thread.
 *
 * A real vCPU thread that replays sleeps in the middle of a turn until the log goes on. Here nothing
 * can sleep, so a turn is executed in one moment: its entries leave together at its end, a follower is
 * fed whole turns, and between two turns a session that finds its log empty has touched nothing and can
 * be asked again. What that leaves out, going live in the middle of a turn and outputs that leave
 * before its end, the scripted guest has.
 */
import { type Digest, type Ordinal, ordinal, type Position } from '../../base/brands.ts';
import type { Machine } from '../../machine/machine.ts';
import { PAGE_BYTES } from '../../machine/pages.ts';
import type { ClockAnchor } from '../../session/guest-clock.ts';
import type { EntrySource, SessionSink, World } from '../../session/ports.ts';
import { Session } from '../../session/session.ts';
import type { TurnState } from '../../session/turn-state.ts';
import type { Checkpoint, Life, LifeOptions, LogSource, Wait } from './guest.ts';
import { END_OF_LOG, EndOfLog, strict } from './log-source.ts';
import { missingPages } from './pages.ts';

/** Each look at the clock takes so long, so that a guest that waits for a time comes to an end. */
const LOOK_MS = 0.2;

/**
 * A host's clock that also moves while the guest computes, which takes no time here; the thread pays it back.
 */
class BusyWorld implements World {
  readonly #world: World;
  #aheadMs = 0;
  #lastMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  monotonicMs(): number {
    this.#aheadMs += LOOK_MS;
    this.#lastMs = Math.max(this.#lastMs, this.#world.monotonicMs() + this.#aheadMs);
    return this.#lastMs;
  }

  wallMs(): number {
    return this.#world.wallMs();
  }

  entropy(into: Uint8Array): void {
    const bytes = new Uint8Array(into.length);
    this.#world.entropy(bytes);
    into.set(bytes);
  }

  /** What the guest's computing has taken since it was last asked. */
  takeDebtMs(): number {
    const debtMs = this.#aheadMs;
    this.#aheadMs = 0;
    return debtMs;
  }
}

/** Everything as the session says it, but nothing travels before its turn is over. */
const untilTurnEnd = (sink: SessionSink): SessionSink => ({
  recorded: (at, entry) => sink.recorded(at, entry),
  output: (at, output) => sink.output(at, output),
  replayed: (at) => sink.replayed(at),
  stopped: (at) => sink.stopped(at),
  hashChecked: (at, hash) => sink.hashChecked(at, hash),
  hashWanted: () => false,
  yieldPoint: () => {},
});

/** The log, one turn at a time. */
class TurnByTurn implements EntrySource {
  readonly #source: EntrySource;
  #isGiven = false;

  constructor(source: LogSource) {
    this.#source = strict(source);
  }

  allowNext(): void {
    this.#isGiven = false;
  }

  get hasGiven(): boolean {
    return this.#isGiven;
  }

  peek(): ReturnType<EntrySource['peek']> {
    return this.#source.peek();
  }

  next(): ReturnType<EntrySource['next']> {
    const isTurn = this.#source.peek().kind === 'interrupt';
    if (isTurn && this.#isGiven) throw END_OF_LOG;
    this.#isGiven ||= isTurn;
    return this.#source.next();
  }
}

export interface QuickjsFollowing {
  readonly source: LogSource;
  readonly state: TurnState;
  readonly wentLive: (at: Position) => void;
}

export class QuickjsLife implements Life {
  readonly #machine: Machine;
  readonly #session: Session;
  readonly #world: BusyWorld;
  readonly #turns: TurnByTurn | null;
  readonly #options: LifeOptions;
  #isOff = false;
  /** The machine as it was copied last, one buffer for all checkpoints: only one of them is ever in use. */
  #copy: { readonly memory: Uint8Array; readonly pageHashes: Uint8Array } | null = null;

  constructor(machine: Machine, options: LifeOptions, following: QuickjsFollowing | null) {
    this.#machine = machine;
    this.#options = options;
    this.#world = new BusyWorld(options.world);
    const own = { machine, world: this.#world, sink: untilTurnEnd(options.sink), policy: options.policy };
    this.#turns = following === null ? null : new TurnByTurn(following.source);
    this.#session =
      following === null || this.#turns === null
        ? Session.recording(own)
        : Session.replaying({ ...own, state: following.state }, this.#turns, following.wentLive);
  }

  get mode(): 'recording' | 'replaying' {
    return this.#session.mode;
  }

  get ordinal(): Ordinal {
    return ordinal(this.#machine.ordinal);
  }

  get position(): Position {
    return this.#session.position;
  }

  get poll(): number {
    return this.#session.state.poll;
  }

  get started(): boolean {
    return this.#machine.started;
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  get alarmDueInMs(): number {
    return this.#session.alarmDueInMs;
  }

  get hashDueInMs(): number {
    return this.#session.hashDueInMs;
  }

  get clockAnchor(): ClockAnchor {
    return this.#session.clockAnchor;
  }

  stateHash(): Digest {
    return this.#machine.stateHash();
  }

  *deliver(payload: Uint8Array): Generator<Wait, void, void> {
    this.#world.takeDebtMs();
    this.#session.deliver(payload);
    yield { kind: 'cpu', ms: this.#world.takeDebtMs() };
  }

  hashPoint(): void {
    this.#session.hashPoint();
  }

  changeLimits(memoryMaximumBytes: number): void {
    this.#session.changeLimits(memoryMaximumBytes);
  }

  powerOff(): void {
    this.#session.powerOff();
    this.#isOff = true;
  }

  handOver(): void {
    this.#session.handOver();
  }

  followOn(source: LogSource, wentLive: (at: Position) => void): Life {
    return new QuickjsLife(this.#machine, this.#options, { source, state: this.#session.state, wentLive });
  }

  checkpoint(): Checkpoint {
    const stateHash = this.#machine.stateHash();
    return {
      ...this.#copied(),
      stateHash,
      position: this.#session.position,
      ordinal: this.ordinal,
      guestMs: this.#session.state.guestMs,
    };
  }

  /** Copies the pages that have changed since the last time. */
  #copied(): { readonly memory: Uint8Array; readonly pageHashes: Uint8Array } {
    const { memory, pages } = this.#machine;
    const { leaves } = pages;
    const before = this.#copy;
    if (before?.memory.length !== memory.length) {
      this.#copy = { memory: memory.slice(), pageHashes: leaves.slice() };
      return this.#copy;
    }
    for (const page of missingPages(before.pageHashes, leaves)) {
      const start = page * PAGE_BYTES;
      before.memory.set(memory.subarray(start, start + PAGE_BYTES), start);
    }
    this.#copy = { memory: before.memory, pageHashes: leaves.slice() };
    return this.#copy;
  }

  #isFollowing(): boolean {
    return this.#session.mode === 'replaying';
  }

  *replay(): Generator<Wait, void, void> {
    while (this.#isFollowing() && !this.#isOff) {
      this.#turns?.allowNext();
      this.#world.takeDebtMs();
      try {
        this.#session.replay();
        // The log has not ended, and the machine is not live.
        this.#isOff = this.#isFollowing();
      } catch (error) {
        if (!(error instanceof EndOfLog)) throw error;
      }
      const isBusy = this.#turns?.hasGiven === true || !this.#isFollowing();
      yield isBusy ? { kind: 'cpu', ms: this.#world.takeDebtMs() + LOOK_MS } : { kind: 'entries' };
    }
  }
}
