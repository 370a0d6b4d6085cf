/**
 * The clients' entrance of one host in virtual time: what host/front is to real sockets. Holds who waits for
 * which request and nothing that matters.
 */
import type { Guest, GuestOutput } from '../guest/guest.ts';

/** A client's end of a connection to a host. */
export interface ClientEnd {
  /** The reply to the request that this end is waiting for. */
  replied(text: string): void;
  /** Nothing more will come. */
  reset(): void;
  /**
   * Of one that listens for long, to a stream or over a WebSocket: a part of the response, or a
   * word about the socket, as it comes.
   */
  readonly heard?: (output: GuestOutput) => void;
  /** What it asks for is a WebSocket. */
  readonly isSocket?: boolean;
}

export interface FrontPorts {
  /** Makes the interrupt of a request and gives it to the machine. */
  deliver(requestId: number): void;
  aborted(requestId: number): void;
}

/** Where word about a response goes. */
export interface ToldMachine {
  tell(payload: Uint8Array): void;
  readonly guest: Pick<Guest, 'abort' | 'drained'>;
}

export class VirtualFront {
  readonly #open = new Map<number, ClientEnd>();
  /** What has come so far of responses that leave in parts. */
  readonly #parts = new Map<number, string>();
  /** While roles change, requests wait here. */
  #kept: { readonly end: ClientEnd; readonly ports: FrontPorts }[] | null = null;
  /** Another host is live: this one's machine follows it. */
  #isTurningAway = false;
  /** The machine is being switched off. */
  #isDraining = false;
  #nextRequestId: number;
  #doors: 'open' | 'closed' = 'closed';

  /** Ids are never used again in one machine: a new primary begins above its predecessor's. */
  constructor(firstRequestId: number) {
    this.#nextRequestId = firstRequestId;
  }

  get isOpen(): boolean {
    return this.#doors === 'open' && !this.#isDraining;
  }

  get openRequests(): number {
    return this.#open.size;
  }

  setDoors(doors: 'open' | 'closed'): void {
    this.#doors = doors;
  }

  /** Ids below this one were used by another host of the same machine. */
  continueAt(firstRequestId: number): void {
    this.#nextRequestId = Math.max(this.#nextRequestId, firstRequestId);
    this.#isTurningAway = false;
  }

  /** WebSockets do not end by themselves. */
  drain(aborted: (requestId: number) => void): void {
    this.#isDraining = true;
    this.#giveUp(aborted, (_, { isSocket }) => isSocket === true);
  }

  #giveUp(aborted: (requestId: number) => void, isHit: (id: number, end: ClientEnd) => boolean): void {
    for (const [id, end] of this.#open) {
      if (!isHit(id, end)) continue;
      this.#open.delete(id);
      this.#parts.delete(id);
      aborted(id);
      end.reset();
    }
  }

  stopDraining(): void {
    this.#isDraining = false;
  }

  /**
   * New requests wait. What cannot change hosts is reset: WebSockets, and responses of which a part has left.
   */
  keepRequests(aborted: (requestId: number) => void): void {
    this.#kept ??= [];
    this.#giveUp(aborted, (id, { isSocket }) => isSocket === true || this.#parts.has(id));
  }

  deliverRequests(): void {
    const kept = this.#kept ?? [];
    this.#kept = null;
    for (const { end, ports } of kept) this.accept(end, ports);
  }

  /**
   * Another host is live: those whose requests have not entered the machine are to ask
   * there. (The real front passes them on.)
   */
  turnAway(): void {
    this.#isTurningAway = true;
    const kept = this.#kept ?? [];
    this.#kept = null;
    for (const { end } of kept) end.reset();
  }

  accept(end: ClientEnd, ports: FrontPorts): void {
    if (this.#kept !== null) {
      this.#kept.push({ end, ports });
      return;
    }
    if (this.#isTurningAway || this.#isDraining) {
      end.reset();
      return;
    }
    const id = this.#nextRequestId;
    this.#nextRequestId += 1;
    this.#open.set(id, end);
    ports.deliver(id);
  }

  /**
   * A response, or a part of one, was released; dropped when its client has gone. `machine` is told what was
   * taken in; null for one that another host records.
   */
  answer(output: GuestOutput, machine: ToldMachine | null): void {
    const { kind, subject: id, text } = output;
    const end = this.#open.get(id);
    end?.heard?.(output);
    if (end === undefined) {
      if (kind === 'begin') machine?.tell(machine.guest.abort(id));
    } else if (kind === 'response') this.#answered(id, end, text);
    else if (kind === 'begin') this.#parts.set(id, `${text}\n\n`);
    else if (kind === 'chunk') {
      this.#parts.set(id, (this.#parts.get(id) ?? '') + text);
      machine?.tell(machine.guest.drained(id, Buffer.byteLength(text)));
    } else if (kind === 'finish') this.#answered(id, end, this.#parts.get(id) ?? '');
    else if (kind === 'fail') {
      this.#open.delete(id);
      this.#parts.delete(id);
      end.reset();
    }
  }

  #answered(id: number, end: ClientEnd, text: string): void {
    this.#open.delete(id);
    this.#parts.delete(id);
    end.replied(text);
  }

  /** The request that this end has made, if it is open. */
  idOf(end: ClientEnd): number | undefined {
    for (const [id, other] of this.#open) if (other === end) return id;
    return undefined;
  }

  /** A WebSocket is closed in order: its client has answered, or has begun it. */
  closed(id: number): void {
    this.#open.delete(id);
  }

  /** The client has closed its end. */
  gone(end: ClientEnd, ports: FrontPorts): void {
    if (this.#kept !== null) this.#kept = this.#kept.filter((kept) => kept.end !== end);
    for (const [id, other] of this.#open) {
      if (other !== end) continue;
      this.#open.delete(id);
      this.#parts.delete(id);
      if (!this.#isTurningAway) ports.aborted(id);
    }
  }

  /** The host is no more. */
  resetAll(): void {
    for (const end of this.#open.values()) end.reset();
    this.turnAway();
    this.#open.clear();
    this.#doors = 'closed';
  }
}
