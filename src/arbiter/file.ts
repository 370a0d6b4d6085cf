/**
 * The embedded arbiter: a directory that both hosts can reach (FT §2.3: "a virtual disk on shared storage"). Each VM has a
 * directory in it, each epoch a file: `epoch-0000000003.json`. link(2) is the test-and-set: it makes the name or fails
 * because the name is there, and the file behind the name is already complete and on the disk.
 *
 * Order of a claim: write a temporary file, fsync it, link it to the epoch's name, fsync the directory, remove the temporary
 * name. A host that dies in the middle leaves at most a temporary file, which means nothing to anybody. Nothing is ever
 * pruned: whoever wakes up after a long sleep finds all that happened.
 */
import { constants } from 'node:fs';
import { access, link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TandemError } from '../base/errors.ts';
import type { ArbiterRecord, ClaimAnswer, ReadAnswer } from '../protocol/record.ts';
import type { Arbiter } from './port.ts';
import { recordFromText, recordToText } from './record-file.ts';

const EPOCH_FILE = /^epoch-(\d{10,})\.json$/;

export async function openFileArbiter(url: URL, vm: string): Promise<Arbiter> {
  const root = pathOf(url);
  try {
    await makePath(root);
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
    await proveWritable(root);
  } catch (error) {
    const mend = `make ${root} a directory that this user may read and write, or name another one`;
    throw new TandemError(
      'ARBITER_DIRECTORY',
      `the arbiter's directory cannot be used: ${reasonOf(error)}`,
      mend,
    );
  }
  await latest(root, vm);
  return {
    read: (id) => read(root, id),
    claim: async (id, expectedEpoch, next) => {
      try {
        return await claim(root, id, expectedEpoch, next);
      } catch (error) {
        return { kind: 'unreachable', reason: reasonOf(error) };
      }
    },
    close: async () => {},
  };
}

/** Not mkdir's own `recursive`: in a folder that exists and takes no folders (/proc), that never comes back. */
async function makePath(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    const parent = dirname(path);
    if (!hasCode(error, 'ENOENT') || parent === path || (await exists(parent))) throw error;
    await makePath(parent);
    await makePath(path);
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    const mend = 'write it as file:///an/absolute/directory';
    throw new TandemError('ARBITER_URL', `not a path: ${url.href}: ${reasonOf(error)}`, mend, 2);
  }
}

/** Permission bits do not tell everything (a read-only file system, root): a file is made once. */
async function proveWritable(root: string): Promise<void> {
  const path = join(root, `.writable-${process.pid}`);
  await (await open(path, 'w')).close();
  await unlink(path);
}

const fileOf = (epoch: number): string => `epoch-${String(epoch).padStart(10, '0')}.json`;

async function read(root: string, vm: string): Promise<ReadAnswer> {
  try {
    return { kind: 'read', record: await latest(root, vm) };
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

/** The record of the highest epoch. Throws when the directory cannot be read or the record is not one. */
async function latest(root: string, vm: string): Promise<ArbiterRecord | null> {
  const directory = join(root, vm);
  const highest = (await namesIn(root, directory))
    .map((name) => Number(EPOCH_FILE.exec(name)?.[1] ?? 0))
    .reduce((left, right) => Math.max(left, right), 0);
  if (highest === 0) return null;
  const path = join(directory, fileOf(highest));
  const record = recordFromText(vm, highest, await readFile(path, 'utf8'));
  if (typeof record !== 'string') return record;
  const mend = 'look at it; restore it from a copy, or start a new VM id';
  throw new TandemError(
    'ARBITER_RECORD',
    `the arbiter's record ${path} is corrupt: ${record}; ${mend}`,
    mend,
  );
}

/** A VM without a directory is new, but only if the arbiter's own directory is there: an unmounted disk is not news. */
async function namesIn(root: string, directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    await access(root);
    return [];
  }
}

async function claim(
  root: string,
  vm: string,
  expectedEpoch: number | null,
  next: ArbiterRecord,
): Promise<ClaimAnswer> {
  const directory = join(root, vm);
  const current = await latest(root, vm);
  if (current?.claimId === next.claimId) return { kind: 'won' };
  const follows = next.epoch === (expectedEpoch ?? 0) + 1;
  if ((current?.epoch ?? null) !== expectedEpoch || !follows) return { kind: 'lost', record: current };
  await makeDirectory(root, directory);
  if (await linkRecord(directory, vm, next)) return { kind: 'won' };
  // Somebody was faster; the record says who, and perhaps it is this claim itself, made before an answer was lost.
  const winner = await latest(root, vm);
  return winner?.claimId === next.claimId ? { kind: 'won' } : { kind: 'lost', record: winner };
}

async function makeDirectory(root: string, directory: string): Promise<void> {
  await access(root);
  try {
    await mkdir(directory);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    throw error;
  }
  await syncDirectory(root);
}

/** True when the epoch's name was free and is now this record's, on the disk. */
async function linkRecord(directory: string, vm: string, next: ArbiterRecord): Promise<boolean> {
  const temporary = join(
    directory,
    `.claim-${next.claimId.replaceAll(/[^A-Za-z0-9._-]/g, '_')}-${process.pid}`,
  );
  await writeDurably(temporary, recordToText(vm, next));
  try {
    await link(temporary, join(directory, fileOf(next.epoch)));
    await syncDirectory(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
