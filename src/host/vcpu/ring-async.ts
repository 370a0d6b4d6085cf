/**
 * The hypervisor's ends of the rings (ring.ts). That thread serves sockets and heartbeats and may never
 * block, however busy the vCPU is: it is woken by `Atomics.waitAsync`, takes messages in rounds
 * between which sockets have their turn, and keeps what a full ring does not take in a bounded queue (I10).
 * Neither end keeps the process alive.
 */
import { BoundedQueue } from '../../base/bounded-queue.ts';
import { limits } from '../../base/limits.ts';
import type { RingHandler, RingReader, RingWriter } from './ring.ts';

/**
 * Calls `handler` for each message until `stop()`. What the handler throws is an uncaught exception of the
 * process, for the host's top level to halt on.
 */
export class RingListener {
  readonly #reader: RingReader;
  readonly #handler: RingHandler;
  readonly #roundEnded: () => void;
  readonly #restMs: () => number;
  readonly #round = (): void => this.#runRound();
  /**
   * A throw inside a promise's reaction would be a rejection nobody handles; a
   * microtask's is an uncaught exception.
   */
  readonly #woken = (): void => queueMicrotask(this.#round);
  #stopped = false;

  /**
   * `roundEnded` is called once after each wake-up's messages: the place to act on a batch. `restMs` is asked
   * then: above 0, nothing wakes this thread for so long, as network drivers have it: when much is to come
   * anyway, being told of each piece costs more than looking now and then.
   */
  constructor(
    reader: RingReader,
    handler: RingHandler,
    roundEnded: () => void = () => {},
    restMs: () => number = () => 0,
  ) {
    this.#reader = reader;
    this.#handler = handler;
    this.#roundEnded = roundEnded;
    this.#restMs = restMs;
    this.#waitForMore();
  }

  /** Takes what is there without having been woken for it: what is written quietly is found here. */
  look(): void {
    if (!this.#stopped) this.#takeAll();
  }

  /** No message is handed over any more, not even from the round that is under way. */
  stop(): void {
    this.#stopped = true;
  }

  #waitForMore(): void {
    const woken = this.#reader.whenReadable();
    if (woken === undefined) setImmediate(this.#round);
    else void woken.then(this.#woken);
  }

  #runRound(): void {
    if (this.#stopped) return;
    const taken = this.#takeAll();
    if (this.#stopped) return;
    const restMs = taken > 0 ? this.#restMs() : 0;
    if (restMs > 0) setTimeout(this.#round, restMs).unref();
    else this.#waitForMore();
  }

  #takeAll(): number {
    const taken = this.#reader.drain(this.#stoppable, limits.ringRoundMessages, limits.ringRoundBytes);
    if (taken > 0) this.#roundEnded();
    return taken;
  }

  readonly #stoppable: RingHandler = (kind, first, second, bytes) => {
    if (!this.#stopped) this.#handler(kind, first, second, bytes);
  };
}

interface PendingMessage {
  readonly kind: number;
  readonly first: number;
  readonly second: number;
  readonly bytes: Uint8Array;
}

/** Sends to the vCPU in order, without ever blocking. */
export class QueuedRingWriter {
  readonly #writer: RingWriter;
  readonly #pending: BoundedQueue<PendingMessage>;
  #flushing = false;

  /** `pendingBytesLimit`: what may wait here while the ring is full. */
  constructor(writer: RingWriter, pendingBytesLimit: number) {
    this.#writer = writer;
    // A message without bytes takes room, too.
    this.#pending = new BoundedQueue(pendingBytesLimit, (message) => message.bytes.length + 64);
  }

  get pendingBytes(): number {
    return this.#pending.total;
  }

  /**
   * For messages that can be refused to their sender: false, and nothing queued, when
   * the ring is full. Borrows `chunks`.
   */
  offer(kind: number, first: number, second: number, ...chunks: readonly Uint8Array[]): boolean {
    return this.#pending.length === 0 && this.#writer.tryWrite(kind, first, second, ...chunks);
  }

  /**
   * For messages that must arrive: queued when the ring is full; false only when the
   * queue is full, too. Borrows `chunks`.
   */
  write(kind: number, first: number, second: number, ...chunks: readonly Uint8Array[]): boolean {
    if (this.offer(kind, first, second, ...chunks)) return true;
    if (!this.#pending.push({ kind, first, second, bytes: Buffer.concat(chunks) })) return false;
    if (!this.#flushing) this.#flush();
    return true;
  }

  readonly #flush = (): void => {
    for (;;) {
      const next = this.#pending.peek();
      this.#flushing = next !== undefined;
      if (next === undefined) return;
      if (this.#writer.tryWrite(next.kind, next.first, next.second, next.bytes)) {
        this.#pending.shift();
        continue;
      }
      const woken = this.#writer.whenWritable(next.bytes.length);
      if (woken === undefined) continue;
      void woken.then(() => queueMicrotask(this.#flush));
      return;
    }
  };
}
