/**
 * The FT protocol of one host as a pure machine of states (FT §2): an event in, effects out. No socket,
 * timer, promise, clock or source of randomness is in here or below; the same events give the same effects,
 * so the code that runs on real sockets also runs a thousand seeded crashes a minute.
 *
 * What the host owes the core stands at the head of events.ts; what the
 * core orders, at the head of effects.ts.
 */
import { invariant } from '../base/assert.ts';
import { epoch, POSITION_ZERO } from '../base/brands.ts';
import { CHAIN_START } from '../log/chain.ts';
import { JoinLog } from '../log/join-log.ts';
import { backupVerdict, sayGoodbye, stepBackup } from './backup.ts';
import { createBackupRole } from './backup-role.ts';
import type { CoreConfig } from './config.ts';
import { createDetector } from './detector.ts';
import type { Effect } from './effects.ts';
import type { ProtocolEvent } from './events.ts';
import { halt, note } from './orders.ts';
import { createOutputs } from './output-rule.ts';
import { createPrimaryRole, farewell, primaryVerdict, stepPrimary } from './primary.ts';
import type { Core } from './state.ts';
import { isOver } from './status.ts';
import { claimAnswered, recordRead, type Verdict } from './takeover.ts';

export type { CoreConfig } from './config.ts';
export { type CoreDescription, describe, isAwaitingAck } from './describe.ts';
export type { Core } from './state.ts';

/** A host that is to be the first primary of a VM id that was never used. */
export function createPrimary(config: CoreConfig): Core {
  return { ...blank(config), status: 'starting', role: createPrimaryRole('waiting', POSITION_ZERO) };
}

/** A host that joins a live primary; its machine has booted and executed nothing. */
export function createBackup(config: CoreConfig): Core {
  return { ...blank(config), status: 'joining', role: createBackupRole('backup') };
}

/**
 * The same, but it waits for as long as nobody needs it, and looks for another primary when it loses one
 * before it has anything of its machine.
 */
export function createSpare(config: CoreConfig): Core {
  return { ...blank(config), status: 'joining', role: createBackupRole('spare') };
}

const blank = (config: CoreConfig): Omit<Core, 'status' | 'role'> => ({
  config,
  epoch: epoch(0),
  nowMs: 0,
  doors: 'closed',
  head: { position: POSITION_ZERO, chain: CHAIN_START },
  joinLog: new JoinLog({ position: POSITION_ZERO, chain: CHAIN_START }, config.joinLogBytes),
  replayed: POSITION_ZERO,
  detector: createDetector(),
  outputs: createOutputs(),
  attempt: null,
  claimsMade: 0,
  lastEqualHash: null,
  haltReason: null,
  lines: [],
  effects: [],
});

/**
 * Takes in one event; the effects are to be performed in their order. After an
 * end, nothing has an effect any more.
 */
export function step(core: Core, event: ProtocolEvent): readonly Effect[] {
  invariant('I9', event.nowMs >= core.nowMs, `the clock went from ${core.nowMs} to ${event.nowMs}`);
  core.nowMs = event.nowMs;
  if (isOver(core.status)) return [];
  core.effects = [];
  dispatch(core, event);
  return core.effects;
}

function dispatch(core: Core, event: ProtocolEvent): void {
  switch (event.kind) {
    case 'arbiter-read':
      judge(core, recordRead(core, event.answer));
      return;
    case 'claim-answered':
      judge(core, claimAnswered(core, event.claimId, event.answer));
      return;
    case 'vcpu-failed':
      leave(
        core,
        'VCPU_FAILED',
        event.reason,
        'a backup that was in sync goes on; this host may be started again, as a spare',
      );
      return;
    case 'stop-asked':
      leave(core, 'STOPPED', event.reason, 'nothing to mend');
      return;
    default:
      if (core.role.kind === 'primary') stepPrimary(core, core.role, event);
      else stepBackup(core, core.role, event);
  }
}

function judge(core: Core, verdict: Verdict): void {
  if (core.role.kind === 'primary') primaryVerdict(core, core.role, verdict);
  else backupVerdict(core, core.role, verdict);
}

function leave(core: Core, code: string, reason: string, mend: string): void {
  note(core, `leaving: ${reason}`);
  if (core.role.kind === 'primary') farewell(core, core.role, reason);
  else sayGoodbye(core, core.role, reason);
  halt(core, code, reason, mend);
}
