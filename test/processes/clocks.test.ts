/**
 * Hosts whose wall clocks disagree (FT §2.1: time is an input like any other). The guest's clock comes from
 * the log while a machine follows, and goes on from there when it goes live: it never runs backwards, never
 * leaps, and a second of real time moves it 0.9 to 1.1 s (I6), though one host believes that it is an hour
 * earlier or later than the other does.
 */
import { expect, test } from 'vitest';
import { guest, pause, signal } from '../support/processes.ts';
import { ask, jsonOf, NoAnswer } from '../support/processes-client.ts';
import { type Host, startPair } from '../support/processes-pair.ts';

const HOUR_MS = 3_600_000;
const BEFORE_MS = 2_500;
const AFTER_MS = 3_500;
const EVERY_MS = 20;
/** Before the kill, and again after it. */
const ASLEEP_MS = 350;
/** Rates are taken over at least this much real time. */
const WINDOW_MS = 1_000;
/** Guest clocks count whole milliseconds. */
const RESOLUTION_MS = 1;

interface Reading {
  /** The guest looked at its clock somewhere between these two. */
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly dateMs: number;
  readonly sinceStartMs: number;
}

async function read(url: string): Promise<Reading | undefined> {
  const askedMs = performance.now();
  try {
    const answer = await ask(url, { timeoutMs: 2_000 });
    // A host that is not live yet says so.
    if (answer.status === 307 || answer.status === 503) return undefined;
    const { dateMs, sinceStartMs } = jsonOf(answer);
    return {
      askedMs,
      answeredMs: performance.now(),
      dateMs: Number(dateMs),
      sinceStartMs: Number(sinceStartMs),
    };
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

async function readFor(ms: number, url: string, into: Reading[]): Promise<void> {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs; await pause(EVERY_MS)) {
    const reading = await read(url);
    if (reading !== undefined) into.push(reading);
  }
}

/**
 * The lowest and the highest rate at which the clock can have run over any window, by what a client can know.
 */
function rates(
  readings: readonly Reading[],
  clock: 'dateMs' | 'sinceStartMs',
): { least: number; most: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const [index, start] of readings.entries()) {
    const end = readings.slice(index).find(({ askedMs }) => askedMs - start.answeredMs >= WINDOW_MS);
    if (end === undefined) break;
    const moved = end[clock] - start[clock];
    most = Math.max(most, (moved - RESOLUTION_MS) / (end.answeredMs - start.askedMs));
    least = Math.min(least, (moved + RESOLUTION_MS) / (end.askedMs - start.answeredMs));
  }
  return { least, most };
}

function expectSteadyClocks(readings: readonly Reading[]): void {
  for (const clock of ['dateMs', 'sinceStartMs'] as const) {
    const times = readings.map((reading) => reading[clock]);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    const { least, most } = rates(readings, clock);
    console.log(
      `${clock}: a second of real time moves it ${least.toFixed(3)} to ${most.toFixed(3)} s, across the kill`,
    );
    expect(least).toBeGreaterThanOrEqual(0.9);
    expect(most).toBeLessThanOrEqual(1.1);
  }
}

/** Kills a primary while its backup reads nothing, as if that had been asleep at that moment. */
async function killUnheard(primary: Host, backup: Host): Promise<void> {
  backup.process.kill('SIGSTOP');
  await pause(ASLEEP_MS);
  signal(primary.process.pid, 'SIGKILL');
  await pause(ASLEEP_MS);
  backup.process.kill('SIGCONT');
}

test("going live on a host that was asleep when the primary died, the guest's clock has not stood still", async () => {
  const { primary, backup } = await startPair({ program: guest('clock.js') });
  const readings: Reading[] = [];
  await readFor(BEFORE_MS, primary.url, readings);
  await killUnheard(primary, backup);
  await readFor(AFTER_MS, backup.url, readings);
  expectSteadyClocks(readings);
});

test.each([
  ['an hour behind', -HOUR_MS],
  ['an hour ahead', HOUR_MS],
])(
  "going live on a host whose clock is %s, the guest's clock goes on as if nothing had happened",
  async (_how, offsetMs) => {
    const { primary, backup } = await startPair({
      program: guest('clock.js'),
      primaryWallOffsetMs: 0,
      backupWallOffsetMs: offsetMs,
    });
    const readings: Reading[] = [];
    await readFor(BEFORE_MS, primary.url, readings);
    const before = readings.length;
    signal(primary.process.pid, 'SIGKILL');
    await readFor(AFTER_MS, backup.url, readings);

    expect(before).toBeGreaterThan(10);
    expect(readings.length - before).toBeGreaterThan(10);
    expectSteadyClocks(readings);
    // It began at its first host's idea of the time, and does not leap to the second one's.
    expect(Math.abs((readings.at(-1)?.dateMs ?? 0) - Date.now())).toBeLessThan(10_000);
  },
);
