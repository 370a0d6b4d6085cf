/**
 * The file arbiter beyond the contract: deaths in the middle of a claim, full disks, disks that
 * hang, file systems that will not do.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { openArbiter } from '../../src/arbiter/arbiter.ts';
import { epoch } from '../../src/base/brands.ts';
import { limits } from '../../src/base/limits.ts';
import { until } from '../support/processes.ts';
import { errorOf, record } from './claims.ts';
import { bundled, ended } from './racing.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tandem-arbiter-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let counter = 0;
const freshDirectory = (): string => {
  counter += 1;
  const directory = join(scratch, `directory-${counter}`);
  mkdirSync(directory);
  return directory;
};
const open = (directory: string) => openArbiter(`file:${directory}`, 'vm');

/** Mounts a file system for this test; false when that is not permitted here. */
function mounted(directory: string, type: string, options = 'rw'): boolean {
  mkdirSync(directory, { recursive: true });
  try {
    execFileSync('mount', ['-t', type, '-o', options, 'none', directory], { stdio: 'ignore' });
  } catch {
    console.log(`skipped: ${type} cannot be mounted here`);
    return false;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', directory]));
  return true;
}

test('a claimant that is killed at any step of its claim leaves a whole record or none', async () => {
  const [racer, preload] = [await bundled('arbiter-racer.ts'), await bundled('crash-preload.ts')];
  let stepsWithRecord = 0;
  let step = 1;
  for (; ; step += 1) {
    const directory = freshDirectory();
    const words = ['--require', preload, racer, `file:${directory}`, 'dead', '1'];
    const end = await ended(words, { TANDEM_DIE_BEFORE: String(step) });
    if (end.signal === null) {
      expect(end.code).toBe(0);
      break;
    }
    const heir = await open(directory);
    const found = await heir.read('vm');
    if (found.kind !== 'read') throw new Error(found.reason);
    const claim = { epoch: epoch(1), claimId: 'dead/1', incarnation: 'dead', url: '', inSync: [] };
    expect([null, claim]).toContainEqual(found.record);
    if (found.record === null) {
      // What it has left means nothing: the epoch is free for anybody.
      expect(await heir.claim('vm', null, record(1, 'heir'))).toEqual({ kind: 'won' });
    } else {
      stepsWithRecord += 1;
      expect(await heir.claim('vm', null, record(1, 'heir'))).toEqual({ kind: 'lost', record: claim });
      expect(await heir.claim('vm', null, claim)).toEqual({ kind: 'won' });
    }
    expect(readdirSync(join(directory, 'vm')).filter((name) => name.startsWith('epoch-'))).toHaveLength(1);
  }
  console.log(`killed at ${step - 1} steps, the record stood at ${stepsWithRecord} of them`);
  expect(step).toBeGreaterThan(15);
  expect(stepsWithRecord).toBeGreaterThan(2);
});

test('records of former epochs stay, temporary files do not', async () => {
  const directory = freshDirectory();
  const arbiter = await open(directory);
  await arbiter.claim('vm', null, record(1, 'a'));
  await arbiter.claim('vm', epoch(1), record(2, 'b'));
  expect(readdirSync(directory)).toEqual(['vm']);
  expect(readdirSync(join(directory, 'vm')).sort()).toEqual([
    'epoch-0000000001.json',
    'epoch-0000000002.json',
  ]);
});

test('a directory that disappears while a host runs is unreachable, not empty', async () => {
  const directory = freshDirectory();
  const arbiter = await open(directory);
  await arbiter.claim('vm', null, record(1, 'a'));
  rmSync(directory, { recursive: true });
  expect((await arbiter.read('vm')).kind).toBe('unreachable');
  expect((await arbiter.claim('vm', null, record(1, 'b'))).kind).toBe('unreachable');
  expect(existsSync(directory)).toBe(false);
});

test('a full disk is an answer: nothing is half-claimed, and all is well when there is space again', async (context) => {
  const directory = freshDirectory();
  if (!mounted(directory, 'tmpfs', 'size=64k')) return context.skip('mounting is not permitted here');
  const arbiter = await open(directory);
  expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
  const filler = join(directory, 'filler');
  expect(() => writeFileSync(filler, Buffer.alloc(128 * 1024))).toThrow(/ENOSPC/);

  expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual({
    kind: 'unreachable',
    reason: expect.stringContaining('ENOSPC'),
  });
  expect(readdirSync(join(directory, 'vm'))).toEqual(['epoch-0000000001.json']);
  expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: record(1, 'a') });

  rmSync(filler);
  expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual({ kind: 'won' });
});

test('a disk that hangs is unreachable within the bound, asked no further, and used again when it is back', async () => {
  const directory = freshDirectory();
  const arbiter = await open(directory);
  await arbiter.claim('vm', null, record(1, 'a'));
  // Whoever opens a pipe waits for its other end, as for a server that is away.
  const pipe = join(directory, 'vm', 'epoch-0000000002.json');
  execFileSync('mkfifo', [pipe]);
  expect(await arbiter.read('vm')).toEqual({
    kind: 'unreachable',
    reason: `no answer within ${limits.arbiterAnswerMs} ms`,
  });
  const refused = { kind: 'unreachable', reason: 'an earlier call has not come back yet' };
  expect(await arbiter.read('vm')).toEqual(refused);
  expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual(refused);
  closeSync(openSync(pipe, constants.O_WRONLY));
  rmSync(pipe);
  await until('an answer', async () => (await arbiter.read('vm')).kind === 'read');
  expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual({ kind: 'won' });
});

describe('a directory', () => {
  test('that cannot be made is refused at the start, with its mend', async () => {
    const file = join(scratch, 'a-file');
    writeFileSync(file, '');
    const error = await errorOf(open(join(file, 'below')));
    expect(error.code).toBe('ARBITER_DIRECTORY');
    expect(error.mend).toContain('may read and write');
  });

  test('without write permission is refused', async (context) => {
    if (process.getuid?.() === 0) return context.skip('root may write anywhere');
    const directory = freshDirectory();
    chmodSync(directory, 0o500);
    expect((await errorOf(open(directory))).code).toBe('ARBITER_DIRECTORY');
  });

  test('on a read-only file system is refused', async (context) => {
    const directory = freshDirectory();
    if (!mounted(directory, 'tmpfs', 'ro')) return context.skip('mounting is not permitted here');
    const error = await errorOf(open(directory));
    expect(error.code).toBe('ARBITER_DIRECTORY');
    expect(error.message).toContain('EROFS');
  });

  test('on a file system without link(2) is refused by name, and nothing is left in it', async (context) => {
    const directory = freshDirectory();
    if (!mounted(directory, 'mqueue')) return context.skip('mounting is not permitted here');
    const before = readdirSync(directory);
    const error = await errorOf(open(directory));
    expect(error.code).toBe('ARBITER_NO_LINK');
    expect(error.message).toMatch(/\(mqueue\) has no test-and-set: link\(2\) fails there: EPERM/);
    expect(error.mend).toContain('etcd:');
    expect(readdirSync(directory)).toEqual(before);
  });

  test('that is missing is refused and not made: its disk may not be mounted yet, and used ids would be new again', async () => {
    const directory = join(freshDirectory(), 'tandem');
    const error = await errorOf(open(directory));
    expect(error.code).toBe('ARBITER_DIRECTORY');
    expect(error.message).toContain(`${directory} is not there`);
    expect(error.mend).toMatch(/once, on the shared file system: mkdir -p \/.*tandem$/);
    expect(existsSync(directory)).toBe(false);
  });

  test('is told with its file system', async (context) => {
    const directory = freshDirectory();
    if (!mounted(directory, 'tmpfs')) return context.skip('mounting is not permitted here');
    const text = `arbiter: ${directory} is on tmpfs: for hosts of this machine, and gone when it restarts`;
    expect((await open(directory)).notes).toEqual([{ level: 'info', text }]);
  });
});
