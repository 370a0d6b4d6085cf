/** Boots the kernel inside the machine: connects it to the host, gives the guest its globals, and hands back the entry functions. */
import { guardedNatives, guardSamples } from './bounded-natives.ts';
import { deliver } from './event-loop.ts';
import { installGlobals } from './globals.ts';
import { connect, type Hypercall } from './host.ts';
import { moduleFailed, moduleLoaded, noteRejection, settle, uncaughtEnds } from './program.ts';
import { setUncaughtHandler } from './report.ts';

export function boot(call: Hypercall, control: ArrayBuffer): unknown[] {
  connect(call, control);
  setUncaughtHandler(uncaughtEnds);
  installGlobals();
  // In the order of abi.ts's KERNEL_ENTRY and KERNEL_LIST.
  return [deliver, settle, moduleLoaded, moduleFailed, noteRejection, guardedNatives(), guardSamples()];
}
