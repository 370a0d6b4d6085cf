/**
 * The guest's clock as a backup knows it, so that it can go on with it (I6). Heartbeats tell it. A heartbeat
 * that was held up tells an old time, and a single one cannot tell how long it was on its way; so whoever
 * joins answers each at once, and is listed when one such round trip was quick: then it was on its way no
 * longer than that. Later ones can only better the estimate.
 */
import type { HeartbeatFrame } from './frames.ts';
import type { BackupRole, Core, PrimaryRole, Successor } from './state.ts';

/** A successor's clock may be behind by this much. */
const QUICK_ECHO_MS = 20;
/**
 * So many round trips, each begun after the one before had come back, were slow: so is the
 * network, and nothing better will come.
 */
const SLOW_ECHOES = 5;
/**
 * Two hosts' clocks drift apart by less than this share: an estimate of their difference
 * is trusted a little less each second.
 */
const CLOCK_DRIFT = 0.001;
/** I6: a second of real time moves a guest's clock by at least so many seconds. */
const SLOWEST_CLOCK = 0.9;

// The primary's side.

/** With each tick; null while the machine has no clock of this host's. */
export function clockRead(core: Core, role: PrimaryRole, guestMs: number | null): void {
  if (guestMs === null) role.guestClock = null;
  else role.guestClock = { guestMs, readAtMs: core.nowMs, sinceMs: role.guestClock?.sinceMs ?? core.nowMs };
}

/** What a heartbeat says now: the last tick may be a while ago. */
export const guestClockNow = (core: Core, { guestClock }: PrimaryRole): number | null =>
  guestClock === null ? null : Math.floor(guestClock.guestMs + core.nowMs - guestClock.readAtMs);

/** The successor has heard what this host said at `echoMs`. */
export function clockEchoed(
  core: Core,
  role: PrimaryRole,
  successor: Successor,
  { echoMs }: HeartbeatFrame,
): void {
  const { guestClock } = role;
  // Before that, heartbeats told no clock.
  if (guestClock === null || echoMs < guestClock.sinceMs) return;
  const { clockTold } = successor;
  if (core.nowMs - echoMs <= QUICK_ECHO_MS) clockTold.quick = true;
  else if (echoMs >= clockTold.slowAtMs) {
    clockTold.slow += 1;
    clockTold.slowAtMs = core.nowMs;
  }
}

/** It can go on with the clock, as exactly as the network allows. */
export const isClockTold = ({ clockTold: { quick, slow } }: Successor): boolean =>
  quick || slow >= SLOW_ECHOES;

// The backup's side.

/** Another primary has another clock. */
export function forgetClock(role: BackupRole): void {
  role.clock = null;
  role.ahead = { ms: Number.POSITIVE_INFINITY, atMs: 0 };
}

export function clockHeard(core: Core, role: BackupRole, { sentMs, guestClockMs }: HeartbeatFrame): void {
  const heardAtMs = arrivalOf(core, role, sentMs);
  if (guestClockMs === null) return;
  // One that was held up tells an old time; the clock has not run more slowly than a guest's may.
  const { clock } = role;
  const leastMs =
    clock === null ? Number.NEGATIVE_INFINITY : clock.guestMs + (heardAtMs - clock.heardAtMs) * SLOWEST_CLOCK;
  if (guestClockMs >= leastMs) role.clock = { guestMs: guestClockMs, heardAtMs };
}

/**
 * When a heartbeat came, though this host was asleep and read it later: it was on its way no longer
 * than the quickest one. Else the guest's clock would stand still for the time that the last
 * heartbeat of a dead primary lay unread.
 */
function arrivalOf(core: Core, role: BackupRole, sentMs: number): number {
  const { ms, atMs } = role.ahead;
  const aheadMs = Math.min(core.nowMs - sentMs, ms + (core.nowMs - atMs) * CLOCK_DRIFT);
  role.ahead = { ms: aheadMs, atMs: core.nowMs };
  return sentMs + aheadMs;
}
