/**
 * The log and the machine disagree: this machine is not the one that was
 * recorded (I3). Says where, and both sides.
 */
import type { Position } from '../base/brands.ts';

export class Divergence extends Error {
  override readonly name = 'Divergence';
  readonly position: Position;
  readonly expected: string;
  readonly actual: string;

  /**
   * `position`: of the entry that does not fit; `expected`: what the log says; `actual`: what the
   * machine did; `detail`: where to look.
   */
  constructor(position: Position, expected: string, actual: string, detail = '') {
    super(`diverged at ${position}: expected ${expected}, got ${actual}${detail}`);
    this.position = position;
    this.expected = expected;
    this.actual = actual;
  }
}
