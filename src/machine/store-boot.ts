/** A step of the build, after the kernel is bundled: boots it and writes down what that makes. */
import { writeFileSync } from 'node:fs';
import { loadKernelSource } from './kernel-source.ts';
import { makeBoot } from './make-boot.ts';

const { bytes, kernel } = makeBoot(loadKernelSource());
writeFileSync(new URL('../kernel.boot', import.meta.url), bytes);
writeFileSync(new URL('../kernel.js', import.meta.url), kernel);
