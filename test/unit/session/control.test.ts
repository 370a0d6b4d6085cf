/**
 * Control operations in the log (FT §3.3): the limit of the memory changes on every host at the same place,
 * and is a part of the machine; behind the end of a machine nobody executes anything.
 */
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../src/log/entry.ts';
import type { Divergence } from '../../../src/session/divergence.ts';
import {
  checkpointAfter,
  goLiveAfter,
  type Input,
  imageOf,
  record,
  replay,
  turnBoundaries,
  watchful,
} from '../../support/life.mjs';

const MIB = 2 ** 20;

/**
 * POST takes blocks of a MiB until no more can be had and answers how many there are now; GET only answers.
 */
const image = imageOf({
  guest: `
    const kept = [];
    export default { fetch({ method }) {
      if (method !== 'POST') return new Response(String(kept.length));
      try { for (;;) kept.push(new Uint8Array(${MIB})); } catch (error) {
        return new Response(kept.length + ' ' + error.message);
      }
    } };`,
  memoryMaximumBytes: 20 * MIB,
});
/** A state hash at the end of each turn: those at polls would hash the whole memory again and again. */
const atTurnEnds = { ...watchful, hashEveryPolls: 0 };
const grow: Input = { method: 'POST', target: '/' };
const ask: Input = { target: '/' };
const limit = (mib: number): Input => ({ memoryMaximumBytes: mib * MIB });

const answersOf = ({
  outputs,
}: {
  readonly outputs: readonly { readonly kind: string; readonly body: string }[];
}) => outputs.filter(({ kind }) => kind === 'response').map(({ body }) => body);
const blocksOf = (life: Parameters<typeof answersOf>[0]) => answersOf(life).map(Number.parseFloat);
const indexOf = (entries: readonly LogEntry[], kind: LogEntry['kind']): number =>
  entries.findIndex((entry) => entry.kind === kind);

/** What replaying says to this log. */
function verdictOn(entries: readonly LogEntry[]): Divergence {
  try {
    replay(image, entries);
  } catch (error) {
    if (error instanceof Error && error.name === 'Divergence') return error as Divergence;
    throw error;
  }
  throw new Error('nothing was found');
}

describe('a change of limits', () => {
  const recorded = record(image, [grow, limit(32), grow, limit(24), grow, limit(40), grow, ask], {
    policy: atTurnEnds,
  });

  it('bounds the guest from its place in the log on: raised, lowered below what is there, raised again', () => {
    const [first = 0, raised = 0, lowered = 0, again = 0, last] = blocksOf(recorded);
    expect(answersOf(recorded)[0]).toMatch(/out of memory/);
    expect(first).toBeLessThan(20);
    expect(raised).toBeGreaterThan(first + 8);
    expect(raised).toBeLessThan(32);
    expect(lowered).toBe(raised);
    expect(again).toBeGreaterThan(raised + 5);
    expect(again).toBeLessThan(40);
    expect(last).toBe(again);
    expect(recorded.machine.memory.length).toBeLessThanOrEqual(40 * MIB);
  });

  it("is made by a backup at the same place: its guest runs out of memory where the primary's did, with equal hashes", () => {
    expect(recorded.entries.filter(({ kind }) => kind === 'limits')).toHaveLength(3);
    const replayed = replay(image, recorded.entries);
    expect(answersOf(replayed)).toEqual(answersOf(recorded));
    expect(replayed.hashes).toEqual(recorded.hashes);
    expect(replayed.hash).toBe(recorded.hash);
    expect(replayed.machine.memory.length).toBe(recorded.machine.memory.length);
  });

  it('is a part of the machine: clones made before and behind it have the limit that held there, and run equally', () => {
    const { entries, hash } = recorded;
    const seen = new Set<number>();
    for (const at of turnBoundaries(entries)) {
      const checkpoint = checkpointAfter(image, entries, at);
      const clone = replay(image, entries.slice(at), checkpoint);
      expect(clone.hash).toBe(hash);
      seen.add(replay(image, [], checkpoint).machine.memoryMaximumBytes / MIB);
    }
    expect(seen).toEqual(new Set([20, 32, 24, 40]));
  });

  it('holds in a machine that goes live behind it, at any place of the log', () => {
    const { entries } = recorded;
    const at = indexOf(entries, 'limits');
    for (const [cut, most] of [
      [at, 20],
      [at + 1, 32],
    ] as const) {
      const live = goLiveAfter(image, entries.slice(0, cut), [grow], { policy: atTurnEnds });
      expect(live.machine.memoryMaximumBytes).toBe(most * MIB);
      expect(blocksOf(live).at(-1)).toBeLessThan(most);
      expect(replay(image, live.entries).hash).toBe(live.hash);
    }
  });

  it('made before the guest has begun holds, and does not begin it', () => {
    const start = indexOf(recorded.entries, 'interrupt');
    const early: LogEntry = { kind: 'limits', memoryMaximumBytes: 32 * MIB };
    const { machine } = replay(image, [...recorded.entries.slice(0, start), early]);
    expect(machine.memoryMaximumBytes).toBe(32 * MIB);
    expect(machine.started).toBe(false);
  });

  it("that is another one than the primary's is found out at the next state hash", () => {
    const { entries } = recorded;
    const at = indexOf(entries, 'limits');
    const other: LogEntry = { kind: 'limits', memoryMaximumBytes: 33 * MIB };
    const verdict = verdictOn([...entries.slice(0, at), other, ...entries.slice(at + 1)]);
    expect(verdict.position).toBeGreaterThan(at + 1);
    expect(verdict.message).toMatch(/^diverged at \d+: expected [0-9a-f]{64}, got [0-9a-f]{64}/);
  });
});

describe('the end of a machine', () => {
  const recorded = record(image, [ask, { powerOff: true }]);
  const { entries } = recorded;

  it('is its last entry but its hash', () => {
    expect(entries.slice(-2).map(({ kind }) => kind)).toEqual(['stop', 'hash-point']);
  });

  it('ends a replay: it is reported behind an equal hash, and the machine does not go live', () => {
    const replayed = replay(image, entries);
    expect(replayed.stoppedAt).toBe(entries.length);
    expect(replayed.mode).toBe('replaying');
    expect(replayed.hashes).toEqual(recorded.hashes);
    expect(replayed.hash).toBe(recorded.hash);
  });

  it('ends it, too, when the order to go live has come already: nothing is executed, nothing recorded', () => {
    const replayed = goLiveAfter(image, entries, [ask]);
    expect(replayed.stoppedAt).toBe(entries.length);
    expect(replayed.session.mode).toBe('replaying');
    expect(replayed.entries).toEqual(entries);
    expect(replayed.hash).toBe(recorded.hash);
  });

  it('ends it without the hash, too: the primary died in between, and there is nothing to go live for', () => {
    const cut = entries.slice(0, -1);
    const replayed = goLiveAfter(image, cut, [ask]);
    expect(replayed.stoppedAt).toBe(cut.length);
    expect(replayed.session.mode).toBe('replaying');
    expect(replayed.entries).toEqual(cut);
    expect(answersOf(replayed)).toEqual(answersOf(recorded));
  });

  it('is not reported before it is known whether its hash is equal', () => {
    expect(replay(image, entries.slice(0, -1)).stoppedAt).toBeNull();
  });

  it('has nothing behind it: whatever else stands there is found out', () => {
    const [turn] = entries.filter(({ kind }) => kind === 'interrupt');
    const verdict = verdictOn([...entries.slice(0, -1), turn as LogEntry]);
    expect(verdict.position).toBe(entries.length);
    expect(verdict.message).toMatch(/expected interrupt 1 of \d+ bytes, got the machine is off/);
  });
});

describe('a control operation in the middle of a turn', () => {
  const busy = imageOf({
    guest:
      'export default { fetch() { const at = Date.now(); for (let i = 0; i < 4e5; i++); return new Response(String(at)); } };',
  });
  const { entries } = record(busy, [ask]);
  const inTurn = indexOf(entries, 'clock');

  it.each<[string, LogEntry, string]>([
    [
      'a change of limits',
      { kind: 'limits', memoryMaximumBytes: 64 * MIB },
      'a memory limit of 67108864 bytes',
    ],
    ['an end', { kind: 'stop' }, 'the end of the machine'],
  ])('%s is found out, with both sides in words', (_what, entry, words) => {
    for (const at of [inTurn, inTurn + 1]) {
      const log = [...entries.slice(0, at), entry, ...entries.slice(at)];
      expect(() => replay(busy, log)).toThrow(
        new RegExp(
          `^diverged at ${at + 1}: expected ${words}, got a place for (clock|mark|turn-end) \\(poll \\d+\\)`,
        ),
      );
    }
  });
});
