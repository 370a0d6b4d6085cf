/** Boots a kernel for its file (boot-file.ts): the same bytes from the same sources, whoever boots it. */
import { invariant } from '../base/assert.ts';
import { encodeBoot } from './boot-file.ts';
import { recallBoot } from './boot-record.ts';
import { loadEngine } from './engine.ts';
import type { Image } from './image.ts';
import { splitBootName, withBootName } from './kernel-parts.ts';
import { Machine } from './machine.ts';
import { standardLimits } from './standard-image.ts';

export interface MadeBoot {
  /** Of dist/kernel.boot. */
  readonly bytes: Uint8Array;
  /** The kernel's text, which names them. */
  readonly kernel: string;
}

/** `kernel` may name another boot. Throws an InvariantViolation when the kernel does not boot. */
export function makeBoot(kernel: string): MadeBoot {
  // Of its own, so that nothing is remembered of an earlier boot.
  const engine = loadEngine();
  const { text } = splitBootName(kernel);
  const { sha256: engineSha256 } = engine;
  const image: Image = { engineSha256, kernel: text, guest: '', guestName: '', limits: standardLimits };
  new Machine(engine, image);
  const record = recallBoot(engine, image);
  invariant('I9', record !== undefined, 'a kernel that does not fit the memory that machines begin with');
  const { bytes, name } = encodeBoot({ engineSha256, kernel: text, limits: standardLimits, record });
  return { bytes, kernel: withBootName(text, name) };
}
