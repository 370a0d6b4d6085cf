/**
 * What a request costs each thread of both hosts of a pair: CPU time from outside, while
 * clients ask as fast as they get replies.
 */
import { type HostCpu, hostCpu, threadCpuMs } from './cpu-time.ts';
import { allReplies, type Clients, type LoadOrder, type LoadResult } from './load.ts';
import type { Run } from './processes.ts';

/** CPU milliseconds a request, which is also seconds per 1,000. */
export interface RequestCpu {
  readonly hypervisor: number;
  readonly vcpu: number;
  readonly others: number;
}

export interface PairCpu {
  readonly primary: RequestCpu;
  readonly backup: RequestCpu;
  readonly load: LoadResult;
}

export async function cpuOfPair(run: Run, clients: Clients, order: LoadOrder): Promise<PairCpu> {
  const pids = { primary: run.primaryPid, backup: run.backupPid };
  const before = { primary: threadCpuMs(pids.primary), backup: threadCpuMs(pids.backup) };
  const load = await clients.order(order);
  const requests = allReplies(load);
  const of = (role: 'primary' | 'backup'): RequestCpu =>
    perRequest(hostCpu(pids[role], before[role], threadCpuMs(pids[role])), requests);
  return { primary: of('primary'), backup: of('backup'), load };
}

const perRequest = ({ hypervisorMs, vcpuMs, othersMs }: HostCpu, requests: number): RequestCpu => ({
  hypervisor: hypervisorMs / requests,
  vcpu: vcpuMs / requests,
  others: othersMs / requests,
});

export const totalOf = ({ primary, backup }: PairCpu): number =>
  primary.hypervisor + primary.vcpu + primary.others + backup.hypervisor + backup.vcpu + backup.others;
