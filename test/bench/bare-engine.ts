/**
 * A contestant, in a process of its own: the guest in quickjs-emscripten, used as its documentation shows, with nothing of Tandem. Takes
 * orders over IPC; answers with the checksum, the CPU time of this thread and the wall time. Arguments: the guest's path.
 */
import { getQuickJS, type QuickJSContext, shouldInterruptAfterDeadline } from 'quickjs-emscripten';
import { bundleGuest } from '../../src/host/guest-bundle.ts';
import { cpuMsOf } from './cpu-time.ts';

export interface KernelOrder {
  readonly kernel: string;
  readonly steps: number;
}

export interface KernelResult {
  readonly sum: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

const DEADLINE_MS = 120_000;

async function newContext(guestPath: string): Promise<QuickJSContext> {
  const guest = await bundleGuest(guestPath);
  const context = (await getQuickJS()).newContext();
  context.newObject().consume((console) => {
    context
      .newFunction('log', (...values) => {
        for (const value of values) context.dump(value);
      })
      .consume((log) => context.setProp(console, 'log', log));
    context.setProp(context.global, 'console', console);
  });
  context
    .unwrapResult(context.evalCode(guest.source, guest.name, { type: 'module' }))
    .consume((namespace) => context.setProp(context.global, 'guest', namespace));
  return context;
}

function compute(context: QuickJSContext, { kernel, steps }: KernelOrder): KernelResult {
  context.runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + DEADLINE_MS));
  // The main thread has the process's id.
  const cpuAtStart = cpuMsOf(process.pid, process.pid);
  const startedMs = performance.now();
  const result = context.evalCode(`guest.run(${JSON.stringify(kernel)}, ${steps})`);
  const wallMs = performance.now() - startedMs;
  const cpuMs = cpuMsOf(process.pid, process.pid) - cpuAtStart;
  const sum = context.unwrapResult(result).consume((value) => context.getNumber(value));
  return { sum, cpuMs, wallMs };
}

const context = await newContext(process.argv[2] ?? '');
process.on('message', (order: KernelOrder) => process.send?.(compute(context, order)));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
