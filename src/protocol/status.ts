/**
 * The states of a host and the ways between them (FT §2.2, §2.3, §3.1). Everything that a core may do depends
 * on its status and on nothing else that is yes or no.
 *
 *     primary   starting ─► solo ─► transferring ─► listing ─► protected ◄─► doubting
 *                           ▲ ▲          │             │                      ▲  │
 *                           │ └──────────┴─────────────┤                      │  │
 *                           │                          └──────────────────────┘  │
 *                           └──────────── claiming-solo ◄────────────────────────┘
 *
 *     backup    joining ─► receiving ─► catching-up ─► following
 *      spare      ▲ ▼ ╭───────▲
 *               waiting
 *                                            ▲              ▲
 *                                            └──► sealed ◄──┘
 *                                                   │
 *                                                   ▼
 *                                            claiming-epoch ─► going-live ─► solo
 *
 *     a planned switch-over changes the roles of both:
 *
 *               protected ─► handing-over ─► following
 *               following ─► succeeding ─► claiming-epoch ─► going-live ─► protected
 *
 * `halted` and `ended` can be reached from everywhere that is not itself an end.
 */
import { invariant } from '../base/assert.ts';

export type Status =
  /** Epoch 1 is being claimed; the guest has not begun. */
  | 'starting'
  /** Live without a backup, by right of the arbiter; outputs leave at once. */
  | 'solo'
  /** Live without a backup; one is receiving a checkpoint and the log since. */
  | 'transferring'
  /** Outputs already wait for the new backup; the arbiter is being told that it is in sync. */
  | 'listing'
  /** Live with a backup in sync: the output rule holds. */
  | 'protected'
  /**
   * The backup, or oneself after a long pause, is in doubt: doors closed,
   * nothing released, the arbiter is read.
   */
  | 'doubting'
  /** A planned switch-over: requests are kept, the vCPU yields, the backup is asked to take over. */
  | 'handing-over'
  /** The claim to go solo has left this host; there is no way back to the backup. */
  | 'claiming-solo'
  /** Connecting, hello, waiting for a checkpoint. */
  | 'joining'
  /** A spare on the list of a primary, which does not need it now. */
  | 'waiting'
  /** A checkpoint was offered; its pages arrive. */
  | 'receiving'
  /** The machine stands; the log since arrives. The arbiter may list this host at any moment. */
  | 'catching-up'
  /** In sync, and known to be. */
  | 'following'
  /** The primary hands over: appends and acknowledges nothing; the arbiter is read. */
  | 'succeeding'
  /** The primary is suspected: appends and acknowledges nothing; the arbiter is read. */
  | 'sealed'
  /** The claim to go live has left this host; there is no way back to the primary. */
  | 'claiming-epoch'
  /** Won; the vCPU executes the rest of the log. */
  | 'going-live'
  | 'halted'
  | 'ended';

const LEGAL: Readonly<Record<Status, readonly Status[]>> = {
  starting: ['solo'],
  solo: ['transferring'],
  transferring: ['listing', 'solo'],
  listing: ['protected', 'solo', 'doubting'],
  protected: ['doubting', 'handing-over'],
  'handing-over': ['protected', 'doubting', 'following'],
  doubting: ['protected', 'claiming-solo', 'following'],
  'claiming-solo': ['solo', 'following'],
  joining: ['receiving', 'waiting'],
  waiting: ['receiving', 'joining'],
  receiving: ['catching-up'],
  'catching-up': ['following', 'sealed'],
  following: ['sealed', 'succeeding'],
  succeeding: ['following', 'claiming-epoch'],
  sealed: ['following', 'catching-up', 'claiming-epoch'],
  'claiming-epoch': ['going-live'],
  'going-live': ['solo', 'protected'],
  halted: [],
  ended: [],
};

export const isOver = (status: Status): status is 'halted' | 'ended' =>
  status === 'halted' || status === 'ended';

/** Live by right of the arbiter, with no doubt about it. */
export const isServing = (status: Status): boolean =>
  status === 'solo' ||
  status === 'transferring' ||
  status === 'listing' ||
  status === 'protected' ||
  status === 'handing-over';

export function assertTransition(from: Status, to: Status): void {
  const legal = isOver(to) ? !isOver(from) : LEGAL[from].includes(to);
  invariant('I2', legal, `no way leads from ${from} to ${to}`);
}
