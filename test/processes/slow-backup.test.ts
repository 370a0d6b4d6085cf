/**
 * Flow control (FT §3.2) with a backup whose vCPU gets a third of its time: the primary is slowed, also
 * inside a long turn, until both go at the backup's speed; the backup's execution lag does not grow with the
 * time; and no request is lost. Judged by ratios: this machine has other work.
 */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { HostReport } from '../../src/host/supervisor/report.ts';
import { guest, pause } from '../support/processes.ts';
import { ask, insist, jsonOf } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

const LONG_MS = 240_000;
const SLOW = ['--follower-percent', '33'];
const SAMPLE_EVERY_MS = 50;
const CLIENTS = 4;
const REQUESTS_EACH = 60;

/** What the primary says of itself until `isOver`. */
async function watch(pair: Run, isOver: () => boolean): Promise<HostReport[]> {
  const seen: HostReport[] = [];
  while (!isOver()) {
    const status = await pair.status().catch(() => undefined);
    const primary = status?.hosts.find(({ role }) => role === 'primary');
    if (primary !== undefined) seen.push(primary);
    await pause(SAMPLE_EVERY_MS);
  }
  return seen;
}

/** Without flow control a third of the speed would leave the backup behind by two thirds of the time. */
function expectBounded(seen: readonly HostReport[], wholeMs: number): void {
  const lags = seen.map(({ lag }) => lag.ms).sort((left, right) => left - right);
  const most = lags.at(-1) ?? 0;
  const slowest = Math.max(...seen.map(({ slowdownPercent }) => slowdownPercent));
  console.log(
    `${wholeMs.toFixed(0)} ms; lag median ${(lags[lags.length >> 1] ?? 0).toFixed(0)} ms, at most ${most.toFixed(0)} ms; slowed by up to ${slowest} %`,
  );
  expect(slowest).toBeGreaterThan(0);
  expect(most).toBeLessThan(wholeMs / 3);
}

test('inside a long turn the primary waits for it: the lag stays bounded, and every line is printed', {
  timeout: LONG_MS,
}, async () => {
  const program = guest('printing-turn.js');
  const pair = await run(program, ...SLOW).ready();
  const startedMs = performance.now();
  const seen = await watch(pair, () => pair.process.exit !== undefined);
  expectBounded(seen, performance.now() - startedMs);
  expect(await pair.process.exited).toEqual({ code: 0, signal: null });
  const expected = execFileSync(process.execPath, [program], { encoding: 'utf8' }).trimEnd().split('\n');
  expect(pair.printed().map(({ event }) => event.text)).toEqual(expected);
});

test('clients of a service are served at its speed, and none of their requests is lost', {
  timeout: LONG_MS,
}, async () => {
  const pair = await run(guest('working.js'), ...SLOW).ready();
  let isOver = false;
  const watching = watch(pair, () => isOver);
  const startedMs = performance.now();
  const client = async (): Promise<void> => {
    for (let left = REQUESTS_EACH; left > 0; left -= 1) jsonOf(await insist(pair.url, { method: 'POST' }));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const wholeMs = performance.now() - startedMs;
  isOver = true;
  expectBounded(await watching, wholeMs);
  expect(jsonOf(await insist(pair.url))).toEqual({ count: CLIENTS * REQUESTS_EACH });

  const metrics = (await ask(`${pair.admin}/metrics`)).body;
  expect(metrics).toMatch(/^tandem_slowdown_ratio\{role="primary"\} [\d.]+$/m);
  expect(metrics).toMatch(/^tandem_lag_seconds\{role="primary"\} [\d.e-]+$/m);
  expect(metrics).toMatch(/^tandem_vcpu_stopped\{role="primary"\} [01]$/m);
});
