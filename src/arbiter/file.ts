/**
 * The embedded arbiter: a directory that both hosts can reach (FT §2.3: "an atomic test-and-set operation
 * on the shared storage"). Each VM has a directory in it, each epoch a file: `epoch-0000000003.json`.
 * link(2) is the test-and-set: it makes the name or fails because the name is there, and the file behind
 * the name is already complete and on the disk.
 *
 * Order of a claim: write a temporary file, fsync it, and look meanwhile who has the machine; link it to
 * the epoch's name, fsync the directory, remove the temporary name. A host that dies in the middle leaves
 * at most a temporary file, which means nothing to anybody. Nothing is ever pruned: whoever wakes up after
 * a long sleep finds all that happened.
 */
import { randomUUID } from 'node:crypto';
import { access, link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Epoch } from '../base/brands.ts';
import { TandemError } from '../base/errors.ts';
import type { ArbiterRecord, ClaimAnswer } from '../protocol/record.ts';
import { prepareDirectory, unusable } from './directory.ts';
import { Patience } from './patience.ts';
import { type Arbiter, follows } from './port.ts';
import { codeOf, reasonOf } from './reason.ts';
import { recordFromText, recordToText } from './record-text.ts';

const EPOCH_FILE = /^epoch-(\d{10,})\.json$/;

export async function openFileArbiter(root: string, vm: string): Promise<Arbiter> {
  const patience = new Patience();
  const prepared = await patience
    .ask(() => prepare(root, vm))
    .catch((error: unknown) => {
      throw error instanceof TandemError ? error : unusable(root, reasonOf(error));
    });
  if (prepared.kind === 'unreachable') throw unusable(root, prepared.reason);
  const unreachable = (error: unknown) => ({ kind: 'unreachable', reason: reasonOf(error) }) as const;
  return {
    notes: prepared.notes,
    isShared: true,
    read: (id) =>
      patience
        .ask(async () => ({ kind: 'read', record: await latest(root, id) }) as const)
        .catch(unreachable),
    claim: (id, expectedEpoch, next) =>
      patience.ask(() => claim(root, id, expectedEpoch, next)).catch(unreachable),
    close: async () => {},
  };
}

async function prepare(root: string, vm: string) {
  const notes = await prepareDirectory(root);
  await latest(root, vm);
  return { kind: 'prepared', notes } as const;
}

const fileOf = (epoch: number): string => `epoch-${String(epoch).padStart(10, '0')}.json`;

/** The record of the highest epoch. Throws when the directory cannot be read or the record is not one. */
async function latest(root: string, vm: string): Promise<ArbiterRecord | null> {
  const directory = join(root, vm);
  const highest = (await namesIn(root, directory))
    .map((name) => Number(EPOCH_FILE.exec(name)?.[1] ?? 0))
    .reduce((left, right) => Math.max(left, right), 0);
  if (highest === 0) return null;
  const path = join(directory, fileOf(highest));
  return recordFromText(path, vm, highest, await readFile(path, 'utf8'));
}

/**
 * A VM without a directory is new, but only if the arbiter's own directory is
 * there: an unmounted disk is not news.
 */
async function namesIn(root: string, directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await access(root);
    return [];
  }
}

/** A take-over waits for it, so nothing is done one after the other that can be done at once. */
async function claim(
  root: string,
  vm: string,
  expectedEpoch: Epoch | null,
  next: ArbiterRecord,
): Promise<ClaimAnswer> {
  const directory = join(root, vm);
  const draft = new Draft(directory, recordToText(vm, next));
  try {
    // In a VM's first claim there may be no directory yet.
    if (expectedEpoch !== null) draft.write();
    const current = await latest(root, vm);
    if (current?.claimId === next.claimId) return await wonBefore(directory);
    if ((current?.epoch ?? null) !== expectedEpoch || !follows(expectedEpoch, next)) {
      return { kind: 'lost', record: current };
    }
    if (expectedEpoch === null) {
      await makeDirectory(root, directory);
      draft.write();
    }
    if (await draft.linkTo(fileOf(next.epoch))) return { kind: 'won' };
    // Somebody was faster, or an NFS server that was asked twice answers
    // the second time. The record says who.
    const winner = await latest(root, vm);
    return winner?.claimId === next.claimId ? await wonBefore(directory) : { kind: 'lost', record: winner };
  } finally {
    await draft.remove();
  }
}

/** The answer was lost, perhaps because the directory could not be synced. */
async function wonBefore(directory: string): Promise<ClaimAnswer> {
  await syncDirectory(directory);
  return { kind: 'won' };
}

async function makeDirectory(root: string, directory: string): Promise<void> {
  await access(root);
  try {
    await mkdir(directory);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    throw error;
  }
  await syncDirectory(root);
}

/** A record under a temporary name, which means nothing to anybody. */
class Draft {
  readonly #directory: string;
  readonly #text: string;
  readonly #path: string;
  #written: Promise<void> | undefined;

  constructor(directory: string, text: string) {
    this.#directory = directory;
    this.#text = text;
    // Never the name of an earlier try: that one may still be linked, and must not change behind its name.
    this.#path = join(directory, `.claim-${randomUUID()}`);
  }

  /** Begins to. Whoever links it hears how that went. */
  write(): void {
    this.#written = writeDurably(this.#path, this.#text);
    this.#written.catch(() => undefined);
  }

  /** True when the name was free and is now this record's, on the disk. */
  async linkTo(name: string): Promise<boolean> {
    await this.#written;
    try {
      await link(this.#path, join(this.#directory, name));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
    await syncDirectory(this.#directory);
    return true;
  }

  async remove(): Promise<void> {
    await this.#written?.catch(() => undefined);
    if (this.#written !== undefined) await unlink(this.#path).catch(() => undefined);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
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
