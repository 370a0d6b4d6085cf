/**
 * Spares (FT §3.1): hosts that wait until a backup is needed. They are registered with the live primary, stay
 * connected and hear its heartbeats; it keeps a bounded list of them and takes the first when it is alone. A
 * spare holds nothing of the machine and never claims anything.
 */
import { limits } from '../base/limits.ts';
import type { PeerId } from './events.ts';
import type { Frame, HelloFrame, RefusalFrame } from './frames.ts';
import { emit, note, send } from './orders.ts';
import type { Core, PrimaryRole, Spare } from './state.ts';

export type Refusal = Pick<RefusalFrame, 'code' | 'message' | 'mend'>;

export function listFull(role: PrimaryRole): Refusal | null {
  if (role.spares.length < limits.sparesWaiting) return null;
  const message = `${role.spares.length} spares wait already`;
  return { code: 'BUSY', message, mend: 'so many are enough' };
}

export function enlist(core: Core, role: PrimaryRole, peer: PeerId, hello: HelloFrame): void {
  role.spares.push({ peer, hello, heardMs: core.nowMs, told: 'nothing' });
}

/** Tells those that wait that they do, once this host is live. */
export function registerAll(core: Core, role: PrimaryRole): void {
  if (core.epoch === 0) return;
  for (const spare of role.spares) {
    if (spare.told === 'registered') continue;
    spare.told = 'registered';
    spare.heardMs = core.nowMs;
    note(core, `${spare.hello.host} is a spare, ${role.spares.length} in all`);
    const { incarnation, host } = core.config;
    send(core, spare.peer, { kind: 'registered', epoch: core.epoch, incarnation, host });
  }
}

/**
 * Those that are to hear from this host. One that was silent for too long is let go:
 * it would be no use when it is needed.
 */
export function listening(core: Core, role: PrimaryRole): readonly Spare[] {
  const { detector, config, nowMs } = core;
  if (detector.phase === 'watching') {
    const isSilent = ({ told, heardMs }: Spare): boolean =>
      told === 'registered' && nowMs - heardMs > config.suspectAfterMs;
    for (const { peer, heardMs } of role.spares.filter(isSilent)) {
      emit(core, { kind: 'close-peer', peer, reason: 'this spare is silent' });
      leaves(core, role, peer, `silent for ${Math.round(nowMs - heardMs)} ms`);
    }
  }
  return role.spares.filter(({ told }) => told === 'registered');
}

/** True when the frame was a spare's, and that is all there is to it. */
export function spareSaid(core: Core, role: PrimaryRole, peer: PeerId, frame: Frame): boolean {
  const spare = role.spares.find((candidate) => candidate.peer === peer);
  if (spare === undefined) return false;
  if (frame.kind === 'bye') leaves(core, role, peer, `it said goodbye: ${frame.reason}`);
  if (frame.kind !== 'heartbeat') return frame.kind === 'bye';
  spare.heardMs = core.nowMs;
  return true;
}

/** It may not have been on the list at all. */
export function leaves(core: Core, role: PrimaryRole, peer: PeerId, cause: string): void {
  const spare = role.spares.find((candidate) => candidate.peer === peer);
  if (spare === undefined) return;
  role.spares = role.spares.filter((candidate) => candidate !== spare);
  note(core, `the spare ${spare.hello.host} is lost: ${cause}`);
}

/** This host ends: with an exit code the program has, too. */
export function dismiss(core: Core, role: PrimaryRole, reason: string, exitCode: number | null): void {
  for (const { peer, told } of role.spares) {
    if (told === 'registered') send(core, peer, { kind: 'bye', epoch: core.epoch, reason, exitCode });
    emit(core, { kind: 'close-peer', peer, reason });
  }
  role.spares = [];
}
