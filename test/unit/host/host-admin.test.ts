/** What a host's admin port says while there is nobody to ask, and what it keeps of what the host says. */
import { expect, test } from 'vitest';
import { epoch, ordinal, position } from '../../../src/base/brands.ts';
import { HostAdmin } from '../../../src/host/hypervisor/host-admin.ts';
import type { HostOptions } from '../../../src/host/supervisor/protocol.ts';

const options: HostOptions = {
  role: 'spare',
  program: 'bank.js',
  vm: 'vm-1',
  arbiter: 'memory:',
  clients: { address: '127.0.0.1', port: 8080 },
  logListen: { address: '127.0.0.1', port: 0 },
  join: [],
  tokenFile: undefined,
  awaitBackup: false,
  heartbeatMs: 50,
  suspectMs: 500,
  memoryMib: 256,
  idempotencyTtlMs: 3_600_000,
  idempotencyMib: 8,
  allowOrigins: [],
  advertise: undefined,
  standIn: true,
  onGoLive: undefined,
  allowNet: [],
  wallOffsetMs: 0,
  vcpuPercent: 100,
  admin: { address: '127.0.0.1', port: 0 },
  supervised: false,
};

test('a host between two lives is named as silent, and every order to it is refused with that reason', async () => {
  const admin = new HostAdmin(options, ordinal(0));
  expect(await admin.status()).toMatchObject({
    ...{ vm: 'vm-1', url: 'http://127.0.0.1:8080', live: false, redundant: false, hosts: [] },
    silent: [{ pid: process.pid, role: 'spare' }],
  });
  const reason = expect.stringContaining('this host does not answer');
  expect(await admin.hash()).toMatchObject({ equal: false, position: null, reason });
  expect(await admin.powerOff()).toEqual(reason);
  expect(await admin.switchOver()).toEqual(reason);
  expect(await admin.limits(2 ** 25)).toEqual({ reason, changed: false });
});

test('what the host says is kept for the log, and each time that it goes live is counted', async () => {
  const admin = new HostAdmin(options, ordinal(0));
  const went = { epoch: epoch(3), position: position(9), ms: 1, loggingUrl: 'ws://127.0.0.1:1' };
  admin.heard({ type: 'go-live', ...went }, 'live in epoch 3');
  admin.heard({ type: 'log', level: 'warning', text: 'the disk is full' }, 'the disk is full');
  admin.printed(ordinal(7));
  expect(await admin.status()).toMatchObject({ failovers: 1, consolePrinted: 7 });
  expect(admin.logs(0)).toMatchObject([
    { number: 1, level: 'info', source: 'spare', text: 'live in epoch 3' },
    { number: 2, level: 'warning', text: 'the disk is full' },
  ]);
});
