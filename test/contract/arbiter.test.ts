/**
 * What every arbiter promises (FT §2.3), asked of each of them: one suite, also with real
 * processes that race and real outages.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arbiter, openArbiter } from '../../src/arbiter/arbiter.ts';
import { type Epoch, epoch } from '../../src/base/brands.ts';
import { limits } from '../../src/base/limits.ts';
import { noEtcd } from '../support/etcd.ts';
import type { Heat } from './arbiter-racer.ts';
import { errorOf, record } from './claims.ts';
import { race } from './racing.ts';
import { etcdStore, fileStore, memoryStore, type Store } from './stores.ts';

const KINDS = [
  { kind: 'memory:', make: memoryStore, isOutside: false, reason: undefined },
  { kind: 'file:', make: fileStore, isOutside: true, reason: undefined },
  { kind: 'etcd:', make: etcdStore, isOutside: true, reason: noEtcd },
] as const;

for (const { kind, make, isOutside, reason } of KINDS) {
  describe.skipIf(reason !== undefined)(`an arbiter (${reason ?? kind})`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await make();
    });
    afterAll(() => store?.end());
    const open = (url = store.freshUrl()): Promise<Arbiter> => openArbiter(url, 'vm');

    test('a VM id that was never used has no record', async () => {
      expect(await (await open()).read('vm')).toEqual({ kind: 'read', record: null });
    });

    test('epoch 1 is granted only if there is no record', async () => {
      const arbiter = await open();
      expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
      expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: record(1, 'a') });
      expect(await arbiter.claim('vm', null, record(1, 'b'))).toEqual({
        kind: 'lost',
        record: record(1, 'a'),
      });
    });

    test('the next epoch is granted to whoever names the present one, once', async () => {
      const arbiter = await open();
      await arbiter.claim('vm', null, record(1, 'a'));
      expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual({ kind: 'won' });
      expect(await arbiter.claim('vm', epoch(1), record(2, 'c'))).toEqual({
        kind: 'lost',
        record: record(2, 'b'),
      });
      expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: record(2, 'b') });
    });

    test.each<[string, Epoch | null, number]>([
      ['expects no record', null, 1],
      ['expects an older epoch', epoch(1), 2],
      ['expects an epoch that is not there yet', epoch(3), 4],
      ['skips an epoch', epoch(2), 4],
      ['wants the present epoch again', epoch(2), 2],
    ])('a claim that %s is lost and changes nothing', async (_, expected, next) => {
      const arbiter = await open();
      await arbiter.claim('vm', null, record(1, 'a'));
      await arbiter.claim('vm', epoch(1), record(2, 'b'));
      expect(await arbiter.claim('vm', expected, record(next, 'late'))).toEqual({
        kind: 'lost',
        record: record(2, 'b'),
      });
      expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: record(2, 'b') });
    });

    test('a claim that is repeated with its id has won, as if its first answer had been lost', async () => {
      const url = store.freshUrl();
      await (await open(url)).claim('vm', null, record(1, 'a'));
      await (await open(url)).claim('vm', epoch(1), record(2, 'b'));
      const again = await open(url);
      expect(await again.claim('vm', epoch(1), record(2, 'b'))).toEqual({ kind: 'won' });
      expect(await again.read('vm')).toEqual({ kind: 'read', record: record(2, 'b') });
    });

    test('VMs do not see each other', async () => {
      const arbiter = await open();
      await arbiter.claim('vm', null, record(1, 'a'));
      expect(await arbiter.read('other')).toEqual({ kind: 'read', record: null });
      expect(await arbiter.read('v')).toEqual({ kind: 'read', record: null });
    });

    test('two handles on one URL are one arbiter, and closing one leaves the other', async () => {
      const url = store.freshUrl();
      const [first, second] = [await open(url), await open(url)];
      await first.claim('vm', null, record(1, 'a'));
      await first.close();
      expect(await second.read('vm')).toEqual({ kind: 'read', record: record(1, 'a') });
    });

    test('of many claims at once exactly one wins, and the losers learn who', async () => {
      const arbiter = await open();
      const names = Array.from({ length: 16 }, (_, index) => `claim-${index}`);
      const answers = await Promise.all(names.map((name) => arbiter.claim('vm', null, record(1, name))));
      const winners = names.filter((_, index) => answers[index]?.kind === 'won');
      expect(winners).toHaveLength(1);
      const [winner = ''] = winners;
      for (const answer of answers.filter(({ kind: became }) => became !== 'won')) {
        expect(answer).toEqual({ kind: 'lost', record: record(1, winner) });
      }
    });

    test('every text survives as it was', async () => {
      const arbiter = await open();
      const odd = { ...record(1, 'ä "quoted"\n💥'), inSync: [], url: 'http://[::1]:8080/ü' };
      await arbiter.claim('vm', null, odd);
      expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: odd });
    });

    if (!isOutside) return;
    describe('outside the process', () => {
      const outside = () => {
        if (store.outside === undefined) throw new Error('not a store outside');
        return store.outside;
      };

      test('of six processes that race for each of forty epochs, one wins each, and no record ever changes', async () => {
        const url = store.freshUrl();
        const heats = await race(url, 6, 40);
        const won = new Map<number, string>();
        for (const heat of heats.filter(({ kind: became }) => became === 'won')) {
          expect(won.has(heat.epoch)).toBe(false);
          won.set(heat.epoch, heat.claimId);
        }
        expect([...won.keys()].sort((left, right) => left - right)).toEqual(
          Array.from({ length: 40 }, (_, index) => index + 1),
        );
        const lost = heats.filter(({ kind: became }) => became === 'lost');
        for (const { epoch: at, winner } of lost) {
          expect(winner?.epoch).toBeGreaterThanOrEqual(at);
          expect(winner?.claimId).toBe(won.get(winner?.epoch ?? 0));
        }
        // What is kept is what its winner wrote.
        const kept = (await outside().records(url, 'vm')).map((text) => JSON.parse(text) as Heat);
        expect(kept.map(({ epoch: at, claimId }) => [at, claimId])).toEqual(
          [...won].sort(([left], [right]) => left - right),
        );
        console.log(`${kind} ${lost.length} of ${heats.length} claims were lost`);
      });

      test('an outage is an answer, within the bound, and what was true before it is true after it', async () => {
        const arbiter = await open();
        await arbiter.claim('vm', null, record(1, 'a'));
        await outside().goAway();
        try {
          const askedMs = performance.now();
          expect(await arbiter.read('vm')).toEqual({ kind: 'unreachable', reason: expect.any(String) });
          const claimed = await arbiter.claim('vm', epoch(1), record(2, 'b'));
          expect(claimed).toEqual({ kind: 'unreachable', reason: expect.any(String) });
          // Twice the bound for two answers; a machine under load is late by much less than the rest.
          expect(performance.now() - askedMs).toBeLessThan(2 * limits.arbiterAnswerMs + 5_000);
        } finally {
          await outside().comeBack();
        }
        expect(await arbiter.read('vm')).toEqual({ kind: 'read', record: record(1, 'a') });
        expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual({ kind: 'won' });
      });

      test.each([
        ['', 'it is not JSON'],
        ['{"format":"tandem arbiter record 2"}', 'its format is'],
        ['[]', 'its format is'],
        ['{"format":"tandem arbiter record 1","vm":"other","epoch":1}', 'it is about the VM "other"'],
        ['{"format":"tandem arbiter record 1","vm":"vm","epoch":0}', 'it is about epoch 0'],
        ['{"format":"tandem arbiter record 1","vm":"vm","epoch":1}', 'a text field is missing'],
      ])('a corrupt record (%j) is named at the start and unreachable later', async (text, complaint) => {
        const url = store.freshUrl();
        const arbiter = await open(url);
        await arbiter.claim('vm', null, record(1, 'a'));
        const name = await outside().corrupt(url, 'vm', text);
        const error = await errorOf(openArbiter(url, 'vm'));
        expect(error.code).toBe('ARBITER_RECORD');
        expect(error.message).toContain(name);
        expect(error.message).toContain(complaint);
        expect(await arbiter.read('vm')).toEqual({
          kind: 'unreachable',
          reason: expect.stringContaining(complaint),
        });
      });
    });
  });
}

describe('opening an arbiter', () => {
  test.each([
    '/tmp/directory',
    'zookeeper://host',
    'file://host/directory',
    'file:relative',
    'file:',
    'etcd:',
    'etcd:host:2379',
    'etcd:ftp://host',
  ])('the URL %j is refused as wrong usage, with what would do', async (url) => {
    const error = await errorOf(openArbiter(url, 'vm'));
    expect(error.code).toBe('ARBITER_URL');
    expect(error.exitCode).toBe(2);
    expect(error.mend).toMatch(/(file|etcd):/);
  });

  test.each(['', '../up', 'a/b', '.hidden', 'x'.repeat(200)])('the VM id %j is refused', async (vm) => {
    expect((await errorOf(openArbiter('memory:', vm))).code).toBe('VM_ID');
  });

  test('one inside the process says that nobody else sees it', async () => {
    expect((await openArbiter('memory:', 'vm')).notes).toEqual([
      { level: 'warning', text: expect.stringMatching(/nobody can take over/) },
    ]);
  });
});
