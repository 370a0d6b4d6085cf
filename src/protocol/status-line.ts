/**
 * One line per transition, the same text in scenarios, logs and reports. Columns, left to right:
 *
 *     12.340s  P protected      e2  log 120  ack 118  run 110  out 9/11  | note
 *        │     │     │          │      │        │        │         │
 *        │     │     │          │      │        │        │         └ outputs released / recorded
 *        │     │     │          │      │        │        └ executed by the backup (P), by this host (B)
 *        │     │     │          │      │        └ acknowledged by the backup; `-` without one and on a backup
 *        │     │     │          │      └ position: recorded (P), received (B)
 *        │     │     │          └ epoch; 0 before one is known
 *        │     │     └ status
 *        │     └ role: P primary, B backup
 *        └ this host's monotonic clock
 */
import type { Core } from './state.ts';

const STATUS_WIDTH = 14;

export function statusLine(core: Core, text: string): string {
  const { role, outputs } = core;
  const seconds = (core.nowMs / 1000).toFixed(3).padStart(9);
  const letter = role.kind === 'primary' ? 'P' : 'B';
  const successor = role.kind === 'primary' ? role.successor : null;
  const received = successor === null ? '-' : String(successor.received);
  const executed =
    role.kind === 'backup' ? String(core.replayed) : successor === null ? '-' : successor.replayed;
  return (
    `${seconds}s  ${letter} ${core.status.padEnd(STATUS_WIDTH)} e${core.epoch}  log ${core.head.position}` +
    `  ack ${received}  run ${executed}  out ${outputs.released}/${outputs.recorded}  | ${text}`
  );
}
