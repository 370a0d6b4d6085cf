/**
 * The running hash of the log: chain k = BLAKE3(chain k-1 ‖ epoch ‖ first position ‖ entry bytes of
 * batch k), the two numbers as 64-bit big-endian. One hash per batch, not per entry. Two hosts with
 * equal chains at a position have one history up to it (I7); a batch that was lost, doubled,
 * reordered or made in another epoch breaks it.
 */
import type { Digest, Epoch, Position } from '../base/brands.ts';
import { blake3 } from '../base/digest.ts';

/**
 * The first 8 bytes of a chain as 16 hexadecimal digits: what travels with a batch.
 * Errors and bugs do not forge hashes.
 */
export type ChainTag = string & { readonly chainTag: unique symbol };

const TAG_DIGITS = 16;

/** The chain before, and two numbers. */
const HEAD_BYTES = 32 + 8 + 8;

/** The chain at position 0. */
export const CHAIN_START: Digest = blake3('tandem log 2');

export function nextChain(
  previous: Digest,
  epoch: Epoch,
  firstPosition: Position,
  bytes: Uint8Array,
): Digest {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.write(previous, 0, 'hex');
  head.writeBigUInt64BE(BigInt(epoch), HEAD_BYTES - 16);
  head.writeBigUInt64BE(BigInt(firstPosition), HEAD_BYTES - 8);
  return blake3(head, bytes);
}

export const chainTagOf = (chain: Digest): ChainTag => chain.slice(0, TAG_DIGITS) as ChainTag;

export const CHAIN_TAG_BYTES = TAG_DIGITS / 2;

/** From the 8 bytes on the wire. */
export const chainTagFromBytes = (bytes: Uint8Array): ChainTag =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex') as ChainTag;

export const chainTagToBytes = (tag: ChainTag): Uint8Array => Buffer.from(tag, 'hex');
