/**
 * Virtual time: what is to happen, and when. Things of one moment happen in the order in
 * which they were written down, so a run has one order of events and no other. Nothing
 * here or above it looks at a real clock.
 */

interface Item {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

const isBefore = (one: Item, other: Item): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

export class Agenda {
  /** A binary heap, the next item first. */
  readonly #heap: Item[] = [];
  #nowMs = 0;
  #written = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): void {
    this.#written += 1;
    this.#push({ atMs: this.#nowMs + Math.max(0, delayMs), order: this.#written, run });
  }

  /** Does the next thing if it is due by `untilMs`; false, and the clock at `untilMs`, when there is none. */
  next(untilMs: number): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs);
      return false;
    }
    this.#pop();
    this.#nowMs = first.atMs;
    first.run();
    return true;
  }

  #push(item: Item): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, item)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let child = heap[left];
      if (child === undefined) break;
      let childAt = left;
      const other = heap[right];
      if (other !== undefined && isBefore(other, child)) {
        child = other;
        childAt = right;
      }
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
  }
}
