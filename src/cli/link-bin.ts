/**
 * A step of the build: links this checkout's own `tandem` into node_modules/.bin and makes it
 * executable. npm links the executables of a project's dependencies there, not the project's
 * own; without the link `npx tandem` in a clone would first install the project into npx's
 * cache, which builds it once more or fails.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const link = join(root, 'node_modules', '.bin', 'tandem');

// The compiler writes plain files, also where one begins with #!.
chmodSync(main, 0o755);
if (existsSync(join(root, 'node_modules'))) {
  mkdirSync(dirname(link), { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) rmSync(link);
  symlinkSync(relative(dirname(link), main), link);
}
