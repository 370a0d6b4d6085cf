/** How a host ended and why a run failed, in words. */
import { TandemError } from '../../base/errors.ts';
import type { HostEnd } from './child.ts';

/** The end of a host: "killed by SIGKILL", "halted: …". */
export function describeEnd(end: HostEnd): string {
  if (end.problem !== undefined) return end.problem;
  if (end.halt !== undefined) return `halted: ${end.halt.reason}`;
  if (end.signal !== null) return `killed by ${end.signal}`;
  return end.code === 0 ? 'ended' : `ended with code ${end.code}`;
}

/** The pair never came up. A host that knows the mend (a syntax error in the guest, say) has the word. */
export function startFailure(end: HostEnd | undefined, ends: readonly string[]): TandemError {
  const { code, reason, mend } = end?.halt ?? {};
  if (code !== undefined && reason !== undefined)
    return new TandemError(code, reason, mend ?? 'mend that and start again');
  return new TandemError(
    'START_FAILED',
    `the pair could not be started: ${ends.join('; ')}`,
    'tandem run --verbose shows what the hosts said',
  );
}

/** The pair was up, and now nobody holds the machine. */
export function lossFailure(ends: readonly string[]): TandemError {
  return new TandemError(
    'NO_HOST_LEFT',
    `no host is left that holds the machine: ${ends.join('; ')}`,
    'start it again: Tandem survives the loss of one host at a time and never goes on with an empty machine',
  );
}
