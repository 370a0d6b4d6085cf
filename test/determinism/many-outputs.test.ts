/**
 * A turn that makes many outputs before the first interrupt could fall is a long one from a place that its
 * own bytes decide (FT §2.1, I10): recorded, replayed, cloned and gone live with at every entry it is the
 * same turn, and every host makes each of its outputs once.
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { LogEntry } from '../../src/log/entry.ts';
import type { RecordingPolicy } from '../../src/session/ports.ts';
import {
  checkpointAfter,
  goLiveAfter,
  type Input,
  imageOf,
  type Life,
  record,
  replay,
  turnBoundaries,
  watchful,
} from '../support/life.mjs';

const BOUND = limits.shortTurnOutputBytes;
const LINES = 8;

/** Prints so many lines in the turn of its start, which have `bytes` together. */
const printing = (bytes: number, lines: number): string => `
  let rest = ${bytes};
  for (let left = ${lines}; left > 0; left -= 1) {
    const length = left === 1 ? rest : ${Math.floor(bytes / lines)};
    console.log('x'.repeat(length));
    rest -= length;
  }`;
/** A plain program: its end is an output as well. */
const plain = (bytes: number, lines = LINES): ReturnType<typeof imageOf> =>
  imageOf({ guest: printing(bytes, lines) });

const kindsOf = (entries: readonly LogEntry[]): string[] =>
  entries.filter(({ kind }) => kind !== 'hash-point').map(({ kind }) => kind);
/** Of outputs; there is no other in a turn that looks at no clock and polls a few times. */
const marked = (entries: readonly LogEntry[]): number[] =>
  entries.flatMap((entry) => (entry.kind === 'mark' ? [entry.ordinal] : []));
const sizes = ({ outputs }: Pick<Life, 'outputs'>): string[] =>
  outputs.map(({ kind, ordinal, head, body }) => `${ordinal} ${kind} ${head.length} ${body.length}`);

/** Marks at outputs only, and a hash at every poll at which one may be. */
const closely: RecordingPolicy = { ...watchful, hashEveryPolls: 1, markEveryMs: Number.POSITIVE_INFINITY };

describe('the bound of a short turn', () => {
  it('is kept by outputs that have just as many bytes: nothing in the turn is marked', () => {
    const { entries, outputs } = record(plain(BOUND), [], { policy: closely });
    expect(outputs).toHaveLength(LINES + 1);
    expect(kindsOf(entries)).toEqual(['interrupt']);
  });

  it('is crossed by one byte more: what comes behind that output is a long turn, whose end is an entry', () => {
    const { entries, outputs } = record(plain(BOUND + 1), [], { policy: closely });
    expect(outputs).toHaveLength(LINES + 1);
    expect(kindsOf(entries)).toEqual(['interrupt', 'mark', 'turn-end']);
    expect(marked(entries)).toEqual([LINES + 1]);
    expect(entries.find(({ kind }) => kind === 'turn-end')).toMatchObject({ ordinal: LINES + 1 });
  });

  it('is crossed once: each later output has its mark, that one has none, and polls are looked at', () => {
    const { entries } = record(plain(3 * BOUND, 30), [], { policy: closely });
    const inTurn = entries.flatMap((entry) => ('poll' in entry && entry.poll > 0 ? [entry] : []));
    expect(marked(entries)).toEqual(Array.from({ length: 20 }, (_, index) => index + 12));
    for (const { poll } of inTurn) expect(poll).toBeLessThan(limits.firstInterruptiblePoll);
  });

  it('is that of each turn: the next one is short again', () => {
    const guest = `export default { fetch(request) { ${printing(BOUND + 1, LINES)}; return new Response('x'); } };`;
    const { entries } = record(imageOf({ guest }), [{ target: '/a' }, { target: '/b' }]);
    const turn = ['interrupt', 'mark', 'turn-end'];
    const turns = kindsOf(entries).slice(kindsOf(entries).indexOf('mark') - 1);
    expect(turns.filter((kind) => kind !== 'clock')).toEqual([...turn, ...turn]);
    expect(marked(entries)).toEqual([LINES + 1, 2 * (LINES + 1)]);
  });
});

/** Computes and looks at the clock between its lines, in a turn of less polls than an interrupt needs. */
const busy = `
  const kept = [];
  const work = () => {
    let state = kept.length;
    for (let i = 0; i < 4_000; i += 1) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    kept.push(state);
    return state;
  };
  export default { fetch(request) {
    if (request.url.endsWith('/alive')) return new Response('alive');
    for (let i = 0; i < 12; i += 1) console.log(i + ' ' + work() + ' ' + 'x'.repeat(150_000));
    return Response.json({ at: Date.now(), sum: work() });
  } };`;
const inputs: readonly Input[] = [
  { target: '/many' },
  { advanceMs: 5 },
  { target: '/many' },
  { target: '/alive' },
];

describe('a turn of many bytes and few polls', () => {
  const image = imageOf({ guest: busy });
  const life = record(image, inputs, { policy: closely });

  it('polls while it is long, before the first poll at which another turn may be interrupted', () => {
    const hashed = life.entries.flatMap((entry) => (entry.kind === 'hash-point' ? [entry.poll] : []));
    const inTurn = hashed.filter((poll) => poll > 0);
    expect(inTurn.length).toBeGreaterThan(2);
    expect(Math.min(...inTurn)).toBeLessThan(limits.firstInterruptiblePoll);
  });

  it('is replayed to the same outputs and the same hash, from its beginning and by every clone', () => {
    const replayed = replay(image, life.entries);
    expect(replayed.hash).toBe(life.hash);
    expect(sizes(replayed)).toEqual(sizes(life));
    for (const at of turnBoundaries(life.entries)) {
      const clone = replay(image, life.entries.slice(at), checkpointAfter(image, life.entries, at));
      expect(clone.hash).toBe(life.hash);
    }
  });

  it('is gone on with by whoever goes live at any of its entries, who makes each output once', () => {
    const lines = (of: Pick<Life, 'outputs'>): string[] =>
      of.outputs.filter(({ kind }) => kind === 'console').map(({ head }) => head);
    for (let cut = 1; cut < life.entries.length; cut += 1) {
      const connections = cut % 2 === 0 ? 'lost' : 'kept';
      const heir = goLiveAfter(image, life.entries.slice(0, cut), [], { policy: closely, connections });
      const again = replay(image, heir.entries);
      expect(again.hash).toBe(heir.hash);
      expect(sizes(again)).toEqual(sizes(heir));
      expect(heir.outputs.map(({ ordinal }) => ordinal)).toEqual(heir.outputs.map((_, index) => index + 1));
      expect(lines(life).slice(0, lines(heir).length)).toEqual(lines(heir));
    }
  });

  it('is followed no further than its marks: who goes live behind one makes the next output itself', () => {
    for (const [index, entry] of life.entries.entries()) {
      if (entry.kind !== 'mark') continue;
      const heir = goLiveAfter(image, life.entries.slice(0, index + 1), [], { policy: closely });
      const next = heir.entries.slice(index + 1).find(({ kind }) => kind === 'mark' || kind === 'turn-end');
      const isLast =
        life.entries.slice(index + 1).find(({ kind }) => kind !== 'hash-point')?.kind === 'turn-end';
      expect(next).toMatchObject({ ordinal: entry.ordinal + (isLast ? 0 : 1) });
    }
  });
});

describe('a turn that prints and never ends', () => {
  const guest = `export default { fetch(request) {
    if (request.url.endsWith('/alive')) return new Response('alive');
    ${printing(2 * BOUND, LINES)}
    for (;;);
  } };`;
  const image = imageOf({ guest });
  const policy: RecordingPolicy = { ...closely, turnLimitMs: 0.05 };
  const life = record(image, [{ target: '/spin' }, { target: '/alive' }], { policy });

  it('can be killed at one of its first polls, and the machine lives', () => {
    const kill = life.entries.find((entry) => entry.kind === 'kill');
    expect(kill?.poll).toBeLessThan(limits.firstInterruptiblePoll);
    expect(life.outputs.at(-1)).toMatchObject({ kind: 'response', body: 'alive' });
  });

  it('is killed there by every host that follows, or by the one that goes live before', () => {
    expect(replay(image, life.entries).hash).toBe(life.hash);
    const begun = turnBoundaries(life.entries)[0] ?? 0;
    for (let cut = begun + 1; cut < life.entries.length; cut += 1) {
      const heir = goLiveAfter(image, life.entries.slice(0, cut), [{ target: '/alive' }], { policy });
      expect(replay(image, heir.entries).hash).toBe(heir.hash);
      expect(heir.outputs.filter(({ kind }) => kind === 'console').length).toBeLessThanOrEqual(LINES);
      expect(heir.outputs.at(-1)).toMatchObject({ kind: 'response', body: 'alive' });
    }
  });
});
