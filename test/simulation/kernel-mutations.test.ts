/**
 * That the simulator sees bugs in the kernel's sessions, too: the bank on the real machine, with one rule of the built kernel broken at a time, as mutations.ts
 * breaks one of the protocol.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as codec from '../../src/host/front/request-codec.ts';
import { bundleGuest } from '../../src/host/guest-bundle.ts';
import { simulatedAnswer } from '../../src/host/outbound/simulated-answer.ts';
import { loadEngine } from '../../src/machine/engine.ts';
import { loadKernelSource } from '../../src/machine/kernel-source.ts';
import { standardImage } from '../../src/machine/standard-image.ts';
import { drawPlan } from '../../src/simulator/draw.ts';
import type { Guest } from '../../src/simulator/guest/guest.ts';
import { quickjsGuest } from '../../src/simulator/guest/quickjs-guest.ts';
import { simulate } from '../../src/simulator/simulation.ts';
import { parseWorkload } from '../../src/simulator/workload.ts';

/** A run on the real machine takes half a second. */
const SEEDS_AT_MOST = 40;
const isMeasured = process.env['TANDEM_VERBOSE'] !== undefined;
const bank = fileURLToPath(new URL('../../guest-programs/bank.js', import.meta.url));

const LATE = 'place.number<=slot.number)return place.number<slot.number||slot.remembered===void 0?';

/** In the bundled kernel, which keeps the names of its sources (src/kernel/session-requests.ts, event-loop.ts). */
const mutations = [
  {
    name: 'executes a late copy of a request whose number is over',
    from: LATE,
    to: 'place.number===slot.number&&slot.remembered!==void 0)return!1?',
  },
  {
    name: 'executes a request again whose client asks again',
    from: LATE,
    to: 'place.number<slot.number)return!0?',
  },
  {
    name: 'forgets its sessions when another host goes live',
    from: 'case INTERRUPT.live:forgetRandomPool()',
    to: 'case INTERRUPT.live:forgetIdle(1e9,1e15),forgetRandomPool()',
  },
  {
    name: 'takes a late copy for the request that is in its slot now',
    from: LATE,
    to: 'place.number<=slot.number)return slot.remembered===void 0?',
  },
] as const;

async function bankWith(kernel: string): Promise<Guest> {
  const { source, name } = await bundleGuest(bank);
  const engine = loadEngine();
  const image = standardImage(engine, { source: kernel }, { source, name });
  return quickjsGuest(engine, image, {
    request: codec.encodeRequest,
    abort: codec.encodeAbort,
    answerCall: simulatedAnswer([]),
    drained: codec.encodeDrained,
  });
}

test.each(mutations)(
  'a kernel that $name is found out',
  async ({ name, from, to }) => {
    const parts = loadKernelSource().split(from);
    expect(parts).toHaveLength(2);
    const guest = await bankWith(parts.join(to));
    const workload = readFileSync(bank.replace(/\.js$/, '.workload.json'), 'utf8');
    const drawRequest = parseWorkload('the workload of the bank', workload);
    for (let seed = 1; seed <= SEEDS_AT_MOST; seed += 1) {
      const { violation } = simulate(drawPlan(seed, drawRequest), guest);
      if (violation === null) continue;
      if (isMeasured) console.log(`${seed} seeds  ${name}: ${violation.invariant}: ${violation.detail}`);
      expect(violation.invariant).toBe('I5');
      return;
    }
    expect.fail(`${SEEDS_AT_MOST} seeds saw nothing`);
  },
  120_000,
);
