/** The kernel that the build has booted: who begins from it, with which limits, and who refuses it. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decodeBoot } from '../../../src/machine/boot-file.ts';
import { loadEngine } from '../../../src/machine/engine.ts';
import { type Image, imageDigest } from '../../../src/machine/image.ts';
import type { ImageLimits } from '../../../src/machine/image-limits.ts';
import { loadKernel } from '../../../src/machine/kernel-source.ts';
import { Machine } from '../../../src/machine/machine.ts';
import { makeBoot } from '../../../src/machine/make-boot.ts';
import { standardImage } from '../../../src/machine/standard-image.ts';
import { startInterrupt } from '../../../src/session/interrupts.ts';

const MIB = 1024 * 1024;
const built = loadKernel();
const kernel = built.source;
const file = readFileSync(new URL('../../../dist/kernel.boot', import.meta.url));
const pagesAt = file.indexOf('\n') + 1;

const imageWith = (limits: Partial<ImageLimits> = {}, source = 'console.log(1)'): Image =>
  standardImage(loadEngine(), built, { source, name: 'guest.js' }, limits);

/** The first machine of a process: with an engine of its own, of which nothing is remembered. */
const first = (image: Image): Machine => new Machine(loadEngine(), image);
const booting = (image: Image): Machine => first({ ...image, boot: undefined });

function start(machine: Machine): Machine {
  machine.attach({ clock: () => 1e12, entropy: (into) => into.fill(7), poll: () => false, output: () => {} });
  machine.deliver(startInterrupt(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1e12));
  return machine;
}

/** Sizes of the source texts that the engine is given to evaluate while `work` runs. */
function evaluatedBytes(work: () => void): readonly number[] {
  const sizes: number[] = [];
  const { Instance } = WebAssembly;
  /** QTS_Eval, in this build. */
  const evaluate = 'pa';
  class Watched {
    readonly exports: WebAssembly.Exports;
    constructor(...parameters: ConstructorParameters<typeof Instance>) {
      const { exports } = new Instance(...parameters);
      const own = exports[evaluate] as ((...numbers: number[]) => number) | undefined;
      const watched = (...numbers: number[]): number => {
        sizes.push(numbers[2] ?? 0);
        return own?.(...numbers) ?? 0;
      };
      this.exports = own === undefined ? exports : { ...exports, [evaluate]: watched };
    }
  }
  vi.stubGlobal('WebAssembly', Object.create(WebAssembly, { Instance: { value: Watched } }));
  try {
    work();
  } finally {
    vi.unstubAllGlobals();
  }
  return sizes;
}

describe('the first machine of a process', () => {
  it('evaluates its guest and nothing else, where one that boots evaluates the whole kernel first', () => {
    const image = imageWith();
    expect(evaluatedBytes(() => start(first(image)))).toEqual([image.guest.length]);
    const [kernelBytes = 0, ...rest] = evaluatedBytes(() => start(booting(image)));
    expect(kernelBytes).toBeGreaterThan(100_000);
    expect(rest).toEqual([image.guest.length]);
  });

  it('has the state hash of one that boots before anybody has looked at its memory', () => {
    const machine = first(imageWith());
    expect(machine.pages.root).toBe(booting(imageWith()).pages.root);
    expect(machine.stateHash()).toBe(machine.pages.root);
  });
});

describe('limits', () => {
  it.each([
    { memoryMaximumBytes: 20 * MIB },
    { memoryMaximumBytes: 1024 * MIB, replyMaximumBytes: 3 * MIB },
    { replyMaximumBytes: 1 * MIB, replyLifetimeMs: 86_400_000 },
    { firstInterruptiblePoll: 3 },
  ])('%o of its own give a machine from the file the memory that booting with them gives', (limits) => {
    const image = imageWith(limits);
    const machine = first(image);
    const booted = booting(image);
    expect(machine.pages.root).toBe(booted.pages.root);
    expect(start(machine).stateHash()).toBe(start(booted).stateHash());
  });

  it.each([{ guestStackBytes: 64 * 1024 }, { memoryInitialBytes: 32 * MIB }])(
    '%o, which boot may see, make it boot',
    (limits) => {
      const image = imageWith(limits);
      const sizes = evaluatedBytes(() => expect(first(image).pages.root).toBe(booting(image).pages.root));
      expect(sizes).toHaveLength(2);
    },
  );

  it('of two guests in one process are each its own', () => {
    const engine = loadEngine();
    const source =
      'const all = []; try { for (;;) all.push(new Uint8Array(1 << 20)); } catch { console.log(all.length); }';
    const sizes = [24 * MIB, 48 * MIB].map((memoryMaximumBytes) => {
      const machine = start(new Machine(engine, imageWith({ memoryMaximumBytes }, source)));
      expect(machine.memoryMaximumBytes).toBe(memoryMaximumBytes);
      return machine.memory.length;
    });
    expect(sizes).toEqual([24 * MIB, 48 * MIB]);
  });
});

describe('the file', () => {
  it('is made again, byte for byte, by whoever makes it from the same kernel', () => {
    const made = makeBoot(kernel);
    expect(Buffer.compare(made.bytes, file)).toBe(0);
    expect(made.kernel).toBe(kernel);
  });

  it('is refused with any byte of it changed', () => {
    // The head is small: half of the damage goes there.
    const place = fc.oneof(fc.nat(pagesAt - 1), fc.nat(file.length - 1));
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(file);
        damaged[at] = (file[at] ?? 0) ^ flip;
        expect(typeof decodeBoot(damaged, kernel)).toBe('string');
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['cut short', () => decodeBoot(file.subarray(0, -1), kernel), 'its pages are damaged'],
    ['empty', () => decodeBoot(new Uint8Array(0), kernel), 'it is not the one that the kernel names'],
    [
      'of a kernel with another text',
      () => decodeBoot(file, kernel.replace('(()=>{', '(()=>{;')),
      'it was made of another kernel',
    ],
    [
      'of a build with other boots',
      () => decodeBoot(file, kernel.replace(/boot .{4}/, 'boot 0000')),
      'it is not the one that the kernel names',
    ],
    [
      'for a kernel that names none',
      () => decodeBoot(file, kernel.replace(/\n.*\n$/, '\n')),
      'the kernel names no boot file',
    ],
  ])('%s is refused, with the reason', (_case, decoded, reason) => {
    expect(decoded()).toBe(reason);
  });

  it('is not begun from by a machine whose image has another kernel', () => {
    const image = imageWith();
    const other = { ...image, kernel: image.kernel.replace('(()=>{', '(()=>{;') };
    const sizes = evaluatedBytes(() => first(other));
    expect(sizes).toHaveLength(1);
  });

  it('is a part of what hosts compare: kernels that name different ones are different images', () => {
    const image = imageWith();
    const other = { ...image, kernel: image.kernel.replace(/boot .{4}/, 'boot 0000') };
    expect(imageDigest(other)).not.toBe(imageDigest(image));
  });

  it('may be missing: the image is the same, and so is the machine', () => {
    const image = imageWith();
    const without = { ...image, boot: undefined };
    expect(imageDigest(without)).toBe(imageDigest(image));
    expect(first(without).stateHash()).toBe(first(image).stateHash());
  });
});
