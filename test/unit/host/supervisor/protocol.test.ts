/** The IPC messages: what fits is taken as it is, everything else is nothing. */
import { describe, expect, test } from 'vitest';
import { digest, epoch, ordinal, position } from '../../../../src/base/brands.ts';
import {
  decodeHostMessage,
  decodeSupervisorMessage,
  type HostMessage,
  type SupervisorMessage,
} from '../../../../src/host/supervisor/protocol.ts';

const hash = digest('ab'.repeat(32));
const fromHost: HostMessage[] = [
  { type: 'up', pid: 7, role: 'primary', loggingUrl: 'ws://127.0.0.1:1' },
  { type: 'up', pid: 7, role: 'backup' },
  { type: 'ready', role: 'backup', epoch: epoch(1), program: 'plain' },
  { type: 'console', ordinal: ordinal(3), stream: 'stderr', text: 'a\nb\u0000\ud800' },
  { type: 'failure-detected', peer: 'primary', cause: 'silence', silentMs: 501.5 },
  { type: 'go-live', epoch: epoch(2), position: position(9), ms: 1.5, loggingUrl: 'ws://127.0.0.1:1' },
  { type: 'solo', epoch: epoch(2), position: position(9), ms: 1.5 },
  { type: 'redundant', ms: 1, pauseMs: 0.5 },
  { type: 'divergence', position: position(9), expected: hash, actual: hash, detail: 'page 3' },
  { type: 'halt', reason: 'lost the test-and-set' },
  { type: 'end', code: 0 },
  { type: 'hash', id: 1, position: position(9), hash },
  { type: 'hash-failed', id: 1, reason: 'in the middle of a clone' },
  { type: 'stopped', id: 1, position: position(9), hash, equal: true },
  { type: 'stopped', id: 1, position: position(9), hash, equal: false, reason: 'there is no backup' },
  { type: 'limits', id: 1, limits: { memoryMaximumBytes: 2 ** 28, memoryBytes: 2 ** 24 } },
  { type: 'refused', id: 1, reason: 'a turn takes long', mayCome: true },
  { type: 'refused', id: 1, reason: 'this host is not live' },
  { type: 'log', level: 'info', text: '' },
];
const fromSupervisor: SupervisorMessage[] = [
  { type: 'printed', ordinal: ordinal(0) },
  { type: 'status-request', id: 1 },
  { type: 'hash-request', id: 1 },
  { type: 'hash-request', id: 1, position: position(9) },
  { type: 'power-off', id: 1 },
  { type: 'change-limits', id: 1, memoryMaximumBytes: 0 },
  { type: 'stop' },
];

/** As the channel carries it. */
const carried = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

describe('messages survive the channel', () => {
  test.each(fromHost.map((message) => [message.type, message] as const))('host: %s', (_type, message) => {
    expect(decodeHostMessage(carried(message))).toEqual(message);
  });
  test.each(fromSupervisor.map((message) => [message.type, message] as const))(
    'supervisor: %s',
    (_type, message) => {
      expect(decodeSupervisorMessage(carried(message))).toEqual(message);
    },
  );
});

describe('nonsense is nothing', () => {
  test.each([
    [undefined],
    [null],
    ['up'],
    [[]],
    [{}],
    [{ type: 'toString' }],
    [{ type: '__proto__' }],
    [{ type: 'up', pid: -1, role: 'primary' }],
    [{ type: 'up', pid: 7, role: 'king' }],
    [{ type: 'console', ordinal: 1.5, stream: 'stdout', text: '' }],
    [{ type: 'console', ordinal: 1, stream: 'stdin', text: '' }],
    [{ type: 'go-live', epoch: 2, position: 9, ms: null, loggingUrl: '' }],
    [{ type: 'hash', id: 1, position: 9, hash: 'ab' }],
    [{ type: 'end', code: '0' }],
    [{ type: 'status', id: 1, status: { role: 'primary' } }],
    [{ type: 'stop' }],
  ])('%j', (value) => {
    expect(decodeHostMessage(value)).toBeUndefined();
  });
});
