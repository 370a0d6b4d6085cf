/**
 * Where the base of a machine lies (FT §3.1): a buffer that two threads have in
 * common, and that grows with the machine.
 *
 * The base does not begin where its buffer does. V8 puts a machine's memory and this buffer at round
 * addresses, often the same in their lower 28 bits; and a processor that looks for a line in its first cache
 * by a few of those (AMD's do) then takes one for the other: comparing the two took half as long again. So
 * each byte lies a little further than its twin, by more than the processor has in hand at a time (256 bytes
 * are too few), and less than it fetches in advance (2048 are too many).
 */
import { limits } from '../base/limits.ts';

const START = 512;
/**
 * Address space and nothing else: twice what is needed, for what has another
 * size would not lie at a round address.
 */
const RESERVED_BYTES = 2 * limits.machineCapBytes;

/** All zeros; of no size yet. */
export const newSharedBase = (): SharedArrayBuffer =>
  new SharedArrayBuffer(START, { maxByteLength: RESERVED_BYTES });

/** A view, for which room is made if there is none. Views of a smaller base stay what they are. */
export function baseIn(shared: SharedArrayBuffer, sizeBytes: number): Buffer {
  if (shared.byteLength < START + sizeBytes) shared.grow(START + sizeBytes);
  return Buffer.from(shared, START, sizeBytes);
}

/** All that there is room for, as a view. */
export const wholeBase = (shared: SharedArrayBuffer): Buffer => baseIn(shared, shared.byteLength - START);
