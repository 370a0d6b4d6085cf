/**
 * Log entries to bytes and back (FT §3.2). An encoded entry is a protobuf LogEntry that ends
 * with the field of its kind, so entries stand one behind the other without lengths: two bytes
 * for a clock read, five around a request.
 *
 * There is one encoding of an entry: fields in ascending order, zeros left out. A decoder that meets anything
 * else refuses the whole batch by name, since a log that is misread is worse than one that is not read.
 */
import type { LogEntry } from '../log/entry.ts';
import { count, DIGEST_BYTES, digestBytes, digestFrom } from './fields.ts';
import { type ProtobufReader, Reader, tandem, Writer } from './protobuf.ts';
import { decoding, malformed, type Result } from './result.ts';

/** The first field number that ends an entry; proto/entry.proto says so, too. */
const FIRST_KIND_FIELD = 3;
/** A field must say something to be there. */
const PRESENT = 1;
const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** Tags of an interrupt's two fields. */
const ADVANCE_TAG = (1 << 3) | VARINT;
const INTERRUPT_TAG = (3 << 3) | LENGTH_DELIMITED;
/** A smaller payload costs less as a copy. */
const OWN_PIECE_BYTES = 64 * 1024;

/** A fresh array with the encoded entry; the caller owns it. */
export function encodeEntry(entry: LogEntry): Uint8Array {
  return tandem.LogEntry.encode(toMessage(entry)).finish();
}

/**
 * The same in pieces: a large payload is its own piece and is not copied. It is
 * borrowed until the caller has used it.
 */
export function encodeEntryInPieces(entry: LogEntry): readonly Uint8Array[] {
  if (entry.kind !== 'interrupt' || entry.payload.length < OWN_PIECE_BYTES) return [encodeEntry(entry)];
  const { advanceMs, payload } = entry;
  const writer = Writer.create();
  if (advanceMs !== 0) writer.uint32(ADVANCE_TAG).uint64(advanceMs);
  return [writer.uint32(INTERRUPT_TAG).uint32(payload.length).finish(), payload];
}

/** Every entry of a batch. Payloads and entropy borrow from `bytes`. */
export function decodeEntries(bytes: Uint8Array): Result<LogEntry[]> {
  return decoding(() => {
    const entries: LogEntry[] = [];
    walk(bytes, (reader, length) => entries.push(decodeEntry(reader, length)));
    return entries;
  });
}

/** Decodes every entry and keeps none: what a backup does before it acknowledges. The count of entries. */
export function countEntries(bytes: Uint8Array): Result<number> {
  return decoding(() => {
    let entries = 0;
    walk(bytes, (reader, length) => {
      decodeEntry(reader, length);
      entries += 1;
    });
    return entries;
  });
}

/** Calls `visit` with a reader that stands at each entry in turn, and the entry's length. */
function walk(bytes: Uint8Array, visit: (reader: ProtobufReader, length: number) => void): void {
  const scout = Reader.create(bytes);
  const reader = Reader.create(bytes);
  while (scout.pos < scout.len) {
    const start = scout.pos;
    skipEntry(scout);
    reader.pos = start;
    visit(reader, scout.pos - start);
  }
}

function skipEntry(reader: ProtobufReader): void {
  const start = reader.pos;
  let previous = 0;
  while (previous < FIRST_KIND_FIELD) {
    if (reader.pos >= reader.len) malformed('TRUNCATED', `entry at byte ${start} has no kind`);
    const tag = reader.uint32();
    const field = tag >>> 3;
    const wireType = tag & 7;
    if (field <= previous) malformed('RANGE', `entry at byte ${start}: field ${field} after ${previous}`);
    if (wireType !== VARINT && wireType !== LENGTH_DELIMITED) {
      malformed('NOT_PROTOBUF', `entry at byte ${start}: wire type ${wireType}`);
    }
    reader.skipType(wireType);
    previous = field;
  }
}

function decodeEntry(reader: ProtobufReader, length: number): LogEntry {
  const entry = fromMessage(tandem.LogEntry.decode(reader, length));
  // Ascending fields, none unknown and none twice: equal length means equal bytes.
  if (encodedBytes(entry) !== length) malformed('RANGE', `${entry.kind} is not in its shortest form`);
  return entry;
}

/** Every tag of an entry is one byte; a leading field that is 0 is left out. */
function encodedBytes(entry: LogEntry): number {
  const leading = (value: number): number => (value === 0 ? 0 : 1 + varintBytes(value));
  const delimited = (length: number): number => 1 + varintBytes(length) + length;
  switch (entry.kind) {
    case 'interrupt':
      return leading(entry.advanceMs) + delimited(entry.payload.length);
    case 'clock':
      return leading(entry.advanceMs) + 1 + varintBytes(entry.reads);
    case 'entropy':
      return delimited(entry.bytes.length);
    case 'mark':
    case 'turn-end':
      return leading(entry.poll) + 1 + varintBytes(entry.ordinal);
    case 'kill':
      return 1 + varintBytes(entry.poll);
    case 'hash-point':
      return leading(entry.poll) + delimited(DIGEST_BYTES);
    case 'limits':
      return 1 + varintBytes(entry.memoryMaximumBytes);
    case 'stop':
    case 'hand-over':
      return 1 + varintBytes(PRESENT);
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

function toMessage(entry: LogEntry): tandem.LogEntry.$Properties {
  switch (entry.kind) {
    case 'interrupt':
      return { advanceMs: entry.advanceMs, interrupt: entry.payload };
    case 'clock':
      return { advanceMs: entry.advanceMs, clock: entry.reads };
    case 'entropy':
      return { entropy: entry.bytes };
    case 'mark':
      return { poll: entry.poll, mark: entry.ordinal };
    case 'turn-end':
      return { poll: entry.poll, turnEnd: entry.ordinal };
    case 'kill':
      return { kill: entry.poll };
    case 'hash-point':
      return { poll: entry.poll, hashPoint: digestBytes(entry.hash) };
    case 'limits':
      return { limits: entry.memoryMaximumBytes };
    case 'stop':
      return { stop: PRESENT };
    case 'hand-over':
      return { handOver: PRESENT };
  }
}

/** Which of the two leading fields an entry of each kind may carry. */
function only(message: tandem.LogEntry, field: 'advanceMs' | 'poll' | 'none'): void {
  if (field !== 'advanceMs' && message.advanceMs !== 0)
    malformed('UNKNOWN_FIELD', `advance_ms in ${message.kind}`);
  if (field !== 'poll' && message.poll !== 0) malformed('UNKNOWN_FIELD', `poll in ${message.kind}`);
}

function fromMessage(message: tandem.LogEntry): LogEntry {
  const advanceMs = count('advance_ms', message.advanceMs);
  const poll = count('poll', message.poll);
  switch (message.kind) {
    case 'interrupt':
      only(message, 'advanceMs');
      return { kind: 'interrupt', advanceMs, payload: message.interrupt ?? missing('interrupt') };
    case 'clock':
      only(message, 'advanceMs');
      return { kind: 'clock', advanceMs, reads: count('clock', message.clock ?? 0, 1) };
    case 'entropy':
      only(message, 'none');
      return { kind: 'entropy', bytes: message.entropy ?? missing('entropy') };
    case 'mark':
      only(message, 'poll');
      return { kind: 'mark', poll, ordinal: count('mark', message.mark ?? -1) };
    case 'turnEnd':
      only(message, 'poll');
      return { kind: 'turn-end', poll, ordinal: count('turn_end', message.turnEnd ?? -1) };
    case 'kill':
      only(message, 'none');
      return { kind: 'kill', poll: count('kill', message.kill ?? -1) };
    case 'hashPoint':
      only(message, 'poll');
      return {
        kind: 'hash-point',
        poll,
        hash: digestFrom('hash_point', message.hashPoint ?? missing('hash')),
      };
    case 'limits':
      only(message, 'none');
      return { kind: 'limits', memoryMaximumBytes: count('limits', message.limits ?? 0, 1) };
    case 'stop':
      only(message, 'none');
      if (message.stop !== PRESENT) malformed('RANGE', `stop is ${message.stop}`);
      return { kind: 'stop' };
    case 'handOver':
      only(message, 'none');
      if (message.handOver !== PRESENT) malformed('RANGE', `hand_over is ${message.handOver}`);
      return { kind: 'hand-over' };
    default:
      return malformed('MISSING', 'an entry without a kind this version knows');
  }
}

function missing(name: string): never {
  return malformed('MISSING', `${name} is missing`);
}
