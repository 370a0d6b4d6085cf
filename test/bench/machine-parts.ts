/**
 * A contestant, in a process of its own, that tries parts of a host alone: how long a machine takes to boot, and what a state hash costs by the size of the memory
 * and the share of its pages that have changed since the last one. Takes orders over IPC; answers with wall time. Arguments: the
 * guest's path.
 */
import { limits } from '../../src/base/limits.ts';
import { bundleGuest } from '../../src/host/guest-bundle.ts';
import { loadEngine } from '../../src/machine/engine.ts';
import { loadKernelSource } from '../../src/machine/kernel-source.ts';
import { Machine } from '../../src/machine/machine.ts';
import { PAGE_BYTES, PageTree } from '../../src/machine/page-tree.ts';

export interface HashOrder {
  readonly sizeMib: number;
  /** Of pages that change, 0 to 1. */
  readonly dirtyShare: number;
}
export type PartOrder = { readonly part: 'boot' } | ({ readonly part: 'hash' } & HashOrder);
/** Milliseconds. */
export type PartResult = number;

const MIB = 1024 * 1024;
const BOOTS_MEMORY = {
  memoryInitialBytes: limits.machineInitialBytes,
  memoryMaximumBytes: limits.machineMaximumBytes,
  guestStackBytes: limits.guestStackBytes,
  firstInterruptiblePoll: limits.firstInterruptiblePoll,
  replyMaximumBytes: limits.replyMaximumBytes,
  replyLifetimeMs: limits.replyLifetimeMs,
};

const engine = loadEngine();
const kernel = loadKernelSource();
const guest = await bundleGuest(process.argv[2] ?? '');

function wallMs(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

/** A machine with its first state hash, as a host has it before its first entry. */
const bootMs = (): number =>
  wallMs(() => {
    new Machine(engine, {
      engineSha256: engine.sha256,
      kernel,
      guest: guest.source,
      guestName: guest.name,
      limits: BOOTS_MEMORY,
    });
  });

/** The memory and tree of the last size, kept for the next order. */
let held: { readonly sizeMib: number; readonly memory: Buffer; readonly tree: PageTree } | undefined;

function holding(sizeMib: number): { readonly memory: Buffer; readonly tree: PageTree } {
  if (held?.sizeMib === sizeMib) return held;
  const memory = Buffer.alloc(sizeMib * MIB, 'no page of it is zero ');
  held = { sizeMib, memory, tree: new PageTree(memory) };
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

process.on('message', (order: PartOrder) => process.send?.(order.part === 'boot' ? bootMs() : hashMs(order)));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
