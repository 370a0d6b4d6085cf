/** Batches, their running hash, and the buffer of what somebody still needs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../../src/base/assert.ts';
import { epoch, POSITION_ZERO, position } from '../../../src/base/brands.ts';
import { blake3 } from '../../../src/base/digest.ts';
import { type Batch, formBatch, headAfter, type LogHead, lastPosition } from '../../../src/log/batch.ts';
import {
  CHAIN_START,
  chainTagFromBytes,
  chainTagOf,
  chainTagToBytes,
  nextChain,
} from '../../../src/log/chain.ts';
import { LogBuffer } from '../../../src/log/log-buffer.ts';

const START: LogHead = { position: POSITION_ZERO, chain: CHAIN_START };

function batches(...sizes: readonly number[]): readonly Batch[] {
  let head = START;
  return sizes.map((size) => {
    const batch = formBatch(head, epoch(1), size, Buffer.alloc(size, 'x'));
    head = headAfter(batch);
    return batch;
  });
}

describe('the running hash', () => {
  test('is BLAKE3 over the previous one, epoch, first position and bytes', () => {
    const numbers = Buffer.from('00000000000000020000000000000007', 'hex');
    const expected = blake3(Buffer.from(CHAIN_START, 'hex'), numbers, 'entries');
    expect(nextChain(CHAIN_START, epoch(2), position(7), Buffer.from('entries'))).toBe(expected);
  });

  test('differs when a byte, the epoch, the position or the history differs', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bytes, fc.nat(), (entries, at) => {
        const chain = nextChain(CHAIN_START, epoch(1), position(at), entries);
        const flipped = entries.map((byte, index) => (index === 0 ? byte ^ 1 : byte));
        expect(nextChain(CHAIN_START, epoch(1), position(at), flipped)).not.toBe(chain);
        expect(nextChain(CHAIN_START, epoch(2), position(at), entries)).not.toBe(chain);
        expect(nextChain(CHAIN_START, epoch(1), position(at + 1), entries)).not.toBe(chain);
        expect(nextChain(chain, epoch(1), position(at), entries)).not.toBe(chain);
      }),
    );
  });

  test('travels as its first eight bytes', () => {
    const tag = chainTagOf(CHAIN_START);
    expect(chainTagToBytes(tag)).toHaveLength(8);
    expect(chainTagFromBytes(chainTagToBytes(tag))).toBe(tag);
    expect(CHAIN_START.startsWith(tag)).toBe(true);
  });
});

describe('a batch', () => {
  test('follows the head and becomes the head', () => {
    const [first, second] = batches(3, 2);
    expect(first?.firstPosition).toBe(1);
    expect(second?.firstPosition).toBe(4);
    expect(second && lastPosition(second)).toBe(5);
  });
});

describe('the log buffer', () => {
  test('keeps what was not cut, whole batches only', () => {
    const buffer = new LogBuffer(POSITION_ZERO);
    for (const batch of batches(3, 2, 4)) buffer.append(batch);
    expect([buffer.bytes, buffer.end]).toEqual([9, 9]);
    buffer.cut(position(4));
    expect([buffer.bytes, buffer.floor]).toEqual([6, 3]);
    buffer.cut(position(9));
    expect([buffer.bytes, buffer.floor, buffer.end]).toEqual([0, 9, 9]);
  });

  test('given a gap, it stops the host', () => {
    const [first, , third] = batches(3, 2, 4);
    const buffer = new LogBuffer(POSITION_ZERO);
    buffer.append(first!);
    expect(() => buffer.append(third!)).toThrow(InvariantViolation);
  });
});
