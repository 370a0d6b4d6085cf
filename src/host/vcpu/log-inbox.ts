/**
 * A backup's log as its vCPU sees it: entries from the ring, in order; when they are used
 * up the thread sleeps until more come or the order to go live. What the primary-to-be is
 * sent after that order is kept for it.
 */
import { invariant } from '../../base/assert.ts';
import { epoch } from '../../base/brands.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import type { LogEntry } from '../../log/entry.ts';
import type { EntrySource, GoLiveOrder } from '../../session/ports.ts';
import { decodeEntries } from '../../wire/entries.ts';
import { TO_VCPU } from './messages.ts';
import type { Outbox } from './outbox.ts';
import type { RingMessage, RingReader } from './ring.ts';

/** Thrown to unwind the thread: an order, not a failure. */
export class StopOrder extends Error {}

export class LogInbox implements EntrySource {
  readonly #ring: RingReader;
  readonly #outbox: Outbox;
  readonly #leftOver: RingMessage[] = [];
  #entries: readonly LogEntry[] = [];
  #at = 0;

  constructor(ring: RingReader, outbox: Outbox) {
    this.#ring = ring;
    this.#outbox = outbox;
  }

  peek(): LogEntry | GoLiveOrder {
    const entry = this.#entries[this.#at];
    return entry ?? this.#wait();
  }

  next(): LogEntry | GoLiveOrder {
    const entry = this.peek();
    if (entry.kind !== 'go-live') this.#at += 1;
    return entry;
  }

  /** Messages for the live machine that came before it was live. */
  leftOver(): readonly RingMessage[] {
    return this.#leftOver;
  }

  #wait(): LogEntry | GoLiveOrder {
    for (;;) {
      if (!this.#ring.hasMessage) this.#outbox.caughtUp();
      const message = this.#ring.read(Number.POSITIVE_INFINITY);
      if (message === undefined) continue;
      if (message.kind === TO_VCPU.stop) throw new StopOrder();
      if (message.kind === TO_VCPU.goLive) {
        const connections = message.first < 0 ? 'kept' : 'lost';
        const guestMs = message.second + monotonicMs();
        return { kind: 'go-live', epoch: epoch(Math.abs(message.first)), connections, guestMs };
      }
      if (message.kind !== TO_VCPU.entries) {
        this.#leftOver.push(message);
        continue;
      }
      const decoded = decodeEntries(message.bytes);
      invariant('I9', decoded.ok, 'the hypervisor fed entries that do not decode');
      this.#entries = decoded.value;
      this.#at = 0;
      this.#outbox.resumed();
      const first = this.#entries[0];
      if (first !== undefined) return first;
    }
  }
}
