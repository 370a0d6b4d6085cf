/**
 * Redundancy restored in the middle of a long turn (FT §3.1): the copy was made before the turn began, and
 * the log of the turn so far makes the rest, so nobody waits for the turn's end. What was printed is then,
 * line for line, what a run prints whose hosts all live.
 */
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { guest, signal } from '../support/processes.ts';
import { type Run, run } from '../support/processes-run.ts';

/** Both hosts compute, other tests run beside them: time enough on a slow machine. */
const LONG_MS = 170_000;
const PROGRAM = 'printing-turn.js';

const numbered = (number: number) => (text: string) => text.startsWith(`line ${number} `);

/** The primary is inside the turn that began with the program. */
async function expectInsideTurn(pair: Run): Promise<void> {
  const { hosts } = await pair.status();
  expect(hosts.find(({ role }) => role === 'primary')?.turn).toEqual(expect.objectContaining({}));
}

describe('a turn of several seconds', () => {
  /** What the program prints by itself: without a machine of ours, on this Node. */
  let expected: string[] = [];

  beforeAll(() => {
    expected = execFileSync(process.execPath, [guest(PROGRAM)], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
  });

  test('its backup is killed: a new one joins inside the turn, and carries on when the primary dies in it, too', {
    timeout: LONG_MS,
  }, async () => {
    const pair = await run(guest(PROGRAM)).ready();
    await pair.waitForLine(numbered(4));
    let from = pair.now;
    signal(pair.backupPid, 'SIGKILL');
    const { event: redundant } = await pair.waitFor('redundant', from);
    await expectInsideTurn(pair);
    const heir = pair.backupPid;
    from = pair.now;
    signal(pair.primaryPid, 'SIGKILL');
    const { event: goLive } = await pair.waitFor('go-live', from);
    expect(goLive.pid).toBe(heir);
    expect(await pair.process.exited).toEqual({ code: 0, signal: null });
    expect(pair.printed().map(({ event }) => event.text)).toEqual(expected);
    const { ms, pauseMs } = redundant;
    console.log(`redundant inside the turn after ${ms.toFixed(0)} ms, pause ${pauseMs.toFixed(2)} ms`);
  });

  test('its primary is killed: a new backup joins the new primary inside the turn, and that one dies, too', {
    timeout: LONG_MS,
  }, async () => {
    const pair = await run(guest(PROGRAM)).ready();
    await pair.waitForLine(numbered(6));
    let from = pair.now;
    signal(pair.primaryPid, 'SIGKILL');
    await pair.waitFor('redundant', from);
    await expectInsideTurn(pair);
    from = pair.now;
    signal(pair.primaryPid, 'SIGKILL');
    await pair.waitFor('go-live', from);
    expect(await pair.process.exited).toEqual({ code: 0, signal: null });
    expect(pair.printed().map(({ event }) => event.text)).toEqual(expected);
  });
});
