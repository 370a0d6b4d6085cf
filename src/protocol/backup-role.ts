/** What a host remembers as a backup, when it begins to be one. */
import { POSITION_ZERO } from '../base/brands.ts';
import type { BackupRole } from './state.ts';

export const createBackupRole = (as: BackupRole['as']): BackupRole => ({
  kind: 'backup',
  as,
  peer: null,
  primaryHost: 'the primary',
  offer: null,
  missing: new Set(),
  clock: null,
  ahead: { ms: Number.POSITIVE_INFINITY, atMs: 0 },
  suspicion: null,
  handOver: null,
  ackedReplayed: POSITION_ZERO,
});
