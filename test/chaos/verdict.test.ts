/**
 * The verdict on what hosts have said finds what it is there to find, also in a
 * process that has had several machines.
 */
import { describe, expect, test } from 'vitest';
import type { Operation } from './history.ts';
import type { HostStory } from './lives.ts';
import { verdictOn } from './verdict.ts';

const primary = (seconds: string, status: string, epoch: number, out: string, note = ''): string =>
  `   ${seconds}s  P ${status.padEnd(12)}   e${epoch}  log 9  ack 9  run 9  out ${out}  | ${note}`;
const backup = (seconds: string, status: string, epoch: number): string =>
  `   ${seconds}s  B ${status.padEnd(12)}   e${epoch}  log 9  ack -  run 9  out 0/9  | `;
const halted = 'tandem: halted: epoch 3 belongs to another (http://h2)';
const BACK = 'coming back as a spare, life 2';

const story = (name: string, lines: readonly string[], end: Partial<HostStory> = {}): HostStory => ({
  ...{ name: `${name}.1`, node: name, lines, exit: undefined, isKilled: false },
  ...end,
});
const read = (answeredBy: string, calledMs: number, returnedMs: number): Operation => ({
  ...{ name: 'a read', account: 'ada', adds: 0, result: 0 },
  ...{ calledMs, returnedMs, answeredBy },
});

/** h1 served, was taken for dead, and came back as the backup of h2. */
const first = [primary('1.000', 'protected', 2, '5/5'), halted, BACK, backup('4.000', 'following', 4)];
const second = [backup('1.000', 'following', 2), primary('3.000', 'solo', 3, '5/7', 'live at 9')];

describe('a run in which everything was kept', () => {
  test.each<{
    readonly name: string;
    readonly hosts: readonly HostStory[];
    readonly history?: readonly Operation[];
  }>([
    {
      name: 'a host that lost comes back in the same process',
      hosts: [story('h1', first), story('h2', second)],
    },
    {
      name: 'the first primary ends when it has lost',
      hosts: [story('h1', [halted], { exit: { code: 1, signal: null } })],
    },
    {
      name: 'all end with code 0 when the machine is off',
      hosts: [story('h1', [], { exit: { code: 0, signal: null } })],
    },
    {
      name: 'a host was killed',
      hosts: [story('h1', [], { exit: { code: null, signal: 'SIGKILL' }, isKilled: true })],
    },
    {
      name: 'a question from before the change was answered by the host that went live',
      hosts: [story('h1', first), story('h2', second)],
      history: [read('h2', 2_500, 3_500)],
    },
    {
      name: 'a host is live again in its second life',
      hosts: [story('h1', [...first, primary('5.000', 'solo', 5, '9/9', 'live at 9')]), story('h2', second)],
      history: [read('h1', 5_500, 5_600)],
    },
  ])('$name', ({ hosts, history = [] }) => {
    expect(verdictOn(hosts, history)).toEqual([]);
  });
});

describe('a run in which something was broken', () => {
  test.each<{
    readonly name: string;
    readonly hosts: readonly HostStory[];
    readonly history?: readonly Operation[];
    readonly says: RegExp;
  }>([
    {
      name: 'an epoch has two hosts',
      hosts: [story('h1', first), story('h2', [primary('3.000', 'solo', 2, '5/7')])],
      says: /epoch 2 belongs to h1.1 and to h2.1/,
    },
    {
      name: 'an epoch has two machines of one process',
      hosts: [story('h1', [...first, primary('5.000', 'solo', 2, '5/7')])],
      says: /epoch 2 belongs to h1.1 and to h1.1, life 2/,
    },
    {
      name: 'more was released than the successor had made',
      hosts: [story('h1', [primary('1.000', 'protected', 2, '8/8')]), story('h2', second)],
      says: /h1.1 has released 8 outputs; h2.1 took over with 7/,
    },
    {
      name: 'a host that was deposed answers',
      hosts: [story('h1', first), story('h2', second)],
      history: [read('h1', 3_500, 3_600)],
      says: /answered by h1 while h2.1 was live/,
    },
    {
      name: 'a host answers before it is live',
      hosts: [story('h1', first), story('h2', second)],
      history: [read('h2', 2_000, 2_500)],
      says: /answered by h2 while h1.1 was live/,
    },
    {
      name: 'two memories differ',
      hosts: [story('h1', ['13.370s diverged at 9'])],
      says: /diverged/,
    },
    {
      name: 'a spare is refused',
      hosts: [story('h1', ['tandem: halted: the primary refused this backup: x'])],
      says: /refused/,
    },
    {
      name: 'a host crashes',
      hosts: [story('h1', ['x'], { exit: { code: 134, signal: null } })],
      says: /ended with 134/,
    },
    {
      name: 'a host cannot start',
      hosts: [story('h1', ['x'], { exit: { code: 1, signal: null } })],
      says: /ended with 1: x/,
    },
  ])('$name', ({ hosts, history = [], says }) => {
    expect(verdictOn(hosts, history)).toEqual([expect.stringMatching(says)]);
  });
});
