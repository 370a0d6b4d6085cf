/** The host's cryptographic primitives: pure functions of bytes, so nothing of them is logged. */
import { HYPERCALL } from './abi.ts';
import { hypercall, requireResult } from './host.ts';
import { arrayBufferSlice, typedArrayBuffer, typedArrayLength, typedArraySet } from './primordials.ts';

const LENGTH_BYTES = 4;

/**
 * `code` as abi.ts's CRYPTO says, then the fields it wants. Returns at most `mostBytes` bytes; undefined when
 * the input is not what it should be (a ciphertext whose tag is wrong).
 */
export function cryptoCall(
  code: readonly number[],
  fields: readonly Uint8Array[],
  mostBytes: number,
): ArrayBuffer | undefined {
  let length = code.length;
  for (let index = 0; index < fields.length; index += 1)
    length += LENGTH_BYTES + typedArrayLength(fields[index] as Uint8Array);
  const input = new Uint8Array(length);
  for (let index = 0; index < code.length; index += 1) input[index] = code[index] as number;
  let at = code.length;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as Uint8Array;
    const size = typedArrayLength(field);
    for (let byte = 0; byte < LENGTH_BYTES; byte += 1) input[at + byte] = (size >>> (8 * byte)) & 0xff;
    typedArraySet(input, field, at + LENGTH_BYTES);
    at += LENGTH_BYTES + size;
  }
  const output = new ArrayBuffer(mostBytes);
  const made = requireResult<number>(
    hypercall(HYPERCALL.crypto, typedArrayBuffer(input), length, output, mostBytes),
  );
  return made < 0 ? undefined : arrayBufferSlice(output, 0, made);
}
