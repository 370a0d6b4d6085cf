/** The image of a guest with the kernel that was built and the limits of base/limits.ts, but for those that somebody has chosen. */
import { limits } from '../base/limits.ts';
import type { Engine } from './engine.ts';
import type { Image } from './image.ts';
import type { ImageLimits } from './image-limits.ts';
import { loadBoot, loadKernelSource } from './kernel-source.ts';

export interface GuestModule {
  /** One ES module. */
  readonly source: string;
  /** In stack traces. */
  readonly name: string;
}

export type ChosenLimits = Partial<ImageLimits>;

/** `noBoot` is told why machines will boot the kernel by themselves. Throws a TandemError when there is no kernel. */
export function standardImage(
  engine: Engine,
  guest: GuestModule,
  chosen: ChosenLimits = {},
  noBoot: (why: string) => void = () => {},
): Image {
  const kernel = loadKernelSource();
  const boot = loadBoot(kernel);
  if (typeof boot === 'string') noBoot(boot);
  return {
    engineSha256: engine.sha256,
    kernel,
    guest: guest.source,
    guestName: guest.name,
    limits: { ...standardLimits, ...chosen },
    boot: typeof boot === 'string' ? undefined : boot,
  };
}

export const standardLimits: ImageLimits = {
  memoryInitialBytes: limits.machineInitialBytes,
  memoryMaximumBytes: limits.machineMaximumBytes,
  guestStackBytes: limits.guestStackBytes,
  firstInterruptiblePoll: limits.firstInterruptiblePoll,
  replyMaximumBytes: limits.replyMaximumBytes,
  replyLifetimeMs: limits.replyLifetimeMs,
};
