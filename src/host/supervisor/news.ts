/** What a host says that is news as it stands: the supervisor only adds who said it. */
import type { HostProcess } from './child.ts';
import type { HostMessage } from './protocol.ts';
import type { RunEvent, RunNotice } from './report.ts';

type News = Extract<HostMessage, { readonly type: 'failure-detected' | 'divergence' | 'halt' }>;

export function newsOf(host: HostProcess, message: News): RunEvent | RunNotice {
  const { pid, role } = host;
  if (message.type !== 'halt') {
    const { type: event, ...facts } = message;
    return { event, pid, ...facts } as RunEvent;
  }
  const { reason, code } = message;
  // A spare holds nothing, and another one is tried: no news for programs.
  if (role === 'spare') return { event: 'host-log', role, pid, level: 'warning', text: reason };
  return { event: 'halt', reason, ...(code === undefined ? {} : { code }), pid, role };
}
