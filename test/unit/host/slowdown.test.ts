/** The vCPU's brake (FT §3.2): what a slowed vCPU sleeps, and what ends its sleep. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { monotonicMs } from '../../../src/base/monotonic.ts';
import { VcpuControl } from '../../../src/host/vcpu/control.ts';
import { Outbox } from '../../../src/host/vcpu/outbox.ts';
import { createRing, RingWriter } from '../../../src/host/vcpu/ring.ts';

const HOUR_MS = 3_600_000;

const SLEEPER = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(({ VcpuControl }) => {
    parentPort.postMessage('falls asleep');
    new VcpuControl(workerData.shared).slowDown(workerData.ranMs);
    parentPort.postMessage('runs again');
  });`;

test('a vCPU that sleeps runs again as soon as the slowdown is lifted, however long its turn was', async () => {
  const control = new VcpuControl();
  control.setSlowdown(90);
  const module = new URL('../../../dist/host/vcpu/control.js', import.meta.url).href;
  const worker = new Worker(SLEEPER, {
    eval: true,
    workerData: { module, shared: control.shared, ranMs: HOUR_MS },
  });
  expect(await once(worker, 'message')).toEqual(['falls asleep']);
  const awake = once(worker, 'message');
  control.setSlowdown(85);
  control.setSlowdown(0);
  expect(await awake).toEqual(['runs again']);
  await worker.terminate();
});

test('after a turn that never polled it sleeps for a bounded part of that turn only', () => {
  const control = new VcpuControl();
  const slept = vi.spyOn(control, 'slowDown').mockReturnValue();
  const outbox = new Outbox(new RingWriter(createRing(4096)), control);
  outbox.turnBegins(monotonicMs() - HOUR_MS);
  outbox.turnEnded();
  expect(slept.mock.calls).toEqual([[limits.slowedRunMs]]);
});

test('a turn is slept off from its beginning, also what it ran before its first progress mark', () => {
  const control = new VcpuControl();
  const slept = vi.spyOn(control, 'slowDown').mockReturnValue();
  const outbox = new Outbox(new RingWriter(createRing(4096)), control);
  outbox.turnBegins(monotonicMs() - HOUR_MS);
  outbox.yieldPoint();
  outbox.turnEnded();
  const [first, rest] = slept.mock.calls.map(([ranMs]) => ranMs);
  expect(slept).toHaveBeenCalledTimes(2);
  expect(first).toBe(limits.slowedRunMs);
  expect(rest).toBeLessThan(HOUR_MS);
});

test('short runs add up until their sleep is worth it', () => {
  const control = new VcpuControl();
  const waited = vi.spyOn(Atomics, 'wait');
  control.setSlowdown(50);
  const slices = Array.from({ length: 20 }, () => 1);
  for (const ranMs of slices) control.slowDown(ranMs);
  const sleptMs = waited.mock.calls.map(([, , , ms]) => Math.round(ms ?? 0));
  waited.mockRestore();
  // At half the speed each millisecond of running owes one of sleep; they are slept together.
  expect(sleptMs.filter((ms) => ms >= 6)).toHaveLength(3);
});
