/**
 * The bank on the real machine: real kernel, real sessions, faults from a seed. How many
 * seeds: TANDEM_SIMULATION_PROGRAM_RUNS.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const RUNS = Number(process.env['TANDEM_SIMULATION_PROGRAM_RUNS'] ?? 5);
const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const bank = fileURLToPath(new URL('../../guest-programs/bank.js', import.meta.url));
const program = (name: string): string =>
  fileURLToPath(new URL(`../../guest-programs/${name}.js`, import.meta.url));

function written(name: string, text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'tandem-')), name);
  writeFileSync(file, text);
  return file;
}

/** A file with a workload that says one thing wrongly. */
const wrong = (what: object): string =>
  written('wrong.json', JSON.stringify({ requests: [{ target: '/' }], ...what }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function tandem(words: readonly string[], interruptAt?: RegExp): Promise<Ended> {
  const child = spawn(process.execPath, [cli, 'simulate', ...words]);
  let stdout = '';
  let stderr = '';
  let isInterrupted = false;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (isInterrupted || interruptAt?.test(stdout) !== true) return;
    isInterrupted = true;
    child.kill('SIGINT');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

interface End {
  readonly event: string;
  readonly runs: number;
  readonly failed: readonly number[];
  readonly replies: number;
  readonly goLives: number;
}

const lastLine = (text: string): End => JSON.parse(text.trim().split('\n').at(-1) ?? '') as End;

describe('tandem simulate', () => {
  test('the bank keeps its promises across failovers', async () => {
    const { code, stdout } = await tandem([bank, '--seed', '1', '--runs', String(RUNS), '--json']);
    expect(lastLine(stdout)).toMatchObject({ event: 'end', runs: RUNS, failed: [] });
    expect(lastLine(stdout).replies).toBeGreaterThan(RUNS * 5);
    expect(lastLine(stdout).goLives).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  test('a program about which nothing is known is compared with a machine that never failed', async () => {
    const { code, stdout } = await tandem([program('lottery'), '--seed', '3', '--runs', '2', '--json']);
    expect(lastLine(stdout)).toMatchObject({ event: 'end', runs: 2, failed: [] });
    expect(code).toBe(0);
  });

  test.each(['store', 'queue', 'feed', 'chat'])(
    '%s.js (timers, streams that do not end, WebSockets) keeps its promises across failovers',
    async (name) => {
      const { code, stdout } = await tandem([program(name), '--seed', '7', '--runs', '3', '--json']);
      expect(lastLine(stdout)).toMatchObject({ event: 'end', runs: 3, failed: [] });
      expect(lastLine(stdout).replies).toBeGreaterThan(20);
      expect(lastLine(stdout).goLives).toBeGreaterThan(0);
      expect(code).toBe(0);
    },
  );

  test('a client that asks for one endless stream after the other is given the time to leave each', async () => {
    const { code, stdout } = await tandem([program('feed'), '--seed', '1042', '--json']);
    expect(lastLine(stdout)).toMatchObject({ event: 'end', runs: 1, failed: [] });
    expect(code).toBe(0);
  });

  test('a program that keeps nothing for those who come back is heard without a gap over WebSockets that resume', async () => {
    const intercom = fileURLToPath(new URL('guests/intercom.js', import.meta.url));
    const { code, stdout } = await tandem([intercom, '--seed', '1', '--runs', '8', '--json']);
    expect(lastLine(stdout)).toMatchObject({ event: 'end', runs: 8, failed: [] });
    expect(lastLine(stdout).goLives).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  test('a program that asks a refused server for ever breaks nothing, and its user is told what it waits for', async () => {
    const { code, stdout } = await tandem([program('transfer'), '--seed', '1', '--runs', '2']);
    expect(stdout).toMatch(
      /has asked other\.test, which is refused here; in 2 runs clients waited to the end/,
    );
    expect(stdout).toContain('With --allow-net other.test each such call is answered');
    expect(code).toBe(0);
    const allowed = await tandem([program('transfer'), '--seed', '1', '--allow-net', 'other.test']);
    expect(allowed.stdout).not.toContain('refused');
    expect(allowed.code).toBe(0);
  });

  test('a program that does not answer breaks I8, also when it has asked a refused server and given it up', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-'));
    const silent = join(folder, 'silent.js');
    writeFileSync(
      silent,
      "export default { async fetch() { await fetch('http://other.test/').catch(() => {}); await new Promise(() => {}); } };",
    );
    const workload = join(folder, 'silent.workload.json');
    writeFileSync(workload, JSON.stringify({ requests: [{ target: '/', keyed: true }] }));
    const { code, stdout } = await tandem([silent, '--seed', '1']);
    expect(stdout).toMatch(/seed 1 broke I8 .*\n.* after the healing: client \d waits for r\d/);
    expect(stdout).toContain('the program has asked other.test, which is refused here\n');
    expect(code).toBe(1);
  });

  test('a WebSocket whose client hears the wrong number is a broken promise, with the command that plays it again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-'));
    const file = join(folder, 'wrong.json');
    // The room's lines are told with the number of milliseconds, which does not count up by one.
    const socket = { target: '/room', say: '{"id":"{message}","text":""}', order: 'at', echo: 'id' };
    writeFileSync(file, JSON.stringify({ requests: [{ target: '/room' }], sockets: [socket] }));
    const { code, stdout } = await tandem([program('chat'), '--workload', file, '--seed', '1', '--json']);
    const failure = JSON.parse(stdout.split('\n')[0] ?? '') as {
      readonly invariant: string;
      readonly command: string;
      readonly shrunk: {
        readonly plan: { readonly faults: unknown[]; readonly sockets: { readonly losses: unknown[] }[] };
      };
    };
    expect(failure.invariant).toBe('I5');
    expect(failure.command).toMatch(/^tandem simulate .*chat\.js --workload .*wrong\.json --seed 1 --trace$/);
    expect(failure.shrunk.plan.faults).toEqual([]);
    expect(failure.shrunk.plan.sockets.map(({ losses }) => losses)).toEqual([[]]);
    expect(code).toBe(1);
  });

  test('a program that counts a repeated like twice is found out, and told what helps', async () => {
    const { code, stdout } = await tandem([program('likes-naive'), '--seed', '2']);
    expect(stdout).toMatch(/seed 2 broke I5 .*\n {2}no order explains account/);
    expect(stdout).toContain('took effect twice, give it an Idempotency-Key');
    expect(code).toBe(1);
  });

  test('one that keeps who likes may be asked as often as one wants', async () => {
    const { code, stdout } = await tandem([program('likes'), '--seed', '2', '--runs', '3', '--json']);
    expect(lastLine(stdout)).toMatchObject({ event: 'end', runs: 3, failed: [] });
    expect(code).toBe(0);
  });

  test('a workload that says something wrong about the replies is a broken promise: exit code 1, with a small plan', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-'));
    const file = join(folder, 'wrong.json');
    const account = { field: 'balance', adds: false };
    const body = '{"amount":{amount}}';
    const deposit = { method: 'POST', target: '/accounts/{account}/deposit', body, account };
    writeFileSync(file, JSON.stringify({ requests: [deposit] }));
    const { code, stdout } = await tandem([bank, '--workload', file, '--seed', '1', '--json']);
    const failure = JSON.parse(stdout.split('\n')[0] ?? '') as {
      readonly event: string;
      readonly invariant: string;
      readonly command: string;
      readonly shrunk: { readonly plan: { readonly faults: unknown[]; readonly requests: unknown[] } };
    };
    expect(failure).toMatchObject({ event: 'failure', invariant: 'I5' });
    expect(failure.command).toContain('--seed 1');
    expect(failure.shrunk.plan.faults).toEqual([]);
    expect(failure.shrunk.plan.requests).toHaveLength(1);
    expect(code).toBe(1);
  });

  test('a seed is told twice in the same words', async () => {
    const words = ['--seed', '77', '--trace'];
    const [one, other] = await Promise.all([tandem(words), tandem(words)]);
    const untimed = (text: string): string => text.replace(/in [\d.]+ s \(.*?\)/, '');
    expect(untimed(one.stdout)).toBe(untimed(other.stdout));
    expect(one.stdout).toContain('every fault is healed');
  });

  test('a saved plan is played again', async () => {
    const plan = fileURLToPath(new URL('plans/short-sleep.json', import.meta.url));
    expect(await tandem(['--plan', plan])).toMatchObject({ code: 0 });
  });

  test('the line of a failure is a plan: it is played with its program, and refused without it', async () => {
    const likes = program('likes-naive');
    const { stdout } = await tandem([likes, '--seed', '2', '--json']);
    const file = join(mkdtempSync(join(tmpdir(), 'tandem-')), 'failure.json');
    // With the line of the end behind it.
    writeFileSync(file, stdout);
    const again = await tandem([likes, '--plan', file]);
    expect(again.stdout).toMatch(/seed 2 broke I5 .*\n {2}no order explains account/);
    expect(again.stdout).toContain(`play it again: tandem simulate ${likes} --plan ${file} --trace`);
    // Numbers for people.
    expect(again.stdout).not.toMatch(/\d\.\d{8}/);
    expect(again.code).toBe(1);
    expect(await tandem(['--plan', file])).toEqual({
      code: 2,
      stdout: '',
      stderr: `tandem: ${file} is the plan of a program, which is not named\n  name the program, too: tandem simulate ${likes} --plan ${file}\n`,
    });
    const scripted = fileURLToPath(new URL('plans/clock-of-a-late-offer.json', import.meta.url));
    const { code, stderr } = await tandem([likes, '--plan', scripted]);
    expect(stderr).toContain('is a plan of the scripted guest, not of a program\n  leave the program out');
    expect(code).toBe(2);
  });

  test('Ctrl-C ends it with what was found so far', async () => {
    const { code, stdout } = await tandem(['--seed', '1', '--runs', '1000000'], /simulating/);
    expect(stdout).toContain('interrupted after');
    expect(code).toBe(0);
  });

  test.each([
    [['--seed', 'x'], /a seed is a whole number/],
    [['--runs', '0'], /at least 1/],
    [['--workload', 'w.json'], /name the program/],
    [['--plan', 'nowhere.json'], /cannot read the plan/],
    [
      ['--plan', wrong({ event: 'end', failed: [] })],
      /holds no plan\n {2}name a file with a plan, or with a/,
    ],
    [['--machine', 'scripted', bank], /a scripted machine runs no program/],
    [['nowhere.js'], /no such file/],
    [[written('idle.js', 'export default {};')], /serves no requests: it ended with code 0/],
    [
      [written('broken.js', 'export default { fetch() {} };\nthrow new Error("at once");')],
      /serves no requests: it ended with code 1/,
    ],
    [[bank, '--workload', cli], /not JSON/],
    [
      [bank, '--workload', wrong({ sockets: [{ target: '/', say: 'x' }] })],
      /socket 1: "say" must be a text with/,
    ],
    [[bank, '--workload', wrong({ events: [{ target: '/' }] })], /event stream 1: "order" must name/],
    [[bank, '--workload', wrong({ events: {} })], /"events" must be a list/],
  ])('%j is wrong usage: 2', async (words, message) => {
    const { code, stderr } = await tandem(words);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
