/**
 * `crypto`: random bytes. The host's generator seeds, by a logged read, a pool in the machine's memory; so a
 * backup's guest draws the same ones, and an identifier costs the log no bytes of its own.
 */
import { HYPERCALL } from './abi.ts';
import { DOMException } from './dom-exception.ts';
import { hypercall } from './host.ts';
import subtleName from './lazy/subtle.part';
import { lazily } from './lazy.ts';
import { limits } from './limits.ts';
import {
  arrayBufferByteLength,
  arrayBufferSlice,
  bareArray,
  numberToString,
  SafeSet,
  stringPadStart,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayFill,
  typedArrayName,
  typedArraySet,
} from './primordials.ts';

/** Lazy: few guests sign anything. */
export const subtlePart = lazily<Readonly<Record<string, unknown>>>(subtleName);
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

  get subtle(): unknown {
    return subtlePart()['subtle'];
  }

  randomUUID(): string {
    const start = takeFromPool(UUID_BYTES);
    pooled[start + 6] = ((pooled[start + 6] as number) & 0x0f) | 0x40;
    pooled[start + 8] = ((pooled[start + 8] as number) & 0x3f) | 0x80;
    const four = hexadecimal(pooled, start) + hexadecimal(pooled, start + 2);
    const rest = hexadecimal(pooled, start + 10) + hexadecimal(pooled, start + 12);
    const middle = `${hexadecimal(pooled, start + 4)}-${hexadecimal(pooled, start + 6)}-${hexadecimal(pooled, start + 8)}`;
    const text = `${four}-${middle}-${rest}${hexadecimal(pooled, start + 14)}`;
    typedArrayFill(pooled, 0, start, next);
    return text;
  }
}

/** So many random bytes, an even number, as digits. */
export function randomHex(length: number): string {
  const bytes = randomBytes(length);
  let text = '';
  for (let index = 0; index < length; index += 2) text += hexadecimal(bytes, index);
  return text;
}

/** Two bytes, as four digits. */
function hexadecimal(bytes: Uint8Array, at: number): string {
  return (HEXADECIMAL[bytes[at] as number] as string) + HEXADECIMAL[bytes[at + 1] as number];
}

const pool = new ArrayBuffer(limits.randomPoolBytes);
const pooled = new Uint8Array(pool);
/** Where the bytes begin that nobody has got yet. */
let next = limits.randomPoolBytes;

/** Whoever goes live draws from a seed of its own: what the dead host knew says nothing about it. */
export function forgetRandomPool(): void {
  typedArrayFill(pooled, 0);
  next = limits.randomPoolBytes;
}

/**
 * Bytes that nobody gets twice: they count as given before they are copied,
 * and leave nothing behind in the pool.
 */
export function randomBytes(length: number): Uint8Array {
  const buffer = new ArrayBuffer(length);
  // `length` may be a guest's, by way of a part that is evaluated late: what the buffer says is a number.
  const size = arrayBufferByteLength(buffer);
  if (size >= limits.randomPoolBytes) {
    hypercall(HYPERCALL.entropy, buffer, 0, size);
    return new Uint8Array(buffer);
  }
  const start = takeFromPool(size);
  const bytes = new Uint8Array(arrayBufferSlice(pool, start, next));
  typedArrayFill(pooled, 0, start, next);
  return bytes;
}

/** Where the next bytes lie, up to `next`: the caller wipes them out. */
function takeFromPool(length: number): number {
  if (next + length > limits.randomPoolBytes) {
    next = limits.randomPoolBytes;
    hypercall(HYPERCALL.entropy, pool, 0, limits.randomPoolBytes);
    next = 0;
  }
  const start = next;
  next += length;
  return start;
}
