/** Random log entries and frames for property tests. */
import fc from 'fast-check';
import { type Digest, digest, epoch, ordinal, position } from '../../../src/base/brands.ts';
import { chainTagOf } from '../../../src/log/chain.ts';
import type { LogEntry } from '../../../src/log/entry.ts';
import type { Frame } from '../../../src/protocol/frames.ts';
import { encodeEntry } from '../../../src/wire/entries.ts';

const count = fc.oneof(fc.nat(200), fc.maxSafeNat());
const payload = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const anyDigest: fc.Arbitrary<Digest> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => digest(Buffer.from(bytes).toString('hex')));

export const anyEntry: fc.Arbitrary<LogEntry> = fc.oneof(
  fc.record({ kind: fc.constant('interrupt' as const), advanceMs: count, payload }),
  fc.record({
    kind: fc.constant('clock' as const),
    advanceMs: count,
    reads: count.map((value) => value || 1),
  }),
  fc.record({ kind: fc.constant('entropy' as const), bytes: payload }),
  fc.record({ kind: fc.constant('mark' as const), poll: count, ordinal: count }),
  fc.record({ kind: fc.constant('turn-end' as const), poll: count, ordinal: count }),
  fc.record({ kind: fc.constant('kill' as const), poll: count }),
  fc.record({ kind: fc.constant('hash-point' as const), poll: count, hash: anyDigest }),
  fc.record({
    kind: fc.constant('limits' as const),
    memoryMaximumBytes: count.map((value) => value || 1),
  }),
  fc.record({ kind: fc.constant('stop' as const) }),
  fc.record({ kind: fc.constant('hand-over' as const) }),
);

const anyEpoch = fc.integer({ min: 1 }).map(epoch);
const anyPosition = count.map(position);
const anyOrdinal = count.map(ordinal);
const text = fc.string({ maxLength: 50 });
const tenthsMs = fc.nat({ max: 2 ** 50 }).map((tenths) => tenths / 10);
const wholeMs = fc.nat({ max: 2 ** 50 });
const timeMs = fc.double({ min: 0, max: 1e15, noNaN: true });

export const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    kind: fc.constant('hello' as const),
    protocolVersion: fc.nat(),
    vm: text,
    image: anyDigest,
    architecture: text,
    bootHash: anyDigest,
    incarnation: text,
    host: text,
    as: fc.constantFrom('backup' as const, 'spare' as const),
    times: fc.record({ heartbeatMs: fc.nat(), suspectMs: fc.nat() }),
  }),
  fc.record({ kind: fc.constant('registered' as const), epoch: anyEpoch, incarnation: text, host: text }),
  fc.record({ kind: fc.constant('welcome' as const), epoch: anyEpoch, incarnation: text, host: text }),
  fc.record({ kind: fc.constant('refusal' as const), code: text, message: text, mend: text }),
  fc.record({
    kind: fc.constant('checkpoint-offer' as const),
    epoch: anyEpoch,
    position: anyPosition,
    chain: anyDigest,
    stateHash: anyDigest,
    sizeBytes: fc.constant(40_000),
    pageBytes: fc.constant(16_384),
    pageHashes: fc.uint8Array({ minLength: 96, maxLength: 96 }).map((bytes) => Buffer.from(bytes)),
    ordinal: anyOrdinal,
    guestClockMs: timeMs,
  }),
  fc.record({
    kind: fc.constant('pages-wanted' as const),
    epoch: anyEpoch,
    indices: fc.uniqueArray(fc.nat(5000)).map((indices) => indices.sort((left, right) => left - right)),
  }),
  fc.record({
    kind: fc.constant('pages' as const),
    epoch: anyEpoch,
    pages: fc.array(fc.record({ index: fc.nat(5000), bytes: payload }), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('packed-pages' as const),
    epoch: anyEpoch,
    indices: fc
      .uniqueArray(fc.nat(5000), { maxLength: 20 })
      .map((indices) => indices.sort((left, right) => left - right)),
    packed: payload,
  }),
  fc.record({
    kind: fc.constant('joined' as const),
    epoch: anyEpoch,
    position: anyPosition,
    stateHash: anyDigest,
  }),
  fc.record({ kind: fc.constant('listed' as const), epoch: anyEpoch }),
  fc
    .record({
      kind: fc.constant('batch' as const),
      epoch: fc.integer({ min: 1 }),
      earlier: fc.option(fc.nat()),
      chainTag: anyDigest.map(chainTagOf),
      entries: fc.array(anyEntry, { minLength: 1, maxLength: 5 }),
    })
    .map(({ entries, epoch: at, earlier, ...rest }) => ({
      ...rest,
      epoch: epoch(at),
      recordedIn: epoch(earlier === null ? at : 1 + (earlier % at)),
      entryCount: entries.length,
      bytes: Buffer.concat(entries.map(encodeEntry)),
    })),
  fc.record({
    kind: fc.constant('ack' as const),
    epoch: anyEpoch,
    received: anyPosition,
    replayed: anyPosition,
  }),
  fc.record({
    kind: fc.constant('heartbeat' as const),
    epoch: anyEpoch,
    sentMs: tenthsMs,
    echoMs: tenthsMs,
    guestClockMs: fc.option(wholeMs),
    releasedOrdinal: anyOrdinal,
    printedOrdinal: anyOrdinal,
  }),
  fc.record({
    kind: fc.constant('hand-over' as const),
    epoch: anyEpoch,
    incarnation: text,
    position: anyPosition,
    guestClockMs: timeMs,
    releasedOrdinal: anyOrdinal,
    printedOrdinal: anyOrdinal,
  }),
  fc.record({ kind: fc.constant('declined' as const), epoch: anyEpoch, reason: text }),
  fc.record({ kind: fc.constant('succeeded' as const), epoch: anyEpoch, url: text }),
  fc.record({
    kind: fc.constant('bye' as const),
    epoch: anyEpoch,
    reason: text,
    exitCode: fc.option(fc.nat(255)),
  }),
);
