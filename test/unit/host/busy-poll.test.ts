/**
 * When the hypervisor looks for what comes next instead of being woken for it, and
 * when it gives that up (busy-poll.ts).
 */
import { setImmediate as nextRound } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { BusyPoll } from '../../../src/host/vcpu/busy-poll.ts';

/** Rounds of the event loop: more than any of these polls takes. */
const LONG = 50;

interface Scene {
  openRequests: number;
  looks: number;
  nowMs: number;
  readonly poll: BusyPoll;
}

/** `look` is what happens at each look. */
function scene(openRequests: number, look: (scene: Scene) => void): Scene {
  const made: Scene = {
    openRequests,
    looks: 0,
    nowMs: 0,
    poll: new BusyPoll(
      () => made.openRequests,
      () => {
        made.looks += 1;
        look(made);
      },
      () => made.nowMs,
    ),
  };
  return made;
}

async function rounds(count = LONG): Promise<void> {
  for (let i = 0; i < count; i += 1) await nextRound();
}

describe('busy polling', () => {
  test('goes on while a request is open, ends with it, and begins again with the next one', async () => {
    const at = scene(1, (now) => {
      if (now.looks % 5 === 0) now.openRequests = 0;
    });
    at.poll.delivered();
    // A second request of the same moment begins no second poll.
    at.poll.delivered();
    await rounds();
    expect(at.looks).toBe(5);
    at.openRequests = 1;
    at.poll.delivered();
    await rounds();
    expect(at.looks).toBe(10);
  });

  test('ends when it takes longer than its time, and rests for some requests when it was in vain again and again', async () => {
    const at = scene(1, (now) => {
      now.nowMs += limits.busyPollMs / 4;
    });
    for (let vain = 1; vain <= limits.busyPollVain; vain += 1) {
      at.poll.delivered();
      await rounds();
      expect(at.looks).toBe(vain * 4);
    }
    const before = at.looks;
    for (let i = 0; i < limits.busyPollRestRequests; i += 1) at.poll.delivered();
    await rounds();
    expect(at.looks).toBe(before);
    at.poll.delivered();
    await rounds();
    expect(at.looks).toBe(before + 4);
  });

  test('does not rest for a poll that was in vain now and then', async () => {
    const at = scene(1, (now) => {
      if (now.looks % 8 < 4) now.nowMs += limits.busyPollMs / 4;
      else now.openRequests = 0;
    });
    for (let i = 1; i <= 4 * limits.busyPollVain; i += 1) {
      const before = at.looks;
      at.openRequests = 1;
      at.poll.delivered();
      await rounds();
      expect(at.looks).toBeGreaterThan(before);
    }
  });

  test('leaves it to being woken when more than a few requests are open', async () => {
    const at = scene(limits.busyPollRequests + 1, () => {});
    at.poll.delivered();
    await rounds();
    expect(at.looks).toBe(1);
  });
});
