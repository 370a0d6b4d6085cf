/** A follower's log: entries as they were fed, then perhaps the order to go live. */
import type { LogEntry } from '../../log/entry.ts';
import type { EntrySource, GoLiveOrder } from '../../session/ports.ts';
import type { LogSource } from './guest.ts';

/**
 * Thrown out of a session that looks for an entry that has not come; harmless between two
 * turns, where nothing was touched yet.
 */
export class EndOfLog extends Error {
  override readonly name = 'EndOfLog';
}

export class LogQueue implements LogSource {
  #entries: LogEntry[] = [];
  #at = 0;
  #order: GoLiveOrder | null = null;

  feed(entries: readonly LogEntry[]): void {
    if (this.#at > 0) {
      this.#entries = this.#entries.slice(this.#at);
      this.#at = 0;
    }
    this.#entries.push(...entries);
  }

  goLive(order: GoLiveOrder): void {
    this.#order = order;
  }

  peek(): LogEntry | GoLiveOrder | null {
    return this.#entries[this.#at] ?? this.#order;
  }

  next(): LogEntry | GoLiveOrder | null {
    const entry = this.peek();
    if (entry !== null && entry.kind !== 'go-live') this.#at += 1;
    return entry;
  }
}

/** One is enough: nobody looks where it came from. */
export const END_OF_LOG = new EndOfLog();

/** The same log for a session, which cannot be told `null`. */
export function strict(source: LogSource): EntrySource {
  const found = (entry: LogEntry | GoLiveOrder | null): LogEntry | GoLiveOrder => {
    if (entry === null) throw END_OF_LOG;
    return entry;
  };
  return { peek: () => found(source.peek()), next: () => found(source.next()) };
}
