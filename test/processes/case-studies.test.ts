/**
 * Guest programs whose promises are about more than one request: each holds
 * over the death of a primary in between.
 */
import { expect, test } from 'vitest';
import { pause, program, signal, until } from '../support/processes.ts';
import { type Ask, ask, insist, jsonOf } from '../support/processes-client.ts';
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
  expect(jsonOf(await insist(`${pair.url}/`))).toEqual({ waiting: 0, leased: 0, done: 1, dead: [] });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

const put = (body: string, headers: Readonly<Record<string, string>> = {}): Ask => ({
  method: 'PUT',
  body,
  headers,
});

async function wellEnded(pair: Run): Promise<void> {
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
}

test('store.js: clients that count by compare-and-set lose no step through two kills', async () => {
  const pair = await run(program('store.js')).ready();
  const url = `${pair.url}/count`;
  expect(await insist(url, put('0', { 'if-none-match': '*' }))).toMatchObject({ status: 201 });
  let isOver = false;
  const counted = Array.from({ length: 4 }, async () => {
    let [steps, tooLate] = [0, 0];
    while (!isOver) {
      const now = await insist(url);
      const next = put(`${Number(now.body) + 1}`, { 'if-match': String(now.headers.etag) });
      const { status } = await insist(url, next);
      if (status === 204) steps += 1;
      else tooLate += status === 412 ? 1 : Number.NaN;
    }
    return [steps, tooLate] as const;
  });
  for (let each = 0; each < 2; each += 1) {
    await pause(300);
    await killPrimary(pair);
  }
  isOver = true;
  const told = await Promise.all(counted);
  const steps = told.reduce((sum, [mine]) => sum + mine, 0);
  const late = told.reduce((sum, [, mine]) => sum + mine, 0);
  expect(await ask(url)).toMatchObject({ body: `${steps}`, headers: { etag: `"${steps + 1}"` } });
  expect(late).toBeGreaterThan(0);
  console.log(`${steps} steps of 4 clients over two kills; ${late} came too late and read again`);
  await wellEnded(pair);
});

test('store.js: of a write that is asked for again after a kill, one with a condition does no harm, one with a key gets its reply', async () => {
  const pair = await run(program('store.js')).ready();
  const url = `${pair.url}/color`;
  await ask(url, put('red'));
  const keyed = put('green', { 'if-match': '"1"', 'idempotency-key': '"once"' });
  expect(await ask(url, keyed)).toMatchObject({ status: 204, headers: { etag: '"2"' } });
  await ask(url, put('blue', { 'if-match': '"2"' }));
  await killPrimary(pair);
  expect((await ask(url, put('green', { 'if-match': '"1"' }))).status).toBe(412);
  expect(await ask(url, keyed)).toMatchObject({ status: 204, headers: { etag: '"2"' } });
  expect(await ask(url)).toMatchObject({ body: 'blue', headers: { etag: '"3"' } });
  await wellEnded(pair);
});

test('store.js: a value that was to end after a kill ends after it', async () => {
  const pair = await run(program('store.js')).ready();
  await ask(`${pair.url}/code?ttl=4`, put('4711'));
  await ask(`${pair.url}/kept`, put('for ever'));
  await killPrimary(pair);
  expect((await insist(`${pair.url}/kept`)).body).toBe('for ever');
  await until('the end of the value', async () => (await insist(`${pair.url}/code`)).status === 404);
  expect(jsonOf(await ask(pair.url))).toEqual({ keys: ['kept'], more: false, version: 2 });
  await wellEnded(pair);
});

test('queue.js: a lease is prolonged after a kill by the token from before it, and a kill begins no lease anew', async () => {
  const [leaseMs, beforeMs] = [6_000, 3_000];
  const pair = await run(program('queue.js')).ready();
  const post = (path: string, body = '{}') => insist(`${pair.url}${path}`, { method: 'POST', body });
  await post('/jobs', '{"work":"sweep"}');
  await post('/jobs', '{"work":"wash"}');
  const [sweep, wash] = [
    jsonOf(await post(`/jobs/take?ms=${leaseMs}`)),
    jsonOf(await post('/jobs/take?ms=30000')),
  ];
  await pause(beforeMs);
  await killPrimary(pair);
  const longer = jsonOf(await post(`/jobs/2/extend?token=${wash['token']}&ms=120000`));
  expect(Number(longer['until'])).toBeGreaterThan(Number(wash['until']) + 50_000);
  let taken = await post('/jobs/take?ms=1000');
  for (; taken.status === 204; taken = await post('/jobs/take?ms=1000')) await pause(20);
  const again = jsonOf(taken);
  expect(again).toMatchObject({ id: 1, tries: 2 });
  // In guest time: not early, and not a whole lease after the kill.
  const takenAt = Number(again['until']) - 1_000;
  expect(takenAt).toBeGreaterThanOrEqual(Number(sweep['until']));
  expect(takenAt).toBeLessThan(Number(sweep['until']) + beforeMs);
  await killPrimary(pair);
  expect((await post(`/jobs/2/done?token=${wash['token']}`)).status).toBe(204);
  expect((await post(`/jobs/1/extend?token=${sweep['token']}`)).status).toBe(410);
  // The one lease that is left ends, and four more in which nobody works: the job is set aside.
  const dead = async () => (jsonOf(await insist(pair.url))['dead'] as readonly { tries: number }[])[0];
  while ((await dead()) === undefined) await post('/jobs/take?ms=1');
  expect(await dead()).toMatchObject({ id: 1, tries: 5, payload: { work: 'sweep' } });
  expect((await post('/jobs/1/revive')).status).toBe(200);
  expect(jsonOf(await post('/jobs/take'))).toMatchObject({ id: 1, tries: 1 });
  await wellEnded(pair);
});

test('queue.js: through three kills, with workers that die, each job is ended once by its token and none is lost', async () => {
  const pair = await run(program('queue.js')).ready();
  const post = (path: string, body = '{}') => insist(`${pair.url}${path}`, { method: 'POST', body });
  const put = new Set<number>();
  const ended = new Map<number, number>();
  const setAside = new Set<number>();
  let [isOver, abandoned, tooLate] = [false, 0, 0];
  const clients = Array.from({ length: 2 }, async () => {
    while (!isOver) {
      put.add(Number(jsonOf(await post('/jobs'), 201)['id']));
      await pause(10);
    }
  });
  const isDone = () => isOver && ended.size === put.size;
  const workers = Array.from({ length: 4 }, async () => {
    for (let taken = 1; !isDone(); taken += 1) {
      const lease = await post('/jobs/take?ms=1000');
      if (lease.status === 204) {
        const { dead } = jsonOf(await insist(pair.url)) as { dead: readonly { id: number }[] };
        for (const { id } of dead) if ((await post(`/jobs/${id}/revive`)).status === 200) setAside.add(id);
        await pause(20);
        continue;
      }
      const { id, token } = jsonOf(lease) as { id: number; token: string };
      if (taken % 7 === 0) {
        // It dies: nobody hears of this lease again.
        abandoned += 1;
        continue;
      }
      const { status } = await post(`/jobs/${id}/done?token=${token}`);
      if (status === 204) ended.set(id, (ended.get(id) ?? 0) + 1);
      else tooLate += status === 410 ? 1 : Number.NaN;
    }
  });
  for (let each = 0; each < 3; each += 1) {
    await pause(400);
    await killPrimary(pair);
  }
  isOver = true;
  await Promise.all([...clients, ...workers]);
  expect([...ended.keys()].sort((a, b) => a - b)).toEqual([...put].sort((a, b) => a - b));
  expect([...ended.values()].every((times) => times === 1)).toBe(true);
  expect(abandoned).toBeGreaterThan(0);
  expect(tooLate).not.toBeNaN();
  expect(jsonOf(await ask(pair.url))).toEqual({ waiting: 0, leased: 0, done: ended.size, dead: [] });
  console.log(
    `${ended.size} jobs ended once; ${abandoned} leases abandoned, ${tooLate} over too soon, ${setAside.size} set aside`,
  );
  await wellEnded(pair);
});
