/** `crypto`: random bytes of the host's generator. Each read is logged, so a backup's guest gets the same ones. */
import { HYPERCALL } from './abi.ts';
import { DOMException } from './dom-exception.ts';
import { hypercall } from './host.ts';
import { limits } from './limits.ts';
import {
  bareArray,
  numberToString,
  SafeSet,
  stringPadStart,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayName,
  typedArraySet,
} from './primordials.ts';

const UUID_BYTES = 16;
const HEXADECIMAL: string[] = bareArray();
for (let byte = 0; byte < 256; byte += 1)
  HEXADECIMAL[byte] = stringPadStart(numberToString(byte, 16), 2, '0');
const INTEGER_ARRAYS = new SafeSet<string | undefined>();
INTEGER_ARRAYS.add('Int8Array');
INTEGER_ARRAYS.add('Uint8Array');
INTEGER_ARRAYS.add('Uint8ClampedArray');
INTEGER_ARRAYS.add('Int16Array');
INTEGER_ARRAYS.add('Uint16Array');
INTEGER_ARRAYS.add('Int32Array');
INTEGER_ARRAYS.add('Uint32Array');
INTEGER_ARRAYS.add('BigInt64Array');
INTEGER_ARRAYS.add('BigUint64Array');

export class Crypto {
  getRandomValues(array: unknown): unknown {
    if (typeof array !== 'object' || array === null || !INTEGER_ARRAYS.has(typedArrayName(array))) {
      throw new DOMException('getRandomValues fills integer arrays', 'TypeMismatchError');
    }
    const length = typedArrayByteLength(array);
    if (length > limits.randomBytes) {
      throw new DOMException(`One call fills at most ${limits.randomBytes} bytes`, 'QuotaExceededError');
    }
    if (length === 0) return array;
    // By way of a buffer of our own: the guest's may be shared or resizable.
    const bytes = randomBytes(length);
    typedArraySet(new Uint8Array(typedArrayBuffer(array), typedArrayByteOffset(array), length), bytes);
    return array;
  }

  randomUUID(): string {
    const bytes = randomBytes(UUID_BYTES);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    const four = hexadecimal(bytes, 0) + hexadecimal(bytes, 2);
    const rest = hexadecimal(bytes, 10) + hexadecimal(bytes, 12) + hexadecimal(bytes, 14);
    return `${four}-${hexadecimal(bytes, 4)}-${hexadecimal(bytes, 6)}-${hexadecimal(bytes, 8)}-${rest}`;
  }
}

/** Two bytes, as four digits. */
function hexadecimal(bytes: Uint8Array, at: number): string {
  return (HEXADECIMAL[bytes[at] as number] as string) + HEXADECIMAL[bytes[at + 1] as number];
}

function randomBytes(length: number): Uint8Array {
  const buffer = new ArrayBuffer(length);
  hypercall(HYPERCALL.entropy, buffer, 0, length);
  return new Uint8Array(buffer);
}
