/**
 * The kernel's text, as it is in the image, taken apart: the script that boots, the parts that it asks for
 * later (kernel/lazy.ts), and the name of the file that holds what booting it makes (boot-file.ts). The
 * machine sees nothing of that name, and yet hosts agree about it, as they do about the text.
 */
import { KERNEL_PARTS_MARK } from '../kernel/abi.ts';

export interface KernelText {
  readonly script: string;
  /** UTF-8, by name. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** Behind this stands the digest of the boot file, at the end of the kernel's text. */
const BOOT_MARK = '\n//# boot ';

/** The text without the name of a boot file, and that name. */
export function splitBootName(kernel: string): { readonly text: string; readonly bootName?: string } {
  const at = kernel.lastIndexOf(BOOT_MARK);
  if (at < 0) return { text: kernel };
  return { text: kernel.slice(0, at), bootName: kernel.slice(at + BOOT_MARK.length).trimEnd() };
}

export const withBootName = (kernel: string, bootName: string): string =>
  `${splitBootName(kernel).text.trimEnd()}${BOOT_MARK}${bootName}\n`;

/** Of the last kernel that was asked about: a process has one. */
let last: { readonly kernel: string; readonly text: KernelText } | undefined;

export function splitKernel(kernel: string): KernelText {
  if (last?.kernel !== kernel) last = { kernel, text: split(kernel) };
  return last.text;
}

function split(kernel: string): KernelText {
  const { text } = splitBootName(kernel);
  const at = text.lastIndexOf(KERNEL_PARTS_MARK);
  if (at < 0) return { script: text, parts: new Map() };
  const parts = JSON.parse(text.slice(at + KERNEL_PARTS_MARK.length)) as Readonly<Record<string, string>>;
  const encoder = new TextEncoder();
  return {
    script: text.slice(0, at),
    parts: new Map(Object.entries(parts).map(([name, text]) => [name, encoder.encode(text)])),
  };
}
