/** The table of ways between the states, and the diagram that is drawn of it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { assertTransition, isOver, isServing, type Status } from '../../../src/protocol/status.ts';
import { Cluster } from '../../scenario/cluster.ts';

const PRIMARY: readonly Status[] = [
  'starting',
  'solo',
  'transferring',
  'listing',
  'protected',
  'doubting',
  'handing-over',
  'claiming-solo',
];
const BACKUP: readonly Status[] = [
  'joining',
  'receiving',
  'catching-up',
  'following',
  'succeeding',
  'sealed',
  'claiming-epoch',
  'going-live',
];
const ALL: readonly Status[] = [...PRIMARY, ...BACKUP, 'halted', 'ended'];

const isLegal = (from: Status, to: Status): boolean => {
  try {
    assertTransition(from, to);
    return true;
  } catch {
    return false;
  }
};

test('nothing leads out of an end, and every other state can end', () => {
  for (const from of ALL) {
    expect(ALL.some((to) => isLegal(from, to))).toBe(!isOver(from));
    expect(isLegal(from, 'halted')).toBe(!isOver(from));
  }
});

test('one way leads from backup to primary, through the arbiter; the way back is a hand-over that the arbiter has granted', () => {
  const crossings = BACKUP.flatMap((from) =>
    PRIMARY.filter((to) => isLegal(from, to)).map((to) => [from, to]),
  );
  expect(crossings).toEqual([
    ['going-live', 'solo'],
    ['going-live', 'protected'],
  ]);
  const relieved = PRIMARY.flatMap((from) =>
    BACKUP.filter((to) => isLegal(from, to)).map((to) => [from, to]),
  );
  expect(relieved).toEqual([
    ['doubting', 'following'],
    ['handing-over', 'following'],
    ['claiming-solo', 'following'],
  ]);
  expect(BACKUP.filter((from) => isLegal(from, 'going-live'))).toEqual(['claiming-epoch']);
});

test('a committed claim has no way back to the other side', () => {
  expect(isLegal('claiming-solo', 'protected')).toBe(false);
  expect(isLegal('claiming-epoch', 'following')).toBe(false);
});

test('outputs flow only in serving states', () => {
  expect(ALL.filter(isServing)).toEqual(['solo', 'transferring', 'listing', 'protected', 'handing-over']);
});

test('the diagram at the head of status.ts names every state', () => {
  const source = readFileSync(new URL('../../../src/protocol/status.ts', import.meta.url), 'utf8');
  const diagram = source.slice(0, source.indexOf('*/'));
  for (const status of ALL) expect(diagram).toContain(status);
});

test('a host that halts hands out its last status lines, twenty at most', () => {
  const cluster = new Cluster();
  const host = cluster.startPrimary('A');
  cluster.advance(20);
  for (let index = 0; index < 30; index += 1) {
    cluster.give(host, { kind: 'peer-violated', peer: `stranger-${index}`, code: 'X', detail: 'x' });
  }
  cluster.give(host, { kind: 'vcpu-failed', reason: 'memory could not grow' });
  const [halt] = cluster.effects.flatMap(({ effect }) => (effect.kind === 'halt' ? [effect] : []));
  expect(halt?.reason).toMatchObject({ code: 'VCPU_FAILED', message: 'memory could not grow' });
  expect(halt?.lastLines).toHaveLength(20);
});
