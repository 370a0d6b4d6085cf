/**
 * Tandem that takes no state hashes, to tell what they cost: the built project once more, with one number of base/limits.js replaced. There is no switch for it in
 * the source, since a pair that does not compare itself is not on offer.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

/** Longer than any measurement. */
const NEVER_MS = '86_400_000';

/** Makes that build anew; its folder. */
export function buildWithoutHashing(): string {
  const folder = join(root, 'dist-bench/unhashed');
  rmSync(folder, { recursive: true, force: true });
  const build = join(folder, 'dist');
  cpSync(join(root, 'dist'), build, { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  const file = join(build, 'base/limits.js');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(/\bhashEveryMs: [\d_]+,/, `hashEveryMs: ${NEVER_MS},`);
  if (changed === text) throw new Error(`${file}: there is no hashEveryMs to be changed`);
  writeFileSync(file, changed);
  return build;
}
