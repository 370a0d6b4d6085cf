/**
 * A guest program as the simulator runs it: the real machine, and the codecs of a host's front,
 * for `tandem simulate` and its tests.
 */
import { limits } from '../base/limits.ts';
import * as codec from '../host/front/request-codec.ts';
import { simulatedAnswer } from '../host/outbound/simulated-answer.ts';
import { encodeSocketClosed, encodeSocketMessage } from '../host/sockets/socket-codec.ts';
import { loadEngine } from '../machine/engine.ts';
import type { Kernel } from '../machine/kernel-source.ts';
import { type GuestModule, standardImage } from '../machine/standard-image.ts';
import type { Guest } from '../simulator/guest/guest.ts';
import { quickjsGuest } from '../simulator/guest/quickjs-guest.ts';
import type { Plan } from '../simulator/plan.ts';

export interface SimulatedProgram {
  readonly kernel: Kernel;
  readonly guest: GuestModule;
  readonly allowNet: readonly string[];
}

/** The guest of a plan, whose settings may say how long the machine remembers sessions. */
export function guestsOf(program: SimulatedProgram): (plan: Plan) => Guest {
  const guests = new Map<number, Guest>();
  return ({ settings }) => {
    const lifetimeMs = settings.sessionLifetimeMs ?? limits.replyLifetimeMs;
    const guest = guests.get(lifetimeMs) ?? newGuest(program, lifetimeMs);
    guests.set(lifetimeMs, guest);
    return guest;
  };
}

function newGuest({ kernel, guest, allowNet }: SimulatedProgram, replyLifetimeMs: number): Guest {
  const engine = loadEngine();
  const guestStackBytes = limits.simulatedStackBytes;
  const image = standardImage(engine, kernel, guest, { replyLifetimeMs, guestStackBytes });
  return quickjsGuest(engine, image, {
    request: codec.encodeRequest,
    abort: codec.encodeAbort,
    answerCall: simulatedAnswer(allowNet),
    drained: codec.encodeDrained,
    socketMessage: encodeSocketMessage,
    socketClosed: encodeSocketClosed,
  });
}
