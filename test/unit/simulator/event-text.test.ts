/** What a simulated reader makes of a stream of events, however it is cut. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventText } from '../../../src/simulator/check/event-text.ts';

const read = (
  text: EventText,
  pieces: readonly string[],
): (readonly [string | undefined, string, string])[] =>
  pieces.flatMap((piece) =>
    [...text.push(piece)].map(({ type, data }) => [text.lastEventId, type, data] as const),
  );

const STREAM =
  'retry: 500\nid: 6\n\n: still here\n\nid: 7\nevent: post\ndata: {"a":1}\n\nid: 8\ndata: x\ndata: y\n\n';

test('events are the same wherever their stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
      const places = [0, ...cuts.sort((one, other) => one - other), STREAM.length];
      const pieces = places.slice(1).map((end, index) => STREAM.slice(places[index], end));
      expect(read(new EventText(undefined), pieces).map(([, type, data]) => [type, data])).toEqual([
        ['post', '{"a":1}'],
        ['message', 'x\ny'],
      ]);
    }),
  );
});

test('an id without data is noted, and one of an event that was cut off is not', () => {
  const text = new EventText('3');
  expect(read(text, ['id: 6\n\n'])).toEqual([]);
  expect(text.lastEventId).toBe('6');
  expect(read(text, ['id: 7\ndata: x'])).toEqual([]);
  expect(text.lastEventId).toBe('6');
});
