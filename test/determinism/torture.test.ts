/**
 * Torture guests (FT §2.1): whatever a guest does, its replay has the same memory at every hash point, a
 * clone goes on to the same memory, a backup can go live anywhere, and the machine lives.
 */
import { describe, expect, it } from 'vitest';
import { inVcpuThread } from '../support/vcpu-thread.ts';
import { programOf, tortureGuests } from './torture-guests.ts';

interface Output {
  readonly kind: string;
  readonly subject: number;
  readonly head: string;
  readonly body: string;
}

interface Verdict {
  readonly problems: readonly string[];
  readonly outputs: readonly Output[];
  readonly hashPoints: number;
}

/** The slowest of them is hashed some thousand times over, five times: half a minute on a quiet machine. */
const PATIENCE_MS = 300_000;

describe('torture', () => {
  it.each(tortureGuests.map((guest) => [guest.name, guest] as const))(
    '%s',
    async (_name, guest) => {
      const { paths = ['/x'], replies = [], turnLimitMs, markEveryMs = 1 } = guest;
      const verdict = await inVcpuThread<Verdict>('torture', {
        guest: { guest: programOf(guest), memoryMaximumBytes: guest.memoryMaximumBytes },
        inputs: [...paths, '/alive'].flatMap((target) => [{ target }, { advanceMs: 7 }]),
        after: [{ target: '/alive' }],
        clones: 2,
        cuts: 3,
        policy: {
          hashEveryMs: 0,
          hashEveryPolls: 100,
          markEveryMs,
          turnLimitMs: turnLimitMs ?? Number.POSITIVE_INFINITY,
        },
      });
      expect(verdict.problems).toEqual([]);
      expect(verdict.hashPoints).toBeGreaterThan(paths.length);
      const responses = verdict.outputs.filter(({ kind }) => kind === 'response');
      expect(responses.length).toBe(paths.length + 1);
      expect(responses.at(-1)?.body).toBe('alive');
      for (const [index, reply] of replies.entries()) {
        if (typeof reply === 'string') expect(responses[index]?.body).toBe(reply);
        else expect(responses[index]?.body).toMatch(reply);
      }
    },
    PATIENCE_MS,
  );
});
