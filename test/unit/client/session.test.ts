/**
 * The numbers of a session: whatever is asked, answered and given up, in any order, the machine is told the
 * truth.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClientSession, type Place } from '../../../src/client/session.ts';

const SLOTS = 3;

type Deed =
  | { readonly kind: 'ask' }
  /** The nth of those that wait for a place is given up. */
  | { readonly kind: 'abort'; readonly nth: number }
  /** The nth of those that have one is over. */
  | { readonly kind: 'end'; readonly nth: number; readonly hasReply: boolean }
  /** A request leaves with acknowledgements; `isHeard`: it is answered. */
  | { readonly kind: 'send'; readonly isHeard: boolean };

const nth = fc.nat({ max: 8 });
const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof(
    fc.constant({ kind: 'ask' } as const),
    fc.record({ kind: fc.constant('abort' as const), nth }),
    fc.record({ kind: fc.constant('end' as const), nth, hasReply: fc.boolean() }),
    fc.record({ kind: fc.constant('send' as const), isHeard: fc.boolean() }),
  ),
  { maxLength: 60 },
);

const keyOf = ({ slot, number }: Place): string => `${slot}.${number}`;
/** Until all that was resolved is known. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a place is one request at a time, numbers only grow, nobody waits beside a free place, and only replies are acknowledged', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (all) => {
      const session = new ClientSession('s', SLOTS);
      const waiting: AbortController[] = [];
      const held: Place[] = [];
      const numbers = Array.from({ length: SLOTS }, () => 0);
      const replied = new Set<string>();
      const ask = (): void => {
        const controller = new AbortController();
        waiting.push(controller);
        session.take(controller.signal).then(
          (place) => {
            waiting.splice(waiting.indexOf(controller), 1);
            expect(held.map(({ slot }) => slot)).not.toContain(place.slot);
            expect(place.number).toBeGreaterThan(numbers[place.slot] ?? 0);
            numbers[place.slot] = place.number;
            held.push(place);
          },
          () => waiting.splice(waiting.indexOf(controller), 1),
        );
      };
      const end = (place: Place, hasReply: boolean): void => {
        held.splice(held.indexOf(place), 1);
        if (hasReply) replied.add(keyOf(place));
        session.giveBack(place, hasReply);
      };
      const perform: { readonly [Kind in Deed['kind']]: (deed: Extract<Deed, { kind: Kind }>) => void } = {
        ask,
        abort: ({ nth: at }) => waiting[at % waiting.length]?.abort(new Error('given up')),
        end: ({ nth: at, hasReply }) => {
          const place = held[at % held.length];
          if (place !== undefined) end(place, hasReply);
        },
        send: ({ isHeard }) => {
          const { header, heard } = session.acknowledgements();
          for (const key of header?.split(', ') ?? []) expect(replied).toContain(key);
          if (isHeard) heard();
        },
      };
      for (const deed of all) {
        (perform[deed.kind] as (deed: Deed) => void)(deed);
        await settled();
        expect(held.length === SLOTS || waiting.length === 0).toBe(true);
      }
      while (held[0] !== undefined) {
        end(held[0], true);
        await settled();
      }
      expect(waiting).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
