/**
 * The faults of plan.ts, done: each is made, lasts, and is over when its function resolves. What it
 * has left behind is mended by chaos.ts.
 */
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
  readonly spare: LabHost;
  /** Of these two one is there. */
  readonly etcd: Etcd | undefined;
  readonly disk: SmallDisk | undefined;
}

/** What it met, if that is left to chance. */
type Fault = (scenery: Scenery, step: Step) => Promise<string | undefined>;

const during =
  (begin: (scenery: Scenery, step: Step) => Promise<unknown>, end: (scenery: Scenery) => unknown): Fault =>
  async (scenery, step) => {
    await begin(scenery, step);
    await pause(step.holdMs);
    await end(scenery);
    return undefined;
  };

const mend = ({ lab }: Scenery): Promise<void> => lab.mend();
const killPrimary = ({ primary }: Scenery): Promise<void> => primary.kill();
const killBackup = ({ backup }: Scenery): Promise<void> => backup.kill();
const killSpare = ({ spare }: Scenery): Promise<void> => spare.kill();
const cutPair = ({ lab, primary, backup }: Scenery): Promise<void> => lab.cutBoth(primary.node, backup.node);
const cutSpare = ({ lab, primary, spare }: Scenery): Promise<void> => lab.cutBoth(primary.node, spare.node);
const nothing = (): void => undefined;

/** Messages that wait for an answer until a joiner is in sync, more or less. */
const LEGS_OF_A_TRANSFER = 10;

/** What this host says to its primary goes through it: whoever joins comes in by a wire of its own. */
function wireFrom({ cluster }: Scenery, host: LabHost): SlowWire {
  const wire = cluster.wires.get(host.node);
  if (wire === undefined) throw new Error(`${host.name} has no slow wire`);
  return wire;
}
const wireOf = (scenery: Scenery): SlowWire => wireFrom(scenery, scenery.backup);

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
const theSpare = ({ spare }: Scenery): LabHost => spare;

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

/**
 * The primary takes the spare, and somewhere in its transfer, which a slow wire draws out, the spare is hit.
 */
const inTransfer =
  (hit: (scenery: Scenery, step: Step) => Promise<unknown>): Fault =>
  async (scenery, step) => {
    const { backup, spare } = scenery;
    const wire = wireFrom(scenery, spare);
    await wire.order({ delayMs: step.amount });
    await backup.kill();
    await spare.reaches('is needed', ({ status }) => status !== 'waiting');
    await pause(step.share * step.amount * LEGS_OF_A_TRANSFER);
    const phase = spare.status?.status;
    await hit(scenery, step);
    await wire.order({ delayMs: 0 });
    return `the joiner was ${phase}`;
  };

const killBoth: Fault = async ({ primary, backup }, { holdMs }) => {
  await primary.kill();
  await backup.reaches(
    'is live and has a backup',
    ({ role, status }) => role === 'primary' && status === 'protected',
  );
  await pause(holdMs);
  await backup.kill();
  return undefined;
};

const bursts: Fault = async (scenery, { holdMs, amount }) => {
  for (let count = 0; count < amount; count += 1) {
    await cutPair(scenery);
    await pause(holdMs);
    await scenery.lab.mend();
    await pause(holdMs);
  }
  return undefined;
};

async function loss({ lab, primary, backup }: Scenery, { amount }: Step): Promise<void> {
  const [one, other] = [primary.node, backup.node];
  await lab.lose(one, other, amount);
  await lab.lose(other, one, amount);
}

export const faults: Readonly<Record<FaultName, Fault>> = {
  'kill the primary': during(killPrimary, nothing),
  'kill the backup': during(killBackup, nothing),
  'kill the spare': during(killSpare, nothing),
  'kill the primary and the spare': during(both(killPrimary, killSpare), nothing),
  'kill the primary, then its successor': killBoth,
  'kill the backup, then the joiner in its transfer': inTransfer(killSpare),
  'stop the primary': stop(thePrimary),
  'stop the backup': stop(theBackup),
  'stop the spare': stop(theSpare),
  'stop the joiner in its transfer': inTransfer(stop(theSpare)),
  'cut the joiner off in its transfer': inTransfer(during(cutSpare, mend)),
  'cut the spare from the primary': during(cutSpare, mend),
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
