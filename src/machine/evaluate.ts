/** Source text into the engine, under the name that stacks show. */
import type { Instance, ValuePointer } from './instance.ts';

/** The kernel and its parts; stacks that a guest's author sees leave their frames out. */
export const KERNEL_SCRIPT = 'tandem:kernel';
export const MODULE_TYPE = 1;
const SCRIPT_TYPE = 0;

/** The value, or the exception, which is pending then; 0 when there is no memory for the text. */
export function evaluate(
  instance: Instance,
  context: number,
  source: string | Uint8Array,
  name: string,
  type: number = SCRIPT_TYPE,
): ValuePointer {
  const { raw } = instance;
  const code = typeof source === 'string' ? new TextEncoder().encode(source) : source;
  const codePointer = instance.allocate(code);
  if (codePointer === 0) return 0;
  const namePointer = instance.allocateText(name);
  const value = namePointer === 0 ? 0 : raw.eval(context, codePointer, code.length, namePointer, 0, type);
  raw.free(codePointer);
  raw.free(namePointer);
  return value;
}
