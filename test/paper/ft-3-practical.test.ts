/** FT §3.1 (starting and restarting fault-tolerant VMs), §3.2 (managing the logging channel) and §3.3 (operation on FT VMs). */
import { expect, test } from 'vitest';
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

test('§3.2: a backup with little to execute slows nothing', () => {
  const cluster = pair();
  for (let index = 0; index < 100; index += 1) {
    cluster.input('A', 'work');
    cluster.advance(10);
  }
  expect(slowdowns(cluster)).toEqual([]);
  expect(cluster.describe('A').lag.ms).toBeLessThan(100);
});

test('§3.2: beyond about a second of lag the primary is slowed, the more the further, and let go when the backup has caught up', () => {
  const cluster = pair();
  cluster.setReplaying('B', false);
  cluster.input('A', 'work');
  cluster.advance(1_000);
  expect(slowdowns(cluster)).toEqual([]);
  cluster.advance(3_000);
  const up = slowdowns(cluster);
  expect(up.length).toBeGreaterThan(10);
  expect(up).toEqual(up.map((_, index) => 5 * (index + 1)));
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
