/**
 * A first-in first-out queue that cannot grow without bound (I10): the caller decides what a refusal means.
 */
export class BoundedQueue<T> {
  readonly #limit: number;
  readonly #size: (item: T) => number;
  #items: T[] = [];
  #head = 0;
  #total = 0;

  /** `limit` and what `size` returns are in one unit of the caller's choice; by default items. */
  constructor(limit: number, size: (item: T) => number = () => 1) {
    this.#limit = limit;
    this.#size = size;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Sum of the sizes of what is queued. */
  get total(): number {
    return this.#total;
  }

  /** False, and nothing queued, when the item would exceed the limit. */
  push(item: T): boolean {
    const size = this.#size(item);
    if (this.#total + size > this.#limit) return false;
    this.#items.push(item);
    this.#total += size;
    return true;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    this.#total -= this.#size(item);
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
