/**
 * The console is an output like any other (FT §2.2): across kills every line is printed
 * once, in order and whole, lines of 200 KB as well. The supervisor is the terminal's end; a line that a
 * dying host had begun to send is not printed half.
 */
import { expect, test } from 'vitest';
import { guest, signal, tandem } from '../support/processes.ts';
import { type Run, run } from '../support/processes-run.ts';

const LINES = 600;
const LONG = 'x'.repeat(200_000);
const KILLS = 3;

const textOf = (number: number): string => (number % 10 === 0 ? `line ${number} ${LONG}` : `line ${number}`);
const isOnStderr = (number: number): boolean => number % 7 === 0;
const numbers = Array.from({ length: LINES }, (_, index) => index + 1);
const expected = {
  stdout: numbers.filter((number) => !isOnStderr(number)).map(textOf),
  stderr: numbers.filter(isOnStderr).map(textOf),
};

/**
 * Long lines make a failure unreadable: which number stands where is enough, and whether the line is whole.
 */
const shown = (texts: readonly string[]): string[] =>
  texts.map((text) => `${text.slice(0, 20)}… ${text.length}`);

async function killPrimaries(pair: Run): Promise<void> {
  for (let kill = 1; kill <= KILLS; kill += 1) {
    // A long line is on its way whenever a number ends in zero.
    await pair.waitForLine((text) => text.startsWith(`line ${kill * 100} `));
    const from = pair.now;
    signal(pair.primaryPid, 'SIGKILL');
    // After the last one the program may end before another backup is in sync.
    await pair.waitFor(kill < KILLS ? 'redundant' : 'go-live', from);
  }
}

test('as events: across kills of the primary every line is there once, in order, and whole', async () => {
  const pair = await run(guest('numbered.js')).ready();
  await killPrimaries(pair);
  expect(await pair.process.exited).toEqual({ code: 0, signal: null });
  const lines = pair.events.flatMap(({ event }) => (event.event === 'console' ? [event.text] : []));
  expect(shown(lines)).toEqual(shown(numbers.map(textOf)));
  for (const stream of ['stdout', 'stderr'] as const) {
    expect(shown(pair.printed(stream).map(({ event }) => event.text))).toEqual(shown(expected[stream]));
  }
  expect(pair.story().filter(({ event }) => event === 'go-live')).toHaveLength(KILLS);
});

test('as plain text: stdout is what the program prints, and nothing else', async () => {
  const process = tandem('run', guest('numbered.js'), '--port', '0', '--admin-port', '0');
  const { stdout, stderr } = process;
  const told = (what: string, from: number) =>
    stderr.waitFor(`the word ${what}`, (text) => text.startsWith(what), from);
  const ready = await stderr.waitFor('both pids', (text) => /primary \d+, backup \d+/.test(text));
  let [, primary, backup] = (/primary (\d+), backup (\d+)/.exec(ready.text) ?? []).map(Number);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await stdout.waitFor('the next line to kill at', (text) => text.startsWith(`line ${kill * 100} `));
    const from = stderr.all.length;
    signal(primary ?? 0, 'SIGKILL');
    if (kill === KILLS) break;
    const { text } = await told('redundant', from);
    [primary, backup] = [backup, Number(/backup (\d+)/.exec(text)?.[1])];
  }
  expect(await process.exited).toEqual({ code: 0, signal: null });
  expect(shown(stdout.texts)).toEqual(shown(expected.stdout));
  expect(stdout.unfinished).toBe('');
  // On stderr the guest's lines stand among those about the pair.
  expect(shown(stderr.texts.filter((text) => text.startsWith('line ')))).toEqual(shown(expected.stderr));
});

test('of a program that prints all the time, in one turn: across a kill in its midst every line is there once', async () => {
  const pair = await run(guest('many-lines.js')).ready();
  await pair.waitForLine((text) => text === 'line 3000');
  signal(pair.primaryPid, 'SIGKILL');
  expect(await pair.process.exited).toEqual({ code: 0, signal: null });
  const lines = pair.printed().map(({ event }) => event.text);
  expect(lines).toHaveLength(40_000);
  expect(lines.findIndex((text, index) => text !== `line ${index + 1}`)).toBe(-1);
  const story = pair.story().map(({ event }) => event);
  expect(story).not.toContain('divergence');
  expect(story).toContain('go-live');
});

test('of a program that prints a hundred megabytes in one turn of few polls: across a kill in its midst every line is there once', async () => {
  const pair = await run(guest('large-lines.js')).ready();
  await pair.waitForLine((text) => text.startsWith('line 1500 '));
  signal(pair.primaryPid, 'SIGKILL');
  expect(await pair.process.exited).toEqual({ code: 0, signal: null });
  const lines = pair.printed().map(({ event }) => event.text);
  expect(lines).toHaveLength(5_000);
  const long = 'x'.repeat(20_000);
  expect(lines.findIndex((text, index) => text !== `line ${index + 1} ${long}`)).toBe(-1);
  const story = pair.story().map(({ event }) => event);
  expect(story).not.toContain('divergence');
  expect(story).toContain('go-live');
}, 180_000);
