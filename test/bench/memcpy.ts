/** One copy of so much memory, between buffers that are kept: the yardstick for a clone. */
import { median } from './figures.ts';

const COPIES = 9;

/**
 * Returns what tells the median of a few copies, made now: what a copy costs
 * when nobody interrupts it. Milliseconds.
 */
export function memcpyOf(sizeBytes: number): () => number {
  const source = Buffer.alloc(sizeBytes, 1);
  const target = Buffer.alloc(sizeBytes, 2);
  return () =>
    median(
      Array.from({ length: COPIES }, () => {
        const startedMs = performance.now();
        target.set(source);
        return performance.now() - startedMs;
      }),
    );
}
