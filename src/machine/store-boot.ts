/** A step of the build, after the kernel is bundled: boots it, writes down what that makes, and lets the kernel's text name it (boot-file.ts). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { invariant } from '../base/assert.ts';
import { encodeBoot } from './boot-file.ts';
import { recallBoot } from './boot-record.ts';
import { loadEngine } from './engine.ts';
import type { Image } from './image.ts';
import { splitBootName, withBootName } from './kernel-parts.ts';
import { loadKernelSource } from './kernel-source.ts';
import { Machine } from './machine.ts';
import { standardLimits } from './standard-image.ts';

const engine = loadEngine();
const { text } = splitBootName(loadKernelSource());
const image: Image = {
  engineSha256: engine.sha256,
  kernel: text,
  guest: '',
  guestName: '',
  limits: standardLimits,
};
new Machine(engine, image);
const record = recallBoot(engine, image);
invariant('I9', record !== undefined, 'a kernel that does not fit the memory that machines begin with');
const { bytes, name } = encodeBoot({
  engineSha256: engine.sha256,
  kernel: text,
  limits: standardLimits,
  record,
});
writeFileSync(fileURLToPath(new URL('../kernel.boot', import.meta.url)), bytes);
writeFileSync(fileURLToPath(new URL('../kernel.js', import.meta.url)), withBootName(text, name));
