/**
 * Tandem whose state hashes can be switched off and on while it runs, to tell what they cost one and the same
 * pair: two pairs differ by some percent anyway, by where an engine's code has come to lie. It is the built
 * project once more, in which the recorder looks for a file now and then. There is no switch in the source,
 * since a pair that does not compare itself is not on offer.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, root } from './processes.ts';

/** How often a recorder looks for the file, and how long a switch takes at most before it counts. */
const LOOK_EVERY_MS = 25;
const SETTLED_MS = 4 * LOOK_EVERY_MS;

const DUE = 'get hashDueInMs() {';

export class SwitchableBuild {
  /** The built project's folder. */
  readonly path: string;
  readonly #file: string;

  /** Makes that build anew, with hashing on. */
  constructor() {
    const folder = join(root, 'dist-bench/switchable');
    rmSync(folder, { recursive: true, force: true });
    this.path = join(folder, 'dist');
    this.#file = join(folder, 'no-hashes');
    cpSync(join(root, 'dist'), this.path, { recursive: true });
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    const recorder = join(this.path, 'session/recorder.js');
    const text = readFileSync(recorder, 'utf8');
    const changed = text.replace(DUE, `${DUE}\n        if (areHashesOff()) return Number.POSITIVE_INFINITY;`);
    if (changed === text) throw new Error(`${recorder}: there is no hashDueInMs to be changed`);
    writeFileSync(recorder, `${changed}\n${switchOf(this.#file)}`);
  }

  /** For all hosts that run this build; resolves when they have seen it. */
  async hashing(isOn: boolean): Promise<void> {
    if (isOn) rmSync(this.#file, { force: true });
    else writeFileSync(this.#file, '');
    await pause(SETTLED_MS);
  }
}

const switchOf = (file: string): string => `import { existsSync } from 'node:fs';
let lookedMs = 0;
let isOff = false;
function areHashesOff() {
    const nowMs = performance.now();
    if (nowMs - lookedMs > ${LOOK_EVERY_MS}) {
        lookedMs = nowMs;
        isOff = existsSync(${JSON.stringify(file)});
    }
    return isOff;
}
`;
