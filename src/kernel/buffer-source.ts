/** What Web IDL calls a BufferSource: bytes in a buffer or behind a view of one. */
import {
  ArrayBufferIsView,
  arrayBufferByteLength,
  arrayBufferSlice,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayName,
  typedArraySet,
} from './primordials.ts';

/** A copy of the bytes of a buffer or a view; undefined for everything else. */
export function copyOfBytes(value: unknown): ArrayBuffer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (ArrayBufferIsView(value)) {
    const isTyped = typedArrayName(value) !== undefined;
    const buffer = isTyped ? typedArrayBuffer(value) : dataViewBuffer(value);
    const start = isTyped ? typedArrayByteOffset(value) : dataViewByteOffset(value);
    const length = isTyped ? typedArrayByteLength(value) : dataViewByteLength(value);
    return copyRange(buffer, start, length);
  }
  try {
    return arrayBufferSlice(value as ArrayBuffer, 0, arrayBufferByteLength(value));
  } catch {
    return undefined;
  }
}

function copyRange(buffer: ArrayBuffer, start: number, length: number): ArrayBuffer {
  const copy = new Uint8Array(length);
  typedArraySet(copy, new Uint8Array(buffer, start, length));
  return typedArrayBuffer(copy);
}
