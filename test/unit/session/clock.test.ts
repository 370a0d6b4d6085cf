/**
 * The guest's clock (I6): it moves while the guest computes, is logged run by
 * run, and goes on across a take-over.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../src/log/entry.ts';
import { GuestClock } from '../../../src/session/guest-clock.ts';
import { goLiveAfter, imageOf, record, scriptedWorld } from '../../support/life.mjs';

const program = (body: string): string => `
  export default { fetch(request) { ${body} } };`;
const clockEntries = (entries: readonly LogEntry[]) => entries.filter((entry) => entry.kind === 'clock');

describe('reads of the clock', () => {
  it('equal reads in a row are one entry with their count', () => {
    const image = imageOf({
      guest: program('let t; for (let i = 0; i < 50; i++) t = Date.now(); return new Response(String(t));'),
    });
    const world = scriptedWorld(0);
    const { entries } = record(image, [{ target: '/' }], { world });
    expect(clockEntries(entries)).toEqual([{ kind: 'clock', advanceMs: 0, reads: 50 }]);
  });

  it('a read that gives a new value is logged with its advance', () => {
    const image = imageOf({
      guest: program(
        'let t = 0, n = 0; for (let i = 0; i < 50; i++) { const u = Date.now(); if (u !== t) n++; t = u; } return new Response(String(n));',
      ),
    });
    const { entries, outputs } = record(image, [{ target: '/' }], { world: scriptedWorld(0.5) });
    const values = Number(outputs.find(({ kind }) => kind === 'response')?.body);
    expect(values).toBeGreaterThan(10);
    const runs = clockEntries(entries);
    expect(runs.length).toBe(values);
    expect(runs.reduce((sum, { reads }) => sum + reads, 0)).toBe(50);
  });

  it('a loop that waits for the clock ends, with one entry for each millisecond or less', () => {
    const image = imageOf({
      guest: program(
        'const end = Date.now() + 40; let n = 0; while (Date.now() < end) n++; return new Response(String(n));',
      ),
    });
    const { entries, outputs } = record(image, [{ target: '/' }], { world: scriptedWorld(0.001) });
    expect(Number(outputs.find(({ kind }) => kind === 'response')?.body)).toBeGreaterThan(1000);
    expect(clockEntries(entries).length).toBeLessThan(60);
  });

  it('a random read closes the open run, so that the order of both is in the log', () => {
    const image = imageOf({
      guest: program(
        'Date.now(); Date.now(); crypto.getRandomValues(new Uint8Array(3)); Date.now(); return new Response();',
      ),
    });
    const { entries } = record(image, [{ target: '/' }], { world: scriptedWorld(0) });
    const kinds = entries.map(({ kind }) => kind).filter((kind) => kind === 'clock' || kind === 'entropy');
    expect(kinds).toEqual(['clock', 'entropy', 'clock']);
  });

  it('an output closes the open run: what the guest saw before it spoke is in the log before it leaves', () => {
    const image = imageOf({
      guest: program("Date.now(); console.log('now'); Date.now(); return new Response();"),
    });
    const { entries } = record(image, [{ target: '/' }], { world: scriptedWorld(0) });
    expect(clockEntries(entries).length).toBe(2);
  });
});

/** A host whose clocks can be set. */
function host(wallMs: number) {
  let nowMs = 5_000;
  let jumpMs = 0;
  return {
    world: {
      monotonicMs: () => nowMs,
      wallMs: () => wallMs + nowMs + jumpMs,
      entropy: () => {},
    },
    advance: (ms: number) => {
      nowMs += ms;
    },
    jump: (ms: number) => {
      jumpMs += ms;
    },
  };
}

describe('the live clock', () => {
  it('never runs backwards, and a second of real time moves it 0.9 to 1.1 s, whatever the wall clock does', () => {
    const steps = fc.array(
      fc.record({
        advance: fc.integer({ min: 0, max: 5_000 }),
        jump: fc.integer({ min: -7_200_000, max: 7_200_000 }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: -3_600_000, max: 3_600_000 }), (moves, offset) => {
        const { world, advance, jump } = host(1_700_000_000_000);
        const clock = new GuestClock(world, world.wallMs() + offset);
        let last = clock.now();
        for (const move of moves) {
          advance(move.advance);
          jump(move.jump);
          const now = clock.now();
          expect(now).toBeGreaterThanOrEqual(last);
          expect(now - last).toBeLessThanOrEqual(move.advance * 1.1 + 1);
          expect(now - last).toBeGreaterThanOrEqual(move.advance * 0.9 - 1);
          last = now;
        }
      }),
    );
  });

  it('approaches the wall clock by slewing and then stays with it', () => {
    const { world, advance } = host(1_700_000_000_000);
    const clock = new GuestClock(world, world.wallMs() - 1_000);
    for (let i = 0; i < 400; i += 1) {
      advance(100);
      clock.now();
    }
    expect(Math.abs(clock.now() - world.wallMs())).toBeLessThan(60);
  });
});

describe('across a take-over', () => {
  const image = imageOf({ guest: program('return new Response(String(Date.now()));') });
  const times = (outputs: readonly { readonly kind: string; readonly body: string }[]) =>
    outputs.filter(({ kind }) => kind === 'response').map(({ body }) => Number(body));

  it.each([
    ['an hour behind', -3_600_000],
    ['an hour ahead', 3_600_000],
  ])('the guest of a host whose wall clock is %s goes on where it was', (_case, offsetMs) => {
    const first = record(image, [{ target: '/' }, { advanceMs: 500 }, { target: '/' }]);
    const before = times(first.outputs);
    const world = scriptedWorld(0.02, 5);
    const skewed = { ...world, wallMs: () => world.wallMs() + offsetMs };
    const second = goLiveAfter(
      image,
      first.entries,
      [{ target: '/' }, { advanceMs: 1000 }, { target: '/' }],
      { world: skewed },
    );
    const after = times(second.outputs).slice(-2);
    const last = before.at(-1) ?? 0;
    expect(after[0]).toBeGreaterThanOrEqual(last);
    expect(after[0]).toBeLessThan(last + 100);
    expect((after[1] ?? 0) - (after[0] ?? 0)).toBeGreaterThanOrEqual(900);
    expect((after[1] ?? 0) - (after[0] ?? 0)).toBeLessThanOrEqual(1100);
  });

  it('a heartbeat that was ahead of the log is where the clock goes on from', () => {
    const first = record(image, [{ target: '/' }]);
    const last = times(first.outputs).at(-1) ?? 0;
    const second = goLiveAfter(image, first.entries, [{ target: '/' }], { guestMs: last + 40_000 });
    const [next] = times(second.outputs).slice(-1);
    expect(next).toBeGreaterThanOrEqual(last + 40_000);
    expect(next).toBeLessThan(last + 41_000);
  });

  it('a heartbeat that was behind the log sets no clock back', () => {
    const first = record(image, [{ target: '/' }]);
    const last = times(first.outputs).at(-1) ?? 0;
    const second = goLiveAfter(image, first.entries, [{ target: '/' }], { guestMs: last - 500 });
    const [next] = times(second.outputs).slice(-1);
    expect(next).toBeGreaterThanOrEqual(last);
    expect(next).toBeLessThan(last + 100);
  });
});
