/**
 * The outbound calls of a live host: the other network card of FT's virtual machine (FT §3.5). Whatever the
 * kernel lets out by the output rule is done here, and what comes of it becomes interrupts. It holds sockets
 * and nothing else that matters: what must survive is in the machine, and a host that goes live is told by
 * its kernel what is to be done again.
 */
import { InputQueue } from '../input-queue.ts';
import type { AllowList } from './allow-list.ts';
import {
  type CallKey,
  type CallOrder,
  type CallRequest,
  decodeCall,
  encodeCallBody,
  encodeCallFailed,
  encodeCallHead,
} from './call-codec.ts';
import { Agents, HttpCall } from './http-call.ts';

export class OutboundCalls {
  readonly #allowed: AllowList;
  /** While answers wait here, no call reads on. */
  readonly #inputs: InputQueue;
  readonly #agents = new Agents();
  readonly #calls = new Map<number, HttpCall>();
  #sinceGeneration = 0;
  #made = 0;

  /** `deliver`: an interrupt for the machine; false when it is to be offered again later. */
  constructor(allowed: AllowList, deliver: (payload: Uint8Array) => boolean) {
    this.#allowed = allowed;
    this.#inputs = new InputQueue(deliver, (isHeld) => this.#holdAll(isHeld));
  }

  /** Calls under way. */
  get open(): number {
    return this.#calls.size;
  }

  /** Calls that this host has begun. */
  get made(): number {
    return this.#made;
  }

  /**
   * This host took over from a dead one: what the kernel said before it knew of
   * that is void, for it says it again.
   */
  tookOver(generation: number): void {
    this.#sinceGeneration = generation;
  }

  /** What the kernel says about call `id`. Keeps `body`. */
  released(id: number, head: string, body: Uint8Array): void {
    const order = decodeCall(id, head, body);
    if (order.key.generation < this.#sinceGeneration) return;
    this.#obey(order);
  }

  /** Another host is live, or this one is over. */
  drop(): void {
    this.#inputs.clear();
    for (const call of this.#calls.values()) call.cancel();
    this.#calls.clear();
  }

  destroy(): void {
    this.drop();
    this.#agents.destroy();
  }

  #obey(order: CallOrder): void {
    const { id } = order.key;
    switch (order.what) {
      case 'request':
        this.#begin(order.key, order.request);
        return;
      case 'taken':
        this.#calls.get(id)?.taken(order.bytes);
        return;
      case 'cancel':
        this.#calls.get(id)?.cancel();
        this.#calls.delete(id);
    }
  }

  #begin(key: CallKey, request: CallRequest): void {
    const call = new HttpCall(request, this.#allowed, this.#agents, {
      head: (head) => this.#inputs.say(encodeCallHead(key, head)),
      chunk: (bytes, isLast) => {
        if (isLast) this.#calls.delete(key.id);
        this.#inputs.say(encodeCallBody(key, bytes, isLast));
      },
      failed: (reason) => {
        this.#calls.delete(key.id);
        this.#inputs.say(encodeCallFailed(key, reason));
      },
    });
    this.#made += 1;
    this.#calls.set(key.id, call);
    call.hold(this.#inputs.isWaiting);
    call.begin();
  }

  #holdAll(isHeld: boolean): void {
    for (const call of this.#calls.values()) call.hold(isHeld);
  }
}
