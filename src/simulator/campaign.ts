/**
 * Many seeds, one after the other: what broke, with a small plan for each, and
 * which fault has hit whom in which status.
 */
import type { Hits } from './coverage.ts';
import { noHits } from './coverage.ts';
import type { Guest } from './guest/guest.ts';
import type { Plan } from './plan.ts';
import { type Shrunk, shrinkPlan } from './shrink.ts';
import { type Outcome, simulate, type Violation } from './simulation.ts';

export interface CampaignOptions {
  readonly firstSeed: number;
  readonly runs: number;
  draw(seed: number): Plan;
  guestOf(plan: Plan): Guest;
  /** Looked at between two runs. */
  isStopAsked(): boolean;
  /** The campaign goes on after a failure, up to this many. */
  readonly failuresAtMost: number;
}

export interface Failure {
  readonly seed: number;
  readonly plan: Plan;
  readonly violation: Violation;
  readonly shrunk: Shrunk;
}

export interface CampaignResult {
  readonly runs: number;
  readonly failures: readonly Failure[];
  readonly hits: Hits;
  /** What happened in the last run. */
  readonly lines: readonly string[];
  readonly figures: {
    readonly goLives: number;
    readonly replies: number;
    readonly outputs: number;
    readonly lost: number;
    readonly virtualMs: number;
    /** Runs in which clients waited in vain while the program asked servers that are refused. */
    readonly unanswered: number;
    readonly refused: readonly string[];
  };
}

/** What a campaign tells as it goes; each step is one run. */
export function* runCampaign(options: CampaignOptions): Generator<Failure | null, CampaignResult, void> {
  const hits = noHits();
  const failures: Failure[] = [];
  const figures = { goLives: 0, replies: 0, outputs: 0, lost: 0, virtualMs: 0, unanswered: 0 };
  const refused = new Set<string>();
  let runs = 0;
  let lines: readonly string[] = [];
  while (runs < options.runs && !options.isStopAsked() && failures.length < options.failuresAtMost) {
    const seed = options.firstSeed + runs;
    const plan = options.draw(seed);
    const outcome = simulate(plan, options.guestOf(plan));
    runs += 1;
    lines = outcome.lines;
    hits.add(outcome.hits);
    figures.goLives += outcome.figures.goLives;
    figures.replies += outcome.figures.replies;
    figures.outputs += outcome.figures.outputs;
    figures.lost += outcome.figures.isLost ? 1 : 0;
    figures.virtualMs += outcome.figures.virtualMs;
    figures.unanswered += outcome.figures.isUnanswered ? 1 : 0;
    for (const server of outcome.figures.refused) refused.add(server);
    const failure = failureOf(plan, outcome, options);
    if (failure !== null) failures.push(failure);
    yield failure;
  }
  return { runs, failures, hits, lines, figures: { ...figures, refused: [...refused] } };
}

function failureOf(plan: Plan, outcome: Outcome, { guestOf }: CampaignOptions): Failure | null {
  const { violation } = outcome;
  if (violation === null) return null;
  const shrunk = shrinkPlan(plan, outcome, (candidate) => simulate(candidate, guestOf(candidate)));
  return { seed: plan.seed, plan, violation, shrunk };
}
