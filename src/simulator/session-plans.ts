/**
 * What a seed decides about sessions besides their requests: whether the plan's clients share one, as one
 * client that asks several things at a time, and whether the machine forgets sessions within the run.
 */
import type { Prng } from '../base/prng.ts';
import type { PlannedRequest } from './guest/guest.ts';
import type { Plan } from './plan.ts';

const SHARED_SHARE = 0.5;
const SHORT_SHARE = 0.25;
const LIFETIMES_MS = [2_500, 4_000] as const;
/**
 * Requests come in so many bursts, each for part of a lifetime, with more than one between the beginnings of
 * two: sessions are idle for long enough, or nearly.
 */
const BURSTS = 3;
const BURST_EVERY_LIFETIMES = 1.4;
const BURST_LIFETIMES = [0.1, 0.4, 1] as const;
/** Clients that share a session ask at the same moments, and one thing after the other then. */
const MOMENTS = 6;
/** Late copies come after so many. */
const COPIES_AFTER_LIFETIMES = [0.1, 0.7, 1.3] as const;
/** Slots that one of several clients has to itself. */
const OWN_SLOTS = 3;

/** A plan without sessions stays as it is. */
export function drawSessions(prng: Prng, plan: Plan): Plan {
  const isShared = prng.chance(SHARED_SHARE);
  const isShort = prng.chance(SHORT_SHARE);
  if (!plan.requests.some(({ session }) => session !== undefined)) return plan;
  const remembered = isShort ? shorten(prng, plan) : plan;
  if (!isShared) return remembered;
  const { requests, settings } = remembered;
  const everyMs = settings.safetyMs / MOMENTS;
  return { ...remembered, requests: requests.map((request) => share(request, everyMs)) };
}

/** All in the first client's session, each client with slots of its own. */
function share(request: PlannedRequest, everyMs: number): PlannedRequest {
  const { session, client } = request;
  const atMs = Math.floor(request.atMs / everyMs) * everyMs;
  if (session === undefined) return { ...request, atMs };
  return { ...request, atMs, session: { ...session, of: 1, slot: session.slot + OWN_SLOTS * (client - 1) } };
}

/**
 * A key is forgotten as early, and whoever asks with it after that asks
 * for something new: so all have numbers.
 */
function shorten(prng: Prng, plan: Plan): Plan {
  const { safetyMs } = plan.settings;
  const lifetimeMs = prng.pick(LIFETIMES_MS);
  const burst = prng.pick(BURST_LIFETIMES);
  const requests = plan.requests.map((request) => {
    const bursts = (request.atMs / safetyMs) * BURSTS;
    const whole = Math.floor(bursts);
    const atMs = (whole * BURST_EVERY_LIFETIMES + (bursts - whole) * burst) * lifetimeMs;
    const copyAfterMs = prng.pick(COPIES_AFTER_LIFETIMES) * lifetimeMs;
    if (!request.keyed) return { ...request, atMs };
    const { slot, copyAfterMs: once } = request.session ?? { slot: 0, copyAfterMs: 0 };
    return { ...request, atMs, session: { slot, copyAfterMs: once === null ? null : copyAfterMs } };
  });
  const lastMs = BURSTS * BURST_EVERY_LIFETIMES * lifetimeMs;
  const settings = { ...plan.settings, sessionLifetimeMs: lifetimeMs, safetyMs: Math.max(safetyMs, lastMs) };
  return { ...plan, settings, requests };
}
