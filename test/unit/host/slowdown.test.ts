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
  outbox.turnEnded(monotonicMs() - HOUR_MS);
  expect(slept.mock.calls).toEqual([[limits.slowedRunMs]]);
});
