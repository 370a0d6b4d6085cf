/**
 * A booted kernel in a file, dist/kernel.boot: the build boots once, and no host does so again. After a
 * line of JSON, the head, come the pages of the memory that are not zero. The head has the state hash of
 * that memory and the digest of the kernel's text; the text, a part of the image, ends with the digest of
 * the head. So hosts that agree about the image agree about this file, and one that finds another file, or
 * none, boots and has the same machine.
 *
 * Not compressed: packed it is a third, but unpacking it takes longer than
 * everything else that is done with it.
 */
import { sha256 } from '../base/digest.ts';
import type { BootRecord, StoredBoot } from './boot-record.ts';
import type { Slot } from './guards.ts';
import type { BootLimits } from './image-limits.ts';
import { splitBootName } from './kernel-parts.ts';
import { type KnownPages, knownPages } from './page-tree.ts';
import { PAGE_BYTES } from './pages.ts';

const VERSION = 1;
const NEWLINE = 10;
/** NaN bits in the memory may be those of the architecture that booted (README.md). */
const architecture = process.arch;

/** All that is not pages. */
interface Head {
  readonly version: typeof VERSION;
  readonly architecture: string;
  readonly engineSha256: string;
  readonly kernelSha256: string;
  readonly limits: BootLimits;
  readonly stateHash: string;
  /** Indices of the pages that follow, in their order. */
  readonly pages: readonly number[];
  readonly record: Omit<BootRecord, 'memory' | 'guards'>;
  readonly guards: readonly WrittenSlot[];
  /** Base64. */
  readonly guardCode: string;
}

/** JSON has no 64-bit numbers: a kernel function's JSValue is a text here. */
type WrittenSlot = Omit<Slot, 'versions'> & {
  readonly versions: readonly { readonly magic: number; readonly slow: string }[];
};

/** The kernel's digest is that of its text without the name of a boot file. */
const kernelDigest = (kernel: string): string => sha256(splitBootName(kernel).text.trimEnd());

/** The file's bytes, and its name: the digest of its head, for the end of the kernel's text. */
export function encodeBoot({ engineSha256, kernel, limits, record }: StoredBoot): {
  readonly bytes: Uint8Array;
  readonly name: string;
} {
  const { memory, guards, ...rest } = record;
  const { memoryInitialBytes, guestStackBytes } = limits;
  const head: Head = {
    version: VERSION,
    architecture,
    engineSha256,
    kernelSha256: kernelDigest(kernel),
    limits: { memoryInitialBytes, guestStackBytes },
    stateHash: memory.root,
    pages: memory.pages.map(({ index }) => index),
    record: rest,
    guards: guards.slots.map(writtenSlot),
    guardCode: Buffer.from(guards.code).toString('base64'),
  };
  const line = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.concat([line, Uint8Array.of(NEWLINE), ...memory.pages.map((page) => page.bytes)]);
  return { bytes, name: sha256(line) };
}

/**
 * Keeps `bytes`, whose pages become the record's; or says why this is not
 * what booting `kernel` here would make.
 */
export function decodeBoot(bytes: Uint8Array, kernel: string): StoredBoot | string {
  const { bootName } = splitBootName(kernel);
  if (bootName === undefined) return 'the kernel names no boot file';
  const end = bytes.indexOf(NEWLINE);
  const line = bytes.subarray(0, Math.max(end, 0));
  if (sha256(line) !== bootName) return 'it is not the one that the kernel names';
  // What has this digest was written by encodeBoot.
  const head = JSON.parse(Buffer.from(line).toString()) as Head;
  if (head.version !== VERSION) return `it has format ${head.version}`;
  if (head.kernelSha256 !== kernelDigest(kernel)) return 'it was made of another kernel';
  if (head.architecture !== architecture) return `it was made on ${head.architecture}`;
  const memory = memoryOf(head, bytes.subarray(end + 1));
  if (memory?.root !== head.stateHash) return 'its pages are damaged';
  const { engineSha256, limits, record } = head;
  const guards = {
    slots: head.guards.map(readSlot),
    code: new Uint8Array(Buffer.from(head.guardCode, 'base64')),
  };
  return { engineSha256, kernel, limits, record: { ...record, guards, memory } };
}

function memoryOf({ pages, limits }: Head, bytes: Uint8Array): KnownPages | undefined {
  if (bytes.length !== pages.length * PAGE_BYTES) return undefined;
  return knownPages(
    limits.memoryInitialBytes / PAGE_BYTES,
    pages.map((index, at) => ({ index, bytes: bytes.subarray(at * PAGE_BYTES, (at + 1) * PAGE_BYTES) })),
  );
}

const writtenSlot = ({ versions, ...slot }: Slot): WrittenSlot => ({
  ...slot,
  versions: versions.map(({ magic, slow }) => ({ magic, slow: String(slow) })),
});

const readSlot = ({ versions, ...slot }: WrittenSlot): Slot => ({
  ...slot,
  versions: versions.map(({ magic, slow }) => ({ magic, slow: BigInt(slow) })),
});
