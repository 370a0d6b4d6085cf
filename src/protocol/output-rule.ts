/**
 * The output rule (FT §2.2): an output leaves only when the backup holds the log up to it. The machine
 * never waits for it: outputs do, here. A host without a backup lets them go at once, by right of the
 * arbiter; a host in doubt lets nothing go.
 *
 * I1: nothing leaves before the in-sync backup, or a spare that is being listed, has its position.
 */
import { invariant } from '../base/assert.ts';
import { type Ordinal, ordinal, POSITION_ZERO, type Position } from '../base/brands.ts';
import type { GuestEnded, OutputRecorded } from './events.ts';
import { emit, note } from './orders.ts';
import type { Core, HeldOutput, Outputs } from './state.ts';

export const createOutputs = (): Outputs => ({
  held: [],
  heldBytes: 0,
  isCut: false,
  unprinted: [],
  unprintedBytes: 0,
  recorded: ordinal(0),
  released: ordinal(0),
  releasedPosition: POSITION_ZERO,
  printed: ordinal(0),
  end: null,
});

/** Outputs of a machine that begins with a checkpoint: earlier ones are not this host's affair. */
export function resumeOutputs(outputs: Outputs, made: Ordinal): void {
  invariant('I5', outputs.held.length === 0, 'outputs before the checkpoint stands');
  outputs.recorded = made;
  // Heartbeats may have told more already.
  if (made > outputs.released) outputs.released = made;
}

/**
 * A new primary's machine has made outputs up to `last`, and whatever was let out is one of them (I4). Those
 * that arrived need not have been told.
 */
export function made(outputs: Outputs, last: Ordinal): void {
  invariant(
    'I4',
    last >= outputs.released,
    `output ${outputs.released} was let out, this machine made ${last}`,
  );
  if (last > outputs.recorded) outputs.recorded = last;
}

export function hold(core: Core, event: OutputRecorded | GuestEnded): void {
  const { outputs, head } = core;
  invariant('I5', event.ordinal > outputs.recorded, `output ${event.ordinal} after ${outputs.recorded}`);
  invariant(
    'I1',
    event.position <= head.position,
    `output at ${event.position}, log ends at ${head.position}`,
  );
  const isEnd = event.kind === 'guest-ended';
  outputs.held.push({
    ordinal: event.ordinal,
    position: event.position,
    route: isEnd ? 'console' : event.route,
    byteLength: isEnd ? 0 : event.byteLength,
    heldSinceMs: event.nowMs,
    exitCode: isEnd ? event.exitCode : null,
  });
  outputs.heldBytes += isEnd ? 0 : event.byteLength;
  outputs.recorded = event.ordinal;
}

/** Up to where outputs may leave now; null: nothing may. */
function releasablePosition(core: Core): Position | null {
  switch (core.status) {
    case 'solo':
    case 'transferring':
      return core.head.position;
    case 'listing':
    case 'protected':
    case 'handing-over':
      return core.role.kind === 'primary' ? (core.role.successor?.received ?? null) : null;
    default:
      return null;
  }
}

/**
 * Lets out what may leave. Called after everything that could have moved the border. When that is very much
 * the rest waits for the next tick, whatever comes before: heartbeats have their turn in between.
 */
export function release(core: Core): void {
  const { outputs, config } = core;
  const through = releasablePosition(core);
  if (through === null || outputs.isCut) return;
  let count = 0;
  let bytes = 0;
  for (const output of outputs.held) {
    if (output.position > through) break;
    outputs.isCut = bytes >= config.releaseBytes;
    if (outputs.isCut) break;
    bytes += output.byteLength;
    count += 1;
  }
  if (count === 0) return;
  const leaving = outputs.held.splice(0, count);
  for (const output of leaving) leave(outputs, output);
  emit(core, { kind: 'release-outputs', throughOrdinal: outputs.released });
  if (outputs.end !== null && leaving.includes(outputs.end)) {
    note(core, `the guest has ended with code ${outputs.end.exitCode}`);
    emit(core, { kind: 'end-run', exitCode: outputs.end.exitCode ?? 0 });
  }
}

/** At each tick. */
export function releaseRest(core: Core): void {
  if (!core.outputs.isCut) return;
  core.outputs.isCut = false;
  release(core);
}

function leave(outputs: Outputs, output: HeldOutput): void {
  outputs.heldBytes -= output.byteLength;
  outputs.released = output.ordinal;
  if (output.position > outputs.releasedPosition) outputs.releasedPosition = output.position;
  if (output.exitCode !== null) outputs.end = output;
  if (output.route === 'console' && output.ordinal > outputs.printed) {
    outputs.unprinted.push(output);
    outputs.unprintedBytes += output.byteLength;
  }
}

/** The console's end has everything up to `through`. */
export function printed(outputs: Outputs, through: Ordinal): void {
  if (through <= outputs.printed) return;
  outputs.printed = through;
  const end = outputs.unprinted.findIndex((output) => output.ordinal > through);
  const gone = outputs.unprinted.splice(0, end === -1 ? outputs.unprinted.length : end);
  for (const output of gone) outputs.unprintedBytes -= output.byteLength;
}

/** Responses have arrived when they have left, lines when they are printed. */
const hasArrived = (outputs: Outputs, output: HeldOutput): boolean =>
  output.ordinal <= (output.route === 'client' ? outputs.released : outputs.printed);

/** Backup: keeps its copy of an output, unless the output has arrived already. */
export function keepCopy(core: Core, event: OutputRecorded | GuestEnded): void {
  hold(core, event);
  const copy = core.outputs.held.at(-1);
  if (copy !== undefined && hasArrived(core.outputs, copy)) discard(core);
}

/** Backup: forgets the copies of outputs that have arrived. */
export function discard(core: Core): void {
  const { outputs } = core;
  const kept = outputs.held.filter((output) => !hasArrived(outputs, output));
  if (kept.length === outputs.held.length) return;
  outputs.held = kept;
  outputs.heldBytes = kept.reduce((sum, output) => sum + output.byteLength, 0);
  emit(core, {
    kind: 'discard-outputs',
    clientThrough: outputs.released,
    consoleThrough: outputs.printed,
  });
}

/** How long the oldest held output has waited. */
export function heldForMs(core: Core, nowMs: number): number {
  const oldest = core.outputs.held[0];
  return oldest === undefined ? 0 : nowMs - oldest.heldSinceMs;
}
