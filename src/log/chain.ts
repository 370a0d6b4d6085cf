/**
 * The running hash of the log: chain k = SHA-256(chain k-1 ‖ epoch ‖ first position ‖ entry bytes of batch k), the two numbers
 * as 64-bit big-endian. One hash per batch, not per entry. Two hosts with equal chains at a position have one history up
 * to it (I7); a batch that was lost, doubled, reordered or made in another epoch breaks it.
 */
import { createHash } from 'node:crypto';
import { type Digest, digest, type Epoch, type Position } from '../base/brands.ts';
import { sha256 } from '../base/digest.ts';

/** The first 8 bytes of a chain as 16 hexadecimal digits: what travels with a batch. Errors and bugs do not forge hashes. */
export type ChainTag = string & { readonly chainTag: unique symbol };

const TAG_DIGITS = 16;

/** The chain at position 0. */
export const CHAIN_START: Digest = sha256('tandem log 1');

export function nextChain(
  previous: Digest,
  epoch: Epoch,
  firstPosition: Position,
  bytes: Uint8Array,
): Digest {
  const numbers = Buffer.allocUnsafe(16);
  numbers.writeBigUInt64BE(BigInt(epoch), 0);
  numbers.writeBigUInt64BE(BigInt(firstPosition), 8);
  return digest(createHash('sha256').update(previous, 'hex').update(numbers).update(bytes).digest('hex'));
}

export const chainTagOf = (chain: Digest): ChainTag => chain.slice(0, TAG_DIGITS) as ChainTag;

export const CHAIN_TAG_BYTES = TAG_DIGITS / 2;

/** From the 8 bytes on the wire. */
export const chainTagFromBytes = (bytes: Uint8Array): ChainTag =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex') as ChainTag;

export const chainTagToBytes = (tag: ChainTag): Uint8Array => Buffer.from(tag, 'hex');
