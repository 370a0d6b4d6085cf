/** The check of a client history finds what it is there to find. */
import { describe, expect, test } from 'vitest';
import { contradictionsIn, type Operation } from './history.ts';

let requests = 0;

/** `from` and `to` are times; a result of null is one that nobody heard. */
function operation(adds: number, result: number | null, from: number, to: number): Operation {
  requests += 1;
  return {
    name: `request ${requests}`,
    account: 'ada',
    adds,
    result,
    calledMs: from,
    returnedMs: result === null ? Number.POSITIVE_INFINITY : to,
    answeredBy: result === null ? null : 'h1',
  };
}

const deposit = operation;
const read = (result: number, from: number, to: number): Operation => operation(0, result, from, to);

describe('a history that one bank can have shown', () => {
  test.each<{ readonly name: string; readonly history: readonly Operation[] }>([
    { name: 'one after the other', history: [deposit(5, 5, 0, 1), read(5, 2, 3), deposit(1, 6, 4, 5)] },
    { name: 'at the same time, in either order', history: [deposit(5, 6, 0, 9), deposit(1, 1, 1, 8)] },
    { name: 'a read beside a deposit, of before', history: [deposit(5, 5, 0, 9), read(0, 1, 8)] },
    { name: 'a deposit that nobody heard of, done', history: [deposit(5, null, 0, 0), read(5, 1, 2)] },
    { name: 'the same, not done', history: [deposit(5, null, 0, 0), read(0, 1, 2), deposit(1, 1, 3, 4)] },
    { name: 'the same, done late', history: [deposit(5, null, 0, 0), read(0, 1, 2), deposit(1, 6, 3, 4)] },
  ])('$name', ({ history }) => {
    expect(contradictionsIn(history)).toEqual([]);
  });
});

describe('a history that no bank can have shown', () => {
  test.each<{ readonly name: string; readonly history: readonly Operation[] }>([
    { name: 'an acknowledged deposit is lost', history: [deposit(5, 5, 0, 1), deposit(1, 1, 2, 3)] },
    { name: 'a deposit is done twice', history: [deposit(5, 5, 0, 1), deposit(1, 11, 2, 3)] },
    { name: 'a read does not see an acknowledged deposit', history: [deposit(5, 5, 0, 1), read(0, 2, 3)] },
    { name: 'two hosts took a deposit each', history: [deposit(1, 1, 0, 9), deposit(1, 1, 1, 8)] },
    { name: 'a read sees a deposit that nobody has made', history: [deposit(5, 5, 0, 1), read(6, 2, 3)] },
    { name: 'a read sees the future', history: [read(5, 0, 1), deposit(5, 5, 2, 3)] },
    {
      name: 'a read forgets what another has seen',
      history: [deposit(5, null, 0, 0), read(5, 1, 2), read(0, 3, 4)],
    },
    {
      name: 'a deposit that nobody heard of is done twice',
      history: [deposit(5, null, 0, 0), deposit(1, 6, 1, 2), deposit(1, 12, 3, 4)],
    },
  ])('$name', ({ history }) => {
    expect(contradictionsIn(history)).not.toEqual([]);
  });

  test('accounts are looked at one by one', () => {
    const others = { ...deposit(5, 5, 0, 1), account: 'bob' };
    expect(contradictionsIn([others, read(0, 2, 3)])).toEqual([]);
  });
});
