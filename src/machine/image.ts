/**
 * The image: everything that decides what a machine is before its first log entry. Two hosts whose images
 * have the same digest boot machines with the same memory (FT §2.1: "the same initial state").
 */
import type { Digest } from '../base/brands.ts';
import { sha256 } from '../base/digest.ts';
import type { StoredBoot } from './boot-record.ts';
import type { ImageLimits } from './image-limits.ts';

export interface Image {
  readonly engineSha256: string;
  /** The kernel's bundled source. */
  readonly kernel: string;
  /** The guest program as one ES module. */
  readonly guest: string;
  /** The guest's name in stack traces. */
  readonly guestName: string;
  readonly limits: ImageLimits;
  /**
   * What the boot makes, for who need not wait for it. Decides nothing: the kernel's
   * text names the memory (boot-file.ts).
   */
  readonly boot?: StoredBoot | undefined;
}

export function imageDigest(image: Image): Digest {
  return sha256(
    JSON.stringify([
      image.engineSha256,
      sha256(image.kernel),
      image.guest,
      image.guestName,
      Object.entries(image.limits),
    ]),
  );
}
