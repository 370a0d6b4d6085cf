/**
 * Makes sure, when a file arbiter is opened, that its directory can do what a claim needs: it is there, takes
 * files, and has link(2). It is never made here: a directory that is missing may be a disk that is not
 * mounted yet, and in an empty one every machine would be new. Permission bits and tables do not tell
 * everything (a read-only file system, a server's own mind): all of it is tried out.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, link, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TandemError } from '../base/errors.ts';
import { fileSystemOf, noteOn } from './file-system.ts';
import type { ArbiterNote } from './port.ts';
import { codeOf, reasonOf } from './reason.ts';

/** Tries the directory out. Throws a {@link TandemError} with the mend. */
export async function prepareDirectory(root: string): Promise<readonly ArbiterNote[]> {
  await prove(root);
  const fileSystem = await fileSystemOf(root);
  return fileSystem === undefined ? [] : [noteOn(root, fileSystem)];
}

async function prove(root: string): Promise<void> {
  try {
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
    await proveLinks(root);
  } catch (error) {
    if (error instanceof TandemError) throw error;
    throw codeOf(error) === 'ENOENT' ? missing(root) : unusable(root, reasonOf(error));
  }
}

function missing(root: string): TandemError {
  return new TandemError(
    'ARBITER_DIRECTORY',
    `the arbiter's directory cannot be used: ${root} is not there`,
    `if its disk is mounted, make it once, on the shared file system: mkdir -p ${root}`,
  );
}

export function unusable(root: string, reason: string): TandemError {
  const mend = `make ${root} a directory that this user may read and write, or name another one`;
  return new TandemError('ARBITER_DIRECTORY', `the arbiter's directory cannot be used: ${reason}`, mend);
}

/** A second link to a name must fail because the name is there, and for no other reason. */
async function proveLinks(root: string): Promise<void> {
  const probe = join(root, `.probe-${randomUUID()}`);
  const name = `${probe}.link`;
  await (await open(probe, 'wx')).close();
  try {
    await link(probe, name).catch(async (error: unknown) => {
      throw await unfit(root, `link(2) fails there: ${reasonOf(error)}`);
    });
    const second = await link(probe, name).then(
      () => 'link(2) replaces a name that is there',
      (error: unknown) => (codeOf(error) === 'EEXIST' ? undefined : reasonOf(error)),
    );
    if (second !== undefined) throw await unfit(root, second);
  } finally {
    await unlink(name).catch(() => undefined);
    await unlink(probe).catch(() => undefined);
  }
}

async function unfit(root: string, complaint: string): Promise<TandemError> {
  const type = (await fileSystemOf(root))?.type ?? 'its file system';
  return new TandemError(
    'ARBITER_NO_LINK',
    `the arbiter's directory ${root} (${type}) has no test-and-set: ${complaint}`,
    'name a directory on ext4, xfs, btrfs or NFS, or use etcd: instead of file:',
  );
}
