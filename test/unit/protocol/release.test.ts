/**
 * How much leaves at once (FT §2.2): an acknowledgement may cover all that a host may hold, and a host that
 * lets out all of it in one step says nothing to its backup meanwhile.
 */
import { expect, test } from 'vitest';
import { ordinal, position } from '../../../src/base/brands.ts';
import { encodeEntry } from '../../../src/wire/entries.ts';
import { Cluster } from '../../scenario/cluster.ts';

const RELEASE_BYTES = 1_000;
const BYTES = 300;
/** The fourth output makes a release full. */
const AT_ONCE = 4;
const OUTPUTS = 10;

function hostWithOutputs(): {
  readonly cluster: Cluster;
  releases(): number[];
  make(from: number, count: number): void;
} {
  const cluster = new Cluster();
  cluster.startPrimary('A', { releaseBytes: RELEASE_BYTES, heldOutputBytes: 1_000_000 });
  const host = cluster.host('A');
  cluster.advance(11);
  cluster.startBackup('B', 'A');
  cluster.advance(300);
  expect(cluster.describe('A').status).toBe('protected');
  const entry = { kind: 'interrupt', advanceMs: 1, payload: Buffer.from('work') } as const;
  cluster.give(host, { kind: 'entries-recorded', entryCount: 1, bytes: encodeEntry(entry) });
  return {
    cluster,
    releases: () =>
      cluster.effects.flatMap(({ host: name, effect }) =>
        name === 'A' && effect.kind === 'release-outputs' ? [effect.throughOrdinal] : [],
      ),
    make(from, count) {
      for (let made = from; made < from + count; made += 1)
        cluster.give(host, {
          kind: 'output-recorded',
          ordinal: ordinal(made),
          position: position(host.core.head.position),
          route: 'client',
          byteLength: BYTES,
        });
    },
  };
}

test('what an acknowledgement sets free leaves in bounded steps, one at each tick, in order and whole', () => {
  const { cluster, releases, make } = hostWithOutputs();
  make(1, OUTPUTS);
  expect(releases()).toEqual([]);
  // There and back again.
  for (let ms = 0; releases().length === 0 && ms < 20; ms += 1) cluster.advance(1);
  expect(releases()).toEqual([AT_ONCE]);
  cluster.advance(cluster.host('A').core.config.tickMs);
  expect(releases()).toEqual([AT_ONCE, 2 * AT_ONCE]);
  cluster.advance(cluster.host('A').core.config.tickMs);
  expect(releases()).toEqual([AT_ONCE, 2 * AT_ONCE, OUTPUTS]);
  expect(cluster.host('A').core.outputs).toMatchObject({ held: [], heldBytes: 0, isCut: false });
});

test('an output that comes while others are cut off waits behind them; one that comes alone leaves at once', () => {
  const { cluster, releases, make } = hostWithOutputs();
  make(1, OUTPUTS);
  for (let ms = 0; releases().length === 0 && ms < 20; ms += 1) cluster.advance(1);
  make(OUTPUTS + 1, 1);
  expect(releases()).toEqual([AT_ONCE]);
  cluster.advance(2 * cluster.host('A').core.config.tickMs);
  expect(releases().at(-1)).toBe(OUTPUTS + 1);
  make(OUTPUTS + 2, 1);
  expect(releases().at(-1)).toBe(OUTPUTS + 2);
});

test('an output that is larger than a step leaves all the same', () => {
  const { cluster, releases } = hostWithOutputs();
  cluster.give(cluster.host('A'), {
    kind: 'output-recorded',
    ordinal: ordinal(1),
    position: cluster.host('A').core.head.position,
    route: 'client',
    byteLength: 10 * RELEASE_BYTES,
  });
  cluster.advance(20);
  expect(releases()).toEqual([1]);
});

test('a program has ended when its last line is printed, and not before', () => {
  const { cluster } = hostWithOutputs();
  const host = cluster.host('A');
  cluster.setPrinter('blocked');
  cluster.input('A', 'print one');
  cluster.end('A', 3);
  cluster.advance(10);
  expect(cluster.describe('A')).toMatchObject({ status: 'protected', outputs: { held: 0 } });
  const last = host.core.outputs.released;
  cluster.give(host, { kind: 'outputs-printed', throughOrdinal: ordinal(last - 1) });
  expect(cluster.describe('A').status).toBe('protected');
  cluster.give(host, { kind: 'outputs-printed', throughOrdinal: last });
  expect(cluster.describe('A').status).toBe('ended');
});
