/** Guest programs whose promises are about more than one request: each holds over the death of a primary in between. */
import { expect, test } from 'vitest';
import { pause, program, signal } from '../support/processes.ts';
import { type Ask, insist, jsonOf } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

async function killPrimary(pair: Run): Promise<void> {
  const from = pair.now;
  expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
  await pair.waitFor('redundant', from);
}

test('store.js: a version that one writer was told is nobody else’s, on the next machine either', async () => {
  const pair = await run(program('store.js')).ready();
  const put = (body: string, headers: Ask['headers'] = {}) =>
    insist(`${pair.url}/leader`, { method: 'PUT', body, headers });
  const first = await put('ada', { 'if-none-match': '*' });
  expect([first.status, first.headers.etag]).toEqual([201, '"1"']);
  await killPrimary(pair);
  expect((await put('bob', { 'if-none-match': '*' })).status).toBe(412);
  const second = await put('carol', { 'if-match': '"1"' });
  expect([second.status, second.headers.etag]).toEqual([204, '"2"']);
  expect((await put('bob', { 'if-match': '"1"' })).status).toBe(412);
  expect(await insist(`${pair.url}/leader`)).toMatchObject({ status: 200, body: 'carol' });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('queue.js: a lease outlives the machine that gave it, ends on time, and its late holder ends nothing', async () => {
  const pair = await run(program('queue.js')).ready();
  const post = (path: string, body = '{}') => insist(`${pair.url}${path}`, { method: 'POST', body });
  await post('/jobs', '{"work":"sweep"}');
  const lease = jsonOf(await post('/jobs/take?ms=6000'));
  await killPrimary(pair);
  expect((await post('/jobs/take')).status).toBe(204);
  let taken = await post('/jobs/take');
  for (; taken.status === 204; taken = await post('/jobs/take')) await pause(50);
  const again = jsonOf(taken);
  expect(again).toMatchObject({ id: lease['id'], payload: { work: 'sweep' }, tries: 2 });
  // By the guest's own clock, which went on.
  expect(Number(again['until']) - 30_000).toBeGreaterThanOrEqual(Number(lease['until']));
  expect((await post(`/jobs/1/done?token=${lease['token']}`)).status).toBe(410);
  expect((await post(`/jobs/1/done?token=${again['token']}`)).status).toBe(204);
  expect(jsonOf(await insist(`${pair.url}/`))).toEqual({ waiting: 0, leased: 0, done: 1 });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});
