/**
 * FT §3.1 (starting and restarting fault-tolerant VMs), §3.2 (managing the logging
 * channel) and §3.3 (operation on FT VMs).
 */
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { Cluster } from '../scenario/cluster.ts';

function solo(): Cluster {
  const cluster = new Cluster();
  cluster.startPrimary('A');
  cluster.advance(20);
  return cluster;
}

function pair(): Cluster {
  const cluster = solo();
  cluster.startBackup('B', 'A');
  cluster.advance(100);
  return cluster;
}

const slowdowns = (cluster: Cluster): number[] =>
  cluster.effects.flatMap(({ effect }) => (effect.kind === 'set-slowdown' ? [effect.percent] : []));

test('§3.1: a backup is started from a running VM, which serves on meanwhile', () => {
  const cluster = solo();
  cluster.input('A', 'work', 'reply one');
  cluster.startBackup('B', 'A');
  for (let ms = 0; ms < 20; ms += 1) {
    cluster.input('A', `reply ${ms}`);
    cluster.advance(1);
  }
  cluster.advance(10);
  expect(cluster.describe('A').status).toBe('protected');
  expect(cluster.released).toHaveLength(21);
  expect(cluster.host('B').machine.memory()).toEqual(cluster.host('A').machine.memory());
  expect(cluster.host('B').told).toEqual(cluster.host('A').told);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
  '§3.1: a backup that fails %i ms after it came leaves the primary serving',
  (ms) => {
    const cluster = solo();
    cluster.startBackup('B', 'A');
    cluster.advance(ms);
    cluster.kill('B', 'loss');
    cluster.input('A', 'reply still here');
    cluster.advance(100);
    expect(cluster.describe('A')).toMatchObject({ status: 'solo', live: true });
    expect(cluster.released.map(({ text }) => text)).toEqual(['still here']);
    cluster.startBackup('C', 'A');
    cluster.advance(50);
    expect(cluster.describe('A')).toMatchObject({ status: 'protected', peer: 'C' });
  },
);

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
  '§3.1: a primary that dies %i ms after a backup came: it is succeeded, or the end is honest',
  (ms) => {
    const cluster = solo();
    cluster.input('A', 'reply promised');
    cluster.startBackup('B', 'A');
    cluster.advance(ms);
    cluster.kill('A', 'loss');
    cluster.advance(1_000);
    const listed = cluster.records.some(({ inSync }) => inSync.includes('inc-B'));
    if (listed) expect(cluster.host('B').told).toEqual(['promised']);
    expect(cluster.describe('B').live).toBe(listed);
    if (!listed) expect(cluster.host('B').halted).toBe('NOT_IN_SYNC');
  },
);

test('§3.1: pages that the new host has already do not travel', () => {
  const cluster = new Cluster();
  cluster.startPrimary('A', { awaitBackup: true });
  cluster.startBackup('B', 'A');
  cluster.advance(100);
  const pages = cluster.effects.filter(
    ({ effect }) => effect.kind === 'send' && effect.frame.kind === 'pages',
  );
  expect(pages).toEqual([]);
  expect(cluster.describe('A').status).toBe('protected');
});

test('§3.1: a clone does not disturb the VM: no pause, no entry in its log, and every reply leaves at once', () => {
  const [joined, alone] = [solo(), solo()];
  joined.startBackup('B', 'A');
  for (const cluster of [joined, alone]) {
    for (let ms = 0; ms < 30; ms += 1) {
      cluster.input('A', `reply ${ms}`);
      cluster.advance(1);
    }
  }
  expect(joined.describe('A').status).toBe('protected');
  expect(joined.host('A').machine.memory()).toEqual(alone.host('A').machine.memory());
  expect(joined.effects.filter(({ effect }) => effect.kind === 'set-vcpu')).toEqual([]);
});

test('§3.1: a backup joins in the middle of a turn that may take minutes, and takes over inside it', () => {
  const cluster = solo();
  cluster.input('A', 'reply before', 'turn begins', 'reply in it');
  cluster.startBackup('B', 'A');
  cluster.advance(50);
  expect(cluster.describe('A').status).toBe('protected');
  cluster.input('A', 'reply later in it');
  cluster.advance(10);
  cluster.kill('A', 'loss');
  cluster.advance(50);
  expect(cluster.describe('B').live).toBe(true);
  expect(cluster.host('B').machine.place).toBe('inside a turn');
  expect(cluster.host('B').told).toEqual(['before', 'in it', 'later in it']);
});

test('§3.1: the log of a long turn reaches a joiner in portions, and clients are served between them', () => {
  const cluster = new Cluster();
  cluster.startPrimary('A', { joinLogBytes: 2 ** 20 });
  cluster.advance(20);
  cluster.input('A', 'turn begins');
  for (let index = 0; index < 1_500; index += 1) cluster.input('A', 'work');
  cluster.startBackup('B', 'A');
  const most = { batches: 0, served: 0 };
  for (let ms = 0; ms < 60; ms += 1) {
    const before = cluster.effects.length;
    cluster.advance(1);
    const sent = cluster.effects.slice(before).filter(({ effect }) => effect.kind === 'send');
    most.batches = Math.max(most.batches, sent.filter(({ host }) => host === 'A').length);
    if (cluster.describe('A').status === 'transferring') {
      cluster.input('A', `reply ${ms}`);
      most.served = cluster.released.length;
    }
  }
  expect(most.batches).toBeLessThan(1_500);
  expect(most.served).toBeGreaterThan(0);
  expect(cluster.describe('A').status).toBe('protected');
});

test('§3.1: a lost backup is replaced by a host that was waiting, whichever of them is lost next', () => {
  const cluster = pair();
  cluster.startSpare('S', ['A', 'B', 'S', 'T']);
  cluster.startSpare('T', ['A', 'B', 'S', 'T']);
  cluster.advance(100);
  expect(cluster.describe('A').spares).toEqual(['S', 'T']);
  for (const lost of ['A', 'B']) {
    cluster.kill(lost, 'loss');
    cluster.advance(200);
    const alive = [...cluster.hosts.values()].filter(({ process }) => process === 'running');
    expect(alive.filter(({ core }) => core.status === 'protected')).toHaveLength(1);
  }
});

test('§3.1: more spares than the list takes are told so, and go on looking', () => {
  const cluster = pair();
  const names = Array.from({ length: limits.sparesWaiting + 1 }, (_, index) => `S${index}`);
  for (const name of names) cluster.startSpare(name, ['A']);
  cluster.advance(100);
  expect(cluster.describe('A').spares).toHaveLength(limits.sparesWaiting);
  cluster.kill('S0');
  cluster.advance(100);
  expect(cluster.describe('A').spares).toHaveLength(limits.sparesWaiting);
  expect(names.every((name) => cluster.host(name).halted === null)).toBe(true);
});

test('§3.1: a spare that falls silent is let go, and one that waited in vain for its primary looks for another', () => {
  const cluster = pair();
  cluster.startSpare('S', ['A']);
  cluster.advance(100);
  cluster.stop('S');
  cluster.advance(700);
  expect(cluster.describe('A').spares).toEqual([]);
  cluster.continue('S');
  cluster.advance(200);
  expect(cluster.describe('A').spares).toEqual(['S']);
});

test('§3.2: while a new backup executes the log from before it came, the brake stops at half', () => {
  const cluster = solo();
  cluster.input('A', 'turn begins');
  for (let index = 0; index < 20; index += 1) cluster.input('A', 'work');
  cluster.startBackup('B', 'A');
  cluster.setReplaying('B', false);
  cluster.advance(8_000);
  expect(Math.max(...slowdowns(cluster))).toBe(50);
  cluster.setReplaying('B', true);
  cluster.advance(100);
  cluster.setReplaying('B', false);
  cluster.input('A', 'work');
  cluster.advance(8_000);
  expect(Math.max(...slowdowns(cluster))).toBe(90);
});

test('§3.2: a backup with little to execute slows nothing', () => {
  const cluster = pair();
  for (let index = 0; index < 100; index += 1) {
    cluster.input('A', 'work');
    cluster.advance(10);
  }
  expect(slowdowns(cluster)).toEqual([]);
  expect(cluster.describe('A').lag.ms).toBeLessThan(100);
});

test('§3.2: on its way to a second of lag the primary is slowed, the more the nearer, and let go when the backup has caught up', () => {
  const cluster = pair();
  cluster.setReplaying('B', false);
  cluster.input('A', 'work');
  cluster.advance(200);
  expect(slowdowns(cluster)).toEqual([]);
  cluster.advance(800);
  const up = slowdowns(cluster);
  expect(up.length).toBeGreaterThan(10);
  expect(up).toEqual(up.map((_, index) => 5 * (index + 1)));
  expect(up.at(-1)).toBe(90);
  cluster.setReplaying('B', true);
  cluster.advance(2_000);
  expect(slowdowns(cluster).at(-1)).toBe(0);
});

test('§3.2: a full log buffer stops the primary, and its emptying lets it run again', () => {
  const cluster = pair();
  cluster.cut('A', 'B');
  for (let index = 0; index < 5; index += 1) cluster.input('A', 'x'.repeat(1_000));
  cluster.advance(10);
  expect(cluster.describe('A').vcpu).toBe('paused');
  cluster.heal('A', 'B');
  cluster.advance(30);
  expect(cluster.describe('A').vcpu).toBe('running');
});

test('§3.2: outputs that wait are bounded, too', () => {
  const cluster = pair();
  cluster.setPrinter('blocked');
  for (let index = 0; index < 5; index += 1) {
    cluster.input('A', `print ${'x'.repeat(1_000)}`);
    cluster.advance(5);
  }
  expect(cluster.describe('A').vcpu).toBe('paused');
  cluster.setPrinter('prints');
  cluster.advance(20);
  expect(cluster.describe('A').vcpu).toBe('running');
});

test('§3.3: when the primary is explicitly powered off the backup is stopped as well, and does not attempt to go live', () => {
  const cluster = pair();
  cluster.input('A', 'reply last');
  cluster.powerOff('A');
  cluster.advance(10);
  cluster.kill('A');
  cluster.advance(2_000);
  expect(cluster.released.map(({ text }) => text)).toEqual(['last']);
  expect(cluster.host('B').exitCode).toBe(0);
  expect(cluster.describe('B')).toMatchObject({ status: 'ended', live: false });
  expect(cluster.records.map(({ incarnation }) => incarnation)).not.toContain('inc-B');
});

test('§3.3: both machines are off at one place of the log, and the primary knows that they were equal there', () => {
  const cluster = pair();
  cluster.input('A', 'work', 'print half', 'reply done');
  cluster.powerOff('A');
  cluster.advance(10);
  const [primary, backup] = [cluster.describe('A'), cluster.describe('B')];
  expect(backup.positions.log).toBe(primary.positions.log);
  expect(primary.positions).toMatchObject({ acknowledged: primary.positions.log });
  expect(primary.lastEqualHash).toEqual(backup.lastEqualHash);
  expect(primary.lastEqualHash?.position).toBe(primary.positions.log);
  expect(primary.outputs.held).toBe(0);
});

test.each([0, 1, 2, 3, 4, 5])(
  '§3.3: a primary that dies %i ms after it was powered off: a backup that has its end stops, one that has not goes on',
  (ms) => {
    const cluster = pair();
    const before = cluster.describe('B').positions.log;
    cluster.powerOff('A');
    cluster.advance(ms);
    cluster.kill('A', 'loss');
    cluster.advance(2_000);
    const knows = cluster.host('B').power === 'off';
    expect(knows).toBe(ms > 0);
    expect(cluster.describe('B').live).toBe(!knows);
    expect(cluster.host('B').exitCode).toBe(knows ? 0 : null);
    if (!knows) expect(cluster.describe('B').positions.log).toBe(before + 1);
  },
);
