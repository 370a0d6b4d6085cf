/**
 * What the two threads of a host know of each other without a message: a page of shared words. The hypervisor
 * stops or slows the vCPU here, also in the middle of a turn (FT §3.2), and reads here what the vCPU is doing
 * even while a guest computes for minutes.
 */
import { monotonicMs } from '../../base/monotonic.ts';
import type { KeptReplies } from '../../machine/machine.ts';
import type { ClockAnchor } from '../../session/guest-clock.ts';
import type { Arrived } from '../../session/output-copies.ts';

/** Indices of 32-bit words. */
const WORD = {
  paused: 0,
  slowdownPercent: 1,
  clockSlot: 2,
  hashWanted: 3,
  checkpointWanted: 4,
  outputsKept: 5,
} as const;
const WORDS_BYTES = 64;

/** Indices of float64 cells behind the words. */
const CELL = {
  turnStartedMs: 0,
  position: 1,
  aliveMs: 2,
  clock: 4,
  kept: 10,
  arrived: 14,
  copies: 16,
  memory: 17,
} as const;
/** host ms, guest ms, rate: a guest clock's anchor. Two slots, so that a reader never sees half of one. */
const CLOCK_CELLS = 3;
const CELLS = 19;

/**
 * A slowed vCPU sleeps in pieces of this length at least: many short sleeps cost it more, in
 * cold caches, than they give its backup.
 */
const SLEEP_PIECE_MS = 6;

export class VcpuControl {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #cells: Float64Array;
  #owedMs = 0;

  constructor(shared = new SharedArrayBuffer(WORDS_BYTES + CELLS * 8)) {
    this.shared = shared;
    this.#words = new Int32Array(shared, 0, WORDS_BYTES / 4);
    this.#cells = new Float64Array(shared, WORDS_BYTES, CELLS);
  }

  // The hypervisor's side.

  setPaused(paused: boolean): void {
    Atomics.store(this.#words, WORD.paused, paused ? 1 : 0);
    if (!paused) Atomics.notify(this.#words, WORD.paused);
  }

  /** The machine makes a hash point at its next poll, or between turns, whichever comes first. */
  wishForHash(): void {
    Atomics.store(this.#words, WORD.hashWanted, 1);
  }

  /** The vCPU hands out its checkpoint at once, inside a turn at its next poll. */
  wishForCheckpoint(): void {
    Atomics.store(this.#words, WORD.checkpointWanted, 1);
  }

  setSlowdown(percent: number): void {
    Atomics.store(this.#words, WORD.slowdownPercent, percent);
    Atomics.notify(this.#words, WORD.slowdownPercent);
  }

  /** Host time at which the running turn began; 0 between turns. */
  get turnStartedMs(): number {
    return this.#cell(CELL.turnStartedMs);
  }

  /** How long the turn has been running at host time `hostMs`; 0 between turns. */
  turnMsAt(hostMs: number): number {
    const { turnStartedMs } = this;
    return turnStartedMs === 0 ? 0 : hostMs - turnStartedMs;
  }

  /** When the machine last polled inside a long turn. */
  get aliveMs(): number {
    return this.#cell(CELL.aliveMs);
  }

  /** Position of the log, as the vCPU sees it. */
  get position(): number {
    return this.#cell(CELL.position);
  }

  /**
   * What the machine remembers for retries, as of its last hash point; the
   * four numbers may be of two moments.
   */
  get kept(): KeptReplies {
    const cell = (index: number): number => this.#cell(CELL.kept + index);
    return { keys: cell(0), sessions: cell(1), bytes: cell(2), refused: cell(3) };
  }

  /** What the machine's memory has grown to and may grow to, as of its last hash point; 0 before. */
  get memory(): { readonly bytes: number; readonly maximumBytes: number } {
    return { bytes: this.#cell(CELL.memory), maximumBytes: this.#cell(CELL.memory + 1) };
  }

  /** The guest's time at host time `hostMs`, while the machine is live; null before. */
  guestMsAt(hostMs: number): number | null {
    const at = CELL.clock + Atomics.load(this.#words, WORD.clockSlot) * CLOCK_CELLS;
    const rate = this.#cell(at + 2);
    if (rate === 0) return null;
    return Math.floor(this.#cell(at + 1) + Math.max(0, hostMs - this.#cell(at)) * rate);
  }

  /**
   * What has arrived of the outputs, so that a backup's copies can go, and whether somebody
   * here waits for those that have not.
   */
  setOutputs({ released, printed }: Arrived, wanted: boolean): void {
    this.#setCell(CELL.arrived, released);
    this.#setCell(CELL.arrived + 1, printed);
    Atomics.store(this.#words, WORD.outputsKept, wanted ? 0 : 1);
  }

  /** Outputs that a backup's vCPU keeps. */
  get copies(): number {
    return this.#cell(CELL.copies);
  }

  // The vCPU's side.

  get arrived(): Arrived {
    return { released: this.#cell(CELL.arrived), printed: this.#cell(CELL.arrived + 1) };
  }

  get outputsWanted(): boolean {
    return Atomics.load(this.#words, WORD.outputsKept) === 0;
  }

  setCopies(count: number): void {
    this.#setCell(CELL.copies, count);
  }

  /** Blocks while paused. */
  waitWhilePaused(): void {
    while (Atomics.load(this.#words, WORD.paused) === 1) Atomics.wait(this.#words, WORD.paused, 1);
  }

  /** True once for each wish, or for several at once. */
  takeHashWish(): boolean {
    return this.#take(WORD.hashWanted);
  }

  takeCheckpointWish(): boolean {
    return this.#take(WORD.checkpointWanted);
  }

  /**
   * After `ranMs` of running: the sleep that the slowdown wants for it is owed, and slept as soon as it is
   * worth it. A slowdown that changes meanwhile counts at once.
   */
  slowDown(ranMs: number): void {
    let percent = Atomics.load(this.#words, WORD.slowdownPercent);
    this.#owedMs = percent === 0 ? 0 : this.#owedMs + ranMs * sleepPerRun(percent);
    if (this.#owedMs < SLEEP_PIECE_MS) return;
    while (this.#owedMs > 0) {
      const before = percent;
      const startedMs = monotonicMs();
      Atomics.wait(this.#words, WORD.slowdownPercent, percent, this.#owedMs);
      percent = Atomics.load(this.#words, WORD.slowdownPercent);
      const leftMs = Math.max(0, this.#owedMs - (monotonicMs() - startedMs));
      this.#owedMs = (leftMs * sleepPerRun(percent)) / sleepPerRun(before);
    }
  }

  /** Blocks for `ms`. */
  sleep(ms: number): void {
    Atomics.wait(this.#words, WORDS_BYTES / 4 - 1, 0, ms);
  }

  beginTurn(nowMs: number): void {
    this.#setCell(CELL.turnStartedMs, nowMs);
  }

  polled(nowMs: number): void {
    this.#setCell(CELL.aliveMs, nowMs);
  }

  endTurn(): void {
    this.#setCell(CELL.turnStartedMs, 0);
  }

  setPosition(position: number): void {
    this.#setCell(CELL.position, position);
  }

  setKept({ keys, sessions, bytes, refused }: KeptReplies): void {
    [keys, sessions, bytes, refused].forEach((value, index) => {
      this.#setCell(CELL.kept + index, value);
    });
  }

  setMemory(bytes: number, maximumBytes: number): void {
    this.#setCell(CELL.memory, bytes);
    this.#setCell(CELL.memory + 1, maximumBytes);
  }

  setClock(anchor: ClockAnchor): void {
    const slot = 1 - Atomics.load(this.#words, WORD.clockSlot);
    const at = CELL.clock + slot * CLOCK_CELLS;
    this.#setCell(at, anchor.hostMs);
    this.#setCell(at + 1, anchor.guestMs);
    this.#setCell(at + 2, anchor.rate);
    Atomics.store(this.#words, WORD.clockSlot, slot);
  }

  #take(word: number): boolean {
    return Atomics.load(this.#words, word) === 1 && Atomics.exchange(this.#words, word, 0) === 1;
  }

  #cell(index: number): number {
    return this.#cells[index] ?? 0;
  }

  #setCell(index: number, value: number): void {
    this.#cells[index] = value;
  }
}

const sleepPerRun = (percent: number): number => percent / (100 - percent);
