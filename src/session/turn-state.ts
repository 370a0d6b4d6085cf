/**
 * Where a session stands in its log: what recorder and replayer hand to each other when a backup goes live.
 */
import { POSITION_ZERO, type Position } from '../base/brands.ts';
import type { ImageLimits } from '../machine/image-limits.ts';
import type { Output } from '../machine/traps.ts';

export interface TurnState {
  /** The last entry recorded or executed. */
  position: Position;
  /** Position of the last hash point. */
  hashedPosition: Position;
  /** Guest time as of the last logged advance. */
  guestMs: number;
  /** Polls so far in the running turn; 0 between turns. */
  poll: number;
  /** Bytes of the outputs that the running turn has made so far; 0 between turns. */
  outputBytes: number;
}

export type LongTurnLimits = Pick<ImageLimits, 'firstInterruptiblePoll' | 'shortTurnOutputBytes'>;

/**
 * In a long turn each output has a mark, an interrupt may fall, and a backup follows step by step. Polls and
 * outputs are the machine's own, so every host finds the turn long from the same place on. It is never the
 * output that crosses the bound that finds it so, only what comes next: that output follows from the entries
 * before it, as those of a short turn do, and a backup makes it without having been told.
 */
export const isLong = ({ poll, outputBytes }: TurnState, limits: LongTurnLimits): boolean =>
  poll >= limits.firstInterruptiblePoll || outputBytes > limits.shortTurnOutputBytes;

/** Called when the output has been made: a machine that goes live in the midst of it counts it once. */
export function countOutput(state: TurnState, { head, body }: Output): void {
  state.outputBytes += head.length + body.length;
}

export function endTurn(state: TurnState): void {
  state.poll = 0;
  state.outputBytes = 0;
}

export const initialTurnState = (): TurnState => ({
  position: POSITION_ZERO,
  hashedPosition: POSITION_ZERO,
  guestMs: 0,
  poll: 0,
  outputBytes: 0,
});

/** Between two turns, at a hash point. */
export const restingAt = (at: Position, guestMs: number): TurnState => ({
  ...initialTurnState(),
  position: at,
  hashedPosition: at,
  guestMs,
});
