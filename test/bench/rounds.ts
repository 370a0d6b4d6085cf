/**
 * Contestants take turns: each round begins with another one, so that
 * nobody always follows the same neighbour.
 */
export function turnsOf<T>(contestants: readonly T[], round: number): readonly T[] {
  const first = round % contestants.length;
  return [...contestants.slice(first), ...contestants.slice(0, first)];
}

/** One value of each round: `of(round)`. */
export const perRound = (rounds: number, of: (round: number) => number): readonly number[] =>
  Array.from({ length: rounds }, (_, round) => of(round));
