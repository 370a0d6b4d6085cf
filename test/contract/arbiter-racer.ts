/**
 * One process of a race: tries to win each epoch of a VM, and prints each of its claims as a line of JSON.
 * Arguments: URL, name, number of epochs. The race begins when its stdin says something.
 */
import { once } from 'node:events';
import { openArbiter } from '../../src/arbiter/arbiter.ts';
import { type Epoch, epoch } from '../../src/base/brands.ts';

/** One claim and what became of it. */
export interface Heat {
  readonly epoch: number;
  readonly claimId: string;
  readonly kind: 'won' | 'lost';
  /** Whose the highest epoch was, as the loser was told. */
  readonly winner: { readonly epoch: number; readonly claimId: string } | null;
}

const [url = '', name = '', epochs = '0'] = process.argv.slice(2);

async function race(): Promise<void> {
  const arbiter = await openArbiter(url, 'vm');
  console.log('ready');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  let present: Epoch | null = null;
  while ((present ?? 0) < Number(epochs)) {
    const next = epoch((present ?? 0) + 1);
    const claim = { epoch: next, claimId: `${name}/${next}`, incarnation: name, url: '', inSync: [] };
    const answer = await arbiter.claim('vm', present, claim);
    if (answer.kind === 'unreachable') throw new Error(answer.reason);
    const winner = answer.kind === 'lost' && answer.record !== null ? answer.record : null;
    const heat: Heat = { epoch: next, claimId: claim.claimId, kind: answer.kind, winner };
    console.log(JSON.stringify(heat));
    const read = await arbiter.read('vm');
    if (read.kind === 'read') present = read.record?.epoch ?? null;
  }
  await arbiter.close();
}

race().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
