/** The case studies among the guest programs under SIGKILLs: conditional writes, leases that run out, a store of three nodes. */
import { describe, expect, test } from 'vitest';
import { pause, program, signal, until } from '../support/processes.ts';
import { type Ask, ask, insist, jsonOf } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

const post = (body: unknown): Ask => ({ method: 'POST', body: JSON.stringify(body) });
const put = (body: string, headers: Readonly<Record<string, string>> = {}): Ask => ({
  method: 'PUT',
  body,
  headers,
});

async function kill(pair: Run): Promise<void> {
  const from = pair.now;
  expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
  await pair.waitFor('redundant', from);
}

async function wellEnded(pair: Run): Promise<void> {
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
}

describe('store.js', () => {
  const CLIENTS = 4;

  test('clients that count by compare-and-set lose no step through two kills, and a lost reply is no second write', async () => {
    const pair = await run(program('store.js')).ready();
    const url = `${pair.url}/keys/count`;
    expect(await insist(url, put('0', { 'if-none-match': '*' }))).toMatchObject({ status: 201 });
    let isOver = false;
    const counted = Array.from({ length: CLIENTS }, async () => {
      let [steps, tooLate] = [0, 0];
      while (!isOver) {
        const now = await insist(url);
        const answer = await insist(
          url,
          put(`${Number(now.body) + 1}`, { 'if-match': String(now.headers.etag) }),
        );
        if (answer.status === 204) steps += 1;
        else tooLate += answer.status === 412 ? 1 : Number.NaN;
      }
      return [steps, tooLate] as const;
    });
    for (let each = 0; each < 2; each += 1) {
      await pause(300);
      await kill(pair);
    }
    isOver = true;
    const told = await Promise.all(counted);
    const steps = told.reduce((sum, [mine]) => sum + mine, 0);
    const late = told.reduce((sum, [, mine]) => sum + mine, 0);
    expect((await ask(url)).body).toBe(`${steps}`);
    expect((await ask(url)).headers.etag).toBe(`"${steps + 1}"`);
    expect(late).toBeGreaterThan(0);
    console.log(`${steps} steps of ${CLIENTS} clients over two kills; ${late} came too late and read again`);
    await wellEnded(pair);
  });

  test('of a write that is asked for again after a kill, one with a condition does no harm, one with a key gets its reply', async () => {
    const pair = await run(program('store.js')).ready();
    const url = `${pair.url}/keys/color`;
    await ask(url, put('red'));
    const keyed = put('green', { 'if-match': '"1"', 'idempotency-key': '"once"' });
    expect(await ask(url, keyed)).toMatchObject({ status: 204, headers: { etag: '"2"' } });
    await ask(url, put('blue', { 'if-match': '"2"' }));
    await kill(pair);
    expect((await ask(url, put('green', { 'if-match': '"1"' }))).status).toBe(412);
    expect(await ask(url, keyed)).toMatchObject({ status: 204, headers: { etag: '"2"' } });
    expect(await ask(url)).toMatchObject({ body: 'blue', headers: { etag: '"3"' } });
    await wellEnded(pair);
  });

  test('a value that was to end after a kill ends after it', async () => {
    const pair = await run(program('store.js')).ready();
    await ask(`${pair.url}/keys/code?ttl=4`, put('4711'));
    await ask(`${pair.url}/keys/kept`, put('for ever'));
    await kill(pair);
    expect((await insist(`${pair.url}/keys/kept`)).body).toBe('for ever');
    await until('the end of the value', async () => (await insist(`${pair.url}/keys/code`)).status === 404);
    const { keys } = jsonOf(await ask(`${pair.url}/keys`)) as { keys: readonly { key: string }[] };
    expect(keys.map(({ key }) => key)).toEqual(['kept']);
    await wellEnded(pair);
  });
});

describe('jobs.js', () => {
  const LEASE_MS = 6_000;
  const BEFORE_MS = 3_000;

  test('a lease that was taken before a kill runs out after it, at its own time; the next worker has the job, and the first one has not', async () => {
    const pair = await run(program('jobs.js')).ready();
    const order = (path: string, body: unknown) => insist(pair.url + path, post(body));
    await order('/jobs', { payload: 'paint the fence' });
    const first = jsonOf(await order('/lease', { worker: 'tom', ms: LEASE_MS }));
    await pause(BEFORE_MS);
    await kill(pair);
    expect((await order('/jobs/1/extend', { token: 'another', ms: 1 })).status).toBe(410);
    const { text } = (await pair.waitForLine((line) => line.startsWith('job 1: '))).event;
    const ageMs = Number(/^job 1: the lease of try 1 ran out, (\d+) ms old$/.exec(text)?.[1]);
    // Not before its time, and not a whole lease after the kill: nothing has begun anew.
    expect(ageMs).toBeGreaterThanOrEqual(LEASE_MS);
    expect(ageMs).toBeLessThan(LEASE_MS + BEFORE_MS);
    const second = jsonOf(await order('/lease', { worker: 'ben' }));
    expect(second).toMatchObject({ id: 1, tried: 2, worker: 'ben' });
    expect((await order('/jobs/1/done', { token: first['token'] })).status).toBe(410);
    await kill(pair);
    const done = { token: second['token'], result: 'white' };
    const finished = jsonOf(await order('/jobs/1/done', done));
    expect(finished).toMatchObject({ state: 'done', result: 'white' });
    expect(jsonOf(await order('/jobs/1/done', done))).toEqual(finished);
    expect(jsonOf(await ask(`${pair.url}/jobs`))).toEqual({ ready: 0, leased: 0, done: 1, dead: [] });
    await wellEnded(pair);
  });

  test('through three kills, with workers that die, each job is done once by its token and none is lost', async () => {
    const pair = await run(program('jobs.js')).ready();
    const order = (path: string, body: unknown) => insist(pair.url + path, post(body));
    const enqueued: number[] = [];
    const doneBy = new Map<number, number>();
    let [isOver, abandoned, tooLate] = [false, 0, 0];
    const enqueuers = Array.from({ length: 2 }, async (_, enqueuer) => {
      for (let number = 0; !isOver; number += 1) {
        const job = jsonOf(await order('/jobs', { payload: { enqueuer, number }, tries: 100 }), 201);
        enqueued.push(Number(job['id']));
        await pause(10);
      }
    });
    const isDone = () => isOver && doneBy.size === enqueued.length;
    const workers = Array.from({ length: 4 }, async (_, worker) => {
      for (let taken = 1; !isDone(); taken += 1) {
        const lease = await order('/lease', { worker: `w${worker}`, ms: 1_000 });
        if (lease.status === 204) {
          await pause(20);
          continue;
        }
        const { id, token } = jsonOf(lease) as { id: number; token: string };
        if (taken % 7 === 0) {
          // It dies: nobody hears of this lease again.
          abandoned += 1;
          continue;
        }
        const { status } = await order(`/jobs/${id}/done`, { token });
        if (status === 200) doneBy.set(id, (doneBy.get(id) ?? 0) + 1);
        else tooLate += status === 410 ? 1 : Number.NaN;
      }
    });
    for (let each = 0; each < 3; each += 1) {
      await pause(400);
      await kill(pair);
    }
    isOver = true;
    await Promise.all([...enqueuers, ...workers]);
    expect([...doneBy.keys()].sort((a, b) => a - b)).toEqual(enqueued.toSorted((a, b) => a - b));
    expect([...doneBy.values()].every((times) => times === 1)).toBe(true);
    expect(abandoned).toBeGreaterThan(0);
    expect(tooLate).not.toBeNaN();
    expect(jsonOf(await ask(`${pair.url}/jobs`))).toEqual({
      ready: 0,
      leased: 0,
      done: doneBy.size,
      dead: [],
    });
    console.log(
      `${doneBy.size} jobs done once; ${abandoned} leases abandoned, ${tooLate} ran out before their worker was done`,
    );
    await wellEnded(pair);
  });
});

describe('gossip.js', () => {
  test('three runs that talk to each other agree though one is killed, and keep both of two writes that knew nothing of each other', async () => {
    const nodes = await Promise.all(
      [1, 2, 3].map(() => run(program('gossip.js'), '--allow-net', '127.0.0.1', '--spares', '0').ready()),
    );
    const [one, two, three] = nodes as [Run, Run, Run];
    const values = async (node: Run) =>
      jsonOf(await insist(`${node.url}/keys/drink`)) as { values: string[]; context: unknown };
    const write = (node: Run, body: unknown) => insist(`${node.url}/keys/drink`, put(JSON.stringify(body)));
    const agree = (...expected: string[]) =>
      until(`${expected} everywhere`, async () => {
        const all = await Promise.all(nodes.map(values));
        return all.every((it) => JSON.stringify(it.values.toSorted()) === JSON.stringify(expected));
      });
    await write(one, { value: 'tea' });
    await write(two, { value: 'coffee' });
    const { node: name } = jsonOf(await ask(one.url));
    for (const node of nodes) {
      const peers = nodes.filter((other) => other !== node).map(({ url }) => url);
      await insist(`${node.url}/peers`, post({ peers }));
    }
    await kill(one);
    await agree('coffee', 'tea');
    const { context } = await values(three);
    await write(three, { value: 'milk', context });
    await agree('milk');
    // The node that was killed is who it was, and goes on with its numbers.
    await write(one, { value: 'water' });
    expect(jsonOf(await insist(one.url))).toMatchObject({ node: name, writes: 2 });
    await agree('water');
    for (const node of nodes) await wellEnded(node);
  });
});
