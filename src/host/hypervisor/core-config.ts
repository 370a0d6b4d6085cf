/** The protocol core of a host, and what it is told, from the host's options and the bounds of the system. */
import { randomUUID } from 'node:crypto';
import type { Digest } from '../../base/brands.ts';
import { limits } from '../../base/limits.ts';
import { type Core, type CoreConfig, createBackup, createPrimary, createSpare } from '../../protocol/core.ts';
import { anyAddress } from '../any-address.ts';
import type { HostOptions, HostRole } from '../supervisor/protocol.ts';
import { urlOf } from '../supervisor/socket.ts';
import { hostName } from './people.ts';

/**
 * Where clients find this host once it is live; undefined for one that inherits its socket: they find the
 * run, whoever is live. One that takes clients at any of its addresses is found where its peers find it.
 */
export function clientUrl({ clients, advertise, logListen }: HostOptions): string | undefined {
  if (advertise !== undefined || 'fds' in clients) return advertise;
  return urlOf(anyAddress.has(clients.address) ? logListen.address : clients.address, clients.port);
}

const cores: Readonly<Record<HostRole, (config: CoreConfig) => Core>> = {
  primary: createPrimary,
  backup: createBackup,
  spare: createSpare,
};

export const createCore = (host: HostOptions, image: Digest, bootHash: Digest): Core =>
  cores[host.role](coreConfig(host, image, bootHash));

function coreConfig(host: HostOptions, image: Digest, bootHash: Digest): CoreConfig {
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
    releaseBytes: limits.releaseBytes,
    lagBoundMs: limits.executionLagMs,
    lagBoundBytes: limits.executionLagBytes,
    handOverMs: limits.handOverMs,
    relayMs: limits.relayMs,
    arbiterRetryFirstMs: limits.arbiterRetryFirstMs,
    arbiterRetryMaximumMs: limits.arbiterRetryMaximumMs,
  };
}
