/// <reference lib="es2024.sharedmemory" />
/**
 * A byte ring in shared memory, from one thread to one other: the only way in which the hypervisor and the
 * vCPU of a host talk, and so the two ends of FT's log buffer inside one machine (FT §3.2). The vCPU blocks
 * on it and never returns to its event loop; the hypervisor must never block (ring-async.ts). The ring does
 * not grow (I10).
 *
 * Layout: 256 bytes of control words, one to a cache line, then `capacity` bytes. A message is a header of 24
 * bytes (length and kind as u32, two float64 of the caller's) and its bytes, padded to 8; it may wrap around
 * the end anywhere. Head and tail count bytes modulo 2^32, so that full and empty differ. Two threads of one
 * process share them: no byte order to fix.
 *
 * Why no wake-up is lost. A sleeper waits on its own word, never on head or tail:
 *   sleeper: (a) word = 1, (b) look again at the ring, (c) wait while word is 1;
 *   waker:   (d) publish head or tail, (e) if word was 1 then word = 0 and notify.
 * All five are sequentially consistent. If (b) missed (d), then a < b < d < e, and the waker finds the 1.
 * If it sets the word to 0 before (c), the wait does not begin; if after, the notification ends it: in
 * between is nothing, as the wait compares and enqueues in one step. Only the waker's exchange makes the
 * 1 a 0 under a sleeper, and a notification always follows it; a stale one wakes somebody for nothing,
 * who then begins again at (a). In a burst only the first message pays for a notification, as the word
 * stays 0 until the reader lies down again.
 */
import { InvariantViolation, invariant } from '../../base/assert.ts';

/** Indices of 32-bit control words. */
const HEAD = 0;
const TAIL = 16;
const READER_ASLEEP = 32;
const WRITER_ASLEEP = 48;
/** Free bytes below which a sleeping writer is not woken; written before it lies down. */
const WRITER_WANTS = 49;

const CONTROL_BYTES = 256;
const HEADER_BYTES = 24;
/** Below this, a loop over bytes costs less than making a view to copy from. */
const LOOP_COPY_BYTES = 64;
/** From here on `fill` costs less than `set`. */
const LARGE_COPY_BYTES = 8 * 1024;

export interface RingMessage {
  readonly kind: number;
  readonly first: number;
  readonly second: number;
  /** The reader's own copy, in memory that is not shared. */
  readonly bytes: Uint8Array;
}

/** `bytes` is the handler's own, as in {@link RingMessage}. */
export type RingHandler = (kind: number, first: number, second: number, bytes: Uint8Array) => void;

/** Memory for one ring of `capacityBytes`, a power of two from 64 to 2^30. */
export function createRing(capacityBytes: number): SharedArrayBuffer {
  const powerOfTwo = Number.isInteger(Math.log2(capacityBytes));
  invariant(
    'I10',
    powerOfTwo && capacityBytes >= 64 && capacityBytes <= 2 ** 30,
    `no ring of ${capacityBytes} bytes: its size must be a power of two from 64 to 2^30`,
  );
  return new SharedArrayBuffer(CONTROL_BYTES + capacityBytes);
}

/** Both ends' view of the memory. */
class RingMemory {
  readonly capacityBytes: number;
  readonly mask: number;
  readonly control: Int32Array;
  readonly data: Buffer;
  readonly words: Uint32Array;
  readonly floats: Float64Array;

  constructor(shared: SharedArrayBuffer) {
    this.capacityBytes = shared.byteLength - CONTROL_BYTES;
    this.mask = this.capacityBytes - 1;
    this.control = new Int32Array(shared, 0, CONTROL_BYTES / 4);
    this.data = Buffer.from(shared, CONTROL_BYTES);
    this.words = new Uint32Array(shared, CONTROL_BYTES);
    this.floats = new Float64Array(shared, CONTROL_BYTES);
  }

  /** Sets the sleeper's word to 0 and wakes it, if it sleeps or is about to. */
  wake(word: number): void {
    const { control } = this;
    if (Atomics.load(control, word) === 1 && Atomics.exchange(control, word, 0) === 1) {
      Atomics.notify(control, word, 1);
    }
  }

  copyIn(from: Uint8Array, position: number): void {
    const { data, mask } = this;
    const { length } = from;
    if (length <= LOOP_COPY_BYTES) {
      for (let i = 0; i < length; i += 1) data[(position + i) & mask] = from[i] ?? 0;
      return;
    }
    const start = position & mask;
    const untilEnd = this.capacityBytes - start;
    if (length <= untilEnd) {
      copy(data, start, from);
    } else {
      copy(data, start, from.subarray(0, untilEnd));
      copy(data, 0, from.subarray(untilEnd));
    }
  }

  copyOut(position: number, length: number): Uint8Array {
    const { data, mask } = this;
    const own = Buffer.allocUnsafe(length);
    if (length <= LOOP_COPY_BYTES) {
      for (let i = 0; i < length; i += 1) own[i] = data[(position + i) & mask] ?? 0;
      return own;
    }
    const start = position & mask;
    const untilEnd = this.capacityBytes - start;
    if (length <= untilEnd) {
      copy(own, 0, data.subarray(start, start + length));
    } else {
      copy(own, 0, data.subarray(start));
      copy(own, untilEnd, data.subarray(0, length - untilEnd));
    }
    return own;
  }
}

/**
 * V8 copies to and from shared memory word by word, so that whoever looks sees no half ones. Here nobody
 * looks before the head tells him to, and Node's `fill` copies twice as fast.
 */
function copy(to: Buffer, at: number, from: Uint8Array): void {
  if (from.length < LARGE_COPY_BYTES) to.set(from, at);
  else to.fill(from, at, at + from.length);
}

const messageBytes = (byteLength: number): number => HEADER_BYTES + ((byteLength + 7) & ~7);

/** The sending end; one per ring, in one thread. */
export class RingWriter {
  readonly #memory: RingMemory;
  #head: number;
  /** The tail as last seen: the true one may be further, never behind. */
  #tail: number;

  constructor(shared: SharedArrayBuffer) {
    this.#memory = new RingMemory(shared);
    this.#head = Atomics.load(this.#memory.control, HEAD);
    this.#tail = Atomics.load(this.#memory.control, TAIL);
  }

  /**
   * One message of all `chunks`, which are only borrowed. False, and nothing written, when the ring has no
   * room now; a message that can never fit is a bug of ours (I10).
   */
  tryWrite(kind: number, first: number, second: number, ...chunks: readonly Uint8Array[]): boolean {
    const isWritten = this.#write(kind, first, second, chunks);
    if (isWritten) this.#memory.wake(READER_ASLEEP);
    return isWritten;
  }

  /** As {@link tryWrite}, but sleeps until there is room: for the vCPU alone. */
  writeBlocking(kind: number, first: number, second: number, ...chunks: readonly Uint8Array[]): void {
    this.writeQuietly(kind, first, second, ...chunks);
    this.#memory.wake(READER_ASLEEP);
  }

  /**
   * As {@link writeBlocking}, for what nobody waits for: the reader finds it when it looks of its own
   * accord, or is woken for something else.
   */
  writeQuietly(kind: number, first: number, second: number, ...chunks: readonly Uint8Array[]): void {
    while (!this.#write(kind, first, second, chunks)) {
      // A reader that is to make room must know of it.
      this.#memory.wake(READER_ASLEEP);
      if (this.#lieDown(totalBytes(chunks))) {
        Atomics.wait(this.#memory.control, WRITER_ASLEEP, 1);
      }
    }
  }

  /** For what was written quietly after all. */
  wakeReader(): void {
    this.#memory.wake(READER_ASLEEP);
  }

  /**
   * For the thread that may not block: settles when there may be room for a message of `byteLength`;
   * undefined when there is already. One at a time. A pending one does not keep the process alive.
   */
  whenWritable(byteLength: number): Promise<unknown> | undefined {
    if (!this.#lieDown(byteLength)) return undefined;
    const waiting = Atomics.waitAsync(this.#memory.control, WRITER_ASLEEP, 1);
    return waiting.async ? waiting.value : undefined;
  }

  /** Where the next message begins: a counter of bytes that wraps around at 32 bits. */
  get writtenThrough(): number {
    return this.#head;
  }

  /** What was written up to here the reader has taken. */
  get takenThrough(): number {
    this.#tail = Atomics.load(this.#memory.control, TAIL);
    return this.#tail;
  }

  #write(kind: number, first: number, second: number, chunks: readonly Uint8Array[]): boolean {
    const byteLength = totalBytes(chunks);
    const size = messageBytes(byteLength);
    if (!this.#hasRoom(size)) return false;
    const memory = this.#memory;
    const { mask } = memory;
    let position = this.#head;
    // A header's 8-byte cells are aligned, so that each lies in one piece even when the header wraps around.
    const cell = position & mask;
    memory.words[cell >>> 2] = byteLength;
    memory.words[(cell >>> 2) + 1] = kind;
    memory.floats[((position + 8) & mask) >>> 3] = first;
    memory.floats[((position + 16) & mask) >>> 3] = second;
    position += HEADER_BYTES;
    for (const chunk of chunks) {
      memory.copyIn(chunk, position);
      position += chunk.length;
    }
    this.#head = (this.#head + size) | 0;
    Atomics.store(memory.control, HEAD, this.#head);
    return true;
  }

  #hasRoom(size: number): boolean {
    const { capacityBytes, control } = this.#memory;
    if (size > capacityBytes) {
      throw new InvariantViolation('I10', `a message of ${size} bytes for a ring of ${capacityBytes}`);
    }
    if (capacityBytes - ((this.#head - this.#tail) >>> 0) >= size) return true;
    this.#tail = Atomics.load(control, TAIL);
    return capacityBytes - ((this.#head - this.#tail) >>> 0) >= size;
  }

  /**
   * True when the caller may wait on its word. It asks for a quarter of the ring at
   * least, or each freed byte would wake it.
   */
  #lieDown(byteLength: number): boolean {
    const { capacityBytes, control } = this.#memory;
    const size = messageBytes(byteLength);
    Atomics.store(control, WRITER_WANTS, Math.max(size, capacityBytes >>> 2));
    Atomics.store(control, WRITER_ASLEEP, 1);
    if (!this.#hasRoom(size)) return true;
    Atomics.store(control, WRITER_ASLEEP, 0);
    return false;
  }
}

function totalBytes(chunks: readonly Uint8Array[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.length;
  return total;
}

/** The receiving end; one per ring, in one thread. */
export class RingReader {
  readonly #memory: RingMemory;
  /** The head as last seen: the true one may be further, never behind. */
  #head: number;
  #tail: number;
  #published: number;

  constructor(shared: SharedArrayBuffer) {
    this.#memory = new RingMemory(shared);
    this.#head = Atomics.load(this.#memory.control, HEAD);
    this.#tail = Atomics.load(this.#memory.control, TAIL);
    this.#published = this.#tail;
  }

  /** Whether `read` would return at once: one atomic load at most. */
  get hasMessage(): boolean {
    if (this.#head === this.#tail) this.#head = Atomics.load(this.#memory.control, HEAD);
    return this.#head !== this.#tail;
  }

  /**
   * The next message; sleeps for at most `timeoutMs`, then undefined. For the vCPU alone, unless
   * `timeoutMs` is 0.
   */
  read(timeoutMs: number): RingMessage | undefined {
    if (!this.hasMessage && (timeoutMs <= 0 || !this.#sleep(timeoutMs))) return undefined;
    let message: RingMessage | undefined;
    this.#take((kind, first, second, bytes) => {
      message = { kind, first, second, bytes };
    });
    this.#publish();
    return message;
  }

  /**
   * Hands over what is there, never blocks; returns how many there were: at most `maxMessages`, and none
   * behind the one that makes `maxBytes` full.
   */
  drain(handler: RingHandler, maxMessages: number, maxBytes = Number.POSITIVE_INFINITY): number {
    // The room is given back in large steps: each step may wake the writer.
    const stepBytes = this.#memory.capacityBytes >>> 3;
    let count = 0;
    let bytes = 0;
    try {
      while (count < maxMessages && bytes < maxBytes && this.hasMessage) {
        count += 1;
        const before = this.#tail;
        this.#take(handler);
        bytes += (this.#tail - before) >>> 0;
        if ((this.#tail - this.#published) >>> 0 >= stepBytes) this.#publish();
      }
    } finally {
      this.#publish();
    }
    return count;
  }

  /**
   * For the thread that may not block: settles when a message may have come; undefined when one is there
   * already. One at a time. A pending one does not keep the process alive.
   */
  whenReadable(): Promise<unknown> | undefined {
    if (!this.#lieDown()) return undefined;
    const waiting = Atomics.waitAsync(this.#memory.control, READER_ASLEEP, 1);
    return waiting.async ? waiting.value : undefined;
  }

  /** Takes one message; its room is the writer's again with the next publication. */
  #take(handler: RingHandler): void {
    const memory = this.#memory;
    const { mask } = memory;
    const position = this.#tail;
    const cell = position & mask;
    const byteLength = memory.words[cell >>> 2] ?? 0;
    const kind = memory.words[(cell >>> 2) + 1] ?? 0;
    const first = memory.floats[((position + 8) & mask) >>> 3] ?? 0;
    const second = memory.floats[((position + 16) & mask) >>> 3] ?? 0;
    const bytes = memory.copyOut(position + HEADER_BYTES, byteLength);
    this.#tail = (position + messageBytes(byteLength)) | 0;
    handler(kind, first, second, bytes);
  }

  #publish(): void {
    const { capacityBytes, control } = this.#memory;
    if (this.#published === this.#tail) return;
    this.#published = this.#tail;
    Atomics.store(control, TAIL, this.#tail);
    if (Atomics.load(control, WRITER_ASLEEP) === 0) return;
    // The writer does not move while it sleeps, so the free room only grows, and reaches
    // what it wants at the latest when empty.
    const freeBytes = capacityBytes - ((Atomics.load(control, HEAD) - this.#tail) >>> 0);
    if (freeBytes >= Atomics.load(control, WRITER_WANTS)) this.#memory.wake(WRITER_ASLEEP);
  }

  /** True when a message came. */
  #sleep(timeoutMs: number): boolean {
    const deadlineMs = performance.now() + timeoutMs;
    while (this.#lieDown()) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) {
        Atomics.store(this.#memory.control, READER_ASLEEP, 0);
        return false;
      }
      Atomics.wait(this.#memory.control, READER_ASLEEP, 1, leftMs);
    }
    return true;
  }

  /** True when the caller may wait on its word. */
  #lieDown(): boolean {
    const { control } = this.#memory;
    Atomics.store(control, READER_ASLEEP, 1);
    if (!this.hasMessage) return true;
    Atomics.store(control, READER_ASLEEP, 0);
    return false;
  }
}
