/**
 * Where outputs go that may leave (FT §2.2): to the clients' connections, to other servers, to the console.
 */
import type { Ordinal } from '../../base/brands.ts';
import type { OutboundCalls } from '../outbound/outbound-calls.ts';
import type { HeldOutput } from '../vcpu/messages.ts';
import type { ClientDoor } from './client-door.ts';
import type { HypervisorOptions } from './options.ts';

export class WayOut {
  readonly #door: ClientDoor;
  readonly #outbound: OutboundCalls;
  readonly #options: Pick<HypervisorOptions, 'console' | 'bundle'>;

  constructor(
    door: ClientDoor,
    outbound: OutboundCalls,
    options: Pick<HypervisorOptions, 'console' | 'bundle'>,
  ) {
    this.#door = door;
    this.#outbound = outbound;
    this.#options = options;
  }

  /** The output rule has let it go. */
  release(at: Ordinal, output: HeldOutput): void {
    const { kind, subject, head, body } = output;
    const { console, bundle } = this.#options;
    if (kind === 'call') this.#outbound.released(subject, textOf(head), body);
    else if (kind === 'console')
      console.print(at, subject === 2 ? 'stderr' : 'stdout', bundle.locate(textOf(head)));
    else this.answer(output);
  }

  /**
   * To whoever waits for it here. After a switch-over that is all a former primary still
   * has to do: the new one has let it go.
   */
  answer({ kind, subject, head, body }: HeldOutput): void {
    const text = textOf(head);
    const { front } = this.#door;
    if (kind === 'response') front?.respond(subject, text, body);
    else if (kind === 'socket') front?.sockets.said(subject, text, body);
    else if (kind !== 'console' && kind !== 'end' && kind !== 'call' && kind !== 'taken')
      front?.part(subject, kind, text, body);
  }
}

export const textOf = (head: Uint8Array): string =>
  Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString();
