/** What the protocol core of a host is told, from the host's options and the bounds of the system. */
import { randomUUID } from 'node:crypto';
import type { Digest } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import type { CoreConfig } from '../../protocol/core.ts';
import type { HostOptions } from '../supervisor/protocol.ts';
import { urlOf } from '../supervisor/socket.ts';
import { hostName } from './people.ts';

/**
 * Where clients find this host once it is live; undefined for one that inherits its
 * socket: they find the run, whoever is live.
 */
export function clientUrl({ clients, advertise }: HostOptions): string | undefined {
  return advertise ?? ('fds' in clients ? undefined : urlOf(clients.address, clients.port));
}

export function coreConfig(host: HostOptions, image: Digest, bootHash: Digest): CoreConfig {
  return {
    identity: { vm: host.vm, image, architecture: process.arch, bootHash },
    incarnation: randomUUID(),
    host: hostName(),
    url: clientUrl(host) ?? `process ${process.pid}`,
    awaitBackup: host.awaitBackup,
    tickMs: limits.tickMs,
    heartbeatMs: host.heartbeatMs,
    suspectAfterMs: host.suspectMs,
    logBufferBytes: limits.logBufferBytes,
    joinLogBytes: limits.joinLogBytes,
    heldOutputBytes: limits.heldOutputBytes,
    lagBoundMs: limits.executionLagMs,
    lagBoundBytes: limits.logBufferBytes,
    handOverMs: limits.handOverMs,
    relayMs: limits.relayMs,
    arbiterRetryFirstMs: limits.arbiterRetryFirstMs,
    arbiterRetryMaximumMs: limits.arbiterRetryMaximumMs,
  };
}
