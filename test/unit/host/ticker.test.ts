/** Time passes for the protocol core whether anything comes in or not, and never twice for one tick. */
import { expect, test, vi } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { Ticker } from '../../../src/host/hypervisor/ticker.ts';

/** Runs `during` with a clock that moves when it is told to. */
function withClock(during: (ticker: Ticker, ticks: number[], nowMs: () => number) => void): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'hrtime'] });
  try {
    const startMs = performance.now();
    const ticks: number[] = [];
    const nowMs = (): number => Math.round(performance.now() - startMs);
    const ticker = new Ticker(() => ticks.push(nowMs()));
    ticker.start();
    during(ticker, ticks, nowMs);
    ticker.stop();
    const { length } = ticks;
    vi.advanceTimersByTime(100);
    expect(ticks).toHaveLength(length);
  } finally {
    vi.useRealTimers();
  }
}

test('when nothing comes in it ticks by itself, until it is stopped', () => {
  withClock((_ticker, ticks) => {
    vi.advanceTimersByTime(5 * limits.tickMs);
    expect(ticks).toEqual([1, 2, 3, 4, 5].map((count) => count * limits.tickMs));
  });
});

test('what comes in a little less often than a tick is due brings the tick with it, and no timer wakes the thread', () => {
  withClock((ticker, ticks, nowMs) => {
    const frames: number[] = [];
    const come = (afterMs: number): void => {
      vi.advanceTimersByTime(afterMs);
      frames.push(nowMs());
      ticker.awake();
    };
    come(limits.tickMs - 1);
    for (let frame = 0; frame < 10; frame += 1) come(limits.tickMs + 2);
    expect(ticks).toEqual(frames);
  });
});

test('what comes in often brings no more ticks than are due', () => {
  withClock((ticker, ticks) => {
    for (let ms = 0; ms < 100 * limits.tickMs; ms += 1) {
      vi.advanceTimersByTime(1);
      ticker.awake();
    }
    const gaps = ticks.slice(1).map((atMs, index) => atMs - (ticks[index] ?? atMs));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(limits.tickMs - 1);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(limits.tickMs * 1.5);
  });
});
