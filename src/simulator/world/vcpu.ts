/**
 * The vCPU thread of a host in virtual time: host/vcpu/ as one generator. Orders go in, in order; entries,
 * outputs and reports come out, entries always before the outputs that wait for them. Its processor may be
 * slow, paused by flow control, or stopped with the host.
 */
import {
  type Digest,
  type Epoch,
  type Ordinal,
  ordinal,
  type Position,
  position,
  epoch as toEpoch,
} from '../../base/brands.ts';
import type { LogEntry } from '../../log/entry.ts';
import type { Output } from '../../machine/traps.ts';
import type { CheckpointFrame } from '../../protocol/frames.ts';
import type { VcpuPort } from '../../replica/ports.ts';
import { Divergence } from '../../session/divergence.ts';
import { alarmInterrupt, startInterrupt } from '../../session/interrupts.ts';
import { type Arrived, OutputCopies } from '../../session/output-copies.ts';
import type { RecordingPolicy, SessionSink, World } from '../../session/ports.ts';
import { decodeEntries, encodeEntry } from '../../wire/entries.ts';
import type { Checkpoint, Guest, GuestOutput, Installation, Life, Wait } from '../guest/guest.ts';
import { LogQueue } from '../guest/log-source.ts';
import { missingPages } from '../guest/pages.ts';

/** The clock's anchor is looked at at least this often. */
const IDLE_WAIT_MS = 1000;
/** A moment too short for the clock would be waited for again and again, with no time passing. */
const SHORTEST_WAIT_MS = 0.01;
const SEED_BYTES = 8;

type Order =
  | { readonly kind: 'input'; readonly payload: Uint8Array }
  | { readonly kind: 'start' }
  | { readonly kind: 'limits'; readonly memoryMaximumBytes: number }
  | { readonly kind: 'release' | 'yield' | 'resume' | 'follow-log' | 'power-off' };

/** What the thread says, in its order. */
export type VcpuReport =
  | { readonly kind: 'recorded'; readonly entryCount: number; readonly bytes: Uint8Array }
  | { readonly kind: 'output'; readonly output: GuestOutput }
  | { readonly kind: 'replayed'; readonly position: Position }
  | { readonly kind: 'hash-checked'; readonly position: Position; readonly stateHash: Digest }
  | { readonly kind: 'base-kept'; readonly position: Position }
  | { readonly kind: 'checkpoint-taken'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'yielded'; readonly position: Position; readonly guestMs: number }
  | { readonly kind: 'pages-compared'; readonly wanted: readonly number[] }
  | { readonly kind: 'checkpoint-installed'; readonly stateHash: Digest }
  | { readonly kind: 'went-live'; readonly position: Position; readonly ordinal: Ordinal }
  | { readonly kind: 'limits-changed'; readonly position: Position }
  | { readonly kind: 'stopped'; readonly position: Position; readonly stateHash: Digest }
  | {
      readonly kind: 'diverged';
      readonly position: Position;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface VcpuSurroundings {
  readonly guest: Guest;
  readonly world: World;
  readonly policy: RecordingPolicy;
  readonly turnMs: number;
  /** Runs later; postponed while the host is stopped, dropped when it is dead. */
  after(delayMs: number, run: () => void): void;
  report(report: VcpuReport): void;
  /** How many times slower than others this processor is now. */
  slowness(): number;
}

type ThreadWait = Wait | { readonly kind: 'order'; readonly forMs: number };

export class VirtualVcpu implements VcpuPort, SessionSink {
  readonly #around: VcpuSurroundings;
  readonly #orders: Order[] = [];
  #log = new LogQueue();
  readonly #thread: Generator<ThreadWait, void, void>;
  #installation: Installation | null = null;
  #keptPages = new Map<number, Uint8Array>();
  /**
   * The machine as it stood at a hash point between two turns; it does not move while it is handed
   * out (host/vcpu/checkpoint-keeper.ts).
   */
  #base: Checkpoint | null = null;
  #handedOut = 0;
  #life: Life | null = null;
  #waiting: ThreadWait = { kind: 'cpu', ms: 0 };
  /** Counts waits, so that a wake-up that comes too late wakes nobody. */
  #waits = 0;
  #paused = false;
  #isDuePaused = false;
  #slowdownPercent = 0;
  #entries: Uint8Array[] = [];
  #outputs: GuestOutput[] = [];
  /** While it follows (host/vcpu/outbox.ts). */
  readonly #copies = new OutputCopies<GuestOutput>();
  #outputsWanted = true;
  #arrived: Arrived = { released: 0, printed: 0 };
  #replayed = position(0);
  #reported = position(0);

  constructor(role: 'recording' | 'replaying', around: VcpuSurroundings) {
    this.#around = around;
    this.#thread = role === 'recording' ? this.#recordFromStart() : this.#follow();
    this.#resume();
  }

  get life(): Life | null {
    return this.#life;
  }

  /** The kept checkpoint's bytes. */
  get checkpoint(): Checkpoint | null {
    return this.#base;
  }

  /** Guest time as its anchor tells it; null while the machine follows. */
  guestMs(): number | null {
    if (this.#life?.mode !== 'recording') return null;
    const { hostMs, guestMs, rate } = this.#life.clockAnchor;
    return guestMs + (this.#around.world.monotonicMs() - hostMs) * rate;
  }

  input(payload: Uint8Array): void {
    this.#order({ kind: 'input', payload });
  }

  feed(_first: Position, _count: number, bytes: Uint8Array): void {
    const entries = decodeEntries(bytes.slice());
    if (!entries.ok) throw new Error(`fed entries that do not decode: ${entries.error.detail}`);
    this.#log.feed(entries.value);
    this.#wakeFor('entries');
  }

  goLive(epoch: Epoch, connections: 'lost' | 'kept', guestMs: number): void {
    const atMs = this.#around.world.monotonicMs();
    // The guest's clock goes on while the rest of the log is executed.
    const order = { kind: 'go-live' as const, epoch: toEpoch(epoch), atMs, heardMs: guestMs };
    const { world } = this.#around;
    this.#log.goLive({
      kind: 'go-live',
      epoch: order.epoch,
      connections,
      get guestMs() {
        return order.heardMs + (world.monotonicMs() - order.atMs);
      },
    });
    this.#wakeFor('entries');
  }

  startGuest(): void {
    this.#order({ kind: 'start' });
  }

  takeCheckpoint(): void {
    if (this.#base === null) throw new Error('a checkpoint of a machine that does not live');
    this.#handedOut += 1;
    this.#flush();
    this.#around.report({ kind: 'checkpoint-taken', checkpoint: this.#base });
  }

  dropCheckpoint(): void {
    this.#handedOut -= 1;
    this.#order({ kind: 'release' });
  }

  changeLimits(memoryMaximumBytes: number): void {
    this.#order({ kind: 'limits', memoryMaximumBytes });
  }

  powerOff(): void {
    this.#order({ kind: 'power-off' });
  }

  yieldMachine(): void {
    this.#order({ kind: 'yield' });
  }

  resumeMachine(): void {
    this.#order({ kind: 'resume' });
  }

  followLog(): void {
    // Entries may come before the thread has looked.
    this.#log = new LogQueue();
    this.#order({ kind: 'follow-log' });
  }

  comparePages(offer: CheckpointFrame): void {
    const wanted = missingPages(this.#around.guest.bootPageHashes, offer.pageHashes);
    this.#keptPages = new Map();
    this.#around.report({ kind: 'pages-compared', wanted });
  }

  keepPage(index: number, bytes: Uint8Array): void {
    this.#keptPages.set(index, bytes);
  }

  installCheckpoint(offer: CheckpointFrame): void {
    const memory = new Uint8Array(offer.sizeBytes);
    memory.set(this.#around.guest.bootMemory.subarray(0, offer.sizeBytes));
    for (const [index, bytes] of this.#keptPages) memory.set(bytes, index * offer.pageBytes);
    this.#installation = { memory, position: offer.position, guestMs: offer.guestClockMs };
    this.#wakeFor('entries');
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    if (paused || !this.#isDuePaused) return;
    this.#isDuePaused = false;
    this.#resume();
  }

  setOutputs({ released, printed }: Arrived, wanted: boolean): void {
    this.#arrived = { released, printed };
    this.#outputsWanted = wanted;
  }

  #wantCopies(): void {
    this.#copies.forget(this.#arrived);
    this.#outputs.push(...this.#copies.takeAll());
  }

  setSlowdown(percent: number): void {
    this.#slowdownPercent = percent;
  }

  // What the session says (SessionSink).

  recorded(_position: Position, entry: LogEntry): void {
    this.#entries.push(encodeEntry(entry));
  }

  output(at: Position, { kind, ordinal: number, subject, head, body }: Output): void {
    const words = Buffer.from(head).toString();
    const content = Buffer.from(body).toString();
    const text = kind === 'chunk' ? content : body.length === 0 ? words : `${words}\n\n${content}`;
    const output = { kind, ordinal: ordinal(number), position: at, subject, text };
    const isKept = this.#life?.mode === 'replaying' && !this.#outputsWanted;
    if (!isKept) {
      this.#wantCopies();
      this.#outputs.push(output);
      return;
    }
    this.#copies.forget(this.#arrived);
    this.#copies.keep(output);
  }

  replayed(at: Position): void {
    this.#replayed = at;
  }

  hashChecked(at: Position, stateHash: Digest): void {
    this.#flush();
    this.#around.report({ kind: 'hash-checked', position: at, stateHash });
    if (this.#life === null || this.#life.poll > 0 || this.#handedOut > 0) return;
    this.#base = this.#life.checkpoint();
    this.#around.report({ kind: 'base-kept', position: at });
  }

  stopped(at: Position): void {
    this.#reportReplayed();
    if (this.#life === null) return;
    this.#around.report({ kind: 'stopped', position: at, stateHash: this.#life.stateHash() });
  }

  hashWanted(): boolean {
    return false;
  }

  yieldPoint(): void {
    this.#flush();
  }

  // The thread.

  *#recordFromStart(): Generator<ThreadWait, void, void> {
    const { guest, world, policy } = this.#around;
    const life = guest.record({ world, policy, sink: this });
    this.#life = life;
    this.#base = life.checkpoint();
    yield* this.#live(life);
  }

  /** Live; after a switch-over a backup, and live again. */
  *#live(begun: Life): Generator<ThreadWait, void, void> {
    let life = begun;
    for (;;) {
      yield* this.#record(life);
      if (life.isOff) return;
      life = life.followOn(this.#log, (at) => this.#wentLive(at));
      this.#life = life;
      this.#replayed = life.position;
      this.#reported = life.position;
      yield* life.replay();
      this.#flush();
      if (life.isOff) return;
    }
  }

  #wentLive(at: Position): void {
    this.#wantCopies();
    this.#reportReplayed();
    const last = this.#life?.ordinal ?? ordinal(0);
    this.#around.report({ kind: 'went-live', position: at, ordinal: last });
  }

  *#follow(): Generator<ThreadWait, void, void> {
    while (this.#installation === null) yield { kind: 'entries' };
    const { guest, world, policy } = this.#around;
    const life = guest.follow({ world, policy, sink: this }, this.#installation, this.#log, (at) =>
      this.#wentLive(at),
    );
    this.#life = life;
    this.#base = life.checkpoint();
    this.#around.report({ kind: 'checkpoint-installed', stateHash: life.stateHash() });
    yield* life.replay();
    this.#flush();
    if (life.isOff) return;
    yield* this.#start(life);
    yield* this.#live(life);
  }

  /** Until the machine is handed over, or off. */
  *#record(life: Life): Generator<ThreadWait, void, void> {
    while (!life.isOff) {
      if (life.alarmDueInMs <= 0) yield* this.#turn(life, alarmInterrupt());
      else if (life.hashDueInMs <= 0) life.hashPoint();
      this.#flush();
      const order = this.#orders.shift();
      if (order?.kind === 'yield') {
        if (yield* this.#handOver(life)) return;
      } else if (order !== undefined) yield* this.#obey(life, order);
      else {
        const forMs = Math.min(life.alarmDueInMs, life.hashDueInMs, IDLE_WAIT_MS);
        yield { kind: 'order', forMs: Math.max(forMs, SHORTEST_WAIT_MS) };
      }
    }
  }

  *#obey(life: Life, order: Order): Generator<ThreadWait, void, void> {
    switch (order.kind) {
      case 'input':
        yield* this.#turn(life, order.payload);
        return;
      case 'start':
        yield* this.#start(life);
        return;
      case 'release':
        if (this.#isBaseBehind(life)) life.hashPoint();
        this.#flush();
        return;
      case 'limits':
        life.changeLimits(order.memoryMaximumBytes);
        this.#flush();
        this.#around.report({ kind: 'limits-changed', position: life.position });
        return;
      case 'power-off':
        life.powerOff();
        this.stopped(life.position);
        return;
      default:
        throw new Error(`${order.kind} for a vCPU that has not yielded`);
    }
  }

  /** The base stood still at the last hash point, and an idle machine has no other to come. */
  #isBaseBehind(life: Life): boolean {
    const isIdle = life.hashDueInMs === Number.POSITIVE_INFINITY;
    return isIdle && this.#handedOut === 0 && (this.#base?.position ?? 0) < life.position;
  }

  /** True when another host goes on with the machine. */
  *#handOver(life: Life): Generator<ThreadWait, boolean, void> {
    life.handOver();
    this.#flush();
    this.#around.report({ kind: 'yielded', position: life.position, guestMs: this.guestMs() ?? 0 });
    const inputs: Order[] = [];
    for (;;) {
      const order = this.#orders.shift();
      if (order === undefined) yield { kind: 'order', forMs: IDLE_WAIT_MS };
      else if (order.kind === 'follow-log') return true;
      else if (order.kind === 'resume') {
        this.#orders.unshift(...inputs);
        return false;
      } else inputs.push(order);
    }
  }

  /** Once in a machine's life, whoever asks. */
  *#start(life: Life): Generator<ThreadWait, void, void> {
    if (life.started) return;
    const { world } = this.#around;
    const seed = new Uint8Array(SEED_BYTES);
    world.entropy(seed);
    yield* this.#turn(life, startInterrupt(seed, world.wallMs()));
  }

  *#turn(life: Life, payload: Uint8Array): Generator<ThreadWait, void, void> {
    yield* life.deliver(payload);
    this.#flush();
    yield { kind: 'cpu', ms: this.#around.turnMs };
  }

  #flush(): void {
    if (this.#entries.length > 0) {
      const entries = this.#entries;
      this.#entries = [];
      this.#around.report({ kind: 'recorded', entryCount: entries.length, bytes: Buffer.concat(entries) });
    }
    for (const output of this.#outputs.splice(0)) this.#around.report({ kind: 'output', output });
  }

  #reportReplayed(): void {
    if (this.#outputsWanted) this.#wantCopies();
    this.#flush();
    if (this.#replayed === this.#reported) return;
    this.#reported = this.#replayed;
    this.#around.report({ kind: 'replayed', position: this.#replayed });
  }

  // Its processor.

  #order(order: Order): void {
    this.#orders.push(order);
    this.#wakeFor('order');
  }

  #wakeFor(kind: 'order' | 'entries'): void {
    if (this.#waiting.kind !== kind) return;
    this.#waiting = { kind: 'cpu', ms: 0 };
    this.#wakeAfter(0);
  }

  #wakeAfter(delayMs: number): void {
    this.#waits += 1;
    const wait = this.#waits;
    this.#around.after(delayMs, () => {
      if (wait === this.#waits) this.#resume();
    });
  }

  /** Runs the thread to its next wait. */
  #resume(): void {
    if (this.#paused && this.#life?.mode === 'recording') {
      this.#isDuePaused = true;
      return;
    }
    let next: IteratorResult<ThreadWait, void>;
    try {
      next = this.#thread.next();
    } catch (error) {
      this.#died(error);
      return;
    }
    if (next.done === true) return;
    this.#waiting = next.value;
    if (next.value.kind === 'entries') {
      this.#waits += 1;
      this.#reportReplayed();
    } else {
      this.#wakeAfter(next.value.kind === 'cpu' ? this.#stretched(next.value.ms) : next.value.forMs);
    }
  }

  #stretched(ms: number): number {
    const brake = this.#life?.mode === 'recording' ? this.#slowdownPercent : 0;
    return (ms * this.#around.slowness() * 100) / (100 - brake);
  }

  /** What was produced so far goes first: it is as true as before. */
  #died(error: unknown): void {
    this.#flush();
    if (error instanceof Divergence) {
      const { position: at, expected, actual } = error;
      this.#around.report({ kind: 'diverged', position: at, expected, actual });
    } else {
      this.#around.report({ kind: 'failed', error });
    }
  }
}
