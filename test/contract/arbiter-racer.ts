/** One process of a race: tries to win each epoch of a VM, and prints those it won. Arguments: URL, name, number of epochs. */
import { openArbiter } from '../../src/arbiter/arbiter.ts';
import { type Epoch, epoch } from '../../src/base/brands.ts';

const [url = '', name = '', epochs = '0'] = process.argv.slice(2);

async function race(): Promise<void> {
  const arbiter = await openArbiter(url, 'vm');
  let present: Epoch | null = null;
  while ((present ?? 0) < Number(epochs)) {
    const next = epoch((present ?? 0) + 1);
    const claim = { epoch: next, claimId: `${name}/${next}`, incarnation: name, url: '', inSync: [] };
    const answer = await arbiter.claim('vm', present, claim);
    if (answer.kind === 'won') console.log(next);
    if (answer.kind === 'unreachable') throw new Error(answer.reason);
    const read = await arbiter.read('vm');
    if (read.kind === 'read') present = read.record?.epoch ?? null;
  }
}

race().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
