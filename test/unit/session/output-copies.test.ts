/** What a backup keeps of its outputs (FT §2.2): all that may have to leave again, and nothing else. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutputKind } from '../../../src/machine/traps.ts';
import { OutputCopies } from '../../../src/session/output-copies.ts';

const kinds: readonly OutputKind[] = ['response', 'console', 'chunk', 'end'];
const isForConsole = (kind: OutputKind): boolean => kind === 'console' || kind === 'end';

test('whatever has not arrived is there in its order when it is wanted, however outputs and word of their arrival are mixed', () => {
  const made = fc.record({ what: fc.constant('made' as const), kind: fc.constantFrom(...kinds) });
  const arrived = fc.record({
    what: fc.constant('arrived' as const),
    released: fc.nat(12),
    printed: fc.nat(12),
  });
  const wanted = fc.record({ what: fc.constant('wanted' as const) });
  fc.assert(
    fc.property(fc.array(fc.oneof(made, arrived, wanted), { maxLength: 60 }), (steps) => {
      const copies = new OutputCopies<{ ordinal: number; kind: OutputKind }>();
      let released = 0;
      let printed = 0;
      let ordinal = 0;
      let kept: { ordinal: number; kind: OutputKind }[] = [];
      const hasArrived = (copy: { ordinal: number; kind: OutputKind }): boolean =>
        copy.ordinal <= (isForConsole(copy.kind) ? printed : released);
      for (const step of steps) {
        if (step.what === 'made') {
          ordinal += 1;
          copies.keep({ ordinal, kind: step.kind });
          kept.push({ ordinal, kind: step.kind });
        } else if (step.what === 'arrived') {
          // A primary is often ahead of what its backup has executed.
          released += step.released;
          printed += step.printed;
          copies.forget({ released, printed });
        } else {
          expect(copies.takeAll()).toEqual(kept.filter((copy) => !hasArrived(copy)));
          kept = [];
        }
        expect(copies.count).toBe(kept.filter((copy) => !hasArrived(copy)).length);
      }
    }),
  );
});
