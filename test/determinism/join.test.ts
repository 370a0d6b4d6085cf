/**
 * FT VMotion as the guest sees it (FT §3.1): not at all. A machine whose checkpoints are kept and handed out, between turns and inside them, has the state
 * hashes of one that nobody copied; and a copy made before a turn, with the log since, becomes the machine that is in the middle of it.
 */
import { describe, expect, it } from 'vitest';
import { position } from '../../src/base/brands.ts';
import { CheckpointKeeper } from '../../src/host/vcpu/checkpoint-keeper.ts';
import type { Checkpoint } from '../../src/host/vcpu/messages.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { SessionSink } from '../../src/session/ports.ts';
import type { Session } from '../../src/session/session.ts';
import { imageOf, record, replay, watchful } from '../support/life.mjs';

/** Long turns that grow the memory, between short ones. */
const image = imageOf({
  guest: `
  const kept = [];
  export default {
    async fetch(request) {
      const long = request.url.includes('long');
      let state = kept.length + 1;
      for (let i = 0; i < (long ? 400_000 : 100); i += 1) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        if (long && i % 100_000 === 0) { console.log(i + ' ' + state + ' ' + Date.now()); kept.push(new Uint8Array(700_000).fill(state)); }
      }
      kept.push({ state, dice: Math.random() });
      return new Response(String(state));
    },
  };`,
});
const inputs = Array.from({ length: 24 }, (_, i) => [
  { target: i % 4 === 2 ? '/long' : `/${i}` },
  { advanceMs: 2 },
]).flat();

interface Copy {
  readonly base: Checkpoint;
  readonly memory: Uint8Array;
  /** Entries when it was handed out, and whether that was inside a turn. */
  readonly at: number;
  readonly place: 'between turns' | 'inside a turn';
}

const EVERY = 5;

/** Hands out a copy now and then, as to a joiner, who has it when the next one comes. */
function joiners(copies: Copy[]) {
  return (machine: Machine, session: Session, sink: SessionSink): void => {
    const shared = new SharedArrayBuffer(65_536, { maxByteLength: 2 ** 28 });
    const keeper = new CheckpointKeeper(machine, shared, session.state);
    let chances = 0;
    const perhaps = (): void => {
      chances += 1;
      if (chances % EVERY === 2) keeper.release();
      if (chances % EVERY !== 0) return;
      const { base } = keeper.handOut();
      const memory = new Uint8Array(shared, 0, base.sizeBytes).slice();
      const place = session.state.poll > 0 ? 'inside a turn' : 'between turns';
      copies.push({ base, memory, at: session.position, place });
    };
    const { hashChecked } = sink;
    sink.hashChecked = (at, hash) => {
      hashChecked.call(sink, at, hash);
      keeper.follow(session.state);
      if (session.state.poll === 0) perhaps();
    };
    sink.yieldPoint = perhaps;
  };
}

const policy = { ...watchful, hashEveryPolls: 40 };

describe('a machine whose checkpoints are handed out', () => {
  const alone = record(image, inputs, { policy });
  const copies: Copy[] = [];
  const joined = record(image, inputs, { policy, watch: joiners(copies) });

  it('has the log, the outputs and every state hash of one that was left alone', () => {
    expect(joined.entries).toEqual(alone.entries);
    expect(joined.hashes).toEqual(alone.hashes);
    expect(joined.outputs).toEqual(alone.outputs);
    expect(joined.hash).toBe(alone.hash);
  });

  it('goes on in each copy, with the log since, to the same state: also in one that was handed out inside a turn', () => {
    const inside = copies.filter(({ place }) => place === 'inside a turn');
    const between = copies.filter(({ place }) => place === 'between turns');
    expect(inside.length).toBeGreaterThan(2);
    expect(between.length).toBeGreaterThan(1);
    // One of the turns made the memory larger than it was in the copy.
    expect(new Set(copies.map(({ base }) => base.sizeBytes)).size).toBeGreaterThan(1);
    for (const { base, memory, at } of [...inside.slice(0, 2), ...between.slice(-1)]) {
      expect(base.position).toBeLessThanOrEqual(at);
      const place = position(base.position);
      const state = { position: place, hashedPosition: place, guestMs: base.guestClockMs, poll: 0 };
      const since = joined.entries.slice(base.position);
      expect(replay(image, since, { memory, state }).hash).toBe(alone.hash);
    }
  });
});

it('a copy that stood still at a hash point is behind until it may follow again', () => {
  const seen: string[] = [];
  record(image, inputs.slice(0, 12), {
    policy,
    watch: (machine: Machine, session: Session, sink: SessionSink): void => {
      const shared = new SharedArrayBuffer(65_536, { maxByteLength: 2 ** 28 });
      const keeper = new CheckpointKeeper(machine, shared, session.state);
      const behind = (): string => (keeper.isBehind(session.state) ? 'behind' : 'up to date');
      keeper.handOut();
      sink.hashChecked = () => {
        if (session.state.poll > 0 || seen.length > 0) return;
        seen.push(`${keeper.follow(session.state)}, ${behind()}`);
        keeper.release();
        seen.push(behind());
        seen.push(`${keeper.follow(session.state) === session.position}, ${behind()}`);
      };
    },
  });
  expect(seen).toEqual(['null, up to date', 'behind', 'true, up to date']);
});
