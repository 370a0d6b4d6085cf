/**
 * What reaches a host from its clients in virtual time: requests, what is said over WebSockets, and
 * that somebody has gone. Whatever comes when the front knows nothing of it any more comes to nobody,
 * as over a connection that was reset.
 */
import type { Guest, SentRequest } from '../guest/guest.ts';
import type { ClientEnd, VirtualFront } from './front.ts';

export interface EntrancePorts {
  readonly guest: Guest;
  front(): VirtualFront | null;
  input(payload: Uint8Array): void;
}

export class Entrance {
  readonly #ports: EntrancePorts;

  constructor(ports: EntrancePorts) {
    this.#ports = ports;
  }

  accept(end: ClientEnd, request: SentRequest): void {
    const { guest, input } = this.#ports;
    this.#ports.front()?.accept(end, {
      deliver: (id) => input(guest.request(id, request)),
      aborted: () => {},
    });
  }

  gone(end: ClientEnd): void {
    this.#ports.front()?.gone(end, { deliver: () => {}, aborted: (id) => this.aborted(id) });
  }

  /** A message over a WebSocket. */
  said(end: ClientEnd, data: string | Uint8Array): void {
    const id = this.#ports.front()?.idOf(end);
    if (id !== undefined) this.#ports.input(this.#ports.guest.socketMessage(id, data));
  }

  /** A WebSocket closes with this code. */
  closed(end: ClientEnd, code: number): void {
    const front = this.#ports.front();
    const id = front?.idOf(end);
    if (id === undefined) return;
    front?.closed(id);
    this.#ports.input(this.#ports.guest.socketClosed(id, code));
  }

  /** The machine is told that this client has gone. */
  aborted(id: number): void {
    this.#ports.input(this.#ports.guest.abort(id));
  }
}
