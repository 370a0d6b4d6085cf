/**
 * Failure detection (FT §2.3): heartbeats both ways, log traffic counts, silence beyond the time-out is
 * suspicion. A host that was not running itself cannot tell silence from its own sleep: after a late tick it
 * reads its sockets once before it suspects anybody, and a pause as long as the time-out makes it doubt
 * itself, since the other side may have acted.
 */
import { ordinal } from '../base/brands.ts';
import type { PeerId } from './events.ts';
import type { HeartbeatFrame } from './frames.ts';
import { guestClockNow } from './guest-time.ts';
import { emit, send } from './orders.ts';
import type { Core, Detector } from './state.ts';

/** A tick late by more than this share of the time-out is a pause of one's own. */
const OWN_PAUSE_SHARE = 1 / 4;
/**
 * After a pause the other side gets this many heartbeats' time, even if
 * its messages were lost with the pause.
 */
const GRACE_HEARTBEATS = 2;
/** Heartbeats tell the time in tenths of a millisecond. */
const TENTHS = 10;

export const createDetector = (): Detector => ({
  phase: 'watching',
  lastTickMs: 0,
  lastBeatMs: Number.NEGATIVE_INFINITY,
  heardMs: 0,
  peerSentMs: 0,
  provenMs: Number.NEGATIVE_INFINITY,
  toldReleased: ordinal(0),
  toldPrinted: ordinal(0),
});

/** The first tick is expected from here: a host may be stopped before it. */
export function started(core: Core): void {
  core.detector.lastTickMs = core.nowMs;
}

/** Starts to watch a peer that was just heard. */
export function watch(core: Core): void {
  const { detector } = core;
  detector.heardMs = core.nowMs;
  detector.peerSentMs = 0;
  detector.provenMs = Number.NEGATIVE_INFINITY;
}

/** Any frame of the watched peer. */
export function heard(core: Core): void {
  core.detector.heardMs = core.nowMs;
}

export function heartbeatHeard(core: Core, frame: HeartbeatFrame): void {
  const { detector } = core;
  detector.peerSentMs = Math.max(detector.peerSentMs, frame.sentMs);
  detector.provenMs = Math.max(detector.provenMs, frame.echoMs);
}

/** Takes note of the tick; how long this host was not running, 0 when it was on time. */
export function ownPauseMs(core: Core): number {
  const { detector, config, nowMs } = core;
  const lateMs = nowMs - detector.lastTickMs - config.tickMs;
  detector.lastTickMs = nowMs;
  // A short sleep counts when it would be the last straw: the messages that end the silence may lie unread.
  const isLastStraw = lateMs >= config.tickMs && nowMs - detector.heardMs > config.suspectAfterMs;
  if (lateMs <= config.suspectAfterMs * OWN_PAUSE_SHARE && !isLastStraw) return 0;
  detector.phase = 'draining';
  emit(core, { kind: 'drain-sockets' });
  return lateMs;
}

export function socketsDrained(core: Core): void {
  const { detector, config, nowMs } = core;
  detector.phase = 'watching';
  const graceMs = GRACE_HEARTBEATS * config.heartbeatMs;
  detector.heardMs = Math.max(detector.heardMs, nowMs - config.suspectAfterMs + graceMs);
}

/** For how long the other side has not been heard, in whole milliseconds. */
export const silentMs = ({ nowMs, detector }: Core): number => Math.round(nowMs - detector.heardMs);

export function isSilent(core: Core): boolean {
  const { detector, config, nowMs } = core;
  return detector.phase === 'watching' && nowMs - detector.heardMs > config.suspectAfterMs;
}

/** The other side has answered something that this host said at `sinceMs` or later. */
export const isProvenSince = (core: Core, sinceMs: number): boolean => core.detector.provenMs >= sinceMs;

/** Sends a heartbeat to each when one is due. */
export function beat(core: Core, peers: readonly PeerId[]): void {
  const { detector, config, nowMs } = core;
  if (peers.length === 0 || nowMs - detector.lastBeatMs < config.heartbeatMs) return;
  beatNow(core, peers);
}

/** Sends a heartbeat. */
export function beatNow(core: Core, peers: readonly PeerId[]): void {
  const { detector, nowMs, role } = core;
  detector.lastBeatMs = nowMs;
  const frame = {
    kind: 'heartbeat',
    epoch: core.epoch,
    // Up: its echo must prove this very moment.
    sentMs: Math.ceil(nowMs * TENTHS) / TENTHS,
    echoMs: detector.peerSentMs,
    guestClockMs: role.kind === 'primary' ? guestClockNow(core, role) : null,
    ...newsOf(core),
  } as const;
  for (const peer of peers) send(core, peer, frame);
}

/** What has left is told to the backup once, and to one that is on its way into sync each time. */
function newsOf(core: Core): Pick<HeartbeatFrame, 'releasedOrdinal' | 'printedOrdinal'> {
  const { detector, outputs, role, status } = core;
  const { released, printed } = outputs;
  const isTold =
    role.kind !== 'primary' ||
    (status === 'protected' && detector.toldReleased === released && detector.toldPrinted === printed);
  if (isTold) return { releasedOrdinal: ordinal(0), printedOrdinal: ordinal(0) };
  detector.toldReleased = released;
  detector.toldPrinted = printed;
  return { releasedOrdinal: released, printedOrdinal: printed };
}
