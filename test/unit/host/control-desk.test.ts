/**
 * What a live host says to an order about its machine, and when: an answer is the truth,
 * and none is waited for without a bound.
 */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { digest, position } from '../../../src/base/brands.ts';
import { limits } from '../../../src/base/limits.ts';
import { ControlDesk } from '../../../src/host/hypervisor/control-desk.ts';
import type { HostMessage } from '../../../src/host/supervisor/protocol.ts';
import { type CoreDescription, describe as describeCore } from '../../../src/protocol/core.ts';
import type { Status } from '../../../src/protocol/status.ts';
import { Cluster } from '../../scenario/cluster.ts';

const MIB = 2 ** 20;
const HASH = digest('ab'.repeat(32));
const AT = position(40);
const now = { memoryMaximumBytes: 32 * MIB, memoryBytes: 16 * MIB };

/** A desk of a primary whose state the test sets; what it orders and answers. */
function startDesk() {
  const cluster = new Cluster();
  const core = describeCore(cluster.startPrimary('A').core, 0);
  const said: HostMessage[] = [];
  const ordered: string[] = [];
  let known: CoreDescription = { ...core, epoch: 1, status: 'protected' };
  let turnMs = 0;
  let drained = (): void => {};
  let openings = 2;
  const desk = new ControlDesk({
    describe: () => known,
    turnMs: () => turnMs,
    drainClients: (done) => {
      drained = done;
    },
    admitClients: () => ordered.push('admit'),
    powerOff: () => ordered.push('power-off'),
    changeLimits: (bytes) => ordered.push(`limits ${bytes / MIB}`),
    doorOpenings: () => openings,
    retire: () => ordered.push('retire'),
    switchOver: () => ordered.push('switch-over'),
    reply: (message) => said.push(message),
  });
  const set = (changes: Partial<CoreDescription>): void => {
    known = { ...known, ...changes };
    desk.check();
  };
  return {
    desk,
    said,
    ordered,
    set,
    drained: () => drained(),
    leaveOpenings: (count: number) => {
      openings = count;
    },
    busyFor: (ms: number) => {
      turnMs = ms;
    },
    backupAt: (acknowledged: number, replayed: number) =>
      set({
        positions: {
          ...known.positions,
          acknowledged: position(acknowledged),
          replayed: position(replayed),
        },
      }),
    equalAt: (at: number) => set({ lastEqualHash: { position: position(at), stateHash: HASH } }),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test('a host that has not won its first epoch is not live: nothing may be logged before that', () => {
  const { desk, said, ordered, set } = startDesk();
  set({ status: 'starting', epoch: 0 });
  desk.powerOff(1);
  desk.changeLimits(2, 32 * MIB);
  desk.switchOver(3);
  expect(said).toEqual([1, 2, 3].map((id) => ({ type: 'refused', id, reason: 'this host is not live' })));
  expect(ordered).toEqual([]);
});

test('a host that could not shut its doors keeps its role: it would take clients from the live one', () => {
  const { desk, said, ordered, leaveOpenings } = startDesk();
  leaveOpenings(0);
  desk.switchOver(1);
  expect(said).toEqual([{ type: 'refused', id: 1, reason: expect.stringContaining('kill it, and a fresh') }]);
  expect(ordered).toEqual([]);
  desk.changeLimits(2, 32 * MIB);
  expect(ordered).toEqual(['limits 32']);
});

test.each([
  [2, []],
  [1, ['retire']],
])('relieved with %i openings of its doors left, a host retires with none to spare', (left, orders) => {
  const { desk, ordered, leaveOpenings } = startDesk();
  leaveOpenings(left);
  desk.relieved();
  expect(ordered).toEqual([]);
  vi.advanceTimersByTime(limits.relayMs);
  expect(ordered).toEqual(orders);
});

describe('switching off', () => {
  test('a joiner that has the log already must hold the end, too, for it may be listed with what it holds', () => {
    const { desk, said, drained, set, backupAt } = startDesk();
    set({ status: 'transferring', joinerHasLog: true });
    desk.powerOff(1);
    drained();
    desk.stopped(AT, HASH);
    backupAt(39, 39);
    expect(said).toEqual([]);
    backupAt(40, 40);
    expect(said).toMatchObject([{ type: 'stopped', id: 1, position: 40 }]);
  });

  test('a host that is relieved before its machine is off lets clients in again, for when it is live another time', () => {
    const { desk, said, ordered, drained, set } = startDesk();
    desk.powerOff(1);
    set({ role: 'backup', status: 'following' });
    expect(ordered).toEqual(['admit']);
    drained();
    expect(ordered).toEqual(['admit']);
    expect(said).toMatchObject([{ type: 'refused', id: 1, reason: 'this host is not live any more' }]);
  });

  test('first open requests are answered, then the machine ends, then its backup stands where it stands and has the same hash', () => {
    const { desk, said, ordered, drained, backupAt, equalAt } = startDesk();
    desk.powerOff(1);
    expect(ordered).toEqual([]);
    drained();
    expect(ordered).toEqual(['power-off']);
    backupAt(39, 39);
    desk.stopped(AT, HASH);
    backupAt(40, 39);
    expect(said).toEqual([]);
    equalAt(40);
    expect(said).toEqual([{ type: 'stopped', id: 1, position: AT, hash: HASH, equal: true }]);
  });

  test('requests that are never answered are not waited for', () => {
    const { desk, ordered, drained } = startDesk();
    desk.powerOff(1);
    vi.advanceTimersByTime(limits.drainMs);
    expect(ordered).toEqual(['power-off']);
    drained();
    expect(ordered).toEqual(['power-off']);
  });

  test('an output that the backup has not acknowledged is not left behind', () => {
    const { desk, said, set, drained, backupAt, equalAt } = startDesk();
    desk.powerOff(1);
    drained();
    const { outputs } = describeCore(new Cluster().startPrimary('A').core, 0);
    set({ outputs: { ...outputs, held: 1 } });
    desk.stopped(AT, HASH);
    backupAt(40, 40);
    equalAt(40);
    expect(said).toEqual([]);
    set({ outputs });
    expect(said).toMatchObject([{ type: 'stopped', equal: true }]);
  });

  test.each<Status>(['doubting', 'claiming-solo', 'solo'])(
    'a backup that found the same hash and is missed since (%s) counts: it was switched off as well',
    (status) => {
      const { desk, said, set, drained, equalAt } = startDesk();
      desk.powerOff(1);
      drained();
      equalAt(40);
      set({ status });
      desk.stopped(AT, HASH);
      expect(said).toMatchObject([{ type: 'stopped', equal: true }]);
    },
  );

  test.each<Status>(['solo', 'transferring'])(
    'without a backup in sync (%s) it is done alone, and said so',
    (status) => {
      const { desk, said, set, drained } = startDesk();
      set({ status });
      desk.powerOff(1);
      drained();
      desk.stopped(AT, HASH);
      expect(said).toEqual([
        {
          type: 'stopped',
          id: 1,
          position: AT,
          hash: HASH,
          equal: false,
          reason: 'there is no backup in sync to compare with',
        },
      ]);
    },
  );

  test('while the arbiter has not spoken for this host nothing is done, and after a while that is said', () => {
    const { desk, said, set, drained } = startDesk();
    set({ status: 'doubting' });
    desk.powerOff(1);
    drained();
    desk.stopped(AT, HASH);
    vi.advanceTimersByTime(limits.powerOffMs - 1);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(said).toEqual([
      { type: 'refused', id: 1, reason: expect.stringMatching(/^not done within 8 s: .*the arbiter/) },
    ]);
  });

  test('a turn that has been running for long is not waited for, not even for a moment', () => {
    const { desk, said, ordered, busyFor } = startDesk();
    busyFor(limits.stoppableTurnMs + 1);
    desk.powerOff(1);
    vi.runAllTimers();
    expect(said).toEqual([
      { type: 'refused', id: 1, reason: 'a turn has been running for 1001 ms: it cannot be waited for' },
    ]);
    expect(ordered).toEqual([]);
  });

  test('a machine that stands still because nobody takes what it says is named as that', () => {
    const { desk, said, set, drained } = startDesk();
    set({ vcpu: 'paused' });
    desk.powerOff(1);
    drained();
    vi.advanceTimersByTime(limits.powerOffMs);
    expect(said).toMatchObject([
      { reason: expect.stringContaining('the console or the backup takes nothing') },
    ]);
  });

  test('a machine that is off takes no more orders', () => {
    const { desk, said, ordered, drained, equalAt, backupAt } = startDesk();
    desk.powerOff(1);
    drained();
    desk.stopped(AT, HASH);
    backupAt(40, 40);
    equalAt(40);
    desk.powerOff(2);
    desk.changeLimits(3, 32 * MIB);
    expect(said.slice(1)).toEqual([
      { type: 'refused', id: 2, reason: 'the machine is off' },
      { type: 'refused', id: 3, reason: 'the machine is off' },
    ]);
    expect(ordered).toEqual(['power-off']);
  });
});

describe('a change of limits', () => {
  test('is answered once the backup has its entry', () => {
    const { desk, said, ordered, backupAt } = startDesk();
    backupAt(39, 0);
    desk.changeLimits(1, 32 * MIB);
    expect(ordered).toEqual(['limits 32']);
    desk.limitsChanged(AT, now);
    expect(said).toEqual([]);
    backupAt(40, 0);
    expect(said).toEqual([{ type: 'limits', id: 1, limits: now }]);
  });

  test.each<Status>(['solo', 'transferring'])(
    'is answered at once by a host without a backup (%s)',
    (status) => {
      const { desk, said, set } = startDesk();
      set({ status });
      desk.changeLimits(1, 32 * MIB);
      desk.limitsChanged(AT, now);
      expect(said).toEqual([{ type: 'limits', id: 1, limits: now }]);
    },
  );

  test.each<Status>(['listing', 'protected', 'doubting', 'claiming-solo'])(
    'is not answered before it is safe (%s)',
    (status) => {
      const { desk, said, set, backupAt } = startDesk();
      set({ status });
      backupAt(39, 39);
      desk.changeLimits(1, 32 * MIB);
      desk.limitsChanged(AT, now);
      expect(said).toEqual([]);
      set({ status: 'solo' });
      expect(said).toHaveLength(1);
    },
  );

  test.each([
    ['before its turn ends', false],
    ['before its backup has it', true],
  ])('that is given up %s may still come, and a question may not', (_when, isLogged) => {
    const { desk, said, backupAt } = startDesk();
    backupAt(39, 39);
    for (const [id, bytes] of [
      [1, 32 * MIB],
      [2, 0],
    ] as const) {
      desk.changeLimits(id, bytes);
      if (isLogged) desk.limitsChanged(AT, now);
      vi.advanceTimersByTime(limits.changeLimitsMs);
    }
    const reason = expect.stringMatching(/^not done within 5 s: a turn takes long, or the backup/);
    expect(said).toEqual([
      { type: 'refused', id: 1, reason, mayCome: true },
      { type: 'refused', id: 2, reason },
    ]);
  });

  test('comes after the one before: while one is under way another is refused', () => {
    const { desk, said, ordered } = startDesk();
    desk.changeLimits(1, 32 * MIB);
    desk.changeLimits(2, 48 * MIB);
    desk.powerOff(3);
    const reason = 'another control operation is under way';
    expect(said).toEqual([
      { type: 'refused', id: 2, reason },
      { type: 'refused', id: 3, reason },
    ]);
    expect(ordered).toEqual(['limits 32']);
  });

  test('is refused by a host that is not live', () => {
    const { desk, said, set } = startDesk();
    set({ role: 'backup', status: 'following' });
    desk.changeLimits(1, 32 * MIB);
    desk.powerOff(2);
    expect(said).toEqual([
      { type: 'refused', id: 1, reason: 'this host is not live' },
      { type: 'refused', id: 2, reason: 'this host is not live' },
    ]);
  });
});
