/**
 * Answers the machine's traps from the log, in lockstep with the primary inside a turn (FT
 * §2.1): a read waits for the entry that answers it, and a long turn never runs past the last
 * mark it has. When the log ends because this machine is to go live, the very trap that found it
 * empty is answered by the recorder instead.
 */
import { position } from '../base/brands.ts';
import type { EntryKind, LogEntry } from '../log/entry.ts';
import type { Output, Traps } from '../machine/traps.ts';
import { Divergence } from './divergence.ts';
import type { EntrySource, GoLiveOrder, ObservedMachine, SessionSink } from './ports.ts';
import { countOutput, endTurn, isLong, type TurnState } from './turn-state.ts';

/** Pages that a report of a divergence names. */
const PAGES_NAMED = 16;

export class Replayer implements Traps {
  readonly #machine: ObservedMachine;
  readonly #source: EntrySource;
  readonly #sink: SessionSink;
  readonly #state: TurnState;
  /** Switches the session to recording; the traps are the recorder's from then on. */
  readonly #goLive: (order: GoLiveOrder) => Traps;
  #runReads = 0;

  constructor(
    machine: ObservedMachine,
    source: EntrySource,
    sink: SessionSink,
    state: TurnState,
    goLive: (order: GoLiveOrder) => Traps,
  ) {
    this.#machine = machine;
    this.#source = source;
    this.#sink = sink;
    this.#state = state;
    this.#goLive = goLive;
  }

  /**
   * Takes what stands between turns until the next interrupt; its payload, or null
   * when the machine went live or is off.
   */
  nextInterrupt(): Uint8Array | null {
    for (;;) {
      const entry = this.#source.next();
      switch (entry.kind) {
        case 'go-live':
          this.#goLive(entry);
          return null;
        case 'hash-point':
          this.#checkHash(entry);
          break;
        case 'limits':
          this.#consumed();
          this.#machine.memoryMaximumBytes = entry.memoryMaximumBytes;
          this.#sink.replayed(this.#state.position);
          break;
        case 'hand-over':
          this.#consumed();
          break;
        case 'stop':
          this.#consumed();
          this.#powerOff();
          return null;
        case 'interrupt':
          this.#consumed();
          this.#state.guestMs += entry.advanceMs;
          return entry.payload;
        default:
          throw this.#mismatch(entry, 'a turn had ended');
      }
    }
  }

  /**
   * The primary's hash follows, unless it died in between: then there is nothing more to
   * compare, and nothing to go live for.
   */
  #powerOff(): void {
    const last = this.#source.next();
    if (last.kind === 'hash-point') this.#checkHash(last);
    else if (last.kind !== 'go-live') throw this.#mismatch(last, 'the machine is off');
    this.#sink.stopped(this.#state.position);
  }

  /** After the machine's turn: the log must say so, too, for a long turn. */
  endTurn(polls: number): void {
    if (this.#runReads > 0) throw this.#unread();
    if (this.#isLong()) {
      const entry = this.#source.peek();
      if (entry.kind === 'go-live') {
        this.#goLive(entry);
        return;
      }
      this.#take(entry, 'turn-end');
      if (entry.kind === 'turn-end' && (entry.poll !== polls || entry.ordinal !== this.#machine.ordinal)) {
        throw this.#mismatch(
          entry,
          `the turn ended at poll ${polls} with output ${this.#machine.ordinal}`,
          true,
        );
      }
    }
    endTurn(this.#state);
    this.#sink.replayed(this.#state.position);
  }

  clock(): number {
    if (this.#runReads === 0) {
      const entry = this.#source.peek();
      if (entry.kind === 'go-live') return this.#goLive(entry).clock();
      this.#take(entry, 'clock');
      if (entry.kind !== 'clock') throw this.#mismatch(entry, 'a clock read');
      this.#state.guestMs += entry.advanceMs;
      this.#runReads = entry.reads;
    }
    this.#runReads -= 1;
    return this.#state.guestMs;
  }

  entropy(into: Uint8Array): void {
    if (this.#runReads > 0) throw this.#unread();
    const entry = this.#source.peek();
    if (entry.kind === 'go-live') {
      this.#goLive(entry).entropy(into);
      return;
    }
    this.#take(entry, 'entropy');
    if (entry.kind !== 'entropy' || entry.bytes.length !== into.length) {
      throw this.#mismatch(entry, `a read of ${into.length} random bytes`, true);
    }
    into.set(entry.bytes);
  }

  poll(poll: number, masked: boolean): boolean {
    this.#state.poll = poll;
    if (this.#runReads > 0) throw this.#unread();
    if (!this.#isLong()) return false;
    let kill = false;
    // Whatever comes next, the primary got at least this far; so it is safe to run on to
    // it, and to wait when there is nothing.
    for (let entry = this.#source.peek(); ; entry = this.#source.peek()) {
      if (entry.kind === 'go-live') {
        const live = this.#goLive(entry);
        return kill || live.poll(poll, masked);
      }
      if (!this.#isHere(entry, poll)) break;
      this.#source.next();
      if (entry.kind === 'hash-point') {
        this.#checkHash(entry);
      } else {
        this.#consumed();
        if (entry.kind === 'kill') {
          if (masked) throw this.#mismatch(entry, 'a place where no kill can fall', true);
          kill = true;
        }
      }
      // The last entry of a poll is its mark: going on to look for another
      // would wait for the primary's next one.
      if (entry.kind === 'mark') break;
    }
    this.#sink.replayed(this.#state.position);
    return kill;
  }

  output(output: Output): void {
    if (this.#runReads > 0) throw this.#unread();
    if (this.#isLong()) {
      const { poll } = this.#state;
      const entry = this.#source.peek();
      if (entry.kind === 'go-live') {
        this.#goLive(entry).output(output);
        return;
      }
      this.#take(entry, 'mark');
      if (entry.kind !== 'mark' || entry.poll !== poll || entry.ordinal !== output.ordinal) {
        throw this.#mismatch(entry, `output ${output.ordinal} at poll ${poll}`, true);
      }
    }
    this.#sink.output(this.#state.position, output);
    countOutput(this.#state, output);
    this.#sink.replayed(this.#state.position);
  }

  #isLong(): boolean {
    return isLong(this.#state, this.#machine.image.limits);
  }

  /** Is this entry one that the primary logged at this poll? */
  #isHere(entry: LogEntry, poll: number): boolean {
    switch (entry.kind) {
      case 'mark':
        return entry.poll === poll && entry.ordinal === this.#machine.ordinal;
      case 'kill':
      case 'hash-point':
        return entry.poll === poll;
      default:
        return false;
    }
  }

  #checkHash(entry: LogEntry & { kind: 'hash-point' }): void {
    this.#consumed();
    const actual = this.#machine.stateHash();
    if (actual !== entry.hash)
      throw new Divergence(this.#state.position, entry.hash, actual, this.#suspects());
    this.#state.hashedPosition = this.#state.position;
    this.#sink.replayed(this.#state.position);
    this.#sink.hashChecked(this.#state.position, actual);
  }

  /** The last hash point was equal, so the difference lies in what has changed since. */
  #suspects(): string {
    const { changed } = this.#machine.pages;
    const named = changed.slice(0, PAGES_NAMED).join(', ');
    const more = changed.length > PAGES_NAMED ? ` and ${changed.length - PAGES_NAMED} more` : '';
    return `; the difference is in the pages written since position ${this.#state.hashedPosition}: ${named}${more}`;
  }

  #take(entry: LogEntry, kind: EntryKind): void {
    if (entry.kind !== kind) throw this.#mismatch(entry, `a place for ${kind}`);
    this.#source.next();
    this.#consumed();
  }

  #consumed(): void {
    this.#state.position = position(this.#state.position + 1);
  }

  #unread(): Divergence {
    return new Divergence(this.#state.position, `${this.#runReads} more clock reads`, 'none');
  }

  #mismatch(entry: LogEntry, actual: string, consumed = false): Divergence {
    const at = position(this.#state.position + (consumed ? 0 : 1));
    return new Divergence(at, describe(entry), `${actual} (poll ${this.#state.poll})`);
  }
}

function describe(entry: LogEntry): string {
  switch (entry.kind) {
    case 'interrupt':
      return `interrupt ${entry.payload[0]} of ${entry.payload.length} bytes`;
    case 'clock':
      return `${entry.reads} clock reads after ${entry.advanceMs} ms`;
    case 'entropy':
      return `a read of ${entry.bytes.length} random bytes`;
    case 'mark':
    case 'turn-end':
      return `${entry.kind} at poll ${entry.poll} with output ${entry.ordinal}`;
    case 'kill':
      return `kill at poll ${entry.poll}`;
    case 'hash-point':
      return `hash point at poll ${entry.poll}`;
    case 'limits':
      return `a memory limit of ${entry.memoryMaximumBytes} bytes`;
    case 'stop':
      return 'the end of the machine';
    case 'hand-over':
      return 'a hand-over';
  }
}
