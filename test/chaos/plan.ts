/**
 * What happens in a run of random faults: drawn from one number, so that a failure can be repeated. The plan
 * is the same each time, its timing is not.
 */
import { randomFrom } from '../support/random.ts';

export type ArbiterKind = 'etcd' | 'file';

interface Kind {
  /** Where it can be done; everywhere without. */
  readonly with?: ArbiterKind | 'loss';
  /** How long it lasts, the shortest and the longest. */
  readonly holdMs: readonly [number, number];
  /** A number of its own: percent, milliseconds. */
  readonly amount?: readonly [number, number];
}

/**
 * A fault by its name; "the primary", "the backup" and "the spare" are those of
 * the moment, when nothing is missing.
 */
export const FAULTS = {
  'kill the primary': { holdMs: [0, 500] },
  'kill the backup': { holdMs: [0, 500] },
  'kill the spare': { holdMs: [0, 500] },
  'kill the primary and the spare': { holdMs: [0, 500] },
  'kill the primary, then its successor': { holdMs: [0, 500] },
  'kill the backup, then the joiner in its transfer': { holdMs: [0, 400], amount: [5, 80] },
  'stop the primary': { holdMs: [50, 3_000] },
  'stop the backup': { holdMs: [50, 3_000] },
  'stop the spare': { holdMs: [50, 3_000] },
  'stop the joiner in its transfer': { holdMs: [50, 2_000], amount: [5, 80] },
  'cut the joiner off in its transfer': { holdMs: [50, 2_000], amount: [5, 80] },
  'cut the spare from the primary': { holdMs: [100, 3_000] },
  'cut the pair': { holdMs: [100, 3_000] },
  'cut the way to the backup': { holdMs: [100, 3_000] },
  'cut the way to the primary': { holdMs: [100, 3_000] },
  'unplug the primary': { holdMs: [100, 3_000] },
  'unplug the backup': { holdMs: [100, 3_000] },
  'bursts of silence in the pair': { holdMs: [50, 400], amount: [2, 5] },
  'delay in the pair': { holdMs: [500, 3_000], amount: [5, 150] },
  'a stall in the pair': { holdMs: [100, 1_500] },
  'a torn message': { holdMs: [0, 500] },
  'loss in the pair': { with: 'loss', holdMs: [1_000, 4_000], amount: [1, 30] },
  'unplug the arbiter': { with: 'etcd', holdMs: [500, 3_000] },
  'kill the arbiter': { with: 'etcd', holdMs: [0, 2_000] },
  'stop the arbiter': { with: 'etcd', holdMs: [500, 3_000] },
  'cut the primary from the arbiter': { with: 'etcd', holdMs: [500, 3_000] },
  'cut the backup from the arbiter': { with: 'etcd', holdMs: [500, 3_000] },
  'cut the primary from the arbiter, kill the backup': { with: 'etcd', holdMs: [500, 3_000] },
  'cut the backup from the arbiter, kill the primary': { with: 'etcd', holdMs: [500, 3_000] },
  'cut the primary from both': { with: 'etcd', holdMs: [300, 3_000] },
  'cut the backup from both': { with: 'etcd', holdMs: [300, 3_000] },
  'kill the arbiter and the backup': { with: 'etcd', holdMs: [300, 2_000] },
  'kill the arbiter and the primary': { with: 'etcd', holdMs: [300, 2_000] },
  'fill the disk': { with: 'file', holdMs: [300, 2_000] },
  'fill the disk, kill the primary': { with: 'file', holdMs: [300, 2_000] },
  'fill the disk, kill the backup': { with: 'file', holdMs: [300, 2_000] },
  'fill the disk, cut the pair': { with: 'file', holdMs: [700, 2_000] },
} as const satisfies Readonly<Record<string, Kind>>;

export type FaultName = keyof typeof FAULTS;

export interface Step {
  readonly number: number;
  /** From a complete pair to the fault. */
  readonly calmMs: number;
  readonly fault: FaultName;
  readonly holdMs: number;
  readonly amount: number;
  /** Where in the middle of something it comes, 0 to 1. */
  readonly share: number;
}

const CALM_MS = [0, 1_000] as const;

/** Without end. What can be done here is part of what the plan depends on. */
export function* planFrom(
  seed: number,
  possible: { readonly arbiter: ArbiterKind; readonly loss: boolean },
): Generator<Step, never> {
  const random = randomFrom(seed);
  const between = ([least, most]: readonly [number, number]): number =>
    Math.round(least + random() * (most - least));
  const names = (Object.keys(FAULTS) as FaultName[]).filter((name) => {
    const needs = (FAULTS[name] as Kind).with;
    return needs === undefined || (needs === 'loss' ? possible.loss : needs === possible.arbiter);
  });
  let round: FaultName[] = [];
  for (let number = 1; ; number += 1) {
    // Each once before any comes again.
    if (round.length === 0) round = [...names];
    const [fault = 'kill the primary'] = round.splice(Math.floor(random() * round.length), 1);
    const kind: Kind = FAULTS[fault];
    // Drawn in any case, so that one fault's numbers do not move another's.
    const [calmMs, holdMs, amount] = [between(CALM_MS), between(kind.holdMs), between(kind.amount ?? [0, 0])];
    yield { number, calmMs, fault, holdMs, amount, share: random() };
  }
}

export const stepText = ({ fault, holdMs, amount }: Step): string =>
  `${fault}, ${holdMs} ms${amount === 0 ? '' : `, amount ${amount}`}`;
