/**
 * A file that is there whole, or as it was: its text is written beside it and takes its name. So a process
 * that ends in the middle, or a full disk, leaves no half of one.
 */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';

/** Where a text goes that is meant for a path. */
interface Place {
  readonly path: string;
  readonly mode: number;
  /** A device or a pipe is written where it is. */
  readonly isRenamed: boolean;
}

const NEW_MODE = 0o666;

/** Why no text could be written there; undefined when one could. Changes nothing. */
export function whyNotWritable(path: string): string | undefined {
  if (path === '') return 'it has no name';
  try {
    const place = placeOf(path);
    if (!place.isRenamed) return undefined;
    // Nothing else tells for certain: rights, names too long, disks that only read.
    const beside = besideOf(place.path);
    closeSync(openSync(beside, 'wx'));
    rmSync(beside);
    return undefined;
  } catch (error) {
    // Without the call and the name that it was tried with.
    return error instanceof Error ? error.message.replace(/, \w+ '.*'$/s, '') : String(error);
  }
}

/** Throws what the file system says; then the file is what it was. */
export function writeWhole(path: string, text: string): void {
  const place = placeOf(path);
  if (!place.isRenamed) {
    writeFileSync(place.path, text);
    return;
  }
  const beside = besideOf(place.path);
  try {
    writeFileSync(beside, text, { flag: 'wx', mode: place.mode });
    renameSync(beside, place.path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Behind a symbolic link is the file itself: the link stays. */
function placeOf(path: string): Place {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { path, mode: NEW_MODE, isRenamed: true };
  if (found.isDirectory()) throw new Error(`${path} is a directory`);
  accessSync(path, constants.W_OK);
  return { path: realpathSync(path), mode: found.mode & 0o777, isRenamed: found.isFile() };
}

const besideOf = (path: string): string => `${path}.${randomBytes(4).toString('hex')}`;
