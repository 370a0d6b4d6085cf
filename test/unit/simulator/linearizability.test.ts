/** The checker of histories, on histories of which it is known what they are. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLinearizability, type TimedOperation } from '../../../src/simulator/check/linearizability.ts';

/**
 * `+5=5 0..10`: adds 5, hears 5, called at 0, returned at 10. `=5` reads. `+5=?` never
 * hears, `+5=!` hears that it is done.
 */
function history(...lines: readonly string[]): readonly TimedOperation[] {
  return lines.map((line) => {
    const [, account = 'a', adds = '0', result = '', called = '', returned = ''] =
      /^(?:(\w+):)?(?:\+(\d+))?=(\d+|\?|!) (\d+)\.\.(\d*)$/.exec(line) ?? [];
    return {
      name: line,
      partition: account,
      adds: Number(adds),
      result: result === '?' ? null : result === '!' ? 'untold' : Number(result),
      calledMs: Number(called),
      returnedMs: returned === '' ? Number.POSITIVE_INFINITY : Number(returned),
    };
  });
}

test.each([
  ['nothing happened', []],
  ['one after the other', ['+5=5 0..1', '+3=8 2..3', '=8 4..5']],
  ['a read during an addition sees it before its reply', ['+5=5 0..10', '=5 2..3']],
  ['or does not see it yet', ['+5=5 0..10', '=0 2..3']],
  ['two at once in the order that explains both', ['+5=8 0..10', '+3=3 0..10']],
  ['one whose reply was lost took effect', ['+5=? 0..', '=5 10..11']],
  ['one whose reply was lost did not', ['+5=? 0..', '=0 10..11', '=0 12..13']],
  ['one whose reply was lost takes effect much later', ['+5=? 0..', '=0 10..11', '=5 12..13']],
  ['one that is said to be done took effect before that', ['+5=! 0..10', '=0 2..3', '=5 11..12']],
  ['accounts do not concern each other', ['a:+5=5 0..1', 'b:=0 2..3']],
])('linearizable: %s', (_, lines) => {
  expect(checkLinearizability(history(...lines))).toBeNull();
});

test.each([
  ['a read after an addition does not see it', ['+5=5 0..1', '=0 2..3']],
  ['an addition counts twice', ['+5=10 0..1']],
  ['one that is said to be done counts twice', ['+5=! 0..1', '=10 2..3']],
  ['one that is said to be done has no effect', ['+5=! 0..1', '=0 2..3']],
  ['reads go back in time', ['+5=5 0..10', '=5 2..3', '=0 4..5']],
  ['two clients hear the same sum', ['+5=5 0..10', '+5=5 0..10']],
  ['an addition whose reply was lost is seen and forgotten', ['+5=? 0..', '=5 10..11', '=0 12..13']],
  ['it takes effect before it is called', ['=5 0..1', '+5=? 2..']],
  ['in one account of two', ['a:+5=5 0..1', 'b:+1=2 0..1']],
])('not linearizable: %s', (_, lines) => {
  expect(checkLinearizability(history(...lines))).not.toBeNull();
});

test('what one account really did is always explained, and a wrong sum at its end never', () => {
  const moment = fc.record({
    adds: fc.integer({ min: 0, max: 9 }),
    beforeMs: fc.nat(30),
    afterMs: fc.nat(30),
    isHeard: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 12 }), (moments) => {
      let value = 0;
      const operations = moments.map(({ adds, beforeMs, afterMs, isHeard }, index) => {
        value += adds;
        const atMs = 10 * index;
        return {
          name: String(index),
          partition: 'a',
          adds,
          result: isHeard ? value : null,
          calledMs: atMs - beforeMs,
          returnedMs: isHeard ? atMs + afterMs : Number.POSITIVE_INFINITY,
        };
      });
      expect(checkLinearizability(operations)).toBeNull();
      const end = {
        name: 'end',
        partition: 'a',
        adds: 0,
        result: value + 100,
        calledMs: 1_000,
        returnedMs: 1_001,
      };
      expect(checkLinearizability([...operations, end])).not.toBeNull();
    }),
  );
});
