/**
 * Timers: setTimeout, setInterval and their kin. A binary heap ordered by (due, order of setting); each due
 * timer runs in a turn of its own, so that the promise jobs of one have run before the next begins.
 *
 * A timer's place in the heap is kept in the timer, so that clearing it costs
 * no search and leaves nothing behind.
 */
import { enter, leave, setNextAlarm } from './host.ts';
import { bareArray, DateNow, MathMax, ReflectApply, SafeMap } from './primordials.ts';
import { reportUncaught } from './report.ts';

export interface Timer {
  readonly id: number;
  readonly callback: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
  /** Interval in ms, or -1 for a timer that fires once. */
  readonly intervalMs: number;
  /** False for timers that do not keep a plain program alive. */
  readonly holds: boolean;
  dueMs: number;
  order: number;
  /** Index in the heap, or -1. */
  place: number;
}

const heap = bareArray<Timer>();
const byId = new SafeMap<number, Timer>();
let lastId = 0;
let lastOrder = 0;
/** Timers in the heap that keep a plain program alive. */
let holding = 0;
/** The timer whose callback is being run: known, so that `recover` can tell after a kill. */
let running: Timer | undefined;

/** HTML's coercion: a 32-bit integer, negative ones are 0. May run the guest's `valueOf`. */
export function delayOf(value: unknown): number {
  const delay = (value as number) | 0;
  return MathMax(delay, 0);
}

export function timersHold(): boolean {
  return holding > 0;
}

/** `delayMs` from now, by one logged read of the clock. */
export function startTimer(
  callback: (...args: never[]) => unknown,
  delayMs: number,
  args: readonly unknown[],
  repeats: boolean,
  holds: boolean,
): number {
  lastId += 1;
  const timer: Timer = {
    id: lastId,
    callback,
    args,
    intervalMs: repeats ? delayMs : -1,
    holds,
    dueMs: DateNow() + delayMs,
    order: 0,
    place: -1,
  };
  insert(timer);
  return timer.id;
}

export function stopTimer(id: number): void {
  const timer = byId.get(id);
  if (timer === undefined) return;
  const before = enter();
  try {
    byId.delete(id);
    if (timer.place >= 0) removeAt(timer.place);
  } finally {
    leave(before);
  }
}

/** The alarm rang: runs the first timer, if it is due, and sets the alarm anew. */
export function runDueTimer(): void {
  const first = heap.length > 0 ? heap[0] : undefined;
  if (first === undefined) return;
  const now = DateNow();
  if (first.dueMs > now) {
    setNextAlarm(first.dueMs);
    return;
  }
  const before = enter();
  try {
    removeAt(0);
    running = first;
  } finally {
    leave(before);
  }
  try {
    ReflectApply(first.callback, undefined, first.args);
  } catch (error) {
    reportUncaught(error);
  }
  finish(now);
}

/** After a kill: what ran is no longer running; an interval goes on. */
export function recoverTimers(): void {
  finish(DateNow());
}

function finish(nowMs: number): void {
  const timer = running;
  if (timer === undefined) return;
  const before = enter();
  try {
    if (timer.intervalMs >= 0 && byId.has(timer.id)) {
      timer.dueMs = nowMs + timer.intervalMs;
      insert(timer);
    } else byId.delete(timer.id);
    running = undefined;
  } finally {
    leave(before);
  }
}

function insert(timer: Timer): void {
  const before = enter();
  try {
    // What can fail for want of memory comes first; what follows only moves references.
    append(timer);
    lastOrder += 1;
    timer.order = lastOrder;
    if (timer.holds) holding += 1;
    rise(timer);
    setNextAlarm((heap[0] as Timer).dueMs);
  } finally {
    leave(before);
  }
}

function append(timer: Timer): void {
  const place = heap.length;
  try {
    heap[place] = timer;
    timer.place = place;
    byId.set(timer.id, timer);
  } catch (error) {
    if (timer.place >= 0) heap.length -= 1;
    timer.place = -1;
    throw error;
  }
}

function removeAt(place: number): void {
  const timer = heap[place] as Timer;
  const last = heap[heap.length - 1] as Timer;
  heap.length -= 1;
  timer.place = -1;
  if (timer.holds) holding -= 1;
  if (last !== timer) {
    heap[place] = last;
    last.place = place;
    sink(last);
    rise(last);
  }
  setNextAlarm(heap.length > 0 ? (heap[0] as Timer).dueMs : Number.POSITIVE_INFINITY);
}

function earlier(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function rise(timer: Timer): void {
  while (timer.place > 0) {
    const parent = heap[(timer.place - 1) >> 1] as Timer;
    if (!earlier(timer, parent)) return;
    swap(timer, parent);
  }
}

function sink(timer: Timer): void {
  for (;;) {
    const left = 2 * timer.place + 1;
    if (left >= heap.length) return;
    let child = heap[left] as Timer;
    if (left + 1 < heap.length && earlier(heap[left + 1] as Timer, child)) child = heap[left + 1] as Timer;
    if (!earlier(child, timer)) return;
    swap(timer, child);
  }
}

function swap(a: Timer, b: Timer): void {
  const place = a.place;
  a.place = b.place;
  b.place = place;
  heap[a.place] = a;
  heap[b.place] = b;
}
