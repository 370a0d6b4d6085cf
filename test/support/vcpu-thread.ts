/**
 * Runs a job of test/support/jobs.mjs in a thread with the stack of a vCPU
 * thread; its result comes back as data.
 */
import { Worker } from 'node:worker_threads';
import { limits } from '../../src/base/limits.ts';

export function inVcpuThread<Result>(job: string, parameters: unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./jobs.mjs', import.meta.url), {
      workerData: { job, parameters },
      resourceLimits: { stackSizeMb: limits.vcpuStackMib },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code} and no result`)));
  });
}
