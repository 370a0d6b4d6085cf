/** A disk that is soon full: a small tmpfs. Needs root, as all of the lab does. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SIZE = '4m';
const BLOCK = Buffer.alloc(4_096, 'x');

export class SmallDisk {
  readonly path: string;
  readonly #lastResort = (): void => this.remove();
  #isMounted = true;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    const device = `tandem-${process.pid}`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, device, path], { stdio: 'pipe' });
    process.once('exit', this.#lastResort);
  }

  /** Not a byte more can be written. */
  fill(): void {
    const file = openSync(this.#ballast, 'w');
    try {
      for (;;) writeSync(file, BLOCK);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      closeSync(file);
    }
  }

  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  remove(): void {
    if (!this.#isMounted) return;
    this.#isMounted = false;
    process.off('exit', this.#lastResort);
    // Hosts may still have it open: it goes when they do.
    execFileSync('umount', ['--lazy', this.path], { stdio: 'ignore' });
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}
