/**
 * What a session produces, on its way to the hypervisor: entries are gathered so that one ring message, and
 * so one batch of the log, carries many of them when the machine is busy, and leave at once when it is idle.
 * Entries always go before the outputs that wait for them.
 */
import type { Digest, Position } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import type { LogEntry } from '../../log/entry.ts';
import type { Output, OutputKind } from '../../machine/traps.ts';
import { BACKLOG_ENTRIES } from '../../protocol/flow.ts';
import { OutputCopies } from '../../session/output-copies.ts';
import type { SessionSink } from '../../session/ports.ts';
import type { Session } from '../../session/session.ts';
import { encodeEntryInPieces } from '../../wire/entries.ts';
import type { VcpuControl } from './control.ts';
import { FROM_VCPU, outputHeader } from './messages.ts';
import type { RingWriter } from './ring.ts';

/** A busy machine's entries wait for company at most this many turns. */
const TURNS_PER_FLUSH = 16;
/** While it has something to execute a backup reports its progress at most this often. */
const REPORT_EVERY_MS = 4;
/** A vCPU that gets only a part of its time sleeps after at least so much running. */
const LIMP_STEP_MS = 1;

/** What goes to a client on the connection on which it asked. */
const REPLY_KINDS: ReadonlySet<OutputKind> = new Set(['response', 'begin', 'chunk', 'finish', 'fail']);
const NO_BYTES = new Uint8Array(0);

/**
 * A former primary is a backup whose host has clients of its own: they wait for
 * what the new primary lets out (FT §3.3).
 */
type Role = 'live' | 'backup' | 'former-primary';

interface WaitingOutput {
  readonly kind: OutputKind;
  readonly position: Position;
  readonly ordinal: number;
  readonly bytes: Uint8Array;
}

export class Outbox implements SessionSink {
  readonly #ring: RingWriter;
  readonly #control: VcpuControl;
  /** Encoded, a large one in two pieces. */
  #entries: Uint8Array[] = [];
  #entryCount = 0;
  #entryBytes = 0;
  #lastPosition = 0;
  /** A recording machine's are on their way; a backup's may never be wanted. */
  #outputs: WaitingOutput[] = [];
  #outputBytes = 0;
  readonly #copies = new OutputCopies<WaitingOutput>();
  #role: Role;
  #turns = 0;
  #replayed = 0;
  #reported = 0;
  #reportedMs = 0;
  #toldCaughtUp = 0;
  /** Since when the running turn has not been slept off; undefined between turns. */
  #slowSinceMs: number | undefined;
  /**
   * What this vCPU gets of its time, and since when it has been running: a slower
   * machine, for trying out flow control.
   */
  readonly #percent: number;
  #runningSinceMs = 0;
  #follow: () => Position | null = () => null;
  #giveCheckpoint: () => void = () => {};
  #guestEnds: () => void = () => {};

  constructor(ring: RingWriter, control: VcpuControl, role: 'live' | 'backup' = 'live', percent = 100) {
    this.#role = role;
    this.#percent = percent;
    this.#ring = ring;
    this.#control = control;
  }

  recorded(position: Position, entry: LogEntry): void {
    const pieces = encodeEntryInPieces(entry);
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (this.#entryBytes + bytes > limits.batchBytes) this.flush();
    this.#entries.push(...pieces);
    this.#entryCount += 1;
    this.#entryBytes += bytes;
    this.#lastPosition = position;
    this.#control.setPosition(position);
    if (this.#entryBytes >= limits.batchBytes) this.flush();
  }

  output(position: Position, output: Output): void {
    if (output.kind === 'end') this.#guestEnds();
    if (this.#role === 'backup' && REPLY_KINDS.has(output.kind)) {
      // Its client's connection ends with the host that has it: that it was
      // made counts, its bytes are for nobody.
      this.#wait(position, { ...output, head: NO_BYTES, body: NO_BYTES });
      return;
    }
    if (this.#role === 'live' && output.body.length >= limits.batchBytes) {
      // It would be copied only to be copied again.
      this.flush();
      const { ordinal, head, body } = output;
      this.#ring.writeBlocking(FROM_VCPU.output, ordinal, position, outputHeader(output), head, body);
      return;
    }
    this.#wait(position, output);
  }

  /** Copies what it keeps. */
  #wait(position: Position, output: Output): void {
    const header = outputHeader(output);
    const bytes = Buffer.allocUnsafe(header.length + output.head.length + output.body.length);
    bytes.set(header);
    bytes.set(output.head, header.length);
    bytes.set(output.body, header.length + output.head.length);
    const waiting = { kind: output.kind, position, ordinal: output.ordinal, bytes };
    if (this.#role !== 'live' && !this.#control.outputsWanted) {
      this.#copies.forget(this.#control.arrived);
      this.#copies.keep(waiting);
      return;
    }
    // Somebody here may wait for it, also when the primary has let it out already.
    if (this.#role !== 'live') this.#wantCopies();
    this.#outputs.push(waiting);
    this.#outputBytes += bytes.length;
    if (this.#role === 'live') this.#sendOnTheWay();
    else if (this.#outputBytes >= limits.gatheredOutputBytes) this.#writeOutputs();
  }

  /** A turn's outputs need not wait for its end: what was logged before them is all that they wait for. */
  #sendOnTheWay(): void {
    const isMuch = this.#outputBytes >= limits.gatheredOutputBytes;
    if (isMuch || monotonicMs() - (this.#slowSinceMs ?? 0) >= limits.gatherOutputsMs) this.flush();
  }

  /**
   * From now on another host records, or this one does. A new primary lets out
   * again whatever may not have arrived.
   */
  follows(isBackup: boolean): void {
    if (isBackup) {
      if (this.#role === 'live') this.#role = 'former-primary';
      return;
    }
    this.#role = 'live';
    this.#wantCopies();
  }

  #wantCopies(): void {
    this.#copies.forget(this.#control.arrived);
    this.#outputs.push(...this.#copies.takeAll());
  }

  replayed(position: Position): void {
    this.#replayed = position;
    this.#control.setPosition(position);
    this.#limp();
    if (monotonicMs() - this.#reportedMs >= REPORT_EVERY_MS) this.reportReplayed();
  }

  /**
   * `follow` is called at each hash point, while the machine stands as it was hashed, and says where the base
   * is now if it has moved; `giveCheckpoint` when somebody wishes for the base, inside a turn, too;
   * `guestEnds` before anybody hears of the guest's end, and may end this thread for it.
   */
  attach(follow: () => Position | null, giveCheckpoint: () => void, guestEnds: () => void): void {
    this.#follow = follow;
    this.#giveCheckpoint = giveCheckpoint;
    this.#guestEnds = guestEnds;
  }

  hashChecked(position: Position, stateHash: Digest): void {
    const base = this.#follow();
    this.flush();
    // Wakes a backup's hypervisor: a switch-over waits for it.
    this.reportReplayed();
    this.#ring.writeQuietly(FROM_VCPU.hashChecked, position, 0, Buffer.from(stateHash));
    if (base !== null) this.#ring.writeQuietly(FROM_VCPU.baseKept, base, 0);
    if (this.#role !== 'live') this.#ring.wakeReader();
  }

  /** The log said so; nothing follows. */
  stopped(position: Position): void {
    this.reportReplayed();
    this.#ring.writeBlocking(FROM_VCPU.stopped, position, 0);
  }

  hashWanted(): boolean {
    return this.#control.takeHashWish();
  }

  yieldPoint(): void {
    this.#control.polled(monotonicMs());
    this.flush();
    this.#limp();
    if (this.#control.takeCheckpointWish()) this.#giveCheckpoint();
    this.#control.waitWhilePaused();
    this.#slowDown(this.#slowSinceMs);
    this.#slowSinceMs = monotonicMs();
  }

  turnBegins(nowMs: number): void {
    this.#slowSinceMs = nowMs;
  }

  /** After each turn of a recording machine: a busy one gathers a few turns. */
  turnEnded(): void {
    this.#turns += 1;
    if (this.#turns >= TURNS_PER_FLUSH) this.flush();
    // What ran before the turn's last mark has been slept off there.
    this.#slowDown(this.#slowSinceMs);
    this.#slowSinceMs = undefined;
  }

  /**
   * A turn that did not poll for long is not slept off in whole: the slowdown is
   * for now, and may be lifted by then.
   */
  #slowDown(sinceMs: number | undefined): void {
    if (sinceMs === undefined) return;
    this.#control.slowDown(Math.min(monotonicMs() - sinceMs, limits.slowedRunMs));
  }

  /** It was waiting, not running, until now. */
  resumed(): void {
    this.#runningSinceMs = monotonicMs();
  }

  /**
   * A backup's progress, and its outputs while its host has clients who may wait for them (FT §3.3: it was
   * the primary). The hypervisor finds them at its next tick, or when it acknowledges the next batch.
   */
  reportReplayed(): void {
    if (this.#role !== 'live' && this.#control.outputsWanted) this.#wantCopies();
    this.#writeOutputs();
    this.#control.setCopies(this.#copies.count);
    if (this.#reported === this.#replayed) return;
    this.#reported = this.#replayed;
    this.#reportedMs = monotonicMs();
    this.#ring.writeQuietly(FROM_VCPU.replayed, this.#replayed, 0);
  }

  /**
   * A backup has executed all that it has. After much of it the hypervisor is woken: the primary's vCPU may
   * be waiting for this (protocol/flow.ts).
   */
  caughtUp(): void {
    this.reportReplayed();
    if (this.#replayed - this.#toldCaughtUp < BACKLOG_ENTRIES) return;
    this.#toldCaughtUp = this.#replayed;
    this.#ring.wakeReader();
  }

  /**
   * Entries wait for the hypervisor's next look, unless there is an output that waits for
   * them: nobody was promised anything yet.
   */
  flush(): void {
    this.#turns = 0;
    if (this.#entryCount > 0) {
      const count = this.#entryCount;
      const entries = this.#entries;
      this.#entries = [];
      this.#entryCount = 0;
      this.#entryBytes = 0;
      this.#ring.writeQuietly(FROM_VCPU.recorded, count, this.#lastPosition, ...entries);
    }
    if (this.#writeOutputs()) this.#ring.wakeReader();
  }

  /** True when there were any. */
  #writeOutputs(): boolean {
    const outputs = this.#outputs;
    if (outputs.length === 0) return false;
    this.#outputs = [];
    this.#outputBytes = 0;
    for (const { ordinal, position, bytes } of outputs)
      this.#ring.writeQuietly(FROM_VCPU.output, ordinal, position, bytes);
    return true;
  }

  #limp(): void {
    if (this.#percent >= 100) return;
    const ranMs = monotonicMs() - this.#runningSinceMs;
    if (ranMs < LIMP_STEP_MS) return;
    this.#control.sleep((Math.min(ranMs, LIMP_STEP_MS * 10) * (100 - this.#percent)) / this.#percent);
    this.resumed();
  }

  publishClock(session: Session): void {
    this.#control.setClock(session.clockAnchor);
  }
}
