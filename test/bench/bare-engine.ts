/**
 * A contestant, in a process of its own: the guest in quickjs-emscripten, used as its documentation shows,
 * with nothing of Tandem. Takes orders over IPC; answers with the checksum and the wall time. Arguments: the
 * guest's path, and `inlined` for a V8 that has been told what a host tells it. Greets with its process id,
 * which is also that of the thread that computes.
 */
import { getQuickJS, type QuickJSContext, shouldInterruptAfterDeadline } from 'quickjs-emscripten';
import { bundleGuest } from '../../src/host/guest/bundle.ts';
import { inlineFunctions } from '../../src/machine/engine.ts';
import { takeOrders } from './orders.ts';

export interface KernelOrder {
  readonly kernel: string;
  readonly steps: number;
}

export interface KernelAnswer {
  readonly sum: number;
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

function compute(context: QuickJSContext, { kernel, steps }: KernelOrder): KernelAnswer {
  context.runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + DEADLINE_MS));
  const startedMs = performance.now();
  const result = context.evalCode(`guest.run(${JSON.stringify(kernel)}, ${steps})`);
  const wallMs = performance.now() - startedMs;
  const sum = context.unwrapResult(result).consume((value) => context.getNumber(value));
  return { sum, wallMs };
}

if (process.argv[3] === 'inlined') inlineFunctions();
const context = await newContext(process.argv[2] ?? '');
takeOrders((order: KernelOrder) => compute(context, order), process.pid);
