/**
 * Is a history of concurrent operations one that a single object could have had (Herlihy and Wing)? The
 * search is Wing and Gong's: some operation that no other precedes is put first, if the object agrees with
 * its result, and the rest is tried; what was tried before from the same state with the same operations is
 * not tried again (Lowe; Horn and Kroening). Operations on different accounts cannot contradict each other,
 * so each account is searched by itself.
 *
 * The object is an account: an operation adds to it and tells what is in it then. An operation whose result
 * nobody heard may take effect at any later time, or never.
 */

export interface Operation {
  /** The account. */
  readonly partition: string;
  /** 0 for a read. */
  readonly adds: number;
  /** What is in the account then; untold: an answer came and does not say; null when nobody heard. */
  readonly result: number | 'untold' | null;
}

export interface TimedOperation extends Operation {
  readonly name: string;
  readonly calledMs: number;
  /** Infinity when nobody heard. */
  readonly returnedMs: number;
}

/** A history that no account could have had: what was tried, and why it fails. */
export interface NotLinearizable {
  readonly partition: string;
  readonly operations: readonly TimedOperation[];
  /** The longest beginning that can be explained. */
  readonly explained: readonly string[];
}

/** Null when the history is linearizable. */
export function checkLinearizability(history: readonly TimedOperation[]): NotLinearizable | null {
  const partitions = new Map<string, TimedOperation[]>();
  for (const operation of history) {
    const known = partitions.get(operation.partition);
    if (known === undefined) partitions.set(operation.partition, [operation]);
    else known.push(operation);
  }
  for (const [partition, operations] of partitions) {
    const explained = new Search(operations).run();
    if (explained !== null) return { partition, operations, explained };
  }
  return null;
}

class Search {
  readonly #operations: readonly TimedOperation[];
  /** Words of 32 operations each: those that have been put in order. */
  readonly #done: Uint32Array;
  readonly #tried = new Set<string>();
  readonly #order: string[] = [];
  #explained: readonly string[] = [];
  /** Operations with an answer that have no place yet. */
  #left: number;

  constructor(operations: readonly TimedOperation[]) {
    this.#operations = [...operations].sort((one, other) => one.calledMs - other.calledMs);
    this.#done = new Uint32Array(Math.ceil(operations.length / 32));
    this.#left = operations.filter(({ result }) => result !== null).length;
  }

  /** Null when there is an order; else the longest beginning of one. */
  run(): readonly string[] | null {
    return this.#from(0) ? null : this.#explained;
  }

  #from(value: number): boolean {
    if (this.#left === 0) return true;
    const key = `${value}:${this.#done.join(',')}`;
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    const firstReturnMs = this.#firstReturnMs();
    for (const [index, operation] of this.#operations.entries()) {
      if (operation.calledMs > firstReturnMs) break;
      if (this.#isDone(index)) continue;
      const { result, adds } = operation;
      if (typeof result === 'number' && result !== value + adds) continue;
      // A read that nobody heard explains nothing.
      if (result === null && adds === 0) continue;
      if (this.#place(index, operation, value + adds)) return true;
    }
    return false;
  }

  #place(index: number, { name, result }: TimedOperation, value: number): boolean {
    const word = index >>> 5;
    const bit = 1 << (index & 31);
    this.#done[word] = (this.#done[word] ?? 0) | bit;
    this.#left -= result === null ? 0 : 1;
    this.#order.push(name);
    if (this.#order.length > this.#explained.length) this.#explained = [...this.#order];
    if (this.#from(value)) return true;
    this.#order.pop();
    this.#left += result === null ? 0 : 1;
    this.#done[word] = (this.#done[word] ?? 0) & ~bit;
    return false;
  }

  #isDone(index: number): boolean {
    return ((this.#done[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  /** Whoever is called after this cannot be the next. */
  #firstReturnMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const [index, { returnedMs }] of this.#operations.entries()) {
      if (returnedMs < first && !this.#isDone(index)) first = returnedMs;
    }
    return first;
  }
}
