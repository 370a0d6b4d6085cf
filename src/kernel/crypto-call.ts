/** The host's cryptographic primitives: pure functions of bytes, so nothing of them is logged. */
import { CRYPTO, HYPERCALL } from './abi.ts';
import { hypercall, requireResult } from './host.ts';
import { arrayBufferSlice, typedArrayBuffer, typedArrayLength, typedArraySet } from './primordials.ts';

const LENGTH_BYTES = 4;
/** Of the longest hash; no cipher adds more to its data. */
const MOST_MORE_BYTES = 64;

/**
 * `code` as abi.ts's CRYPTO says, then the fields it wants, the data last. Undefined when the input is not
 * what it should be (a ciphertext whose tag is wrong). How long a result may be is reckoned here: who calls
 * is evaluated late, and a guest may have changed by then what it calls itself.
 */
export function cryptoCall(code: readonly number[], fields: readonly Uint8Array[]): ArrayBuffer | undefined {
  let length = code.length;
  for (let index = 0; index < fields.length; index += 1)
    length += LENGTH_BYTES + typedArrayLength(fields[index] as Uint8Array);
  const input = new Uint8Array(length);
  for (let index = 0; index < code.length; index += 1) input[index] = code[index] as number;
  let at = code.length;
  let lastSize = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as Uint8Array;
    const size = typedArrayLength(field);
    for (let byte = 0; byte < LENGTH_BYTES; byte += 1) input[at + byte] = (size >>> (8 * byte)) & 0xff;
    typedArraySet(input, field, at + LENGTH_BYTES);
    at += LENGTH_BYTES + size;
    lastSize = size;
  }
  const mostBytes = ((input[0] as number) >= CRYPTO.gcm ? lastSize : 0) + MOST_MORE_BYTES;
  const output = new ArrayBuffer(mostBytes);
  const made = requireResult<number>(
    hypercall(HYPERCALL.crypto, typedArrayBuffer(input), length, output, mostBytes),
  );
  return made < 0 ? undefined : arrayBufferSlice(output, 0, made);
}
