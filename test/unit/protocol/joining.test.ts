/** Hello, refusals and the misbehaviour of peers: named, closed, never fatal for a host that is live. */
import { describe, expect, test } from 'vitest';
import { type Epoch, epoch, ordinal, position } from '../../../src/base/brands.ts';
import { sha256 } from '../../../src/base/digest.ts';
import { CHAIN_START, chainTagOf } from '../../../src/log/chain.ts';
import { type Frame, type HelloFrame, PROTOCOL_VERSION } from '../../../src/protocol/frames.ts';
import { Cluster, testConfig } from '../../scenario/cluster.ts';

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

const { identity, heartbeatMs, suspectAfterMs: suspectMs } = testConfig('X');
const hello = (changes: Partial<HelloFrame> = {}): HelloFrame => ({
  kind: 'hello',
  protocolVersion: PROTOCOL_VERSION,
  ...identity,
  incarnation: 'inc-X',
  host: 'X',
  as: 'backup',
  times: { heartbeatMs, suspectMs },
  ...changes,
});

const refusals = (cluster: Cluster): string[] =>
  cluster.effects.flatMap(({ effect }) =>
    effect.kind === 'send' && effect.frame.kind === 'refusal' ? [effect.frame.message] : [],
  );

describe('a hello that does not match', () => {
  test.each<[string, Partial<HelloFrame>, RegExp]>([
    ['version', { protocolVersion: 99 }, /protocol version is 99, the primary's is \d+/],
    ['VM', { vm: 'other' }, /VM is other, the primary's is vm/],
    ['image', { image: sha256('other') }, /image is [0-9a-f]{12}, the primary's is [0-9a-f]{12}/],
    ['architecture', { architecture: 'arm64' }, /CPU architecture is arm64, the primary's is x64/],
    ['boot', { bootHash: sha256('other') }, /state hash after boot is [0-9a-f]{12}/],
    ['heartbeat', { times: { heartbeatMs: 999, suspectMs } }, /heartbeat is 999 ms, patience \d+ ms, the/],
    ['patience', { times: { heartbeatMs, suspectMs: 9_999 } }, /patience 9999 ms, the primary's is \d+ ms/],
  ])('in its %s is refused with both sides named, and the primary serves on', (_, changes, message) => {
    const cluster = solo();
    const stranger = cluster.stranger('A');
    stranger.say(hello(changes));
    expect(refusals(cluster)).toEqual([expect.stringMatching(message)]);
    expect(
      cluster.effects.some(({ effect }) => effect.kind === 'close-peer' && effect.peer === stranger.peer),
    ).toBe(true);
    expect(cluster.describe('A')).toMatchObject({ status: 'solo', live: true });
  });
});

test('a second backup is refused, and told that it may wait as a spare', () => {
  const cluster = solo();
  cluster.stranger('A').say(hello());
  cluster.stranger('A').say(hello({ host: 'Y', incarnation: 'inc-Y' }));
  const mends = cluster.effects.flatMap(({ effect }) =>
    effect.kind === 'send' && effect.frame.kind === 'refusal' ? [effect.frame.mend] : [],
  );
  expect(refusals(cluster)).toEqual(['X is the backup already, or is becoming it']);
  expect(mends).toEqual([expect.stringContaining('--role spare')]);
});

describe('a second hello is a violation, and its peer no longer counts', () => {
  const closedOf = (cluster: Cluster, peer: string): string[] =>
    cluster.effects.flatMap(({ effect }) =>
      effect.kind === 'close-peer' && effect.peer === peer ? [effect.reason] : [],
    );
  const violation = 'OUT_OF_TURN: a second hello';

  test('of a spare: it fills no list, and the next one is registered', () => {
    const cluster = pair();
    const [twice, other] = [cluster.stranger('A'), cluster.stranger('A')];
    const spare = hello({ as: 'spare' });
    twice.say(spare);
    twice.say(spare);
    expect(closedOf(cluster, twice.peer)).toEqual([violation]);
    other.say(hello({ as: 'spare', host: 'Y', incarnation: 'inc-Y' }));
    expect(cluster.describe('A').spares).toEqual(['Y']);
    expect(closedOf(cluster, other.peer)).toEqual([]);
    expect(cluster.describe('A')).toMatchObject({ status: 'protected', live: true });
  });

  test.each(['backup', 'spare'] as const)('of one at the door, who says that it is a %s by now', (as) => {
    const cluster = new Cluster();
    cluster.startPrimary('A');
    const knocking = cluster.stranger('A');
    knocking.say(hello());
    knocking.say(hello({ as }));
    expect(closedOf(cluster, knocking.peer)).toEqual([violation]);
    expect(refusals(cluster)).toEqual([]);
    cluster.advance(20);
    expect(cluster.describe('A')).toMatchObject({ status: 'solo', spares: [] });
  });
});

const strays: readonly Frame[] = [
  { kind: 'welcome', epoch: epoch(1), incarnation: 'x', host: 'x' },
  { kind: 'refusal', code: 'X', message: 'x', mend: 'x' },
  { kind: 'pages-wanted', epoch: epoch(2), indices: [0] },
  { kind: 'joined', epoch: epoch(2), position: position(0), stateHash: CHAIN_START },
  { kind: 'listed', epoch: epoch(2) },
  {
    kind: 'batch',
    epoch: epoch(2),
    recordedIn: epoch(2),
    chainTag: chainTagOf(CHAIN_START),
    entryCount: 1,
    bytes: new Uint8Array([32, 1]),
  },
  { kind: 'ack', epoch: epoch(2), received: position(99), replayed: position(0) },
  { kind: 'ack', epoch: epoch(2), received: position(1), replayed: position(2) },
  { kind: 'bye', epoch: epoch(9), reason: 'x', exitCode: null },
];

describe('a peer of the primary that misbehaves', () => {
  test.each(strays.map((frame) => [frame.kind, frame] as const))(
    '%s without a hello: closed, the pair goes on',
    (_, frame) => {
      const cluster = pair();
      const stranger = cluster.stranger('A');
      stranger.say(frame);
      expect(
        cluster.effects.some(({ effect }) => effect.kind === 'close-peer' && effect.peer === stranger.peer),
      ).toBe(true);
      cluster.advance(50);
      expect(cluster.describe('A')).toMatchObject({ status: 'protected', live: true });
    },
  );

  test.each(strays.map((frame) => [frame.kind, frame] as const))(
    '%s from the backup: it is closed, the primary goes solo',
    (_, frame) => {
      const cluster = pair();
      cluster.give(cluster.host('A'), { kind: 'frame-received', peer: 'c1', frame });
      cluster.advance(100);
      const states = ['A', 'B'].map((name) => cluster.describe(name).status).sort();
      if (frame.kind === 'welcome') expect(states).toEqual(['following', 'protected']);
      else expect(states).toEqual(['halted', 'solo']);
    },
  );

  test("bytes that do not decode are its end, not the primary's", () => {
    const cluster = pair();
    cluster.give(cluster.host('A'), { kind: 'peer-violated', peer: 'c1', code: 'NOT_PROTOBUF', detail: 'x' });
    cluster.advance(100);
    expect(cluster.describe('A').status === 'solo' || cluster.describe('B').live).toBe(true);
  });

  test('asks for pages once: what it has not read of them is kept for it, and must not grow (I10)', () => {
    const cluster = solo();
    const joiner = cluster.stranger('A');
    joiner.say(hello());
    cluster.advance(20);
    const { epoch: at } = cluster.describe('A');
    const wanted: Frame = { kind: 'pages-wanted', epoch: epoch(at), indices: [0] };
    for (let count = 0; count < 3; count += 1) joiner.say(wanted);
    const kinds = cluster.effects.map(({ effect }) => effect.kind);
    expect(kinds.filter((kind) => kind === 'send-pages')).toHaveLength(1);
    expect(kinds).toContain('close-peer');
    expect(cluster.describe('A')).toMatchObject({ status: 'solo', live: true });
  });

  test('has not succeeded a primary in an epoch that this one has left', () => {
    const cluster = pair();
    cluster.give(cluster.host('A'), { kind: 'switch-over-asked' });
    const isOffered = (): boolean =>
      cluster.effects.some(({ effect }) => effect.kind === 'send' && effect.frame.kind === 'hand-over');
    while (!isOffered()) cluster.advance(1);
    const { epoch: at } = cluster.describe('A');
    const frame: Frame = { kind: 'succeeded', epoch: epoch(at - 1), url: 'http://nowhere' };
    cluster.give(cluster.host('A'), { kind: 'frame-received', peer: 'c1', frame });
    expect(cluster.describe('A')).toMatchObject({ role: 'primary', epoch: at });
  });

  test('frames of an older epoch are ignored', () => {
    const cluster = pair();
    cluster.cut('A', 'B');
    cluster.input('A', 'reply held');
    const stale: Frame = { kind: 'ack', epoch: epoch(1), received: position(2), replayed: position(1) };
    cluster.give(cluster.host('A'), { kind: 'frame-received', peer: 'c1', frame: stale });
    expect(cluster.released).toEqual([]);
    expect(cluster.describe('A').status).toBe('protected');
  });
});

describe('a primary that misbehaves', () => {
  const batch = (tag: string, at: Epoch): Frame => ({
    kind: 'batch',
    epoch: at,
    recordedIn: at,
    chainTag: chainTagOf(sha256(tag)),
    entryCount: 1,
    bytes: new Uint8Array([32, 1]),
  });

  test.each<[string, Frame]>([
    ['a batch that breaks the chain', batch('wrong', epoch(2))],
    ['a frame of a newer epoch', batch('wrong', epoch(3))],
    [
      'a second checkpoint',
      { kind: 'joined', epoch: epoch(2), position: position(0), stateHash: CHAIN_START },
    ],
    ['a listing in the epoch that it has', { kind: 'listed', epoch: epoch(2) }],
  ])('%s: the backup acknowledges nothing more and asks the arbiter', (_, frame) => {
    const cluster = pair();
    cluster.effects.length = 0;
    cluster.give(cluster.host('B'), { kind: 'frame-received', peer: 'c1', frame });
    expect(cluster.describe('B').status).toBe('sealed');
    expect(cluster.effects.map(({ effect }) => effect.kind)).toContain('read-arbiter');
    expect(cluster.effects.filter(({ effect }) => effect.kind === 'send')).toEqual([]);
    cluster.advance(100);
    expect(['A', 'B'].filter((name) => cluster.describe(name).live)).toHaveLength(1);
  });

  test('a batch of an older epoch is ignored', () => {
    const cluster = pair();
    cluster.give(cluster.host('B'), { kind: 'frame-received', peer: 'c1', frame: batch('wrong', epoch(1)) });
    expect(cluster.describe('B').status).toBe('following');
  });
});

describe('listing', () => {
  test('is not asked for before the backup has everything that left', () => {
    const cluster = solo();
    cluster.startBackup('B', 'A');
    cluster.advance(4);
    cluster.input('A', 'reply during the transfer');
    while (!cluster.log.some((line) => line.includes('has the checkpoint'))) cluster.advance(1);
    cluster.input('A', 'reply just before the listing');
    cluster.cut('A', 'B');
    expect(cluster.released).toHaveLength(2);
    const say = (received: number): void => {
      const ack = {
        kind: 'ack',
        epoch: epoch(1),
        received: position(received),
        replayed: position(1),
      } as const;
      cluster.give(cluster.host('A'), { kind: 'frame-received', peer: 'c1', frame: ack });
    };
    say(2);
    expect(cluster.describe('A').status).toBe('listing');
    cluster.advance(50);
    expect(cluster.records).toHaveLength(1);
    say(3);
    cluster.advance(5);
    expect(cluster.records.at(-1)?.inSync).toEqual(['inc-B']);
  });

  test("waits while lines from before the checkpoint are not printed: their only copy is the primary's", () => {
    const cluster = solo();
    cluster.setPrinter('blocked');
    cluster.input('A', 'print line', 'print another');
    cluster.startBackup('B', 'A');
    cluster.advance(200);
    expect(cluster.describe('A').status).toBe('listing');
    cluster.give(cluster.host('A'), { kind: 'outputs-printed', throughOrdinal: ordinal(1) });
    cluster.advance(50);
    expect(cluster.describe('A').status).toBe('listing');
    cluster.setPrinter('prints');
    cluster.advance(10);
    expect(cluster.describe('A').status).toBe('protected');
  });

  test('a primary that is stopped during it and finds its backup gone goes on alone', () => {
    const cluster = solo();
    cluster.startBackup('B', 'A');
    cluster.advance(8);
    cluster.stop('A');
    cluster.advance(3_000);
    cluster.continue('A');
    cluster.advance(1_000);
    expect(['A', 'B'].filter((name) => cluster.host(name).halted === null)).toHaveLength(1);
  });
});

describe('under a load that outruns the transfer', () => {
  /** More input than is kept for a joiner, as fast as the vCPU takes it. */
  function load(cluster: Cluster, ms: number): void {
    for (let at = 0; at < ms; at += 1) {
      for (let each = 0; each < 3 && cluster.describe('A').vcpu === 'running'; each += 1) {
        cluster.input('A', `work ${'x'.repeat(1_500)}`);
      }
      cluster.advance(1);
    }
  }

  test('the vCPU stops for the joiner, which comes into sync, and runs again', () => {
    const cluster = solo();
    cluster.startBackup('B', 'A');
    cluster.advance(2);
    load(cluster, 60);
    expect(cluster.log.join()).toContain('vCPU paused');
    expect(cluster.log.join()).not.toContain('too far behind');
    expect(cluster.describe('A').status).toBe('protected');
    cluster.advance(200);
    expect(cluster.describe('A').vcpu).toBe('running');
  });

  test('log that a joiner is still to be sent is kept, though the vCPU keeps a newer checkpoint', () => {
    const cluster = new Cluster();
    const room = 1_000_000;
    cluster.startPrimary('A', { joinLogBytes: room, logBufferBytes: room, lagBoundBytes: room });
    cluster.advance(20);
    cluster.input('A', 'turn begins');
    // More batches than are sent before the first is acknowledged.
    for (let batch = 0; batch < 600; batch += 1) cluster.input('A', 'work');
    cluster.startBackup('B', 'A');
    while (!cluster.log.some((line) => line.includes('has the checkpoint'))) cluster.advance(1);
    cluster.input('A', 'turn ends');
    cluster.advance(100);
    expect(cluster.describe('A').status).toBe('protected');
    const { log, acknowledged } = cluster.describe('A').positions;
    expect(acknowledged).toBe(log);
  });

  test('a joiner that takes too long is given up, and the vCPU runs again', () => {
    const cluster = solo();
    const { say } = cluster.stranger('A');
    say(hello());
    const heartbeat = {
      kind: 'heartbeat',
      epoch: epoch(1),
      echoMs: 0,
      guestClockMs: null,
      releasedOrdinal: ordinal(0),
      printedOrdinal: ordinal(0),
    } as const;
    for (let beats = 0; beats < 300; beats += 1) {
      load(cluster, 50);
      if (cluster.describe('A').status === 'transferring') {
        say({ ...heartbeat, sentMs: beats });
      }
    }
    expect(cluster.log.join()).toContain('vCPU paused');
    expect(cluster.log.join()).toContain('the joining backup fell too far behind');
    expect(cluster.describe('A')).toMatchObject({ status: 'solo', vcpu: 'running' });
  });
});

describe('the description', () => {
  test('says live only while outputs do not wait longer than the time-out', () => {
    const cluster = pair();
    cluster.input('A', 'reply one');
    expect(cluster.describe('A').outputs).toMatchObject({ recorded: 1, released: 0, held: 1 });
    expect(cluster.describe('A').live).toBe(true);
  });

  test('shows the last equal state hash on both sides', () => {
    const cluster = pair();
    cluster.give(cluster.host('A'), {
      kind: 'hash-checked',
      position: position(2),
      stateHash: sha256('state'),
    });
    cluster.give(cluster.host('B'), {
      kind: 'hash-checked',
      position: position(2),
      stateHash: sha256('state'),
    });
    cluster.input('A', 'work');
    cluster.advance(20);
    const expected = { position: position(2), stateHash: sha256('state') };
    expect(cluster.describe('A').lastEqualHash).toEqual(expected);
    expect(cluster.describe('B').lastEqualHash).toEqual(expected);
  });
});
