/**
 * FT VMotion as the guest sees it (FT §3.1): not at all. A machine whose checkpoints are kept and handed out,
 * between turns and inside them, has the state hashes of one that nobody copied; and a copy made before a
 * turn, with the log since, becomes the machine that is in the middle of it.
 */
import { describe, expect, it } from 'vitest';
import { position } from '../../src/base/brands.ts';
import { CheckpointKeeper } from '../../src/host/vcpu/checkpoint-keeper.ts';
import type { Checkpoint } from '../../src/host/vcpu/messages.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { HASH_BYTES, PageTree } from '../../src/machine/page-tree.ts';
import { allPages, PAGE_BYTES, pageOf } from '../../src/machine/pages.ts';
import { baseIn, newSharedBase } from '../../src/machine/shared-base.ts';
import type { SessionSink } from '../../src/session/ports.ts';
import type { Session } from '../../src/session/session.ts';
import { restingAt } from '../../src/session/turn-state.ts';
import { imageOf, newMachine, record, replay, watchful } from '../support/life.mjs';

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
  readonly pageHashes: Uint8Array;
  /** Entries when it was handed out, and whether that was inside a turn. */
  readonly at: number;
  readonly place: 'between turns' | 'inside a turn';
}

const EVERY = 5;

/** Hands out a copy now and then, as to a joiner, who has it when the next one comes. */
function joiners(copies: Copy[], shared: SharedArrayBuffer) {
  return (machine: Machine, session: Session, sink: SessionSink): void => {
    const keeper = new CheckpointKeeper(machine, session.state);
    let chances = 0;
    let out: Copy | undefined;
    const dropped = ({ base, memory }: Copy): void => {
      // The other thread read from it until now.
      expect(Buffer.compare(memory, baseIn(shared, base.sizeBytes))).toBe(0);
      keeper.release();
    };
    const perhaps = (): void => {
      chances += 1;
      if (chances % EVERY === 2 && out !== undefined) dropped(out);
      if (chances % EVERY !== 0) return;
      const { base, pageHashes } = keeper.handOut();
      const memory = new Uint8Array(baseIn(shared, base.sizeBytes));
      const place = session.state.poll > 0 ? 'inside a turn' : 'between turns';
      out = { base, memory, pageHashes: pageHashes.slice(), at: session.position, place };
      copies.push(out);
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
  const shared = newSharedBase();
  const watch = joiners(copies, shared);
  const joined = record(image, inputs, { policy, watch, machine: newMachine(image, shared) });

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
      const state = restingAt(place, base.guestClockMs);
      const since = joined.entries.slice(base.position);
      expect(replay(image, since, { memory, state }).hash).toBe(alone.hash);
    }
  });

  it('has handed out what it said: each copy has the root and the page hashes that came with it', () => {
    for (const { base, memory, pageHashes } of copies) {
      const whole = new PageTree(memory);
      expect(whole.root).toBe(base.stateHash);
      expect(Buffer.compare(whole.leaves, pageHashes)).toBe(0);
    }
  });

  it('is the machine of whoever joins, and the base of the next one: the pages that differ lie in the buffer before they are installed', () => {
    const larger = copies.filter(({ base }) => base.sizeBytes > newMachine(image).memory.length);
    const alike = copies.filter(({ base }) => base.sizeBytes === newMachine(image).memory.length);
    expect(larger.length).toBeGreaterThan(0);
    expect(alike.length).toBeGreaterThan(0);
    for (const copy of [alike[0]!, larger.at(-1)!]) {
      const buffer = newSharedBase();
      const machine = newMachine(image, buffer);
      install(machine, buffer, copy);
      expect(machine.stateHash()).toBe(copy.base.stateHash);
      expect(Buffer.compare(machine.memory, copy.memory)).toBe(0);
      expect(machine.pages.base.root).toBe(copy.base.stateHash);
      expect(Buffer.compare(baseIn(buffer, copy.base.sizeBytes), copy.memory)).toBe(0);
    }
  });
});

/**
 * As the two threads of a joiner do it; a transfer that failed before left
 * a page that is not wanted this time.
 */
function install(machine: Machine, buffer: SharedArrayBuffer, { memory, pageHashes }: Copy): void {
  const own = machine.pages.leaves.slice();
  const wanted = allPages(memory.length / PAGE_BYTES).filter((page) => {
    const [at, end] = [page * HASH_BYTES, (page + 1) * HASH_BYTES];
    return Buffer.compare(own.subarray(at, end), pageHashes.subarray(at, end)) !== 0;
  });
  const bytes = baseIn(buffer, memory.length);
  const unwanted = allPages(memory.length / PAGE_BYTES).filter((page) => !wanted.includes(page));
  for (const page of [unwanted[0]!, unwanted.at(-1)!]) pageOf(bytes, page).fill(7);
  for (const page of wanted) bytes.set(pageOf(memory, page), page * PAGE_BYTES);
  machine.restore(bytes, wanted);
}

it('a copy that stood still at a hash point is behind until it may follow again', () => {
  const seen: string[] = [];
  record(image, inputs.slice(0, 12), {
    policy,
    watch: (machine: Machine, session: Session, sink: SessionSink): void => {
      const keeper = new CheckpointKeeper(machine, session.state);
      const behind = (): string => (keeper.isBehind(session.state) ? 'behind' : 'up to date');
      keeper.handOut();
      sink.hashChecked = () => {
        if (session.state.poll > 0 || seen.length > 0) return;
        seen.push(`${keeper.follow(session.state)}, ${behind()}`);
        keeper.release();
        seen.push(behind());
        machine.stateHash();
        seen.push(`${keeper.follow(session.state) === session.position}, ${behind()}`);
      };
    },
  });
  expect(seen).toEqual(['null, up to date', 'behind', 'true, up to date']);
});
