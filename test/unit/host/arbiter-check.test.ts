/** Whether a host that joins asks the same arbiter as its primary. */
import { describe, expect, test } from 'vitest';
import type { Arbiter } from '../../../src/arbiter/port.ts';
import { epoch } from '../../../src/base/brands.ts';
import { ArbiterCheck } from '../../../src/host/hypervisor/arbiter-check.ts';
import type { HaltReason } from '../../../src/protocol/effects.ts';
import type { Frame } from '../../../src/protocol/frames.ts';
import type { ReadAnswer } from '../../../src/protocol/record.ts';

const recordOf = (at: number): ReadAnswer => ({
  kind: 'read',
  record: { epoch: epoch(at), claimId: 'c', incarnation: 'i', url: '', inSync: [] },
});
// The check looks at nothing else in a frame.
const welcome = { kind: 'welcome', epoch: epoch(3), host: 'one:1' } as Frame;
const offer = { kind: 'checkpoint-offer' } as Frame;
const heartbeat = { kind: 'heartbeat' } as Frame;

/** What was delivered before the arbiter answered, and after; and why the host halted. */
async function joinWith(answer: ReadAnswer, { isShared = true, isFromPrimary = true } = {}) {
  let answerNow = (): void => {};
  const read = new Promise<ReadAnswer>((resolve) => (answerNow = () => resolve(answer)));
  const arbiter = { isShared, read: () => read } as unknown as Arbiter;
  const halts: HaltReason[] = [];
  const delivered: string[] = [];
  const check = new ArbiterCheck(arbiter, 'bank-1', (reason) => halts.push(reason));
  for (const frame of [welcome, offer, heartbeat])
    check.received(frame, isFromPrimary, () => delivered.push(frame.kind));
  const before = [...delivered];
  answerNow();
  await new Promise(setImmediate);
  return { before, delivered, halts };
}

describe('a host that joins', () => {
  test('takes the checkpoint when its own arbiter has the primary’s epoch, and not before it has answered', async () => {
    const { before, delivered, halts } = await joinWith(recordOf(3));
    expect(before).toEqual(['welcome', 'heartbeat']);
    expect(delivered).toEqual(['welcome', 'heartbeat', 'checkpoint-offer']);
    expect(halts).toEqual([]);
  });

  test('goes on when the arbiter knows a newer epoch, for the test-and-set will tell, and when it cannot be reached', async () => {
    for (const answer of [recordOf(4), { kind: 'unreachable', reason: 'away' } as const]) {
      const { delivered, halts } = await joinWith(answer);
      expect(delivered).toContain('checkpoint-offer');
      expect(halts).toEqual([]);
    }
  });

  test.each([
    ['no record', { kind: 'read', record: null } as const],
    ['only epoch 2', recordOf(2)],
  ])('halts and never joins when its own arbiter has %s of the machine', async (found, answer) => {
    const { delivered, halts } = await joinWith(answer);
    expect(delivered).not.toContain('checkpoint-offer');
    expect(halts).toMatchObject([{ code: 'ARBITER_MISMATCH' }]);
    expect(halts[0]?.message).toContain(
      `one:1 is live in epoch 3 of VM bank-1; this host's arbiter has ${found}`,
    );
    expect(halts[0]?.mend).toContain('the same --arbiter');
  });

  test('asks nothing of an arbiter that is inside one process', async () => {
    expect((await joinWith({ kind: 'read', record: null }, { isShared: false })).before).toContain(
      'checkpoint-offer',
    );
  });

  test('is not ended by what somebody else than its primary says of epochs', async () => {
    const { delivered, halts } = await joinWith(recordOf(2), { isFromPrimary: false });
    expect(delivered).toEqual(['welcome', 'checkpoint-offer', 'heartbeat']);
    expect(halts).toEqual([]);
  });
});
