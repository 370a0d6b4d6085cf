/**
 * The port of the arbiter: the shared test-and-set that decides who goes live (FT §2.3). Claims are granted one per epoch; a
 * record is never changed and never removed.
 *
 * Both calls always resolve: a store that cannot be reached is an answer, since the protocol's reaction is to wait.
 */
import type { Epoch } from '../base/brands.ts';
import type { ArbiterRecord, ClaimAnswer, ReadAnswer } from '../protocol/record.ts';

export interface Arbiter {
  /** The record of the highest epoch; null when the VM id was never used. */
  read(vm: string): Promise<ReadAnswer>;
  /**
   * Makes `next` the record if the highest epoch is `expectedEpoch` (null: if there is none); `next.epoch` must be the one
   * behind it. Exactly one of all claimants of an epoch wins.
   */
  claim(vm: string, expectedEpoch: Epoch | null, next: ArbiterRecord): Promise<ClaimAnswer>;
  close(): Promise<void>;
}
