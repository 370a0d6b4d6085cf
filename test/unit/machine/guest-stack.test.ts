/**
 * The guest's stack, read from outside at the engine's polls: who calls whom, where each function
 * begins, and that looking changes nothing.
 */
import { describe, expect, it } from 'vitest';
import type { GuestFrame } from '../../../src/machine/guest-stack.ts';
import { Guest } from '../kernel/harness.ts';

const SPIN = `function spin() { let sum = 0; for (let i = 0; i < 100_000; i += 1) sum += Math.sqrt(i); return sum; }\n`;

/**
 * The stacks that are seen while the guest runs, each once, as `inner < outer`; frames
 * of the kernel and of natives left out.
 */
function stacksOf(source: string): readonly string[] {
  const guest = new Guest(SPIN + source);
  const seen = new Set<string>();
  guest.machine.observePolls((stack) => {
    const own = stack.filter(({ script }) => script === 'guest.js');
    seen.add(own.map(({ name, line, column }) => `${name}@${line}:${column}`).join(' < '));
  });
  guest.start();
  guest.sleep(10);
  return [...seen];
}

describe('the stack at a poll', () => {
  it.each([
    [
      'functions that call each other',
      'function outer() {\n  return spin();\n}\nouter();',
      /^spin@1:1 < outer@2:1( <|$)/,
    ],
    [
      'methods and arrow functions',
      'class Mill {\n  grind() {\n    spin();\n  }\n}\nconst turn = () => new Mill().grind();\nturn();',
      /^spin@1:1 < grind@3:\d+ < turn@7:\d+/,
    ],
    [
      'async functions, also after an await',
      'async function later() { await null; spin(); }\nlater();',
      /^spin@1:1 < later@2:\d+/,
    ],
    ['generators', 'function* make() { yield spin(); }\n[...make()];', /^spin@1:1 < make@2:\d+/],
    [
      'async generators',
      'async function* make() { yield spin(); }\nfor await (const _ of make());',
      /^spin@1:1 < make@2:\d+/,
    ],
    ['callbacks of natives', '[1].map(function each() { spin(); });', /^spin@1:1 < each@2:\d+/],
    ['timers', 'setTimeout(function ring() { spin(); }, 1);', /^spin@1:1 < ring@2:\d+/],
    [
      'names beyond Latin-1',
      'function \u03b1\u03b2() { spin(); }\n\u03b1\u03b2();',
      /^spin@1:1 < \u03b1\u03b2@2:\d+/,
    ],
  ])('names %s', (_, source, expected) => {
    expect(stacksOf(source)).toContainEqual(expect.stringMatching(expected));
  });

  it('is the same, and so is the memory, whether somebody looks or not', () => {
    const source = `${SPIN}export default { async fetch() { await null; spin(); return new Response([1].map(() => spin()).join()); } };`;
    const [alone, watched, again] = [0, 1, 2].map((times) => {
      const guest = new Guest(source);
      const stacks: (readonly GuestFrame[])[] = [];
      if (times > 0) guest.machine.observePolls((stack) => stacks.push(stack));
      guest.start().fetch('/');
      return { hash: guest.machine.stateHash(), polls: guest.polls, stacks };
    });
    expect(watched?.hash).toBe(alone?.hash);
    expect(watched?.polls).toBe(alone?.polls);
    expect(watched?.stacks.length).toBeGreaterThan(10);
    expect(again?.stacks).toEqual(watched?.stacks);
  });
});
