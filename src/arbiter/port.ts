/**
 * The port of the arbiter: the shared test-and-set that decides who goes live (FT §2.3). Claims are granted
 * one per epoch; a record is never changed and never removed.
 *
 * Both calls always resolve, within `limits.arbiterAnswerMs`: a store that cannot be reached is an answer,
 * since the protocol's reaction is to wait. A claim that was answered so may still be granted; its id tells.
 */
import type { Epoch } from '../base/brands.ts';
import type { ArbiterRecord, ClaimAnswer, ReadAnswer } from '../protocol/record.ts';

/** What an operator should know about a store that can be used all the same. */
export interface ArbiterNote {
  readonly level: 'info' | 'warning';
  readonly text: string;
}

export interface Arbiter {
  /** Found when it was opened. */
  readonly notes: readonly ArbiterNote[];
  /** Other processes can see it. */
  readonly isShared: boolean;
  /** The record of the highest epoch; null when the VM id was never used. */
  read(vm: string): Promise<ReadAnswer>;
  /**
   * Makes `next` the record if the highest epoch is `expectedEpoch` (null: if there is none); `next.epoch`
   * must be the one behind it. Exactly one of all claimants of an epoch wins.
   */
  claim(vm: string, expectedEpoch: Epoch | null, next: ArbiterRecord): Promise<ClaimAnswer>;
  close(): Promise<void>;
}

/** An epoch is granted behind the one that the claimant knows, never further ahead. */
export const follows = (expectedEpoch: Epoch | null, next: ArbiterRecord): boolean =>
  next.epoch === (expectedEpoch ?? 0) + 1;
