/** The image of a guest with the limits of base/limits.ts, but for those that somebody has chosen. */
import { limits } from '../base/limits.ts';
import type { Engine } from './engine.ts';
import type { Image } from './image.ts';
import type { ImageLimits } from './image-limits.ts';
import type { Kernel } from './kernel-source.ts';

export interface GuestModule {
  /** One ES module. */
  readonly source: string;
  /** In stack traces. */
  readonly name: string;
}

export type ChosenLimits = Partial<ImageLimits>;

export function standardImage(
  engine: Engine,
  kernel: Kernel,
  guest: GuestModule,
  chosen: ChosenLimits = {},
): Image {
  return {
    engineSha256: engine.sha256,
    kernel: kernel.source,
    guest: guest.source,
    guestName: guest.name,
    limits: { ...standardLimits, ...chosen },
    boot: kernel.boot,
  };
}

export const standardLimits: ImageLimits = {
  memoryInitialBytes: limits.machineInitialBytes,
  memoryMaximumBytes: limits.machineMaximumBytes,
  guestStackBytes: limits.guestStackBytes,
  firstInterruptiblePoll: limits.firstInterruptiblePoll,
  shortTurnOutputBytes: limits.shortTurnOutputBytes,
  replyMaximumBytes: limits.replyMaximumBytes,
  replyLifetimeMs: limits.replyLifetimeMs,
};
