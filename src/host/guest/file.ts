/**
 * A bundle in a file: how a supervisor hands the program to its hosts. So all hosts of a run
 * have the same program, also those that are started after its author has gone on writing,
 * and none of them waits for a bundler.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { messageOf, TandemError } from '../../base/errors.ts';
import { type GuestBundle, type GuestText, locatable } from './bundle.ts';

export function writeGuest(path: string, { name, source, mayServe, map }: GuestText): void {
  const text: GuestText = { name, source, mayServe, map };
  writeFileSync(path, JSON.stringify(text), { mode: 0o600 });
}

/** Throws a TandemError when it cannot be read. */
export function readGuest(path: string): GuestBundle {
  try {
    return locatable(JSON.parse(readFileSync(path, 'utf8')) as GuestText);
  } catch (error) {
    throw new TandemError(
      'GUEST_UNREADABLE',
      `cannot read the bundled program ${path}: ${messageOf(error)}`,
      'leave --bundle out: then the program is bundled here',
    );
  }
}
