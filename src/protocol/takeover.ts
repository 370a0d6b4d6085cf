/**
 * The test-and-set (FT §2.3): who may be live is decided by the arbiter's record and by
 * nothing else. Going live, going solo and every change of the in-sync list are one claim on
 * the next epoch, which is granted once (I2).
 *
 * The record is read first; an arbiter that cannot be read means wait and ask again, never guess. A claim
 * whose answer was lost is recognised by its id at the next read. Whether losing or winning means what, the
 * roles decide (primary.ts, backup.ts).
 */
import { invariant } from '../base/assert.ts';
import { epoch } from '../base/brands.ts';
import { announce, emit, note } from './orders.ts';
import type { ArbiterRecord, ClaimAnswer, Incarnation, ReadAnswer } from './record.ts';
import type { Attempt, AttemptPurpose, Core } from './state.ts';

export type Verdict =
  /** Nothing decided: an answer is awaited or will be asked for again. */
  | { readonly kind: 'pending' }
  /** The claim is leaving this host with this step: no way back from here. */
  | { readonly kind: 'claim-left' }
  /** A `check` found this host's own epoch still in force. */
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'won'; readonly purpose: AttemptPurpose; readonly record: ArbiterRecord }
  | { readonly kind: 'lost'; readonly purpose: AttemptPurpose; readonly record: ArbiterRecord };

const PENDING: Verdict = { kind: 'pending' };

/** Starts an attempt; an earlier one is forgotten, its late answers are ignored. */
export function attempt(core: Core, purpose: AttemptPurpose, inSync: readonly Incarnation[]): void {
  const expectedEpoch = purpose === 'first' ? null : core.epoch;
  core.attempt = {
    purpose,
    expectedEpoch,
    next: nextRecord(core, expectedEpoch === null ? 0 : expectedEpoch, inSync),
    phase: 'reading',
    claimsSent: 0,
    retryAtMs: Number.POSITIVE_INFINITY,
    retryMs: core.config.arbiterRetryFirstMs,
  };
  emit(core, { kind: 'read-arbiter' });
}

function nextRecord(core: Core, after: number, inSync: readonly Incarnation[]): ArbiterRecord {
  core.claimsMade += 1;
  const { incarnation, url } = core.config;
  return { epoch: epoch(after + 1), claimId: `${incarnation}/${core.claimsMade}`, incarnation, url, inSync };
}

/** True once a claim of the present attempt has left this host. */
export const isCommitted = (core: Core): boolean => core.attempt !== null && core.attempt.claimsSent > 0;

export function recordRead(core: Core, answer: ReadAnswer): Verdict {
  const current = core.attempt;
  if (current?.phase !== 'reading') return PENDING;
  if (answer.kind === 'unreachable') return wait(core, current, answer.reason);
  return decide(core, current, answer.record);
}

export function claimAnswered(core: Core, claimId: string, answer: ClaimAnswer): Verdict {
  const current = core.attempt;
  if (current?.phase !== 'claiming' || current.next.claimId !== claimId) return PENDING;
  switch (answer.kind) {
    case 'won':
      return win(core, current, current.next);
    case 'unreachable':
      return wait(core, current, answer.reason);
    case 'lost':
      return lostClaim(core, current, answer.record);
  }
}

/**
 * The newer record may be this host's own, from a claim whose answer was lost.
 * Without a newer one nothing is decided.
 */
function lostClaim(core: Core, current: Attempt, record: ArbiterRecord | null): Verdict {
  if (record !== null && record.epoch > (current.expectedEpoch ?? 0)) return decide(core, current, record);
  return wait(core, current, 'it refused a claim that its record allows');
}

/** Asks again when it is time to. */
export function retryWhenDue(core: Core): void {
  const current = core.attempt;
  if (current?.phase !== 'waiting' || core.nowMs < current.retryAtMs) return;
  current.phase = 'reading';
  emit(core, { kind: 'read-arbiter' });
}

function wait(core: Core, current: Attempt, reason: string): Verdict {
  const isFirst = current.retryMs === core.config.arbiterRetryFirstMs;
  if (isFirst) announce(core, { event: 'waiting-for-arbiter', reason });
  current.phase = 'waiting';
  current.retryAtMs = core.nowMs + current.retryMs;
  current.retryMs = Math.min(current.retryMs * 2, core.config.arbiterRetryMaximumMs);
  note(core, `arbiter: ${reason}; asked again in ${current.retryAtMs - core.nowMs} ms`);
  return PENDING;
}

/** What the record means for this attempt. */
function decide(core: Core, current: Attempt, record: ArbiterRecord | null): Verdict {
  if (record === null) {
    if (current.expectedEpoch === null) return claim(core, current);
    return wait(core, current, 'it has no record of this VM');
  }
  if (record.claimId === current.next.claimId) return win(core, current, record);
  if (current.expectedEpoch === null) return lose(core, current, record);
  if (record.epoch < current.expectedEpoch) {
    return wait(core, current, `its record (epoch ${record.epoch}) is older than epoch ${core.epoch}`);
  }
  if (!mayClaimAfter(core, current, record)) return lose(core, current, record);
  if (current.purpose === 'check') {
    core.attempt = null;
    return { kind: 'confirmed' };
  }
  if (record.epoch > current.expectedEpoch) rebase(core, current, record);
  return claim(core, current);
}

/**
 * The live host may follow itself: a newer record of its own is a claim whose answer was lost. A
 * backup may follow a record that lists it, even one it was not told of: outputs have waited for
 * it since before that claim was sent.
 */
function mayClaimAfter(core: Core, current: Attempt, record: ArbiterRecord): boolean {
  const { incarnation } = core.config;
  return current.purpose === 'go-live' || current.purpose === 'succeed'
    ? record.inSync.includes(incarnation)
    : record.incarnation === incarnation;
}

function rebase(core: Core, current: Attempt, record: ArbiterRecord): void {
  current.expectedEpoch = record.epoch;
  current.next = nextRecord(core, record.epoch, current.next.inSync);
}

function claim(core: Core, current: Attempt): Verdict {
  invariant('I2', current.purpose !== 'check', 'a check never claims');
  current.phase = 'claiming';
  current.claimsSent += 1;
  emit(core, { kind: 'claim', expectedEpoch: current.expectedEpoch, next: current.next });
  return { kind: 'claim-left' };
}

function win(core: Core, current: Attempt, record: ArbiterRecord): Verdict {
  invariant('I2', record.epoch > core.epoch, `epoch ${record.epoch} won after epoch ${core.epoch}`);
  core.attempt = null;
  core.epoch = record.epoch;
  return { kind: 'won', purpose: current.purpose, record };
}

function lose(core: Core, current: Attempt, record: ArbiterRecord): Verdict {
  core.attempt = null;
  return { kind: 'lost', purpose: current.purpose, record };
}

/** `epoch 3 belongs to 4f2a (http://…)`: what a loser says. */
export const ownerOf = (record: ArbiterRecord): string =>
  `epoch ${record.epoch} belongs to ${record.incarnation} (${record.url})`;
