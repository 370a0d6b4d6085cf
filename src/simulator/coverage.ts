/** Which fault has hit a host in which status, and how often: what a campaign has seen. */
import type { Status } from '../protocol/status.ts';
import { FAULT_KINDS, type FaultKind } from './faults.ts';

/** The statuses that a table of hits shows: all in which a host is at work. */
export const PHASES = [
  'solo',
  'transferring',
  'listing',
  'protected',
  'doubting',
  'claiming-solo',
  'handing-over',
  'joining',
  'waiting',
  'receiving',
  'catching-up',
  'following',
  'succeeding',
  'sealed',
  'claiming-epoch',
  'going-live',
] as const satisfies readonly Status[];

export type Phase = (typeof PHASES)[number];

const isPhase = (status: Status): status is Phase => (PHASES as readonly Status[]).includes(status);

export interface Hits {
  count(kind: FaultKind, status: Status): void;
  of(kind: FaultKind, phase: Phase): number;
  add(other: Hits): void;
}

export function noHits(): Hits {
  const counts = new Map<string, number>();
  const raise = (key: string, by: number): void => void counts.set(key, (counts.get(key) ?? 0) + by);
  const hits: Hits = {
    count: (kind, status) => {
      if (isPhase(status)) raise(`${kind} ${status}`, 1);
    },
    of: (kind, phase) => counts.get(`${kind} ${phase}`) ?? 0,
    add: (other) => {
      for (const kind of FAULT_KINDS) {
        for (const phase of PHASES) raise(`${kind} ${phase}`, other.of(kind, phase));
      }
    },
  };
  return hits;
}

/** Statuses in which a host asks the arbiter nothing. */
const NEVER_ASKS: ReadonlySet<Phase> = new Set([
  'solo',
  'transferring',
  'protected',
  'joining',
  'waiting',
  'receiving',
  'catching-up',
  'following',
  'handing-over',
  'going-live',
]);

const ARBITER_FAULTS: ReadonlySet<FaultKind> = new Set(['arbiter-down', 'arbiter-deaf', 'arbiter-slow']);

/**
 * Why a fault cannot hit a host in this status; null when it can. The one table of cells that may stay zero.
 */
export function whyNever(kind: FaultKind, phase: Phase): string | null {
  if (ARBITER_FAULTS.has(kind) && NEVER_ASKS.has(phase))
    return 'a host in this status asks the arbiter nothing';
  return null;
}
