/**
 * What the admin port asks of running hosts. Each question goes to the hosts themselves:
 * the supervisor keeps no second truth.
 */
import { setTimeout } from 'node:timers/promises';
import { limits } from '../../base/limits.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import type { HostProcess } from './child.ts';
import type { Pair } from './pair.ts';
import type { HashComparison, HostReport, RunStatus } from './report.ts';

/** The hosts' views of themselves, and who did not answer in time. Who is starting is not waited for. */
export async function askReports(hosts: Iterable<HostProcess>): Promise<Pick<RunStatus, 'hosts' | 'silent'>> {
  const answers = await Promise.all(
    [...hosts].map(async (host) => {
      const isStarting = host.starting;
      return { host, isStarting, status: isStarting ? undefined : await host.questions.status() };
    }),
  );
  const reports: HostReport[] = [];
  const silent: RunStatus['silent'][number][] = [];
  for (const { host, isStarting, status } of answers) {
    const { role, pid, inSync } = host;
    if (status === undefined) silent.push({ pid, role, ...(isStarting ? { starting: true } : {}) });
    else reports.push({ ...status, role, pid, inSync, uptimeMs: Date.now() - host.startedAtMs });
  }
  return { hosts: reports, silent };
}

/**
 * The state hashes of both machines at one position. Right after a failover the new backup is still on its
 * way, and is waited for; a host that dies meanwhile is no answer, if its successor can give one.
 */
export async function compareHashes(pair: Pair, isRunning: () => boolean): Promise<HashComparison> {
  const deadlineMs = monotonicMs() + limits.hashWaitsMs;
  const isWorthWaiting = () => isRunning() && monotonicMs() < deadlineMs;
  for (;;) {
    while (!pair.isRedundant && isWorthWaiting()) await setTimeout(limits.tickMs);
    const { primary, backup } = pair;
    const comparison = await compareNow(primary, backup);
    const areStillThey = pair.primary === primary && pair.backup === backup;
    if (comparison.backup !== null || areStillThey || !isWorthWaiting()) return comparison;
  }
}

/** The primary makes a hash point now; the backup says what it had when it came by the same position. */
async function compareNow(
  primary: HostProcess | undefined,
  backup: HostProcess | undefined,
): Promise<HashComparison> {
  const none = { equal: false, position: null, primary: null, backup: null };
  if (primary === undefined) return { ...none, reason: 'there is no primary at this moment' };
  const first = await primary.questions.hash();
  if (typeof first === 'string') return { ...none, reason: first };
  const half = { ...none, position: first.position, primary: { pid: primary.pid, hash: first.hash } };
  if (!backup?.inSync) return { ...half, reason: 'there is no backup in sync to compare with' };
  const second = await backup.questions.hash(first.position);
  if (typeof second === 'string') return { ...half, reason: second };
  const whole = { ...half, backup: { pid: backup.pid, hash: second.hash } };
  if (second.position !== first.position)
    return { ...whole, reason: 'the backup answered for another position' };
  return second.hash === first.hash
    ? { ...whole, equal: true }
    : { ...whole, reason: 'the state hashes differ' };
}

/**
 * The primary ends the machine's life; the backup has executed to the same end when its hash was found equal.
 */
export async function powerOff(
  primary: HostProcess | undefined,
  backup: HostProcess | undefined,
): Promise<HashComparison> {
  const none = { equal: false, position: null, primary: null, backup: null };
  if (primary === undefined) return { ...none, reason: 'there is no primary at this moment' };
  if (!primary.ready) return { ...none, reason: 'nothing was running yet' };
  const answer = await primary.questions.powerOff();
  if (typeof answer === 'string') return { ...none, reason: answer };
  const { position, hash, equal, reason } = answer;
  return {
    equal,
    position,
    primary: { pid: primary.pid, hash },
    backup: equal && backup !== undefined ? { pid: backup.pid, hash } : null,
    ...(reason === undefined ? {} : { reason }),
  };
}
