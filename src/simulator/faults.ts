/**
 * The faults of a run: what can happen to hosts, to the network between them, to their clocks and to
 * the way to the arbiter. A fault is a value with a time, drawn from the seed before the run; a
 * shrunk plan is one with fewer of them.
 *
 * To add a kind: its type into `FaultEffect`, its row into `FAULTS`, its performance into world/injector.ts.
 * The compiler asks for each, and the table of hits (coverage.ts) for a run in which it happens.
 */
import type { Prng } from '../base/prng.ts';
import type { Status } from '../protocol/status.ts';
import type { Settings } from './settings.ts';

export type FaultEffect =
  /** power: nobody is told, and what was on its way is lost. asked: SIGTERM, it says goodbye. */
  | { readonly kind: 'crash'; readonly how: 'process' | 'power' | 'asked' }
  /** SIGSTOP, and SIGCONT after a while. */
  | { readonly kind: 'pause'; readonly forMs: number }
  /** Between the host and all others. in, out: as this host sees it. */
  | { readonly kind: 'partition'; readonly direction: 'both' | 'in' | 'out'; readonly forMs: number }
  /** Its connections to other hosts break behind this many bytes of what is on its way. */
  | { readonly kind: 'break'; readonly bytes: number }
  | { readonly kind: 'delay'; readonly addMs: number; readonly forMs: number }
  /** Its vCPU takes so many times as long. */
  | { readonly kind: 'slow-vcpu'; readonly factor: number; readonly forMs: number }
  | { readonly kind: 'wall-jump'; readonly byMs: number }
  | { readonly kind: 'drift'; readonly rate: number }
  | { readonly kind: 'arbiter-down'; readonly how: 'refuses' | 'silent'; readonly forMs: number }
  /** Its questions arrive and are acted upon; no answer comes back. */
  | { readonly kind: 'arbiter-deaf'; readonly forMs: number }
  | { readonly kind: 'arbiter-slow'; readonly addMs: number; readonly forMs: number }
  /**
   * No faults, but somebody's wishes: the roles are to change, the memory's
   * limit, the machine is to be switched off.
   */
  | { readonly kind: 'switch-over' }
  | { readonly kind: 'limits'; readonly memoryMaximumBytes: number }
  | { readonly kind: 'stop' }
  /** The clients' connections break. */
  | { readonly kind: 'reset-clients' };

export type FaultKind = FaultEffect['kind'];

/** At a time, or a while after some host enters a status for the nth time. */
export type FaultTime =
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'entering'; readonly status: Status; readonly nth: number; readonly afterMs: number };

/**
 * Whom it hits, by what it is at that moment. live: whom the arbiter's record names.
 * backup: the youngest other one. subject: whoever entered the status. other: the youngest
 * that is not the subject. all: every host.
 */
export type FaultTarget = 'live' | 'backup' | 'subject' | 'other' | 'all';

export interface Fault {
  readonly time: FaultTime;
  readonly target: FaultTarget;
  readonly effect: FaultEffect;
}

type Draw = (prng: Prng, settings: Settings) => FaultEffect;

/** Real clocks keep nearer to each other than this. */
const DRIFT = 0.0004;
const KIB = 1024;
const LIMITS_MIB = [16, 64, 512] as const;

/** A time around the one at which suspicion begins, now and then far beyond. */
function spell(prng: Prng, { suspectAfterMs }: Settings): number {
  const share = prng.pick([0.1, 0.4, 0.9, 1.1, 1.6, 3]);
  return Math.round(share * suspectAfterMs * (0.7 + 0.6 * prng.unit()));
}

export const FAULTS: Readonly<Record<FaultKind, Draw>> = {
  crash: (prng) => ({ kind: 'crash', how: prng.pick(['process', 'process', 'power', 'asked']) }),
  pause: (prng, settings) => ({ kind: 'pause', forMs: spell(prng, settings) }),
  partition: (prng, settings) => ({
    kind: 'partition',
    direction: prng.pick(['both', 'both', 'in', 'out']),
    forMs: spell(prng, settings),
  }),
  break: (prng) => ({
    kind: 'break',
    bytes: prng.pick([0, 0, prng.between(1, 200), prng.between(1, 4 * KIB)]),
  }),
  delay: (prng, settings) => ({
    kind: 'delay',
    addMs: Math.round(settings.suspectAfterMs * prng.pick([0.02, 0.1, 0.4, 0.9])),
    forMs: spell(prng, settings),
  }),
  'slow-vcpu': (prng, settings) => ({
    kind: 'slow-vcpu',
    factor: prng.pick([2, 5, 20, 100]),
    forMs: spell(prng, settings),
  }),
  'wall-jump': (prng) => ({
    kind: 'wall-jump',
    byMs: prng.pick([-3_600_000, -700, -40, 40, 900, 86_400_000]),
  }),
  drift: (prng) => ({ kind: 'drift', rate: 1 + DRIFT * (2 * prng.unit() - 1) }),
  'arbiter-down': (prng, settings) => ({
    kind: 'arbiter-down',
    how: prng.pick(['refuses', 'silent']),
    forMs: 2 * spell(prng, settings),
  }),
  'arbiter-deaf': (prng, settings) => ({ kind: 'arbiter-deaf', forMs: 2 * spell(prng, settings) }),
  'arbiter-slow': (prng, settings) => ({
    kind: 'arbiter-slow',
    addMs: Math.round(settings.arbiterAnswerMs * prng.pick([0.1, 0.5, 1.2, 3])),
    forMs: 2 * spell(prng, settings),
  }),
  'switch-over': () => ({ kind: 'switch-over' }),
  limits: (prng) => ({ kind: 'limits', memoryMaximumBytes: prng.pick(LIMITS_MIB) * KIB * KIB }),
  stop: () => ({ kind: 'stop' }),
  'reset-clients': () => ({ kind: 'reset-clients' }),
};

export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

/** Faults that need not be of a host of one's own choice, but of the way that all of them share. */
const SHARED: ReadonlySet<FaultKind> = new Set(['arbiter-down', 'arbiter-deaf', 'arbiter-slow']);

/**
 * Statuses whose beginning can start a fault: all those that lead
 * somewhere, the short and rare ones more often.
 */
const OCCASIONS: readonly [Status, ...Status[]] = [
  'solo',
  'transferring',
  'listing',
  'protected',
  'doubting',
  'doubting',
  'claiming-solo',
  'claiming-solo',
  'handing-over',
  'handing-over',
  'joining',
  'waiting',
  'receiving',
  'receiving',
  'catching-up',
  'following',
  'succeeding',
  'succeeding',
  'sealed',
  'sealed',
  'claiming-epoch',
  'claiming-epoch',
  'going-live',
  'going-live',
  'going-live',
  'going-live',
];

const FAULTS_AT_MOST = 10;
const KINDS_AT_MOST = 6;

/** Swarm style: a run has a few kinds of faults, so that none of them is always hidden by another. */
export function drawFaults(prng: Prng, settings: Settings): readonly Fault[] {
  const kinds = Array.from(
    { length: prng.between(1, KINDS_AT_MOST) },
    () => prng.pick(FAULT_KINDS) ?? 'crash',
  );
  const onOccasion = prng.pick([0, 0.4, 0.8]);
  return Array.from({ length: prng.between(1, FAULTS_AT_MOST) }).flatMap(() => {
    const kind = prng.pick(kinds) ?? 'crash';
    const effect = FAULTS[kind](prng, settings);
    const isShared = SHARED.has(kind) && prng.chance(0.5);
    if (prng.chance(onOccasion)) {
      const status = prng.pick(OCCASIONS);
      const target = isShared ? 'all' : prng.pick(['subject', 'subject', 'other']);
      return [...instigate(prng, settings, status), { time: occasion(prng, status), target, effect }];
    }
    const target = isShared ? 'all' : prng.pick(['live', 'backup']);
    return [{ time: anyTime(prng, settings), target, effect }];
  });
}

const anyTime = (prng: Prng, { safetyMs }: Settings): FaultTime => ({
  kind: 'at',
  atMs: prng.between(0, safetyMs),
});

function occasion(prng: Prng, status: Status): FaultTime {
  const afterMs = prng.pick([0, 0, 0, prng.unit() * 3, prng.unit() * 30]);
  return { kind: 'entering', status, nth: prng.pick([1, 1, 1, 2, 3]), afterMs };
}

/**
 * A fault that waits for a take-over, or for a loss of the backup, waits
 * in vain when nothing brings one about.
 */
function instigate(prng: Prng, settings: Settings, status: Status): readonly Fault[] {
  const target = INSTIGATED.get(status);
  if (target === undefined) return [];
  const kind = prng.pick(['crash', 'crash', 'pause', 'partition', 'break']);
  if (status === 'handing-over' || status === 'succeeding')
    return [{ time: anyTime(prng, settings), target, effect: { kind: 'switch-over' } }];
  return [{ time: anyTime(prng, settings), target, effect: FAULTS[kind](prng, settings) }];
}

/** Statuses that come of the loss of somebody. */
const INSTIGATED: ReadonlyMap<Status, FaultTarget> = new Map([
  ['doubting', 'backup'],
  ['claiming-solo', 'backup'],
  ['handing-over', 'live'],
  ['succeeding', 'live'],
  ['sealed', 'live'],
  ['claiming-epoch', 'live'],
  ['going-live', 'live'],
]);
