/**
 * The log since the kept checkpoint: every batch comes out as it went in,
 * from any border on, and the bound holds.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../../src/base/assert.ts';
import { epoch, POSITION_ZERO, position } from '../../../src/base/brands.ts';
import { type Batch, formBatch, headAfter, type LogHead, lastPosition } from '../../../src/log/batch.ts';
import { CHAIN_START } from '../../../src/log/chain.ts';
import { JoinLog } from '../../../src/log/join-log.ts';

const START: LogHead = { position: POSITION_ZERO, chain: CHAIN_START };
const AMPLE_BYTES = 2 ** 30;

/** One batch of so many entries and bytes after the other, each third one in a new epoch. */
function batches(sizes: readonly (readonly [entries: number, bytes: number])[]): readonly Batch[] {
  let head = START;
  return sizes.map(([entries, bytes], index) => {
    const at = epoch(1 + Math.floor(index / 3));
    const batch = formBatch(head, at, entries, Buffer.alloc(bytes, `${index} `));
    head = headAfter(batch);
    return batch;
  });
}

function all(log: JoinLog, after = log.floor): Batch[] {
  const found: Batch[] = [];
  for (let batch = log.next(after); batch !== null; batch = log.next(lastPosition(batch))) {
    found.push(batch);
  }
  return found;
}

/** Bytes as a text: comparing buffers byte by byte takes minutes. */
const shown = (found: readonly Batch[]): object[] =>
  found.map(({ bytes, ...rest }) => ({ ...rest, text: Buffer.from(bytes).toString('latin1') }));

const sizes = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.oneof(fc.integer({ min: 1, max: 90 }), fc.constant(70_000))),
  { maxLength: 40 },
);

describe('the join log', () => {
  test('gives back what it was given, batch by batch, from any border on, also after a cut', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (wanted, from, through) => {
        const given = batches(wanted);
        const log = new JoinLog(START, AMPLE_BYTES);
        for (const batch of given) log.append(batch);
        expect(shown(all(log))).toEqual(shown(given));
        if (given.length === 0) return;
        const border = lastPosition(given[through % given.length]!);
        const rest = given.filter((batch) => batch.firstPosition > border);
        expect(shown(all(log, border))).toEqual(shown(rest));
        expect(log.countAfter(border)).toBe(rest.length);
        log.cut(border);
        expect(log.floor).toBe(border);
        expect(shown(all(log))).toEqual(shown(rest));
        const another = rest[from % Math.max(1, rest.length)];
        if (another !== undefined) expect(log.headAt(lastPosition(another))).toEqual(headAfter(another));
      }),
      { numRuns: 60 },
    );
  });

  test('knows no head inside a batch, before its floor or behind its end', () => {
    const log = new JoinLog(START, AMPLE_BYTES);
    for (const batch of batches([
      [3, 3],
      [2, 2],
      [4, 4],
    ]))
      log.append(batch);
    log.cut(position(3));
    expect([0, 1, 4, 7, 10].map((at) => log.headAt(position(at)))).toEqual([null, null, null, null, null]);
    log.cut(position(4));
    expect(log.floor).toBe(3);
  });

  test('beyond its bound it begins anew where it ends, and goes on', () => {
    const given = batches(Array.from({ length: 10 }, () => [1, 100] as const));
    const log = new JoinLog(START, 500);
    for (const batch of given) log.append(batch);
    expect(log.bytes).toBeLessThanOrEqual(500);
    expect(log.floor).toBeGreaterThan(0);
    expect(shown(all(log))).toEqual(shown(given.filter((batch) => batch.firstPosition > log.floor)));
    expect(log.headAt(log.end)).toEqual(headAfter(given.at(-1)!));
  });

  test('ten minutes of a turn that logs a mark every five milliseconds stay far below the bound of a host', () => {
    const log = new JoinLog(START, AMPLE_BYTES);
    let head = START;
    for (let index = 0; index < 120_000; index += 1) {
      const batch: Batch = {
        ...formBatch(START, epoch(1), 1, Buffer.alloc(7)),
        firstPosition: position(head.position + 1),
      };
      head = headAfter(batch);
      log.append(batch);
    }
    expect(log.bytes).toBeLessThan(16 * 2 ** 20);
  });

  test('given a gap, it stops the host', () => {
    const [first, , third] = batches([
      [3, 3],
      [2, 2],
      [4, 4],
    ]);
    const log = new JoinLog(START, AMPLE_BYTES);
    log.append(first!);
    expect(() => log.append(third!)).toThrow(InvariantViolation);
  });
});
