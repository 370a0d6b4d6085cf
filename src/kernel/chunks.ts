/** Pieces of a body that wait in the machine to be taken in, oldest first. */
import { enter, leave } from './host.ts';

/** Takes out the oldest piece; a kill never falls half-way. */
export function takeChunk(chunks: Uint8Array[]): Uint8Array | undefined {
  if (chunks.length === 0) return undefined;
  const before = enter();
  try {
    const chunk = chunks[0] as Uint8Array;
    for (let index = 1; index < chunks.length; index += 1) chunks[index - 1] = chunks[index] as Uint8Array;
    chunks.length -= 1;
    return chunk;
  } finally {
    leave(before);
  }
}
