/**
 * Ends: of a run that is stopped, of a program that is done, of a supervisor that dies. Whatever ends it, no
 * process stays behind, and a program's own end is the run's.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { guest, program, tandem, temporaryDirectory } from '../support/processes.ts';
import { Bank } from '../support/processes-client.ts';
import { runIn, runWithSpare } from '../support/processes-run.ts';

/** A program of one file. */
function written(text: string): string {
  const path = join(temporaryDirectory(), 'guest.js');
  writeFileSync(path, text);
  return path;
}

const EVER = 'setInterval(() => console.log("still here"), 20);\n';

describe('a run that is stopped', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s ends with code 0 and leaves no process and no file',
    async (name) => {
      const TMPDIR = temporaryDirectory();
      const pair = await runIn({ TMPDIR }, program('bank.js')).ready();
      await new Bank(pair.url).deposit('ada', 1);
      expect(pair.process.family().length).toBeGreaterThanOrEqual(3);
      expect(readdirSync(TMPDIR)).toEqual([expect.stringMatching(/^tandem-run-/)]);

      pair.process.kill(name);
      expect(await pair.process.exited).toEqual({ code: 0, signal: null });
      expect(pair.story().slice(1)).toEqual([
        expect.objectContaining({ event: 'stopped', equal: true }),
        { event: 'end', code: 0 },
      ]);
      expect(pair.process.family()).toEqual([]);
      expect(readdirSync(TMPDIR)).toEqual([]);
    },
  );

  test('after a failover it ends like any other', async () => {
    const pair = await runWithSpare(program('bank.js')).ready();
    const from = pair.now;
    process.kill(pair.primaryPid, 'SIGKILL');
    await pair.waitFor('redundant', from);
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
    expect(pair.process.family()).toEqual([]);
  });

  test('while its hosts are still starting it ends with code 0 and leaves no process', async () => {
    const starting = tandem('run', program('bank.js'), '--port', '0', '--admin-port', '0');
    await starting.stderr.waitFor('the first host', (text) => /^start +primary/.test(text));
    starting.kill('SIGINT');
    expect(await starting.exited).toEqual({ code: 0, signal: null });
    expect(starting.family()).toEqual([]);
  });

  test('with a plain program in it ends with code 1: the program was not done', async () => {
    const pair = await runWithSpare(written(EVER)).ready();
    await pair.waitForLine(() => true);
    expect(await pair.stop()).toEqual({ code: 1, signal: null });
    expect(pair.process.family()).toEqual([]);
  });

  test('ends, too, when nobody reads its lines any more', async () => {
    const pair = await runWithSpare(written(EVER)).ready();
    await pair.waitForLine(() => true);
    pair.process.child.stdout?.destroy();
    expect((await pair.process.exited).signal).toBeNull();
    expect(pair.process.family()).toEqual([]);
  });
});

describe('a supervisor that is killed', () => {
  test('takes its hosts with it, and the next run sweeps away what it left', async () => {
    const TMPDIR = temporaryDirectory();
    const pair = await runIn({ TMPDIR }, program('bank.js')).ready();
    const hosts = pair.process.family().filter((pid) => pid !== pair.process.pid);
    expect(hosts.length).toBeGreaterThanOrEqual(2);
    const [left] = readdirSync(TMPDIR);

    pair.process.kill('SIGKILL');
    await pair.process.gone();
    expect(readdirSync(TMPDIR)).toEqual([left]);

    const next = await runIn({ TMPDIR }, program('bank.js')).ready();
    expect(readdirSync(TMPDIR)).not.toContain(left);
    await next.stop();
  });

  test('takes with it a host that it has just started, too, which heard nobody yet', async () => {
    const starting = tandem('run', program('bank.js'), '--port', '0', '--admin-port', '0');
    await starting.stderr.waitFor('the first host', (text) => /^start +primary/.test(text));
    starting.kill('SIGKILL');
    await starting.gone();
  });

  test('takes them with it in the middle of a long turn, too', async () => {
    const pair = await runWithSpare(guest('long-turn.js')).ready();
    await pair.waitForLine((text) => text.startsWith('line 2 '));
    pair.process.kill('SIGKILL');
    await pair.process.gone();
  });
});

describe('a plain program', () => {
  test('that comes to its end ends the run with code 0, its last line included', async () => {
    const pair = runWithSpare(written('console.log("first");\nsetTimeout(() => console.log("last"), 50);\n'));
    expect(await pair.process.exited).toEqual({ code: 0, signal: null });
    expect(pair.printed().map(({ event }) => event.text)).toEqual(['first', 'last']);
    expect(pair.story().at(-1)).toEqual({ event: 'end', code: 0 });
    expect(pair.process.family()).toEqual([]);
  });

  test('that throws ends the run with code 1, and says where', async () => {
    const pair = runWithSpare(
      written('console.log("first");\nsetTimeout(() => { throw new Error("enough") }, 50);\n'),
    );
    expect(await pair.process.exited).toEqual({ code: 1, signal: null });
    expect(pair.printed('stderr')[0]?.event.text).toMatch(/Uncaught Error: enough[\s\S]*guest\.js:2:/);
    expect(pair.story().at(-1)).toEqual({ event: 'end', code: 1 });
  });

  test('ends with its own code after its primary was killed', async () => {
    const pair = await runWithSpare(
      written('setTimeout(() => { throw new Error("enough") }, 1500);\n'),
    ).ready();
    process.kill(pair.primaryPid, 'SIGKILL');
    expect(await pair.process.exited).toEqual({ code: 1, signal: null });
    expect(pair.printed('stderr')).toHaveLength(1);
  });

  test('that ends at once does not wait for anything', async () => {
    const pair = runWithSpare(written('console.log("done");\n'));
    const { atMs } = await pair.waitForLine((text) => text === 'done');
    await pair.process.exited;
    // Far below the patience that a supervisor has with hosts that do not stop.
    expect(performance.now() - atMs).toBeLessThan(2_500);
    expect(pair.process.family()).toEqual([]);
  });
});
