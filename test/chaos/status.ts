/**
 * The status lines of hosts (src/protocol/status-line.ts), read back: all hosts
 * of one machine write the same clock.
 */

export interface StatusLine {
  readonly atMs: number;
  readonly role: 'primary' | 'backup';
  readonly status: string;
  readonly epoch: number;
  readonly position: number;
  readonly released: number;
  readonly recorded: number;
  readonly note: string;
}

const LINE =
  /^ *(\d+\.\d{3})s {2}([PB]) (\S+) +e(\d+) {2}log (\d+) {2}ack \S+ {2}run \S+ {2}out (\d+)\/(\d+) {2}\| (.*)$/;

/** Undefined for a line that is none. */
export function statusIn(text: string): StatusLine | undefined {
  const [, seconds, letter, status = '', epoch, position, released, recorded, note = ''] =
    LINE.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  return {
    atMs: Number(seconds) * 1_000,
    role: letter === 'P' ? 'primary' : 'backup',
    status,
    epoch: Number(epoch),
    position: Number(position),
    released: Number(released),
    recorded: Number(recorded),
    note,
  };
}

/** Live by right of the arbiter, and in no doubt about it. */
export const isServing = ({ role, status }: StatusLine): boolean =>
  role === 'primary' && ['solo', 'transferring', 'listing', 'protected'].includes(status);
