import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../../src/base/assert.ts';
import { limits } from '../../../src/base/limits.ts';
import { createRing, type RingMessage, RingReader, RingWriter } from '../../../src/host/vcpu/ring.ts';
import { UnreadMessages } from '../../../src/host/vcpu/unread-messages.ts';

/** A ring whose byte counters begin anywhere, so that their own wrap-around at 2^32 is met, too. */
function ringFrom(capacityBytes: number, counter: number): { writer: RingWriter; reader: RingReader } {
  const shared = createRing(capacityBytes);
  const control = new Int32Array(shared, 0, 64);
  control[0] = counter;
  control[16] = counter;
  return { writer: new RingWriter(shared), reader: new RingReader(shared) };
}

const message = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  first: fc.double({ noNaN: true }),
  second: fc.maxSafeInteger(),
  chunks: fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 3 }),
});
const steps = fc.array(fc.oneof(message, fc.constant('read' as const), fc.constant('drain' as const)), {
  maxLength: 200,
});
const counter = fc.integer({ min: -(2 ** 28), max: 2 ** 28 }).map((eighths) => (eighths * 8) | 0);

test('messages that wait in the ring are bounded by their number, wherever its counters wrap around', () => {
  const most = limits.socketMessagesInRing;
  for (const start of [0, -(2 ** 31), 2 ** 31 - 64, -64]) {
    const { writer, reader } = ringFrom(2 ** 20, start);
    const unread = new UnreadMessages(writer);
    const write = (): void => {
      expect(writer.tryWrite(1, 0, 0, Buffer.alloc(8))).toBe(true);
      unread.written();
    };
    for (let count = 0; count < most; count += 1) {
      expect(unread.hasRoom).toBe(true);
      write();
    }
    expect(unread.hasRoom).toBe(false);
    reader.drain(() => {}, 3);
    for (let count = 0; count < 3; count += 1) {
      expect(unread.hasRoom).toBe(true);
      write();
    }
    expect(unread.hasRoom).toBe(false);
  }
});

describe('ring', () => {
  test('what is read is what was written, in order, wherever messages wrap around', () => {
    fc.assert(
      fc.property(steps, counter, (todo, start) => {
        const { writer, reader } = ringFrom(512, start);
        const expected: RingMessage[] = [];
        const check = (actual: RingMessage): void => {
          const { bytes, ...head } = actual;
          const { bytes: wanted, ...wantedHead } = expected.shift()!;
          expect(head).toEqual(wantedHead);
          expect(Buffer.compare(bytes, wanted)).toBe(0);
        };
        for (const step of todo) {
          if (step === 'read') {
            expect(reader.hasMessage).toBe(expected.length > 0);
            const actual = reader.read(0);
            expect(actual === undefined).toBe(expected.length === 0);
            if (actual !== undefined) check(actual);
          } else if (step === 'drain') {
            reader.drain((kind, first, second, bytes) => check({ kind, first, second, bytes }), 3);
          } else if (writer.tryWrite(step.kind, step.first, step.second, ...step.chunks)) {
            const { kind, first, second } = step;
            expected.push({ kind, first, second, bytes: Buffer.concat(step.chunks) });
          }
        }
        reader.drain((kind, first, second, bytes) => check({ kind, first, second, bytes }), 1_000);
        expect(expected).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('a large message is copied whole, wherever it wraps around, and nothing beside it', () => {
    const sizes = fc.array(fc.integer({ min: 8_000, max: 30_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, counter, (lengths, start) => {
        const { writer, reader } = ringFrom(65_536, start);
        for (const [index, length] of lengths.entries()) {
          const large = Buffer.alloc(length, `${index} of ${length}, `);
          const small = Buffer.from([index]);
          expect(writer.tryWrite(1, 0, 0, small, large, small)).toBe(true);
          expect(writer.tryWrite(2, 0, 0, small)).toBe(true);
          expect(Buffer.concat([small, large, small]).equals(reader.read(0)!.bytes)).toBe(true);
          expect(reader.read(0)!.bytes).toEqual(small);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a full ring refuses and keeps what it has; room that was read is room again', () => {
    const { writer, reader } = ringFrom(64, 0);
    expect(writer.tryWrite(1, 0, 0, new Uint8Array(8))).toBe(true);
    expect(writer.tryWrite(2, 0, 0, new Uint8Array(8))).toBe(true);
    expect(writer.tryWrite(3, 0, 0)).toBe(false);
    expect(reader.read(0)?.kind).toBe(1);
    expect(writer.tryWrite(3, 0, 0)).toBe(true);
    expect([reader.read(0)?.kind, reader.read(0)?.kind, reader.read(0)]).toEqual([2, 3, undefined]);
  });

  test('a message of exactly the ring size fits, one byte more is refused as a bug (I10)', () => {
    const { writer, reader } = ringFrom(1024, 504);
    const largest = new Uint8Array(1000).map((_, index) => index);
    expect(writer.tryWrite(1, 0, 0, largest)).toBe(true);
    expect(reader.read(0)?.bytes).toEqual(Buffer.from(largest));
    expect(() => writer.tryWrite(1, 0, 0, largest, new Uint8Array(1))).toThrow(InvariantViolation);
    expect(() => writer.tryWrite(1, 0, 0, largest, new Uint8Array(1))).toThrow(/^I10: /);
  });

  test('a ring whose size is no power of two is refused', () => {
    expect(() => createRing(1000)).toThrow(/power of two/);
  });

  test('bytes that were read are not shared with the ring', () => {
    const { writer, reader } = ringFrom(64, 0);
    for (const length of [8, 24]) {
      writer.tryWrite(1, 0, 0, new Uint8Array(length).fill(1));
      const bytes = reader.read(0)!.bytes;
      writer.tryWrite(1, 0, 0, new Uint8Array(length).fill(2));
      reader.read(0);
      expect(bytes).toEqual(Buffer.alloc(length, 1));
      expect(bytes.buffer).toBeInstanceOf(ArrayBuffer);
    }
  });

  test('a read of an empty ring ends at its timeout', () => {
    const { reader } = ringFrom(64, 0);
    const begin = performance.now();
    expect(reader.read(20)).toBeUndefined();
    expect(performance.now() - begin).toBeGreaterThanOrEqual(20);
  });

  test('a reader that wants so many bytes gets the message that makes them full, and none behind it', () => {
    const { writer, reader } = ringFrom(1024, 0);
    for (const kind of [1, 2, 3, 4, 5]) writer.tryWrite(kind, 0, 0, new Uint8Array(100));
    const taken: number[] = [];
    const drain = (maxBytes: number): number => reader.drain((kind) => taken.push(kind), 10, maxBytes);
    expect(drain(1)).toBe(1);
    expect(drain(200)).toBe(2);
    expect(drain(1_000)).toBe(2);
    expect(taken).toEqual([1, 2, 3, 4, 5]);
  });

  test('a handler that throws has taken its message, and only that', () => {
    const { writer, reader } = ringFrom(256, 0);
    writer.tryWrite(1, 0, 0);
    writer.tryWrite(2, 0, 0);
    expect(() =>
      reader.drain(() => {
        throw new Error('stop');
      }, 10),
    ).toThrow('stop');
    expect(reader.read(0)?.kind).toBe(2);
  });
});
