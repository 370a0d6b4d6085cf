/**
 * Where a session stands in its log: what recorder and replayer hand to each other when a backup goes live.
 */
import { POSITION_ZERO, type Position } from '../base/brands.ts';

export interface TurnState {
  /** The last entry recorded or executed. */
  position: Position;
  /** Position of the last hash point. */
  hashedPosition: Position;
  /** Guest time as of the last logged advance. */
  guestMs: number;
  /** Polls so far in the running turn; 0 between turns. */
  poll: number;
}

export const initialTurnState = (): TurnState => ({
  position: POSITION_ZERO,
  hashedPosition: POSITION_ZERO,
  guestMs: 0,
  poll: 0,
});
