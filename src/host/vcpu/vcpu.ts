/**
 * The hypervisor's handle on the vCPU thread: starts it, gives it orders, and reports what it says in the
 * order in which the protocol must hear it (round.ts).
 */
import type { Worker } from 'node:worker_threads';
import {
  type Digest,
  digest,
  type Epoch,
  type Ordinal,
  ordinal,
  type Position,
  position,
} from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import type { Engine } from '../../machine/engine.ts';
import type { Image } from '../../machine/image.ts';
import { baseIn, newSharedBase, wholeBase } from '../../machine/shared-base.ts';
import type { RecordingPolicy } from '../../session/ports.ts';
import { BusyPoll } from './busy-poll.ts';
import { VcpuControl } from './control.ts';
import {
  decodeOutput,
  decodeTakenCheckpoint,
  FROM_VCPU,
  type InstallOrder,
  type MemoryLimits,
  type TakenCheckpoint,
  TO_VCPU,
  type VcpuSettings,
} from './messages.ts';
import { createRing, type RingHandler, RingReader, RingWriter } from './ring.ts';
import { QueuedRingWriter, RingListener } from './ring-async.ts';
import { Round, type RoundListener } from './round.ts';
import { UnreadMessages } from './unread-messages.ts';
import { VcpuThreads } from './vcpu-threads.ts';

/** What the vCPU reports. All calls come from the hypervisor's event loop. */
export interface VcpuListener extends RoundListener {
  /** Of clients: with many, results are fetched in steps; with few, they are looked for. */
  openRequests(): number;
  booted(bootHash: Digest, image: Digest, pageHashes: Uint8Array): void;
  replayed(position: Position): void;
  hashChecked(position: Position, stateHash: Digest): void;
  wentLive(position: Position, lastOrdinal: Ordinal): void;
  baseKept(position: Position): void;
  checkpointTaken(checkpoint: TakenCheckpoint, pageHashes: Uint8Array): void;
  checkpointInstalled(stateHash: Digest): void;
  limitsChanged(position: Position, now: MemoryLimits): void;
  stopped(position: Position): void;
  yielded(position: Position, guestClockMs: number): void;
  program(kind: number): void;
  diverged(position: Position, expected: string, actual: string, detail: string): void;
  failed(reason: string): void;
}

export interface VcpuOptions {
  readonly engine: Engine;
  readonly image: Image;
  readonly policy: RecordingPolicy;
  readonly role: 'recording' | 'replaying';
  readonly wallOffsetMs: number;
  readonly percent: number;
  readonly profile: VcpuSettings['profile'];
  /** May have a thread ready. */
  readonly threads?: VcpuThreads;
}

const DIGEST_DIGITS = 64;

export class Vcpu {
  readonly control = new VcpuControl();
  readonly #worker: Worker;
  readonly #writer: QueuedRingWriter;
  readonly #unread: UnreadMessages;
  readonly #listener: VcpuListener;
  readonly #ring: RingListener;
  readonly #checkpoint: SharedArrayBuffer;
  readonly #round: Round;
  readonly #busyPoll: BusyPoll;
  #ended = false;

  constructor(options: VcpuOptions, listener: VcpuListener) {
    const { image } = options;
    this.#listener = listener;
    this.#round = new Round(listener);
    const toVcpu = createRing(limits.ringBytes);
    const fromVcpu = createRing(limits.ringBytes);
    this.#checkpoint = newSharedBase();
    const settings: VcpuSettings = {
      engine: options.engine,
      kernel: image.kernel,
      guest: image.guest,
      guestName: image.guestName,
      limits: image.limits,
      boot: image.boot,
      policy: options.policy,
      role: options.role,
      toVcpu,
      fromVcpu,
      control: this.control.shared,
      checkpoint: this.#checkpoint,
      wallOffsetMs: options.wallOffsetMs,
      percent: options.percent,
      profile: options.profile,
    };
    const writer = new RingWriter(toVcpu);
    this.#writer = new QueuedRingWriter(writer, limits.vcpuOrdersBytes);
    this.#unread = new UnreadMessages(writer);
    const reader = new RingReader(fromVcpu);
    const received: RingHandler = (kind, first, second, bytes) => this.#received(kind, first, second, bytes);
    this.#ring = new RingListener(
      reader,
      received,
      () => this.#round.ended(),
      () => (listener.openRequests() >= limits.busyRequests ? limits.restMs : 0),
    );
    this.#busyPoll = new BusyPoll(
      () => listener.openRequests(),
      () => this.look(),
    );
    this.#worker = (options.threads ?? new VcpuThreads()).begin(settings);
    this.#worker.on('error', (error) => this.#gone(`the vCPU thread died: ${error.message}`));
    this.#worker.on('exit', (code) => {
      // What the thread said last may still be in the ring.
      if (!this.#ended) reader.drain(received, Number.POSITIVE_INFINITY);
      this.#gone(`the vCPU thread ended with code ${code}`);
    });
  }

  /** The machine is inside a native call that does not poll: it takes no input until it comes back. */
  isStuck(nowMs: number): boolean {
    const { turnStartedMs, aliveMs } = this.control;
    return turnStartedMs > 0 && nowMs - Math.max(turnStartedMs, aliveMs) > limits.vcpuStuckMs;
  }

  /**
   * The kept checkpoint, as a view, valid until it is dropped; or room for the
   * pages of one that is to be installed.
   */
  checkpointBytes(sizeBytes: number): Uint8Array {
    return baseIn(this.#checkpoint, sizeBytes);
  }

  /** All that was kept, for a later life of this host. */
  get keptBytes(): Uint8Array {
    return wholeBase(this.#checkpoint);
  }

  /** False: the vCPU has more than enough to do; the request must be refused. Borrows `payload`. */
  deliver(...payload: readonly Uint8Array[]): boolean {
    if (!this.#writer.offer(TO_VCPU.input, 0, 0, ...payload)) return false;
    this.#busyPoll.delivered();
    return true;
  }

  /** A message of a client's WebSocket: false, too, while many wait already. Borrows `payload`. */
  deliverMessage(payload: Uint8Array): boolean {
    if (!this.#unread.hasRoom || !this.deliver(payload)) return false;
    this.#unread.written();
    return true;
  }

  /** For inputs that cannot be refused. */
  mustDeliver(payload: Uint8Array): void {
    this.#order(TO_VCPU.input, 0, 0, payload);
  }

  feed(firstPosition: Position, entryCount: number, bytes: Uint8Array): void {
    this.#order(TO_VCPU.entries, firstPosition, entryCount, bytes);
  }

  startGuest(): void {
    this.#order(TO_VCPU.startGuest, 0, 0);
  }

  goLive(epoch: Epoch, connections: 'lost' | 'kept', guestMs: number): void {
    // The guest's clock goes on while the rest of the log is executed.
    this.#order(TO_VCPU.goLive, connections === 'lost' ? epoch : -epoch, guestMs - monotonicMs());
  }

  yieldMachine(): void {
    this.#order(TO_VCPU.yield, 0, 0);
  }

  resumeMachine(): void {
    this.#order(TO_VCPU.resume, 0, 0);
  }

  followLog(): void {
    this.#order(TO_VCPU.followLog, 0, 0);
  }

  takeCheckpoint(): void {
    this.control.wishForCheckpoint();
    this.#order(TO_VCPU.takeCheckpoint, 0, 0);
  }

  dropCheckpoint(): void {
    this.#order(TO_VCPU.dropCheckpoint, 0, 0);
  }

  installCheckpoint(order: InstallOrder): void {
    this.#order(TO_VCPU.installCheckpoint, 0, 0, new TextEncoder().encode(JSON.stringify(order)));
  }

  hashPoint(): void {
    this.control.wishForHash();
    // Wakes a vCPU that waits for inputs.
    this.#order(TO_VCPU.hashPoint, 0, 0);
  }

  /** Live, between two turns. */
  changeLimits(memoryMaximumBytes: number): void {
    this.#order(TO_VCPU.changeLimits, memoryMaximumBytes, 0);
  }

  /** Live: when all that was delivered has been executed. */
  powerOff(): void {
    this.#order(TO_VCPU.powerOff, 0, 0);
  }

  /**
   * Hears what the vCPU said without waking anybody: at each tick, and so that an acknowledgement
   * also says what was executed meanwhile.
   */
  look(): void {
    this.#ring.look();
  }

  /** The backup has acknowledged something: what gathered meanwhile may follow. */
  acknowledged(): void {
    this.#round.acknowledged();
  }

  /** Ends the thread, in the middle of a turn if need be. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.#ring.stop();
    await this.#worker.terminate();
  }

  #order(kind: number, first: number, second: number, ...chunks: Uint8Array[]): void {
    if (!this.#writer.write(kind, first, second, ...chunks)) {
      this.#gone(`the vCPU has not taken its orders: ${this.#writer.pendingBytes} bytes wait`);
    }
  }

  #received(kind: number, first: number, second: number, bytes: Uint8Array): void {
    switch (kind) {
      case FROM_VCPU.recorded:
        this.#round.entries(first, bytes);
        return;
      case FROM_VCPU.output:
        this.#round.output(ordinal(first), position(second), decodeOutput(bytes));
        return;
      case FROM_VCPU.yielded:
        this.#round.report();
        this.#listener.yielded(position(first), second);
        return;
      case FROM_VCPU.wentLive:
        this.#round.report();
        this.#listener.wentLive(position(first), ordinal(second));
        return;
      default:
        this.#round.report();
        this.#receivedReport(kind, first, bytes);
    }
  }

  #receivedReport(kind: number, first: number, bytes: Uint8Array): void {
    const listener = this.#listener;
    if (kind === FROM_VCPU.booted) {
      const hex = (at: number): Digest =>
        digest(Buffer.from(bytes.subarray(at, at + DIGEST_DIGITS)).toString());
      listener.booted(hex(0), hex(DIGEST_DIGITS), bytes.subarray(2 * DIGEST_DIGITS));
      return;
    }
    if (kind === FROM_VCPU.checkpointTaken) {
      const { checkpoint, pageHashes } = decodeTakenCheckpoint(bytes, first);
      listener.checkpointTaken(checkpoint, pageHashes);
      return;
    }
    const text = Buffer.from(bytes).toString();
    switch (kind) {
      case FROM_VCPU.replayed:
        listener.replayed(position(first));
        break;
      case FROM_VCPU.hashChecked:
        listener.hashChecked(position(first), digest(text));
        break;
      case FROM_VCPU.baseKept:
        listener.baseKept(position(first));
        break;
      case FROM_VCPU.checkpointInstalled:
        listener.checkpointInstalled(digest(text));
        break;
      case FROM_VCPU.program:
        listener.program(first);
        break;
      case FROM_VCPU.limitsChanged:
        listener.limitsChanged(position(first), JSON.parse(text) as MemoryLimits);
        break;
      case FROM_VCPU.stopped:
        listener.stopped(position(first));
        break;
      case FROM_VCPU.diverged: {
        const { expected, actual, detail } = JSON.parse(text) as Record<
          'expected' | 'actual' | 'detail',
          string
        >;
        this.#ended = true;
        listener.diverged(position(first), expected, actual, detail);
        break;
      }
      default:
        this.#gone(text);
    }
  }

  #gone(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#round.report();
    this.#listener.failed(reason);
  }
}
