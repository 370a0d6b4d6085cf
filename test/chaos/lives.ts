/**
 * What a host process has said, cut into its lives: a host that was a spare once and lost its machine begins
 * anew with another, in the same process.
 */
import { type StatusLine, statusIn } from './status.ts';

/** A process, as far as it can be judged afterwards. */
export interface HostStory {
  readonly name: string;
  /** Where clients find it. */
  readonly node: string;
  readonly lines: readonly string[];
  readonly exit: { readonly code: number | null; readonly signal: string | null } | undefined;
  /** Its end, if it came, was not its own. */
  readonly isKilled: boolean;
}

/** A machine in one process, from its boot to its end: an incarnation. */
export interface Life {
  readonly name: string;
  readonly node: string;
  readonly lines: readonly string[];
  readonly statuses: readonly StatusLine[];
}

const NEXT_LIFE = /^coming back as a spare, life \d+$/;

export function livesOf({ name, node, lines }: HostStory): Life[] {
  const pieces: string[][] = [[]];
  for (const line of lines) {
    if (NEXT_LIFE.test(line)) pieces.push([]);
    pieces.at(-1)?.push(line);
  }
  return pieces.map((piece, index) => ({
    name: index === 0 ? name : `${name}, life ${index + 1}`,
    node,
    lines: piece,
    statuses: piece.map(statusIn).filter((status) => status !== undefined),
  }));
}
