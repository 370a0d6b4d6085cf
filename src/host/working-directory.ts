/**
 * Threads of Node do not start where the working directory is gone, as a deployment leaves it that removes
 * the old files. Nothing is read from there any more: a host that runs, and one that replaces a lost one,
 * go on elsewhere.
 */
import { realpathSync } from 'node:fs';

/** Leaves a directory that was removed: for its successor of the same name, else for the root. */
export function leaveRemovedDirectory(): void {
  if (isThere()) return;
  try {
    process.chdir(process.cwd());
  } catch {
    process.chdir('/');
  }
}

/** By the system's own answer: Node remembers its first one. */
function isThere(): boolean {
  try {
    realpathSync.native('.');
    return true;
  } catch {
    return false;
  }
}
