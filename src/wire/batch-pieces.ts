/**
 * A large batch in two pieces of one message: its head, and its entries as they lie. So a body of a megabyte
 * need not be copied to stand behind twenty bytes.
 */
import type { Epoch } from '../base/brands.ts';
import { Reader, type tandem, Writer } from './protobuf.ts';

/** Fields with their wire types, as `channel.proto` numbers them. */
const TAG = { batch: (9 << 3) | 2, epoch: 1 << 3, chainTag: (2 << 3) | 2, entries: (3 << 3) | 2 } as const;

/** What stands before the entries of a batch that was recorded in its own epoch. A fresh array. */
export function batchHead(epoch: Epoch, chainTag: Uint8Array, entriesBytes: number): Uint8Array {
  const inside = Writer.create();
  inside.uint32(TAG.epoch).uint64(epoch).uint32(TAG.chainTag).bytes(chainTag);
  const fields = inside.uint32(TAG.entries).uint32(entriesBytes).finish();
  const frame = Writer.create();
  frame.uint32(TAG.batch).uint32(fields.length + entriesBytes);
  return Buffer.concat([frame.finish(), fields]);
}

/**
 * The batch whose head this is, or undefined: then the pieces must be read as one. Throws for a
 * head that is cut short. Borrows both.
 */
export function batchOf(head: Uint8Array, entries: Uint8Array): tandem.Batch.$Properties | undefined {
  const reader = Reader.create(head);
  if (reader.uint32() !== TAG.batch || reader.uint32() !== head.length - reader.pos + entries.length)
    return undefined;
  if (reader.uint32() !== TAG.epoch) return undefined;
  const epoch = reader.uint64() as unknown as number;
  if (reader.uint32() !== TAG.chainTag) return undefined;
  const chainTag = reader.bytes();
  const areNext = reader.uint32() === TAG.entries && reader.uint32() === entries.length;
  // A field without bytes is one that is missing, to whoever decodes the whole.
  const isFull = chainTag.length > 0 && entries.length > 0;
  return areNext && isFull && reader.pos === head.length ? { epoch, chainTag, entries } : undefined;
}
