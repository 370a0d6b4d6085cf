/** The kernel's text, as it is in the image, taken apart: the script that boots, and the parts that it asks for later (kernel/lazy.ts). */
import { KERNEL_PARTS_MARK } from '../kernel/abi.ts';

export interface KernelText {
  readonly script: string;
  /** UTF-8, by name. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** Of the last kernel that was asked about: a process has one. */
let last: { readonly kernel: string; readonly text: KernelText } | undefined;

export function splitKernel(kernel: string): KernelText {
  if (last?.kernel !== kernel) last = { kernel, text: split(kernel) };
  return last.text;
}

function split(kernel: string): KernelText {
  const at = kernel.lastIndexOf(KERNEL_PARTS_MARK);
  if (at < 0) return { script: kernel, parts: new Map() };
  const parts = JSON.parse(kernel.slice(at + KERNEL_PARTS_MARK.length)) as Readonly<Record<string, string>>;
  const encoder = new TextEncoder();
  return {
    script: kernel.slice(0, at),
    parts: new Map(Object.entries(parts).map(([name, text]) => [name, encoder.encode(text)])),
  };
}
