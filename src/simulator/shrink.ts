/**
 * From a plan that breaks an invariant to a smaller one that breaks the same: faults and
 * requests are left out, first many at a time, then fewer, until none can be left out any more
 * (delta debugging: Zeller and Hildebrandt).
 */
import type { PlannedReader, PlannedSocket } from './listeners.ts';
import type { Plan } from './plan.ts';
import type { Outcome } from './simulation.ts';

export interface Shrunk {
  readonly plan: Plan;
  readonly outcome: Outcome;
  /** How many plans were tried. */
  readonly runs: number;
}

/** Plans tried at most: a small plan is a convenience, not worth any price. */
const RUNS_AT_MOST = 400;

export function shrinkPlan(plan: Plan, outcome: Outcome, play: (plan: Plan) => Outcome): Shrunk {
  const broken = outcome.violation?.invariant;
  let best = { plan, outcome };
  let runs = 0;
  const stillFails = (candidate: Plan): boolean => {
    if (runs >= RUNS_AT_MOST) return false;
    runs += 1;
    const result = play(candidate);
    if (result.violation?.invariant !== broken) return false;
    best = { plan: candidate, outcome: result };
    return true;
  };
  // Each thing left out makes room for others; faults first, for they tell the story.
  for (let before = -1; before !== sizeOf(best.plan) && runs < RUNS_AT_MOST; ) {
    before = sizeOf(best.plan);
    leaveOut(best.plan.faults, (faults) => stillFails({ ...best.plan, faults }));
    leaveOut(best.plan.requests, (requests) => stillFails({ ...best.plan, requests }));
    leaveOutListeners(() => best.plan, stillFails);
  }
  return { ...best, runs };
}

const sizeOf = ({ faults, requests, sockets = [], readers = [] }: Plan): number =>
  faults.length +
  requests.length +
  [...sockets, ...readers].reduce((sum, { losses }) => sum + 1 + losses.length, 0) +
  sockets.reduce((sum, { says }) => sum + says.length, 0);

/** Whole ones, then what each of them says and loses. */
function leaveOutListeners(best: () => Plan, stillFails: (plan: Plan) => boolean): void {
  const socketsOf = ({ sockets = [] }: Plan): readonly PlannedSocket[] => sockets;
  const readersOf = ({ readers = [] }: Plan): readonly PlannedReader[] => readers;
  leaveOut(socketsOf(best()), (sockets) => stillFails({ ...best(), sockets }));
  leaveOut(readersOf(best()), (readers) => stillFails({ ...best(), readers }));
  socketsOf(best()).forEach(({ says, losses }, index) => {
    const tries = (part: Partial<PlannedSocket>): boolean =>
      stillFails({ ...best(), sockets: changed(socketsOf(best()), index, part) });
    leaveOut(says, (rest) => tries({ says: rest }));
    leaveOut(losses, (rest) => tries({ losses: rest }));
  });
  readersOf(best()).forEach(({ losses }, index) => {
    leaveOut(losses, (rest) =>
      stillFails({ ...best(), readers: changed(readersOf(best()), index, { losses: rest }) }),
    );
  });
}

const changed = <T>(list: readonly T[], index: number, part: Partial<T>): readonly T[] =>
  list.map((one, at) => (at === index ? { ...one, ...part } : one));

/** Tries ever smaller pieces of the list for being left out; `stillFails` keeps what it accepts. */
function leaveOut<T>(list: readonly T[], stillFails: (rest: readonly T[]) => boolean): void {
  let kept = list;
  for (let piece = kept.length; piece >= 1; piece = Math.floor(piece / 2)) {
    for (let at = 0; at < kept.length; ) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + piece)];
      if (stillFails(rest)) kept = rest;
      else at += piece;
    }
  }
}
