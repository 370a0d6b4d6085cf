/** What every arbiter promises (FT §2.3), asked of each of them, the file one with real processes that race. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { type Arbiter, openArbiter } from '../../src/arbiter/arbiter.ts';
import { epoch } from '../../src/base/brands.ts';
import { TandemError } from '../../src/base/errors.ts';
import type { ArbiterRecord } from '../../src/protocol/record.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tandem-arbiter-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let counter = 0;
const freshDirectory = (): string => {
  counter += 1;
  return join(scratch, `directory-${counter}`);
};
const fileUrl = (): string => pathToFileURL(freshDirectory()).href;
const memoryUrl = (): string => {
  counter += 1;
  return `memory:${counter}`;
};

const record = (at: number, claimId: string): ArbiterRecord => ({
  epoch: epoch(at),
  claimId,
  incarnation: `of ${claimId}`,
  url: 'http://localhost',
  inSync: ['backup'],
});

const errorOf = async (promise: Promise<unknown>): Promise<TandemError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TandemError)) throw new Error(`expected a TandemError, got ${String(error)}`);
  return error;
};

describe.each([
  ['file:', fileUrl],
  ['memory:', memoryUrl],
])('an arbiter (%s)', (_, freshUrl) => {
  const open = (url = freshUrl()): Promise<Arbiter> => openArbiter(url, 'vm');

  test('a VM id that was never used has no record', async () => {
    expect(await (await open()).read('vm')).toEqual({ kind: 'read', record: null });
  });

  test('epoch 1 is granted only if there is no record', async () => {
    const arbiter = await open();
    expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
    expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: record(1, 'a') });
    expect(await arbiter.claim('vm', null, record(1, 'b'))).toEqual({ kind: 'lost', record: record(1, 'a') });
  });

  test('the next epoch is granted to whoever names the present one, once', async () => {
    const arbiter = await open();
    await arbiter.claim('vm', null, record(1, 'a'));
    expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual({ kind: 'won' });
    expect(await arbiter.claim('vm', epoch(1), record(2, 'c'))).toEqual({
      kind: 'lost',
      record: record(2, 'b'),
    });
    expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: record(2, 'b') });
  });

  test('a claim from an epoch that is not there yet is lost', async () => {
    const arbiter = await open();
    await arbiter.claim('vm', null, record(1, 'a'));
    expect(await arbiter.claim('vm', epoch(2), record(3, 'b'))).toEqual({
      kind: 'lost',
      record: record(1, 'a'),
    });
  });

  test('a claim that is repeated with its id has won, as if its first answer had been lost', async () => {
    const arbiter = await open();
    await arbiter.claim('vm', null, record(1, 'a'));
    expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
  });

  test('VMs do not see each other', async () => {
    const arbiter = await open();
    await arbiter.claim('vm', null, record(1, 'a'));
    expect(await arbiter.read('other')).toEqual({ kind: 'read', record: null });
  });

  test('two handles on one URL are one arbiter', async () => {
    const url = freshUrl();
    await (await open(url)).claim('vm', null, record(1, 'a'));
    expect(await (await open(url)).read('vm')).toEqual({ kind: 'read', record: record(1, 'a') });
  });

  test('of many claims at once exactly one wins, and the losers learn who', async () => {
    const arbiter = await open();
    const names = Array.from({ length: 16 }, (_, index) => `claim-${index}`);
    const answers = await Promise.all(names.map((name) => arbiter.claim('vm', null, record(1, name))));
    const winners = names.filter((_, index) => answers[index]?.kind === 'won');
    expect(winners).toHaveLength(1);
    const [winner = ''] = winners;
    for (const answer of answers.filter(({ kind }) => kind === 'lost')) {
      expect(answer).toEqual({ kind: 'lost', record: record(1, winner) });
    }
  });
});

describe('the file arbiter', () => {
  test('of eight processes that race for each of ten epochs, one wins each', async () => {
    const directory = freshDirectory();
    const racer = join(scratch, 'racer.cjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'arbiter-racer.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: racer,
      logLevel: 'error',
    });
    const run = promisify(execFile);
    const names = Array.from({ length: 8 }, (_, index) => `racer-${index}`);
    const url = pathToFileURL(directory).href;
    const outputs = await Promise.all(names.map((name) => run(process.execPath, [racer, url, name, '10'])));
    const won = outputs.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
    expect(won.map(Number).sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('a claimant that died in the middle leaves nothing that anybody takes for a record', async () => {
    const directory = freshDirectory();
    mkdirSync(join(directory, 'vm'), { recursive: true });
    writeFileSync(join(directory, 'vm', '.claim-dead_1-99'), '{"half":');
    const arbiter = await openArbiter(pathToFileURL(directory).href, 'vm');
    expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: null });
    expect(await arbiter.claim('vm', null, record(1, 'dead/1'))).toEqual({ kind: 'won' });
  });

  test('records of former epochs stay, temporary files do not', async () => {
    const directory = freshDirectory();
    const arbiter = await openArbiter(pathToFileURL(directory).href, 'vm');
    await arbiter.claim('vm', null, record(1, 'a'));
    await arbiter.claim('vm', epoch(1), record(2, 'b'));
    expect(readdirSync(join(directory, 'vm')).sort()).toEqual([
      'epoch-0000000001.json',
      'epoch-0000000002.json',
    ]);
  });

  test('a directory that cannot be made is refused at the start, with its mend', async () => {
    const file = join(scratch, 'a-file');
    writeFileSync(file, '');
    const error = await errorOf(openArbiter(pathToFileURL(join(file, 'below')).href, 'vm'));
    expect(error.code).toBe('ARBITER_DIRECTORY');
    expect(error.mend).toContain('may read and write');
  });

  test.skipIf(process.getuid?.() === 0)(
    'a directory without write permission is refused (root may write anywhere)',
    async () => {
      const directory = freshDirectory();
      mkdirSync(directory);
      chmodSync(directory, 0o500);
      expect((await errorOf(openArbiter(pathToFileURL(directory).href, 'vm'))).code).toBe(
        'ARBITER_DIRECTORY',
      );
    },
  );

  test('a directory that disappears while a host runs is unreachable, not empty', async () => {
    const directory = freshDirectory();
    const arbiter = await openArbiter(pathToFileURL(directory).href, 'vm');
    await arbiter.claim('vm', null, record(1, 'a'));
    rmSync(directory, { recursive: true });
    expect((await arbiter.read('vm')).kind).toBe('unreachable');
    expect((await arbiter.claim('vm', null, record(1, 'b'))).kind).toBe('unreachable');
    expect(existsSync(directory)).toBe(false);
  });

  test.each([
    ['', 'it is not JSON'],
    ['{"format":"tandem arbiter record 2"}', 'its format is'],
    ['[]', 'its format is'],
  ])('a corrupt record (%j) is named at the start and unreachable later', async (text, complaint) => {
    const directory = freshDirectory();
    const url = pathToFileURL(directory).href;
    const arbiter = await openArbiter(url, 'vm');
    await arbiter.claim('vm', null, record(1, 'a'));
    const path = join(directory, 'vm', 'epoch-0000000001.json');
    expect(readFileSync(path, 'utf8')).toContain('"claimId":"a"');
    writeFileSync(path, text);
    const error = await errorOf(openArbiter(url, 'vm'));
    expect(error.code).toBe('ARBITER_RECORD');
    expect(error.message).toContain(complaint);
    expect((await arbiter.read('vm')).kind).toBe('unreachable');
    expect((await arbiter.claim('vm', epoch(1), record(2, 'b'))).kind).toBe('unreachable');
  });
});

describe('opening an arbiter', () => {
  test.each([
    ['no scheme', '/tmp/directory', 'ARBITER_URL'],
    ['an unknown scheme', 'zookeeper://host', 'ARBITER_URL'],
    ['a relative file URL with a host', 'file://host/directory', 'ARBITER_URL'],
  ])('%s is refused with what would do', async (_, url, code) => {
    const error = await errorOf(openArbiter(url, 'vm'));
    expect(error.code).toBe(code);
    expect(error.exitCode).toBe(2);
    expect(error.mend).toContain('file:///');
  });

  test.each(['', '../up', 'a/b', '.hidden', 'x'.repeat(200)])('the VM id %j is refused', async (vm) => {
    expect((await errorOf(openArbiter('memory:', vm))).code).toBe('VM_ID');
  });
});
