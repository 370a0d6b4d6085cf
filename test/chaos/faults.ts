/** The faults of plan.ts, done: each is made, lasts, and is over when its function resolves. What it has left behind is mended by chaos.ts. */
import { pause } from '../support/children.ts';
import type { Etcd } from '../support/etcd.ts';
import type { Cluster, LabHost } from './cluster.ts';
import type { Lab } from './lab.ts';
import type { FaultName, Step } from './plan.ts';
import type { SlowWire } from './slow-wire.ts';
import type { SmallDisk } from './small-disk.ts';

export interface Scenery {
  readonly cluster: Cluster;
  readonly lab: Lab;
  readonly primary: LabHost;
  readonly backup: LabHost;
  /** Of these two one is there. */
  readonly etcd: Etcd | undefined;
  readonly disk: SmallDisk | undefined;
}

type Fault = (scenery: Scenery, step: Step) => Promise<void>;

const during =
  (begin: (scenery: Scenery, step: Step) => Promise<unknown>, end: (scenery: Scenery) => unknown): Fault =>
  async (scenery, step) => {
    await begin(scenery, step);
    await pause(step.holdMs);
    await end(scenery);
  };

const mend = ({ lab }: Scenery): Promise<void> => lab.mend();
const killPrimary = ({ primary }: Scenery): Promise<void> => primary.kill();
const killBackup = ({ backup }: Scenery): Promise<void> => backup.kill();
const cutPair = ({ lab, primary, backup }: Scenery): Promise<void> => lab.cutBoth(primary.node, backup.node);
const nothing = (): void => undefined;

/** The wire between the two; backups come in through their own. */
function wireOf({ cluster, backup }: Scenery): SlowWire {
  const wire = cluster.wires.get(backup.node);
  if (wire === undefined) throw new Error(`${backup.name} has no slow wire`);
  return wire;
}

const etcdOf = ({ etcd }: Scenery): Etcd => {
  if (etcd === undefined) throw new Error('the plan has an etcd, the scene has none');
  return etcd;
};
const diskOf = ({ disk }: Scenery): SmallDisk => {
  if (disk === undefined) throw new Error('the plan has a small disk, the scene has none');
  return disk;
};

const stop = (host: (scenery: Scenery) => LabHost): Fault =>
  during(
    async (scenery) => host(scenery).signal('SIGSTOP'),
    (scenery) => host(scenery).signal('SIGCONT'),
  );

const cutFromArbiter =
  (host: (scenery: Scenery) => LabHost) =>
  (scenery: Scenery): Promise<void> =>
    scenery.lab.cutBoth(host(scenery).node, 'arbiter');

const thePrimary = ({ primary }: Scenery): LabHost => primary;
const theBackup = ({ backup }: Scenery): LabHost => backup;

/** One after the other, in one moment. */
const both =
  (...deeds: readonly ((scenery: Scenery) => Promise<unknown>)[]) =>
  async (scenery: Scenery): Promise<void> => {
    for (const deed of deeds) await deed(scenery);
  };

const killArbiter = (scenery: Scenery): Promise<void> => etcdOf(scenery).goAway();
const arbiterBack = (scenery: Scenery): Promise<void> => etcdOf(scenery).comeBack();
const fillDisk = async (scenery: Scenery): Promise<void> => diskOf(scenery).fill();
const emptyDisk = (scenery: Scenery): void => diskOf(scenery).empty();

async function killJoiner({ cluster, primary, backup }: Scenery, { holdMs }: Step): Promise<void> {
  const from = primary.now;
  await backup.kill();
  await primary.says(/going on without a backup/, from);
  const joiner = await cluster.startBackup(cluster.freeNode ?? backup.node, primary);
  await joiner.says(/connected as/);
  await pause(holdMs);
  await joiner.kill();
}

async function bursts(scenery: Scenery, { holdMs, amount }: Step): Promise<void> {
  for (let count = 0; count < amount; count += 1) {
    await cutPair(scenery);
    await pause(holdMs);
    await scenery.lab.mend();
    await pause(holdMs);
  }
}

async function loss({ lab, primary, backup }: Scenery, { amount }: Step): Promise<void> {
  const [one, other] = [primary.node, backup.node];
  await lab.lose(one, other, amount);
  await lab.lose(other, one, amount);
}

export const faults: Readonly<Record<FaultName, Fault>> = {
  'kill the primary': during(killPrimary, nothing),
  'kill the backup': during(killBackup, nothing),
  'kill a backup that is joining': killJoiner,
  'stop the primary': stop(thePrimary),
  'stop the backup': stop(theBackup),
  'cut the pair': during(cutPair, mend),
  'cut the way to the backup': during(({ lab, primary, backup }) => lab.cut(primary.node, backup.node), mend),
  'cut the way to the primary': during(
    ({ lab, primary, backup }) => lab.cut(backup.node, primary.node),
    mend,
  ),
  'unplug the primary': during(({ lab, primary }) => lab.plug(primary.node, 'out'), mend),
  'unplug the backup': during(({ lab, backup }) => lab.plug(backup.node, 'out'), mend),
  'bursts of silence in the pair': bursts,
  'delay in the pair': during(
    (scenery, { amount }) => wireOf(scenery).order({ delayMs: amount }),
    (scenery) => wireOf(scenery).order({ delayMs: 0 }),
  ),
  'a stall in the pair': during(
    (scenery) => wireOf(scenery).order({ stalled: true }),
    (scenery) => wireOf(scenery).order({ stalled: false }),
  ),
  'a torn message': during((scenery) => wireOf(scenery).order({ tear: true }), nothing),
  'loss in the pair': during(loss, mend),
  'unplug the arbiter': during(({ lab }) => lab.plug('arbiter', 'out'), mend),
  'kill the arbiter': during(killArbiter, arbiterBack),
  'stop the arbiter': during(
    async (scenery) => etcdOf(scenery).signal('SIGSTOP'),
    (scenery) => etcdOf(scenery).signal('SIGCONT'),
  ),
  'cut the primary from the arbiter': during(cutFromArbiter(thePrimary), mend),
  'cut the backup from the arbiter': during(cutFromArbiter(theBackup), mend),
  'cut the primary from the arbiter, kill the backup': during(
    both(cutFromArbiter(thePrimary), killBackup),
    mend,
  ),
  'cut the backup from the arbiter, kill the primary': during(
    both(cutFromArbiter(theBackup), killPrimary),
    mend,
  ),
  'cut the primary from both': during(both(cutFromArbiter(thePrimary), cutPair), mend),
  'cut the backup from both': during(both(cutFromArbiter(theBackup), cutPair), mend),
  'kill the arbiter and the backup': during(both(killArbiter, killBackup), arbiterBack),
  'kill the arbiter and the primary': during(both(killArbiter, killPrimary), arbiterBack),
  'fill the disk': during(fillDisk, emptyDisk),
  'fill the disk, kill the primary': during(both(fillDisk, killPrimary), emptyDisk),
  'fill the disk, kill the backup': during(both(fillDisk, killBackup), emptyDisk),
  'fill the disk, cut the pair': during(both(fillDisk, cutPair), async (scenery) => {
    emptyDisk(scenery);
    await mend(scenery);
  }),
};
