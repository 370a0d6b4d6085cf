/**
 * The private directory of one run: the pair's token and, unless another arbiter was named, the
 * arbiter's files. Only this user can enter it. It goes when the run goes; what a killed supervisor
 * left behind is swept by the next one.
 */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, TandemError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { GuestText } from '../guest/bundle.ts';
import { writeGuest } from '../guest/file.ts';

const PREFIX = 'tandem-run-';
const OWNER_FILE = 'supervisor.pid';

export interface RunDirectory {
  readonly path: string;
  /** Holds the token; passed by name, so that the token is on no command line for other users to read. */
  readonly tokenFile: string;
  readonly arbiterDirectory: string;
  /** The bundled program, if the run was given one. */
  readonly guestFile: string | undefined;
  /** Synchronous, so that it also works while the process exits. Never throws. */
  remove(): void;
}

/** Memory, on Linux. */
const IN_MEMORY = '/dev/shm';
/** Users from this id on are people, by convention (login.defs(5)). */
const FIRST_PERSON = 1_000;

/**
 * Where a run has its directory: where TMPDIR says if that is set, else in memory if there is such a place.
 * Nothing in it means anything once the machine with all hosts of the run has stopped, so a claim of theirs
 * need not wait for a disk. Not so for a person: what is theirs in memory goes when they log out (RemoveIPC
 * in logind.conf(5)), and a run may be left behind to go on.
 */
export function runtimePlace(
  environment: NodeJS.ProcessEnv = process.env,
  userId: number = process.getuid?.() ?? FIRST_PERSON,
  inMemory = IN_MEMORY,
): string {
  const { TMPDIR } = environment;
  if (TMPDIR !== undefined && TMPDIR !== '') return TMPDIR;
  return userId < FIRST_PERSON && isUsable(inMemory) ? inMemory : tmpdir();
}

function isUsable(place: string): boolean {
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Makes the directory (mode 0700) with a fresh token, and `guest` for the hosts. `parent` is for tests. */
export function createRunDirectory(parent: string = runtimePlace(), guest?: GuestText): RunDirectory {
  try {
    sweep(parent);
    return furnish(mkdtempSync(join(parent, PREFIX)), guest);
  } catch (error) {
    throw new TandemError(
      'NO_RUN_DIRECTORY',
      `cannot make a directory for this run in ${parent}: ${messageOf(error)}`,
      'make room and a right to write there, or name another directory in TMPDIR',
    );
  }
}

/** Leaves nothing behind when it cannot. */
function furnish(path: string, guest: GuestText | undefined): RunDirectory {
  const timer = setInterval(() => freshen(path), limits.runDirectoryFreshMs).unref();
  const remove = (): void => {
    clearInterval(timer);
    removeIfPossible(path);
  };
  try {
    return { path, remove, ...writeFiles(path, guest) };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * What has been old for days, systemd-tmpfiles(8) and its like take away from a place for temporary files.
 * While all is well nobody reads or writes here; without the arbiter's files nobody could take over any more.
 */
function freshen(path: string): void {
  const now = new Date();
  try {
    for (const name of ['.', ...readdirSync(path, { recursive: true, encoding: 'utf8' })])
      utimesSync(join(path, name), now, now);
  } catch {
    // A file of a claim that was just made. The next time will do.
  }
}

function writeFiles(path: string, guest: GuestText | undefined): Omit<RunDirectory, 'path' | 'remove'> {
  writeFileSync(join(path, OWNER_FILE), `${process.pid}\n`, { mode: 0o600 });
  const tokenFile = join(path, 'token');
  writeFileSync(tokenFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  // Of this run alone, so that it is new is certain. A directory that was named by a person is never made.
  const arbiterDirectory = join(path, 'arbiter');
  mkdirSync(arbiterDirectory, { mode: 0o700 });
  const guestFile = guest === undefined ? undefined : join(path, 'guest.json');
  if (guest !== undefined && guestFile !== undefined) writeGuest(guestFile, guest);
  return { tokenFile, guestFile, arbiterDirectory };
}

/**
 * What cannot be removed (its file system has become read-only, say) is no reason for a run to end otherwise
 * than its program did, nor for another one not to begin; a later one sweeps it.
 */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Said above.
  }
}

/** Removes the directories of supervisors that are dead. A process id used again only delays this. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    if (isAbandoned(path)) removeIfPossible(path);
  }
}

function isAbandoned(path: string): boolean {
  try {
    if (statSync(path).uid !== process.getuid?.()) return false;
    const pid = Number(readFileSync(join(path, OWNER_FILE), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 && !isRunning(pid);
  } catch {
    // Being made or being removed by its owner at this moment.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
