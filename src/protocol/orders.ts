/**
 * The few verbs that every part of the core uses: what it orders, where it
 * goes, and the line it writes about it.
 */
import { limits } from '../base/limits.ts';
import type { Announcement, Effect } from './effects.ts';
import type { PeerId } from './events.ts';
import type { Frame } from './frames.ts';
import type { Core } from './state.ts';
import { assertTransition, type Status } from './status.ts';
import { statusLine } from './status-line.ts';

export function emit(core: Core, effect: Effect): void {
  core.effects.push(effect);
}

export function send(core: Core, peer: PeerId, frame: Frame): void {
  emit(core, { kind: 'send', peer, frame });
}

export function announce(core: Core, announcement: Announcement): void {
  emit(core, { kind: 'announce', announcement });
}

/** Writes a status line; every transition and every surprise has one. */
export function note(core: Core, text: string): void {
  const line = statusLine(core, text);
  core.lines.push(line);
  if (core.lines.length > limits.statusLinesKept) core.lines.shift();
  emit(core, { kind: 'status-line', line });
}

export function enter(core: Core, status: Status, why: string): void {
  assertTransition(core.status, status);
  core.status = status;
  note(core, why);
}

export function setDoors(core: Core, state: 'open' | 'closed'): void {
  if (core.doors === state) return;
  core.doors = state;
  emit(core, { kind: 'set-doors', state });
}

/** The end of this host: it serves nobody, and nothing leaves it any more. */
export function halt(core: Core, code: string, message: string, mend: string): void {
  setDoors(core, 'closed');
  core.attempt = null;
  core.haltReason = { code, message, mend };
  enter(core, 'halted', `halt: ${message}`);
  emit(core, { kind: 'halt', reason: core.haltReason, lastLines: [...core.lines] });
}
