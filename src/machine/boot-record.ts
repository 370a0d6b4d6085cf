/**
 * A machine as it stood when its kernel had booted, kept once for each kernel and set of limits in a process: the next machine begins as a copy of it and
 * boots nothing. It is the same machine: nothing of the guest was looked at so far, boot has no input from outside, and what does not lie in the
 * memory (two kinds of functions in the engine's table) is made anew from what the record says.
 */
import { invariant } from '../base/assert.ts';
import type { Engine } from './engine.ts';
import { type Slot, setGuards } from './guards.ts';
import type { Image } from './image.ts';
import type { Instance, ValuePointer } from './instance.ts';
import { isZero, type KnownPages, PAGE_BYTES } from './page-tree.ts';
import { setRejectionTracker, type TrackerPlaces } from './rejections.ts';

/** What a call into the engine needs. */
export interface Caller {
  readonly context: number;
  /** Room for pointers to three arguments. */
  readonly argument: number;
  readonly undefined: ValuePointer;
}

export interface BootRecord extends Caller {
  readonly runtime: number;
  readonly jobContext: number;
  readonly control: number;
  /** The kernel's functions, in the order of kernel/abi's KERNEL_ENTRY. */
  readonly entry: readonly ValuePointer[];
  readonly restingStack: number;
  readonly guards: readonly Slot[];
  readonly tracker: TrackerPlaces;
  /** Pages that the engine's own start has written, before anything else. */
  readonly startPages: readonly number[];
  readonly memory: KnownPages;
}

/** Records of one engine that are kept: each is as large as a booted memory. */
const KEPT = 4;

interface Kept {
  readonly kernel: string;
  readonly limits: string;
  readonly record: BootRecord;
}

const records = new WeakMap<WebAssembly.Module, readonly Kept[]>();

const limitsOf = ({ limits }: Image): string => JSON.stringify(Object.entries(limits));

export function recallBoot(engine: Engine, image: Image): BootRecord | undefined {
  const limits = limitsOf(image);
  return records.get(engine.module)?.find((kept) => kept.limits === limits && kept.kernel === image.kernel)
    ?.record;
}

export function rememberBoot(engine: Engine, image: Image, record: BootRecord): void {
  const kept = { kernel: image.kernel, limits: limitsOf(image), record };
  records.set(engine.module, [...(records.get(engine.module) ?? []), kept].slice(-KEPT));
}

/** Pages that are not zero. */
export function writtenPages(memory: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < memory.length; at += PAGE_BYTES) {
    if (!isZero(memory.subarray(at, at + PAGE_BYTES))) found.push(at / PAGE_BYTES);
  }
  return found;
}

/** Makes a new instance the recorded one. */
export function copyBoot(instance: Instance, record: BootRecord, rejection: ValuePointer): void {
  const { bytes } = instance;
  for (const page of record.startPages) bytes.fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  for (const { index, bytes: page } of record.memory.pages) bytes.set(page, index * PAGE_BYTES);
  setGuards(instance, record.guards);
  setRejectionTracker(instance, record.context, rejection, record.tracker);
  invariant('I9', instance.stackPointer === record.restingStack, 'an instance that rests on another stack');
}
