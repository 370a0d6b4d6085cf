/** State hashes that the primary has logged and on which its backup has not agreed yet (I3). */
import type { Position } from '../base/brands.ts';
import type { EqualHash } from './effects.ts';
import type { Core, PrimaryRole } from './state.ts';

/** Older ones are forgotten first. */
const HASH_POINTS_KEPT = 256;

export function hashLogged(role: PrimaryRole, point: EqualHash): void {
  role.hashPoints.push(point);
  if (role.hashPoints.length > HASH_POINTS_KEPT) role.hashPoints.shift();
}

/** A backup that executed past a hash point and did not halt found the same hash there. */
export function agreeOnHashes(core: Core, role: PrimaryRole, replayed: Position): void {
  while (role.hashPoints[0] !== undefined && role.hashPoints[0].position <= replayed) {
    core.lastEqualHash = role.hashPoints.shift() ?? null;
  }
}
