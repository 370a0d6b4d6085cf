/**
 * The codecs: what goes in comes out, what is not ours is refused by name, and
 * nothing a peer sends makes them throw.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epoch, position } from '../../../src/base/brands.ts';
import { limits } from '../../../src/base/limits.ts';
import { CHAIN_START, chainTagOf } from '../../../src/log/chain.ts';
import type { LogEntry } from '../../../src/log/entry.ts';
import { countEntries, decodeEntries, encodeEntry, encodeEntryInPieces } from '../../../src/wire/entries.ts';
import {
  decodeFrame,
  decodeFramePieces,
  encodeFrame,
  encodeFrameInPieces,
} from '../../../src/wire/frames.ts';
import type { Result } from '../../../src/wire/result.ts';
import { anyEntry, anyFrame } from './arbitraries.ts';

const root = new URL('../../..', import.meta.url).pathname;
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);

describe('log entries', () => {
  test('any sequence of entries survives the wire', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 20 }), (entries) => {
        const bytes = Buffer.concat(entries.map(encodeEntry));
        expect(decodeEntries(bytes)).toEqual({ ok: true, value: entries });
        expect(countEntries(bytes)).toEqual({ ok: true, value: entries.length });
      }),
    );
  });

  test('an entry in pieces is the entry in one, and a large payload is its own piece', () => {
    const large = fc.record({
      kind: fc.constant('interrupt' as const),
      advanceMs: fc.oneof(fc.constant(0), fc.nat(1e9)),
      payload: fc.integer({ min: 65_000, max: 300_000 }).map((length) => new Uint8Array(length).fill(length)),
    });
    fc.assert(
      fc.property(fc.oneof(anyEntry, large), (entry) => {
        const pieces = encodeEntryInPieces(entry);
        expect(Buffer.compare(Buffer.concat(pieces), encodeEntry(entry))).toBe(0);
        if (entry.kind === 'interrupt' && entry.payload.length > 70_000)
          expect(pieces.at(-1)).toBe(entry.payload);
      }),
      { numRuns: 60 },
    );
  });

  test('whatever decodes is in the one encoding that there is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const decoded = decodeEntries(bytes);
        if (!decoded.ok) return;
        expect(Buffer.concat(decoded.value.map(encodeEntry))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  test('random bytes, and batches with flipped bits or a missing end, never throw', () => {
    const damaged = fc.tuple(
      fc.array(anyEntry, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.nat(7),
      fc.boolean(),
    );
    fc.assert(
      fc.property(damaged, ([entries, where, bit, cut]) => {
        const bytes = Buffer.concat(entries.map(encodeEntry));
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        decodeEntries(cut ? bytes.subarray(0, at) : bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[string, LogEntry, number]>([
    ['a clock read costs 2 bytes', { kind: 'clock', advanceMs: 0, reads: 1 }, 2],
    [
      '16 seconds later, read 100 times: 6 bytes at most',
      { kind: 'clock', advanceMs: 16_000, reads: 100 },
      6,
    ],
    [
      'an interrupt of 100 bytes costs 4 more',
      { kind: 'interrupt', advanceMs: 5, payload: new Uint8Array(100) },
      104,
    ],
    [
      'an interrupt of 16,000 bytes after 10 s costs 6 more',
      { kind: 'interrupt', advanceMs: 10_000, payload: new Uint8Array(16_000) },
      16_006,
    ],
    ['a mark costs 4 to 8', { kind: 'mark', poll: 10_000, ordinal: 10_000 }, 6],
  ])('%s', (_, entry, bytes) => {
    expect(encodeEntry(entry).length).toBeLessThanOrEqual(bytes);
  });

  test.each([
    ['an entry without its kind', '08 01', 'TRUNCATED'],
    ['a field that is cut', '1a 05 00', 'NOT_PROTOBUF'],
    ['a kind of a later version', '78 01', 'MISSING'],
    ['a limit of no bytes', '50 00', 'RANGE'],
    ['an advance in a limit', '08 01 50 01', 'UNKNOWN_FIELD'],
    ['a stop that is none', '58 02', 'RANGE'],
    ['a poll in a stop', '10 01 58 01', 'UNKNOWN_FIELD'],
    ['fields out of order', '10 01 08 01 20 01', 'RANGE'],
    ['a field twice', '08 01 08 01 20 01', 'RANGE'],
    ['a poll in a clock read', '10 01 20 01', 'UNKNOWN_FIELD'],
    ['an advance in a mark', '08 01 30 01', 'UNKNOWN_FIELD'],
    ['a run of no reads', '20 00', 'RANGE'],
    ['a hash of 3 bytes', '4a 03 00 00 00', 'RANGE'],
    ['a number above 2^53', '20 ff ff ff ff ff ff ff ff ff 01', 'RANGE'],
    ['a zero that could be left out', '08 00 20 01', 'RANGE'],
    ['a number in more bytes than it needs', '20 81 00', 'RANGE'],
    ['a group', '23 24', 'NOT_PROTOBUF'],
  ])('%s is refused by name', (_, bytes, code) => {
    expect(codeOf(decodeEntries(hex(bytes)))).toBe(code);
    expect(codeOf(countEntries(hex(bytes)))).toBe(code);
  });
});

describe('frames', () => {
  test('any frame survives the wire', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual({ ok: true, value: frame });
      }),
      { numRuns: 1_000 },
    );
  });

  test('random bytes and damaged frames never throw', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), fc.nat(7), (frame, where, bit) => {
        const bytes = Buffer.from(encodeFrame(frame));
        const at = where % Math.max(bytes.length, 1);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        decodeFrame(bytes);
        decodeFrame(bytes.subarray(0, at));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        decodeFrame(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test('around its entries a batch costs 16 to 20 bytes, in epochs from 128 on one more', () => {
    const around = (atEpoch: number, length: number): number => {
      const own = epoch(atEpoch);
      const bytes = new Uint8Array(length);
      const chainTag = chainTagOf(CHAIN_START);
      return (
        encodeFrame({ kind: 'batch', epoch: own, recordedIn: own, chainTag, entryCount: 1, bytes }).length -
        length
      );
    };
    expect(around(2, 10)).toBe(16);
    expect(around(2, limits.batchBytes)).toBe(20);
    expect(around(128, 10)).toBe(17);
  });

  test('a large batch in two pieces is the same message, and its entries are not copied', () => {
    const payload = Buffer.alloc(limits.batchPieceBytes, 7);
    const bytes = encodeEntry({ kind: 'interrupt', advanceMs: 7, payload });
    const own = {
      kind: 'batch',
      epoch: epoch(300),
      chainTag: chainTagOf(CHAIN_START),
      entryCount: 1,
      bytes,
    } as const;
    for (const recordedIn of [epoch(300), epoch(299)]) {
      const batch = { ...own, recordedIn };
      const pieces = encodeFrameInPieces(batch);
      expect(pieces.length).toBe(recordedIn === batch.epoch ? 2 : 1);
      expect(Buffer.concat(pieces).equals(encodeFrame(batch))).toBe(true);
      const decoded = decodeFramePieces(pieces);
      expect(decoded).toEqual({ ok: true, value: batch });
      if (pieces.length === 2 && decoded.ok && decoded.value.kind === 'batch') {
        expect(pieces[1]).toBe(bytes);
        expect(decoded.value.bytes).toBe(bytes);
      }
    }
  });

  test('wherever a message is cut, and whatever was done to it, its pieces say what it says whole', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        anyFrame,
        fc.array(part, { maxLength: 3 }),
        fc.option(part),
        fc.nat(255),
        (frame, cuts, at, value) => {
          const whole = Buffer.from(encodeFrame(frame));
          const place = (share: number): number => Math.floor(share * whole.length);
          if (at !== null && whole.length > 0) whole[Math.min(place(at), whole.length - 1)] = value;
          const ends = [...cuts.map(place).sort((a, b) => a - b), whole.length];
          const pieces = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
          expect(decodeFramePieces(pieces)).toEqual(decodeFrame(whole));
          if (frame.kind !== 'batch') return;
          // Where its sender cuts it.
          const head = whole.length - frame.bytes.length;
          expect(decodeFramePieces([whole.subarray(0, head), whole.subarray(head)])).toEqual(
            decodeFrame(whole),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('around its entries a batch costs at most 20 bytes', () => {
    const bytes = Buffer.concat([
      encodeEntry({ kind: 'interrupt', advanceMs: 7, payload: Buffer.alloc(150) }),
    ]);
    const batch = {
      kind: 'batch',
      epoch: epoch(100),
      recordedIn: epoch(100),
      chainTag: chainTagOf(CHAIN_START),
      entryCount: 1,
      bytes,
    } as const;
    expect(encodeFrame(batch).length - bytes.length).toBeLessThanOrEqual(20);
  });

  test('a hello of another version is read, with fields that nobody here knows', () => {
    const hello = {
      kind: 'hello',
      protocolVersion: 9,
      vm: 'vm',
      image: CHAIN_START,
      architecture: 'x64',
    } as const;
    const times = { heartbeatMs: 50, suspectMs: 500 };
    const rest = {
      bootHash: CHAIN_START,
      incarnation: 'i',
      host: 'h'.repeat(99),
      as: 'backup',
      times,
    } as const;
    const bytes = encodeFrame({ ...hello, ...rest });
    // Field 15 of the hello: one varint more, so the length behind the tag grows by two.
    const longer = Buffer.from([...bytes.slice(0, 1), 0, 0, ...bytes.slice(3), 0x78, 0x01]);
    const length = bytes.length - 3 + 2;
    longer[1] = (length & 0x7f) | 0x80;
    longer[2] = length >> 7;
    expect(bytes[1]).toBeGreaterThanOrEqual(0x80);
    expect(decodeFrame(longer)).toEqual({ ok: true, value: { ...hello, ...rest } });
  });

  test.each([
    ['an empty message', '', 'MISSING'],
    ['a body of a later version', '92 01 00', 'UNKNOWN_FIELD'],
    ['a field of a later version', '42 04 08 01 78 01', 'UNKNOWN_FIELD'],
    ['an epoch of 0', '42 00', 'RANGE'],
    ['a batch without a chain', '4a 06 08 01 1a 02 20 01', 'RANGE'],
    ['a batch without entries', '4a 0c 08 01 12 08 00 00 00 00 00 00 00 00', 'MISSING'],
    [
      'a batch with an entry that is none',
      '4a 10 08 01 12 08 00 00 00 00 00 00 00 00 1a 02 08 01',
      'TRUNCATED',
    ],
    ['text', '47 45 54 20 2f', 'NOT_PROTOBUF'],
  ])('%s is refused by name', (_, bytes, code) => {
    expect(codeOf(decodeFrame(hex(bytes)))).toBe(code);
  });

  test('an offer whose page hashes do not fit its size is refused', () => {
    const offer = {
      kind: 'checkpoint-offer',
      epoch: epoch(1),
      position: position(0),
      chain: CHAIN_START,
      stateHash: CHAIN_START,
      sizeBytes: 100,
      pageBytes: 10,
      pageHashes: new Uint8Array(32),
      ordinal: 0 as never,
      guestClockMs: 0,
    } as const;
    expect(codeOf(decodeFrame(encodeFrame(offer)))).toBe('RANGE');
  });
});

describe('the generated code', () => {
  test('is what proto/*.proto generates, byte for byte', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tandem-proto-'));
    try {
      const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        scripts: { proto: string };
      };
      const script = scripts.proto.replaceAll('src/wire/generated', directory);
      const PATH = `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`;
      execFileSync('sh', ['-c', script], { cwd: root, env: { ...process.env, PATH }, stdio: 'pipe' });
      for (const name of readdirSync(directory)) {
        const generated = readFileSync(join(directory, name), 'utf8');
        expect(generated === readFileSync(join(root, 'src/wire/generated', name), 'utf8'), name).toBe(true);
      }
      expect(readdirSync(directory).sort()).toEqual(readdirSync(join(root, 'src/wire/generated')).sort());
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
