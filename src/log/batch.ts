/**
 * A batch: a stretch of the log as it was formed, once, by the primary, and as it travels (FT
 * §3.2). Its bytes are the concatenation of encoded entries, exactly what the vCPU thread
 * wrote; the hypervisor never decodes them.
 */
import { type Digest, type Epoch, type Position, position } from '../base/brands.ts';
import { nextChain } from './chain.ts';

export interface Batch {
  readonly epoch: Epoch;
  /** Position of its first entry. */
  readonly firstPosition: Position;
  /** At least 1. */
  readonly entryCount: number;
  /** Kept, never changed. */
  readonly bytes: Uint8Array;
  /** The log's running hash behind this batch. */
  readonly chain: Digest;
}

export const lastPosition = (batch: Batch): Position => position(batch.firstPosition + batch.entryCount - 1);

/** The end of a log: everything the next batch depends on. */
export interface LogHead {
  readonly position: Position;
  readonly chain: Digest;
}

/** The batch that follows `head`. Keeps `bytes`. */
export function formBatch(head: LogHead, epoch: Epoch, entryCount: number, bytes: Uint8Array): Batch {
  const firstPosition = position(head.position + 1);
  return {
    epoch,
    firstPosition,
    entryCount,
    bytes,
    chain: nextChain(head.chain, epoch, firstPosition, bytes),
  };
}

export const headAfter = (batch: Batch): LogHead => ({ position: lastPosition(batch), chain: batch.chain });
