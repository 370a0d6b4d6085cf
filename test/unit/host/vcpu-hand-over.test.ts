/**
 * The vCPU's thread between yielding its machine and knowing whose it is (FT §3.3): what comes meanwhile is
 * carried out if the machine stays, and forgotten if it goes. Needs `npm run build`.
 */
import { expect, onTestFinished, test } from 'vitest';
import { epoch, type Position } from '../../../src/base/brands.ts';
import { limits } from '../../../src/base/limits.ts';
import { encodeRequest } from '../../../src/host/front/request-codec.ts';
import type { VcpuListener } from '../../../src/host/vcpu/vcpu.ts';
import { PROGRAM } from '../../../src/kernel/abi.ts';
import { loadEngine } from '../../../src/machine/engine.ts';
import { imageOf } from '../../support/life.mjs';

const MIB = 2 ** 20;
const GUEST = 'export default { fetch: (request) => new Response(new URL(request.url).pathname) };';

type Said =
  | { readonly what: 'booted' }
  | { readonly what: 'serving' }
  | { readonly what: 'response'; readonly id: number; readonly body: string }
  | { readonly what: 'limits'; readonly memoryMaximumBytes: number }
  | { readonly what: 'yielded'; readonly at: Position; readonly guestMs: number }
  | { readonly what: 'live'; readonly at: Position }
  | { readonly what: 'stopped'; readonly at: Position }
  | { readonly what: 'failed'; readonly reason: string };

type SaidOf<What extends Said['what']> = Extract<Said, { readonly what: What }>;

/** A thread of the built program, and all that it says, in order. */
async function startVcpu() {
  const built = new URL('../../../dist/host/vcpu/vcpu.js', import.meta.url).href;
  const { Vcpu } = (await import(built)) as typeof import('../../../src/host/vcpu/vcpu.ts');
  const said: Said[] = [];
  let entries = 0;
  let isServing = false;
  let wake = (): void => {};
  const say = (event: Said): void => {
    said.push(event);
    wake();
  };
  const nothing = (): void => {};
  const listener: VcpuListener = {
    booted: () => say({ what: 'booted' }),
    program: (kind) => {
      // It is told again in each role.
      if (kind === PROGRAM.serving && !isServing) say({ what: 'serving' });
      isServing ||= kind === PROGRAM.serving;
    },
    output: (_ordinal, _at, { kind, subject, body }) => {
      if (kind === 'response') say({ what: 'response', id: subject, body: Buffer.from(body).toString() });
    },
    limitsChanged: (_at, { memoryMaximumBytes }) => say({ what: 'limits', memoryMaximumBytes }),
    yielded: (at, guestMs) => say({ what: 'yielded', at, guestMs }),
    wentLive: (at) => say({ what: 'live', at }),
    stopped: (at) => say({ what: 'stopped', at }),
    failed: (reason) => say({ what: 'failed', reason }),
    diverged: (_at, _expected, _actual, reason) => say({ what: 'failed', reason }),
    recorded: (count) => {
      entries += count;
    },
    openRequests: () => 0,
    isBatchUnderWay: () => false,
    replayed: nothing,
    hashChecked: nothing,
    baseKept: nothing,
    checkpointTaken: nothing,
    checkpointInstalled: nothing,
  };
  const { hashEveryMs, markEveryMs, turnLimitMs } = limits;
  const vcpu = new Vcpu(
    {
      engine: loadEngine(),
      image: imageOf({ guest: GUEST }),
      policy: { hashEveryMs, hashEveryPolls: 0, markEveryMs, turnLimitMs },
      role: 'recording',
      wallOffsetMs: 0,
      percent: 100,
      profile: null,
    },
    listener,
  );
  onTestFinished(() => vcpu.stop());
  /** The first of its kind that comes, or has come. */
  const heard = async <What extends Said['what']>(what: What): Promise<SaidOf<What>> => {
    for (;;) {
      const found = said.find((event): event is SaidOf<What> => event.what === what);
      if (found !== undefined) return found;
      const end = said.find(({ what: kind }) => kind === 'failed' || kind === 'stopped');
      if (end !== undefined) throw new Error(`${JSON.stringify(end)}, and ${what} was awaited`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const ask = (id: number, target: string): void => {
    const payload = encodeRequest(
      id,
      { method: 'GET', target, rawHeaders: ['host', 'h'] },
      new Uint8Array(0),
    );
    expect(vcpu.deliver(payload!)).toBe(true);
  };
  return { vcpu, said, heard, ask, entries: () => entries };
}

/** A machine that has served and was yielded, then was asked and ordered what a live one would carry out. */
async function yieldedWithOrders() {
  const started = await startVcpu();
  const { vcpu, said, heard, ask } = started;
  await heard('booted');
  vcpu.startGuest();
  await heard('serving');
  ask(1, '/before');
  vcpu.changeLimits(0);
  vcpu.yieldMachine();
  const { at, guestMs } = await heard('yielded');
  expect(said.filter(({ what }) => what === 'response' || what === 'limits')).toEqual([
    { what: 'response', id: 1, body: '/before' },
    { what: 'limits', memoryMaximumBytes: limits.machineMaximumBytes },
  ]);
  const entries = started.entries();
  said.length = 0;
  vcpu.changeLimits(64 * MIB);
  ask(2, '/meanwhile');
  vcpu.hashPoint();
  return { ...started, at, guestMs, recorded: () => started.entries() - entries };
}

test('orders that come between yielding and following are forgotten: a machine that is handed over, and comes back, has nothing of them', async () => {
  const { vcpu, said, heard, ask, at, guestMs, recorded } = await yieldedWithOrders();
  vcpu.powerOff();
  vcpu.followLog();
  vcpu.goLive(epoch(3), 'kept', guestMs);
  expect(await heard('live')).toEqual({ what: 'live', at });
  expect(recorded()).toBe(0);
  ask(3, '/after');
  vcpu.changeLimits(0);
  await heard('limits');
  expect(said).toEqual([
    { what: 'live', at },
    { what: 'response', id: 3, body: '/after' },
    { what: 'limits', memoryMaximumBytes: limits.machineMaximumBytes },
  ]);
});

test('the same orders are carried out, in their order, when the machine stays: a hand-over that failed has lost none', async () => {
  const { vcpu, said, heard, at } = await yieldedWithOrders();
  vcpu.powerOff();
  vcpu.resumeMachine();
  const end = await heard('stopped');
  expect(said).toEqual([
    { what: 'limits', memoryMaximumBytes: 64 * MIB },
    { what: 'response', id: 2, body: '/meanwhile' },
    end,
  ]);
  expect(end.at).toBeGreaterThan(at);
});
