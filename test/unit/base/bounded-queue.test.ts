/** No queue grows without bound (I10), and none loses or reorders what it took. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedQueue } from '../../../src/base/bounded-queue.ts';

describe('bounded queue', () => {
  it('gives back in order exactly what it took, and never holds more than its limit', () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(null)), { maxLength: 400 });
    fc.assert(
      fc.property(steps, (moves) => {
        const queue = new BoundedQueue<{ readonly size: number; readonly id: number }>(
          100,
          ({ size }) => size,
        );
        const model: { size: number; id: number }[] = [];
        for (const [id, move] of moves.entries()) {
          const total = model.reduce((sum, { size }) => sum + size, 0);
          if (move === null) expect(queue.shift()).toEqual(model.shift());
          else if (queue.push({ size: move, id })) model.push({ size: move, id });
          else expect(total + move).toBeGreaterThan(100);
          expect(queue.total).toBe(model.reduce((sum, { size }) => sum + size, 0));
          expect(queue.total).toBeLessThanOrEqual(100);
          expect(queue.length).toBe(model.length);
          expect(queue.peek()).toEqual(model[0]);
        }
      }),
    );
  });
});
