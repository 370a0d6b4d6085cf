/**
 * Guest programs on the real machine under the simulator, with any kernel, as tests that break one need them.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { guestsOf } from '../../src/cli/simulated-program.ts';
import { bundleGuest } from '../../src/host/guest/bundle.ts';
import type { Workload } from '../../src/simulator/draw.ts';
import type { Guest } from '../../src/simulator/guest/guest.ts';
import type { Plan } from '../../src/simulator/plan.ts';
import { parseWorkload } from '../../src/simulator/workload.ts';

export interface Played {
  readonly guestOf: (plan: Plan) => Guest;
  readonly workload: Workload;
}

/** `program`: relative to this folder; its workload lies beside it. */
export async function programWith(
  program: string,
  kernel: string,
  allowNet: readonly string[] = [],
): Promise<Played> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const guest = await bundleGuest(path);
  const workload = readFileSync(path.replace(/\.js$/, '.workload.json'), 'utf8');
  return {
    guestOf: guestsOf({ kernel: { source: kernel }, guest, allowNet }),
    workload: parseWorkload(program, workload),
  };
}
