/**
 * A thread of a moment: boots the kernel and ends. V8 compiles WebAssembly quickly and badly first, and well
 * what has run for a while, for all threads of the process; but a function that is running goes on as it
 * began. A machine that begins with the kernel's stored boot has run next to nothing, and a guest that then
 * computed in one call of the interpreter would do so at half the speed to its end.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import type { Engine } from '../../machine/engine.ts';
import type { Kernel } from '../../machine/kernel-source.ts';
import { Machine } from '../../machine/machine.ts';
import { standardImage } from '../../machine/standard-image.ts';
import type { HostRole } from '../supervisor/protocol.ts';

/**
 * The kernel of a host's machines. Only clients wait for a first turn, so only a primary that serves begins
 * with the stored boot. A program without clients may compute in its first turn all its life, and a backup in
 * a turn that it joins: theirs is booted, so that the engine has run before.
 */
export const kernelFor = (kernel: Kernel, role: HostRole, mayServe: boolean): Kernel =>
  mayServe && role === 'primary' ? kernel : { source: kernel.source };

interface Exercise {
  readonly engine: Engine;
  readonly kernel: string;
}

/**
 * Nobody waits for it, no process lives on for it, and a host that has no room for another machine
 * goes on without. `kernel`: its text.
 */
export function warmUp(engine: Engine, kernel: string): void {
  const exercise: Exercise = { engine: { sha256: engine.sha256, module: engine.module }, kernel };
  const worker = new Worker(new URL(import.meta.url), { workerData: exercise });
  worker.on('error', () => {});
  worker.unref();
}

if (!isMainThread && isExercise(workerData)) {
  const { engine, kernel } = workerData;
  new Machine(engine, standardImage(engine, { source: kernel }, { source: '', name: 'none.js' }));
}

function isExercise(value: unknown): value is Exercise {
  return typeof value === 'object' && value !== null && 'kernel' in value && 'engine' in value;
}
