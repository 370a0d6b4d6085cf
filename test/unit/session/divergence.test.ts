/**
 * A log that is not this machine's is found out at the first entry that does not fit, with both sides named
 * (I3): every kind of entry, changed in every way that a bug could change it.
 */
import { describe, expect, it } from 'vitest';
import { digest } from '../../../src/base/brands.ts';
import type { LogEntry } from '../../../src/log/entry.ts';
import type { Divergence } from '../../../src/session/divergence.ts';
import { imageOf, record, replay } from '../../support/life.mjs';

const image = imageOf({
  guest: `
    const spin = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
    export default { fetch(request) {
      const dice = crypto.getRandomValues(new Uint8Array(4));
      if (request.url.endsWith('/long')) { spin(30); for (let i = 0; i < 4e5; i++); console.log('half'); for (let i = 0; i < 4e5; i++); }
      return new Response(Date.now() + ' ' + dice);
    } };`,
});
const { entries, hash } = record(image, [
  { target: '/a' },
  { advanceMs: 3 },
  { target: '/long' },
  { target: '/b' },
]);

const indexOf = (kind: LogEntry['kind'], nth = 0): number => {
  const found = entries.flatMap((entry, index) => (entry.kind === kind ? [index] : []));
  const index = found.at(nth);
  if (index === undefined) throw new Error(`no ${kind} in the log`);
  return index;
};

/** What replaying says to a log with one entry replaced by `instead`. */
function verdictOn(index: number, ...instead: readonly LogEntry[]): Divergence {
  try {
    replay(image, [...entries.slice(0, index), ...instead, ...entries.slice(index + 1)]);
  } catch (error) {
    // The session comes from the built code, as the vCPU thread's does: another class of the same name.
    if (error instanceof Error && error.name === 'Divergence') return error as Divergence;
    throw error;
  }
  throw new Error('nothing was found');
}

const change = <Kind extends LogEntry['kind']>(
  index: number,
  fields: Partial<Extract<LogEntry, { kind: Kind }>>,
): LogEntry => ({ ...entries[index], ...fields }) as LogEntry;

describe('divergence', () => {
  it('is not found in the true log, which has every kind of entry but a kill', () => {
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(
      new Set(['interrupt', 'clock', 'entropy', 'mark', 'turn-end', 'hash-point']),
    );
    expect(replay(image, entries).hash).toBe(hash);
  });

  it.each([
    ['a clock read too many', 'clock', (at: number) => [change<'clock'>(at, { reads: 99 })]],
    ['a clock read of another time', 'clock', (at: number) => [change<'clock'>(at, { advanceMs: 77 })]],
    ['a lost clock read', 'clock', () => []],
    [
      'other random bytes',
      'entropy',
      (at: number) => [change<'entropy'>(at, { bytes: Uint8Array.of(1, 2, 3, 4) })],
    ],
    [
      'too many random bytes',
      'entropy',
      (at: number) => [change<'entropy'>(at, { bytes: new Uint8Array(5) })],
    ],
    ['a lost random read', 'entropy', () => []],
    [
      'a turn that ends at another poll',
      'turn-end',
      (at: number) => [change<'turn-end'>(at, { poll: 1_000 })],
    ],
    [
      'a turn that ends with another output',
      'turn-end',
      (at: number) => [change<'turn-end'>(at, { ordinal: 1_000 })],
    ],
    [
      'a mark of an output that was not made',
      'mark',
      (at: number) => [change<'mark'>(at, { ordinal: 1_000 })],
    ],
    [
      'another state hash',
      'hash-point',
      (at: number) => [change<'hash-point'>(at, { hash: digest('0'.repeat(64)) })],
    ],
    [
      'a kill that did not happen',
      'turn-end',
      (at: number) => [{ kind: 'kill', poll: 17 } as LogEntry, entries[at] as LogEntry],
    ],
    ['a turn twice', 'interrupt', (at: number) => [entries[at] as LogEntry, entries[at] as LogEntry]],
  ] as const)('%s is found out', (_what, kind, instead) => {
    const index = indexOf(kind, -1);
    const verdict = verdictOn(index, ...instead(index));
    expect(verdict.position).toBeGreaterThan(index);
    expect(verdict.expected).not.toBe('');
    expect(verdict.actual).not.toBe(verdict.expected);
    expect(verdict.message).toMatch(/^diverged at \d+: expected .+, got .+/);
  });

  it('of state hashes names the pages that can hold the difference', () => {
    const index = indexOf('hash-point', -1);
    const verdict = verdictOn(index - 1, change<'hash-point'>(index, { hash: digest('f'.repeat(64)) }));
    expect(verdict.message).toMatch(/in the pages written since position \d+:/);
  });
});
