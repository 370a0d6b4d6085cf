/**
 * What the arbiter keeps of a VM (FT §2.3: the test-and-set on shared storage). One record per
 * epoch; the highest is the truth about who is live and who may succeed it. The port that
 * reads and claims it is in `arbiter/`.
 */
import type { Epoch } from '../base/brands.ts';

/** Random per machine image in memory, never a host's name: a restarted host is not the one that won. */
export type Incarnation = string;

export interface ArbiterRecord {
  readonly epoch: Epoch;
  /** Unique per claim, so that a claimant whose answer was lost recognises its own record. */
  readonly claimId: string;
  /** Who is live in this epoch. */
  readonly incarnation: Incarnation;
  /** Where clients and people find it. */
  readonly url: string;
  /**
   * Backups that hold everything that was promised: the only ones that may claim the next epoch. At most one.
   */
  readonly inSync: readonly Incarnation[];
}

/** An arbiter that cannot be read is a value, not an exception: the core waits and asks again (FT §2.3). */
export type ReadAnswer =
  | { readonly kind: 'read'; readonly record: ArbiterRecord | null }
  | { readonly kind: 'unreachable'; readonly reason: string };

export type ClaimAnswer =
  | { readonly kind: 'won' }
  | { readonly kind: 'lost'; readonly record: ArbiterRecord | null }
  | { readonly kind: 'unreachable'; readonly reason: string };
