/**
 * A machine as it stood when its kernel had booted: the next machine with that kernel begins as a copy of it
 * and boots nothing. Records come out of a file that the build has made (boot-file.ts), and each process
 * keeps those of its own boots. It is the same machine: nothing of the guest was looked at so far, boot has
 * no input from outside, and what does not lie in the memory (two kinds of functions in the engine's table)
 * is made anew from what the record says.
 *
 * Limits that lie in the control block are nothing to boot, which only puts them there: a copy gets its own.
 * Where the stack ends and how large the memory is at first, boot may see: those belong to a record.
 */
import { invariant } from '../base/assert.ts';
import { CONTROL } from '../kernel/abi.ts';
import type { Engine } from './engine.ts';
import { type Guards, setGuards } from './guards.ts';
import type { BootLimits, ControlLimits } from './image-limits.ts';
import type { Instance, ValuePointer } from './instance.ts';
import type { KnownPages } from './page-tree.ts';
import { isZero, PAGE_BYTES } from './pages.ts';
import { setRejectionTracker, type TrackerPlaces } from './rejections.ts';

/** What a call into the engine needs. */
export interface Caller {
  readonly context: number;
  /** Room for pointers to three arguments. */
  readonly argument: number;
  readonly undefined: ValuePointer;
}

/** Plain data: it can be written down, and handed to another thread. */
export interface BootRecord extends Caller {
  readonly runtime: number;
  readonly jobContext: number;
  readonly control: number;
  /** The kernel's functions, in the order of kernel/abi's KERNEL_ENTRY. */
  readonly entry: readonly ValuePointer[];
  readonly restingStack: number;
  readonly guards: Guards;
  readonly tracker: TrackerPlaces;
  /** Pages that the engine's own start has written, before anything else. */
  readonly startPages: readonly number[];
  readonly memory: KnownPages;
}

/** Records of one engine that are kept: each is as large as a booted memory. */
const KEPT = 4;

interface Kept extends Booting {
  readonly record: BootRecord;
}

/** What decides how a boot comes out, but for the engine; an image has it. */
interface Booting {
  readonly kernel: string;
  readonly limits: BootLimits;
}

/** A record that was made by another process. */
export interface StoredBoot extends Booting {
  readonly engineSha256: string;
  readonly record: BootRecord;
}

const records = new WeakMap<WebAssembly.Module, readonly Kept[]>();

const isAlike = (one: Booting, other: Booting): boolean =>
  one.kernel === other.kernel &&
  one.limits.memoryInitialBytes === other.limits.memoryInitialBytes &&
  one.limits.guestStackBytes === other.limits.guestStackBytes;

/** Undefined: this machine has to boot. */
export function recallBoot(
  engine: Engine,
  image: Booting & { readonly boot?: StoredBoot | undefined },
): BootRecord | undefined {
  const kept = records.get(engine.module)?.find((own) => isAlike(own, image));
  if (kept !== undefined) return kept.record;
  const { boot } = image;
  const isOurs = boot !== undefined && boot.engineSha256 === engine.sha256 && isAlike(boot, image);
  return isOurs ? boot.record : undefined;
}

export function rememberBoot(engine: Engine, { kernel, limits }: Booting, record: BootRecord): void {
  const kept = { kernel, limits, record };
  records.set(engine.module, [...(records.get(engine.module) ?? []), kept].slice(-KEPT));
}

const CONTROL_LIMITS = [
  'memoryMaximumBytes',
  'replyMaximumBytes',
  'replyLifetimeMs',
] as const satisfies readonly (keyof ControlLimits)[];

/** Puts the image's limits where the kernel reads them, and gives the pages that they lie in. */
export function writeLimits({ view }: Instance, control: number, limits: ControlLimits): readonly number[] {
  const places = CONTROL_LIMITS.map((name) => {
    view.setFloat64(control + CONTROL[name], limits[name], true);
    return Math.floor((control + CONTROL[name]) / PAGE_BYTES);
  });
  return [...new Set(places)];
}

/** Pages that are not zero. */
export function writtenPages(memory: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < memory.length; at += PAGE_BYTES) {
    if (!isZero(memory.subarray(at, at + PAGE_BYTES))) found.push(at / PAGE_BYTES);
  }
  return found;
}

/**
 * Makes a new instance the recorded one, with `limits` of its own; gives the pages in
 * which its memory is not the recorded one.
 */
export function copyBoot(
  instance: Instance,
  record: BootRecord,
  rejection: ValuePointer,
  limits: ControlLimits,
): readonly number[] {
  const { bytes } = instance;
  for (const page of record.startPages) bytes.fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  for (const { index, bytes: page } of record.memory.pages) bytes.set(page, index * PAGE_BYTES);
  setGuards(instance, record.guards);
  setRejectionTracker(instance, record.context, rejection, record.tracker);
  invariant('I9', instance.stackPointer === record.restingStack, 'an instance that rests on another stack');
  return writeLimits(instance, record.control, limits);
}
