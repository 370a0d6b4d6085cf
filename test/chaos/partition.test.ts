/**
 * Partitions between real hosts in networks of their own (FT §2.3, split brain): whoever is cut off from
 * whom, one goes on, the other halts and says why, and no client can tell afterwards.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { noEtcd } from '../support/etcd.ts';
import { ATTENTIVE, expectKept, GUARD, loserOf, moreDeposits, PATIENT, Stage } from './stage.ts';

const stage = await Stage.set();
const isSet = typeof stage !== 'string';
const theStage = (): Stage => (isSet ? stage : expect.unreachable());
afterAll(async () => {
  if (isSet) await stage.strike();
});

describe.runIf(isSet)('two hosts that cannot hear each other, while both reach the arbiter', GUARD, () => {
  test.each([
    {
      name: 'the cable between them is cut',
      cuts: [
        ['h1', 'h2'],
        ['h2', 'h1'],
      ],
    },
    { name: 'nothing from the primary reaches the backup', cuts: [['h1', 'h2']] },
    { name: 'nothing from the backup reaches the primary', cuts: [['h2', 'h1']] },
  ] as const)('$name: exactly one goes on, and the other halts and says to whom', async ({ cuts }) => {
    const { cluster, load, primary, backup } = await theStage().scene(ATTENTIVE);
    await Promise.all(cuts.map(([from, to]) => cluster.lab.cut(from, to)));
    const { winner, loser } = await loserOf(primary, backup);
    const { epoch } = await winner.reaches('goes on', ({ status }) => status === 'solo');
    expect(loser.said(/tandem: halted/)).toEqual([
      expect.stringMatching(new RegExp(`epoch ${epoch} belongs to`)),
    ]);
    await moreDeposits(load, 20);
    expect(winner.isServing).toBe(true);
    if (loser === primary) expect(await loser.child.exited).toEqual({ code: 1, signal: null });
    await cluster.lab.mend();
    await cluster.startMissing();
    await winner.reaches('has a backup again', ({ status }) => status === 'protected');
    await expectKept({ cluster, load });
    console.log(`${winner.name} went on in epoch ${epoch}; ${load.acknowledged} deposits`);
  });
});

describe.runIf(isSet && noEtcd === undefined)('a host that cannot reach the arbiter', GUARD, () => {
  test('a primary serves on while its backup lives; without it, it lets nothing out until the arbiter is back', async () => {
    const { cluster, load, primary, backup } = await theStage().scene(PATIENT);
    await cluster.lab.cutBoth('h1', 'arbiter');
    await moreDeposits(load, 50);
    expect(primary.status?.status).toBe('protected');
    await backup.kill();
    await primary.says(/waiting for the arbiter/);
    const { released, atMs } = await primary.reaches('waits', ({ note }) => /^arbiter: /.test(note));
    // Asked again and again, and always the same: nothing leaves.
    const from = primary.statuses.length;
    const later = await primary.reaches('asks again', (status) => primary.statuses.indexOf(status) > from);
    expect(later).toMatchObject({ status: 'doubting', released });
    const answered = load.history.filter(
      ({ returnedMs }) => returnedMs > atMs && returnedMs < Number.POSITIVE_INFINITY,
    );
    expect(answered).toEqual([]);
    await cluster.lab.mend();
    await primary.says(/going on without a backup/);
    await moreDeposits(load, 20);
    await expectKept({ cluster, load });
  });

  test('a backup whose primary dies waits for it, and takes over then', async () => {
    const { cluster, load, primary, backup } = await theStage().scene(PATIENT);
    await cluster.lab.cutBoth('h2', 'arbiter');
    await moreDeposits(load, 20);
    await primary.kill();
    await backup.says(/waiting for the arbiter/);
    const from = backup.statuses.length;
    const later = await backup.reaches('asks again', (status) => backup.statuses.indexOf(status) > from);
    expect(later.status).toBe('sealed');
    expect(cluster.live).toBeUndefined();
    await cluster.lab.mend();
    await backup.says(/live in epoch/);
    await moreDeposits(load, 20);
    await expectKept({ cluster, load });
  });

  test('a primary that is cut off from everybody but its clients is replaced, and halts when it reads the arbiter again', async () => {
    const { cluster, load, primary, backup } = await theStage().scene(ATTENTIVE);
    await Promise.all([cluster.lab.cutBoth('h1', 'h2'), cluster.lab.cutBoth('h1', 'arbiter')]);
    await Promise.all([backup.says(/live in epoch/), primary.says(/waiting for the arbiter/)]);
    await moreDeposits(load, 20);
    expect(primary.status?.status).toBe('doubting');
    await cluster.lab.mend();
    expect(await primary.child.exited).toEqual({ code: 1, signal: null });
    expect(primary.said(/tandem: halted/)).toEqual([expect.stringMatching(/epoch \d+ belongs to/)]);
    await expectKept({ cluster, load });
  });
});
