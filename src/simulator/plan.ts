/**
 * The plan of a run: everything that a seed decides, drawn before anything happens. A run is a
 * function of its plan, so a plan with something left out is again a run: that is what shrinking
 * needs, and what a regression test keeps.
 */
import type { Fault } from './faults.ts';
import type { PlannedRequest } from './guest/guest.ts';
import type { Listeners } from './listeners.ts';
import type { Settings } from './settings.ts';

export interface Plan extends Listeners {
  readonly seed: number;
  readonly settings: Settings;
  readonly faults: readonly Fault[];
  readonly requests: readonly PlannedRequest[];
}
