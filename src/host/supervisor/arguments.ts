/** The command line of `tandem host`, written from its options; `cli/host.ts` reads it back. */
import type { HostOptions } from './protocol.ts';
import { hostAndPort } from './socket.ts';

/**
 * Everything after `tandem`. Holds no secret but one that the operator's own
 * command line has: other users can read it.
 */
export function hostArguments(options: HostOptions): readonly string[] {
  const { clients, logListen } = options;
  return [
    'host',
    ...['--role', options.role],
    ...['--program', options.program],
    ...(options.bundle === undefined ? [] : ['--bundle', options.bundle]),
    ...['--vm', options.vm],
    ...['--arbiter', options.arbiter],
    ...('fds' in clients
      ? ['--client-fd', String(clients.fds[0]), '--client-fds', String(clients.fds.length)]
      : ['--address', clients.address, '--port', String(clients.port)]),
    ...['--log-listen', hostAndPort(logListen.address, logListen.port)],
    ...(options.join.length === 0 ? [] : ['--join', options.join.join(',')]),
    ...(options.tokenFile === undefined ? [] : ['--token-file', options.tokenFile]),
    ...(options.awaitBackup ? ['--await-backup'] : []),
    ...['--heartbeat-ms', String(options.heartbeatMs)],
    ...['--suspect-ms', String(options.suspectMs)],
    ...['--memory-mib', String(options.memoryMib)],
    ...(options.allowNet.length === 0 ? [] : ['--allow-net', options.allowNet.join(',')]),
    ...['--idempotency-ttl', `${options.idempotencyTtlMs}ms`],
    ...['--idempotency-mib', String(options.idempotencyMib)],
    ...(options.allowOrigins.length === 0 ? [] : ['--allow-origin', options.allowOrigins.join(',')]),
    ...(options.advertise === undefined ? [] : ['--advertise', options.advertise]),
    ...(options.standIn ? [] : ['--no-stand-in']),
    ...(options.onGoLive === undefined ? [] : ['--on-go-live', options.onGoLive]),
    ...(options.vcpuPercent === 100 ? [] : ['--vcpu-percent', String(options.vcpuPercent)]),
    ...(options.profile === undefined ? [] : ['--profile', options.profile]),
    ...(options.supervised ? ['--supervised'] : []),
  ];
}
