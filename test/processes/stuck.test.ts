/**
 * A guest inside a native call that never polls: nothing can interrupt it, so the
 * host says so. Clients and load balancers get 503 within a second or so, the status names the turn, nobody
 * is suspected, and the machine goes on when the call comes back.
 */
import { expect, test } from 'vitest';
import { guest, until } from '../support/processes.ts';
import { ask } from '../support/processes-client.ts';
import { run } from '../support/processes-run.ts';

test('a machine that is inside a native call refuses clients, names the turn, stays up, and serves again afterwards', async () => {
  const pair = await run(guest('stuck.js')).ready();
  const from = pair.now;
  const stuck = ask(`${pair.url}/stuck`, { timeoutMs: 60_000 });
  const refusals: number[] = [];
  await until('clients are refused', async () => {
    const answer = await ask(`${pair.url}/`, { timeoutMs: 300 }).catch(() => undefined);
    if (answer !== undefined) refusals.push(answer.status);
    return refusals.includes(503);
  });
  expect(await ask(`${pair.admin}/live`)).toMatchObject({ status: 503 });
  const { hosts } = await pair.status();
  expect(hosts.find(({ role }) => role === 'primary')?.turn?.runningMs).toBeGreaterThan(900);
  expect(await stuck).toMatchObject({ status: 200, body: String(2 ** 27) });
  await until('clients are served again', async () => (await ask(`${pair.url}/`)).status === 200);
  expect(pair.story(from)).toEqual([]);
  // On a busy machine the backup may still be inside its own native call when the primary has left it.
  await until('both machines are equal', async () => (await pair.hash()).equal);
});
