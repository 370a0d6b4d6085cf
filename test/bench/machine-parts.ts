/**
 * A contestant, in a process of its own, that tries parts of a host alone: how long the first machine
 * of a process takes to its guest's first turn, and what a state hash costs by the size of the memory
 * and the share of its pages that have changed since the last one. Takes orders over IPC; answers with
 * wall time. Arguments: the guest's path.
 */
import { randomFillSync } from 'node:crypto';
import { bundleGuest } from '../../src/host/guest/bundle.ts';
import { loadEngine } from '../../src/machine/engine.ts';
import { loadKernel } from '../../src/machine/kernel-source.ts';
import { Machine } from '../../src/machine/machine.ts';
import { PageTree } from '../../src/machine/page-tree.ts';
import { PAGE_BYTES } from '../../src/machine/pages.ts';
import { newSharedBase } from '../../src/machine/shared-base.ts';
import { standardImage } from '../../src/machine/standard-image.ts';
import { startInterrupt } from '../../src/session/interrupts.ts';
import { takeOrders } from './orders.ts';

export interface HashOrder {
  readonly sizeMib: number;
  /** Of pages that change, 0 to 1. */
  readonly dirtyShare: number;
}
/** Where the first machine's kernel comes from: the build's file, or its own boot, as without that file. */
export type BootOrder = { readonly part: 'boot'; readonly kernel: 'stored' | 'booted' };
export type PartOrder = BootOrder | ({ readonly part: 'hash' } & HashOrder);
/** Milliseconds. */
export type PartResult = number;

const MIB = 1024 * 1024;

const guest = await bundleGuest(process.argv[2] ?? '');

function wallMs(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

/**
 * From the bundled guest to the end of its first turn: reads and compiles the engine,
 * reads the kernel, makes the machine.
 */
const bootMs = (kernel: BootOrder['kernel']): number =>
  wallMs(() => {
    const engine = loadEngine();
    const stored = loadKernel();
    const image = standardImage(engine, kernel === 'stored' ? stored : { source: stored.source }, guest);
    const machine = new Machine(engine, image);
    machine.attach({
      clock: () => Date.now(),
      entropy: (into) => void into.set(randomFillSync(new Uint8Array(into.length))),
      poll: () => false,
      output: () => {},
    });
    machine.deliver(startInterrupt(randomFillSync(new Uint8Array(8)), Date.now()));
  });

/** The memory and tree of the last size, kept for the next order. */
let held: { readonly sizeMib: number; readonly memory: Buffer; readonly tree: PageTree } | undefined;

function holding(sizeMib: number): { readonly memory: Buffer; readonly tree: PageTree } {
  if (held?.sizeMib === sizeMib) return held;
  const memory = Buffer.alloc(sizeMib * MIB, 'no page of it is zero ');
  // As a host's: what it compares with is the base for clones, too.
  held = { sizeMib, memory, tree: new PageTree(memory, { shared: newSharedBase() }) };
  return held;
}

let writes = 0;

function hashMs({ sizeMib, dirtyShare }: HashOrder): number {
  const { memory, tree } = holding(sizeMib);
  const pages = memory.length / PAGE_BYTES;
  const dirty = Math.round(pages * dirtyShare);
  writes += 1;
  // Spread evenly, as nobody knows where a heap is written.
  for (let i = 0; i < dirty; i += 1) {
    memory.writeUInt32LE(writes, Math.floor((i * pages) / dirty) * PAGE_BYTES + 64);
  }
  return wallMs(() => tree.update(memory));
}

takeOrders((order: PartOrder) => (order.part === 'boot' ? bootMs(order.kernel) : hashMs(order)));
