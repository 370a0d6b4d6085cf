/**
 * Starts vCPU threads. To start one and read its code takes longer than to make a machine, so
 * a host has the first one ready while its guest is bundled: the thread waits for its
 * settings, and knows nothing until then.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { limits } from '../../base/limits.ts';
import { leaveRemovedDirectory } from '../working-directory.ts';
import type { VcpuSettings } from './messages.ts';

/** What a thread is started with. */
export interface Doorway {
  readonly port: MessagePort;
  /** One number: 1 when the settings lie in the port. */
  readonly gate: SharedArrayBuffer;
}

interface Waiting {
  readonly worker: Worker;
  readonly begin: (settings: VcpuSettings) => void;
}

export class VcpuThreads {
  #ready: Waiting | undefined;

  /** Has the next thread ready. It keeps no process alive. */
  prepare(): void {
    this.#ready ??= start();
    this.#ready.worker.unref();
  }

  /** A thread that runs a machine. */
  begin(settings: VcpuSettings): Worker {
    const { worker, begin } = this.#ready ?? start();
    this.#ready = undefined;
    worker.ref();
    begin(settings);
    return worker;
  }
}

function start(): Waiting {
  leaveRemovedDirectory();
  const { port1, port2 } = new MessageChannel();
  const gate = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const doorway: Doorway = { port: port2, gate };
  const worker = new Worker(new URL('./thread.js', import.meta.url), {
    workerData: doorway,
    transferList: [port2],
    resourceLimits: { stackSizeMb: limits.vcpuStackMib, maxOldGenerationSizeMb: limits.vcpuHeapMib },
  });
  return {
    worker,
    begin: (settings) => {
      port1.postMessage(settings);
      const opened = new Int32Array(gate);
      Atomics.store(opened, 0, 1);
      Atomics.notify(opened, 0);
    },
  };
}

/** In the thread: waits, without an event loop, for what it is to do. */
export function awaitSettings({ port, gate }: Doorway): VcpuSettings {
  Atomics.wait(new Int32Array(gate), 0, 0);
  const received = receiveMessageOnPort(port) as { readonly message: VcpuSettings } | undefined;
  port.close();
  if (received === undefined) throw new Error('a vCPU thread was begun without settings');
  return received.message;
}
