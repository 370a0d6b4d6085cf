/**
 * The network between hosts: connections that keep order, lose nothing while they last, and end. What travels
 * over a cut waits for its end, as TCP would have it. A connection that breaks loses what was on its way
 * behind a certain byte, and a message that lost a byte is no message.
 */
import { noise } from '../../base/prng.ts';
import type { PeerId } from '../../protocol/events.ts';
import type { Agenda } from './agenda.ts';

/** One end's owner. Nothing here calls back before it returns. */
export interface NetworkNode {
  readonly number: number;
  /** What happens to it waits while its processes are stopped, and is dropped when it is dead. */
  whenAwake(run: () => void, peer?: PeerId): void;
  /** `caller`: which end asked for the connection. */
  connected(peer: PeerId, caller: 'peer' | 'host'): void;
  received(peer: PeerId, bytes: Uint8Array): void;
  closed(peer: PeerId, reason: string): void;
}

export interface NetworkTimes {
  readonly seed: number;
  readonly latencyMs: number;
  readonly jitterMs: number;
}

type Item =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly reason: string };

/** One direction of a connection. */
interface Pipe {
  readonly from: NetworkNode;
  readonly to: NetworkNode;
  readonly peer: PeerId;
  readonly queue: Item[];
  lastArrivalMs: number;
  /** Nothing more is taken in. */
  ended: boolean;
  /** The receiver has seen the end. */
  seen: boolean;
  scheduled: number;
}

interface Connection {
  readonly peer: PeerId;
  /** The end that asked for it knows that it stands. */
  isAnswered: boolean;
  readonly pipes: readonly [Pipe, Pipe];
}

/** A connection that nobody answers is given up. */
export const CONNECT_MS = 3_000;
/** An end that closes and hears nothing more of the other gives up after this. */
const CLOSE_MS = 250;

export class Network {
  readonly #agenda: Agenda;
  readonly #times: NetworkTimes;
  readonly #connections = new Map<PeerId, Connection>();
  /** `from>to`, with the number of cuts that lie on each other. */
  readonly #cuts = new Map<string, number>();
  readonly #delaysMs = new Map<string, number>();
  #made = 0;
  #draws = 0;

  constructor(agenda: Agenda, times: NetworkTimes) {
    this.#agenda = agenda;
    this.#times = times;
  }

  /**
   * The handshake of a new connection, from its end; a name that is never used again.
   * `unanswered`: nobody took it in time.
   */
  connect(from: NetworkNode, to: NetworkNode, unanswered: () => void): PeerId {
    this.#made += 1;
    const peer = `c${this.#made}`;
    const pipe = (one: NetworkNode, other: NetworkNode): Pipe => ({
      from: one,
      to: other,
      peer,
      queue: [],
      lastArrivalMs: 0,
      ended: false,
      seen: false,
      scheduled: 0,
    });
    const connection: Connection = { peer, isAnswered: false, pipes: [pipe(from, to), pipe(to, from)] };
    this.#connections.set(peer, connection);
    to.whenAwake(() => {
      to.connected(peer, 'peer');
      this.#agenda.after(this.latencyMs(), () => {
        connection.isAnswered = true;
        from.whenAwake(() => from.connected(peer, 'host'));
      });
    });
    this.#agenda.after(CONNECT_MS, () => {
      if (!connection.isAnswered) from.whenAwake(unanswered);
    });
    return peer;
  }

  send(from: NetworkNode, peer: PeerId, bytes: Uint8Array): void {
    this.#put(this.#pipe(from, peer), { kind: 'message', bytes });
  }

  /** After what was sent before. The closer hears of its end as well, sooner or later. */
  close(from: NetworkNode, peer: PeerId, reason: string): void {
    const outgoing = this.#pipe(from, peer);
    if (outgoing === undefined || outgoing.ended) return;
    this.#put(outgoing, { kind: 'close', reason });
    outgoing.ended = true;
    this.#agenda.after(CLOSE_MS, () => this.#end(this.#back(outgoing), 'closed'));
  }

  /** All connections of a host end; `silent`: nobody is told, and what was on its way from it is lost. */
  drop(node: NetworkNode, silent: boolean): void {
    for (const { pipes } of this.#connections.values()) {
      const outgoing = pipes.find(({ from }) => from === node);
      if (outgoing === undefined) continue;
      if (silent) outgoing.queue.length = 0;
      else this.#put(outgoing, { kind: 'close', reason: 'connection reset' });
      outgoing.ended = true;
    }
  }

  /** Breaks every connection between two hosts behind the next `bytes` bytes of each direction. */
  breakBetween(one: NetworkNode, other: NetworkNode, bytes: number): boolean {
    let found = false;
    for (const { pipes } of this.#connections.values()) {
      const [there, back] = pipes;
      if (![there.from, there.to].includes(one) || ![there.from, there.to].includes(other)) continue;
      if (there.ended && back.ended) continue;
      found = true;
      for (const pipe of pipes) {
        // An end that was on its way may be among what is lost.
        if (keepWhole(pipe.queue, bytes) && pipe.ended) continue;
        pipe.ended = false;
        this.#put(pipe, { kind: 'close', reason: 'the connection broke' });
        pipe.ended = true;
      }
    }
    return found;
  }

  cut(from: NetworkNode, to: NetworkNode): void {
    const key = linkOf(from, to);
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1);
  }

  heal(from: NetworkNode, to: NetworkNode): void {
    const key = linkOf(from, to);
    const left = (this.#cuts.get(key) ?? 0) - 1;
    if (left > 0) this.#cuts.set(key, left);
    else this.#cuts.delete(key);
    this.#wakeAll();
  }

  healAll(): void {
    this.#cuts.clear();
    this.#delaysMs.clear();
    this.#wakeAll();
  }

  isCut(from: NetworkNode, to: NetworkNode): boolean {
    return this.#cuts.has(linkOf(from, to));
  }

  delay(from: NetworkNode, to: NetworkNode, addMs: number): void {
    const key = linkOf(from, to);
    const sumMs = (this.#delaysMs.get(key) ?? 0) + addMs;
    if (sumMs > 0) this.#delaysMs.set(key, sumMs);
    else this.#delaysMs.delete(key);
  }

  /** How long the next thing is on its way. */
  latencyMs(): number {
    this.#draws += 1;
    return this.#times.latencyMs + noise(this.#times.seed, this.#draws) * this.#times.jitterMs;
  }

  #pipe(from: NetworkNode, peer: PeerId): Pipe | undefined {
    return this.#connections.get(peer)?.pipes.find((pipe) => pipe.from === from);
  }

  #back(pipe: Pipe): Pipe | undefined {
    return this.#connections.get(pipe.peer)?.pipes.find((other) => other !== pipe);
  }

  #put(pipe: Pipe | undefined, item: Item): void {
    if (pipe === undefined || pipe.ended) return;
    pipe.queue.push(item);
    const addMs = this.#delaysMs.get(linkOf(pipe.from, pipe.to)) ?? 0;
    pipe.lastArrivalMs = Math.max(pipe.lastArrivalMs, this.#agenda.nowMs + this.latencyMs() + addMs);
    pipe.scheduled += 1;
    this.#agenda.after(pipe.lastArrivalMs - this.#agenda.nowMs, () => {
      pipe.scheduled -= 1;
      this.#deliver(pipe);
    });
  }

  /** One item arrives; behind a cut it waits, and whoever heals it delivers. */
  #deliver(pipe: Pipe): void {
    if (this.#cuts.has(linkOf(pipe.from, pipe.to))) return;
    const item = pipe.queue.shift();
    if (item === undefined) return;
    if (item.kind === 'close') {
      this.#end(pipe, item.reason);
      return;
    }
    pipe.to.whenAwake(() => {
      if (!pipe.seen) pipe.to.received(pipe.peer, item.bytes);
    }, pipe.peer);
  }

  /** The receiver of this pipe hears of the end, once, and sends nothing more. */
  #end(pipe: Pipe | undefined, reason: string): void {
    if (pipe === undefined) return;
    pipe.ended = true;
    pipe.to.whenAwake(() => {
      if (pipe.seen) return;
      pipe.seen = true;
      const back = this.#back(pipe);
      if (back !== undefined && !back.ended) {
        this.#put(back, { kind: 'close', reason });
        back.ended = true;
      }
      if (back?.seen === true) this.#connections.delete(pipe.peer);
      pipe.to.closed(pipe.peer, reason);
    });
  }

  #wakeAll(): void {
    for (const { pipes } of [...this.#connections.values()]) {
      for (const pipe of pipes) {
        // What is due by its own time arrives then; the rest has waited long enough.
        for (let waiting = pipe.queue.length - pipe.scheduled; waiting > 0; waiting -= 1) {
          pipe.scheduled += 1;
          this.#agenda.after(this.latencyMs(), () => {
            pipe.scheduled -= 1;
            this.#deliver(pipe);
          });
        }
      }
    }
  }
}

const linkOf = (from: NetworkNode, to: NetworkNode): string => `${from.number}>${to.number}`;

/** Leaves the messages that fit into `bytes` whole; true when all do. */
function keepWhole(queue: Item[], bytes: number): boolean {
  let room = bytes;
  const torn = queue.findIndex((item) => {
    room -= item.kind === 'message' ? item.bytes.length : 0;
    return room < 0;
  });
  if (torn !== -1) queue.splice(torn);
  return torn === -1;
}
