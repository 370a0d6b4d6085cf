/**
 * Server-sent events across SIGKILLs and a planned switch-over: an EventSource comes back by itself and
 * misses nothing, gets nothing twice and all in order, when the kernel keeps the events (`tandem-events`),
 * and when the guest honours Last-Event-ID itself.
 */
import { expect, onTestFinished, test } from 'vitest';
import { Browser, chromiumPath } from '../support/chromium.ts';
import { EventSource } from '../support/event-source.ts';
import { pause, program, signal, tandem } from '../support/processes.ts';
import { ask, insist, jsonOf } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';

const PUBLISHERS = 3;
const READERS = 8;
const CALM_MS = 400;

function listen(url: string): EventSource {
  const source = new EventSource(url);
  onTestFinished(() => source.close());
  return source;
}

async function kill(pair: Run): Promise<void> {
  const from = pair.now;
  expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
  await pair.waitFor('redundant', from);
}

if (chromiumPath === undefined)
  console.log('skipped: no Chromium in PATH (Debian: apt-get install chromium)');

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test('events that the kernel keeps: through two kills and a switch-over every reader gets every post once, in order', async () => {
  const pair = await run(program('feed.js')).ready();
  const url = `${pair.url}/feed`;
  const sources = Array.from({ length: READERS }, () => listen(url));
  // The stream begins with the first reader; the others join it where it stands, so all of
  // them are there before the first post.
  /** Each disturbance cuts streams that stand. */
  const connected = async (connections: number): Promise<void> => {
    await Promise.all(sources.map((source) => source.until((it) => it.connections >= connections)));
    await pause(CALM_MS);
  };
  await connected(1);
  let isOver = false;
  const publishers = Array.from({ length: PUBLISHERS }, async (_, publisher) => {
    const texts: string[] = [];
    for (let number = 0; !isOver; number += 1) {
      const text = `${publisher}.${number}`;
      jsonOf(await insist(url, { method: 'POST', body: text }), 201);
      texts.push(text);
    }
    return texts;
  });
  await pause(CALM_MS);
  await kill(pair);
  await connected(2);
  expect(await tandem('switch-over', '--admin', pair.admin).exited).toEqual({ code: 0, signal: null });
  await connected(3);
  await kill(pair);
  await connected(4);
  isOver = true;
  const texts = (await Promise.all(publishers)).flat();
  await Promise.all(sources.map((source) => source.until(({ events }) => events.length >= texts.length)));
  for (const source of sources) {
    expect(new Set(source.events.map(({ type }) => type))).toEqual(new Set(['post']));
    const posts = source.events.map(({ data }) => JSON.parse(data) as { number: number; text: string });
    expect(posts.map(({ number }) => number)).toEqual(upTo(texts.length));
    expect(posts.map(({ text }) => text).sort()).toEqual(texts.toSorted());
  }
  expect(await pair.hash()).toMatchObject({ equal: true });
  const connections = sources.map((source) => source.connections);
  console.log(`${texts.length} posts to ${READERS} readers over ${connections.join(', ')} connections`);
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('events that the guest keeps: shop.tsx honours Last-Event-ID, and through two kills its reader gets every sale once, in order', async () => {
  const pair = await run(program('shop.tsx')).ready();
  const login = await ask(`${pair.url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'name=ada',
  });
  const cookie = String(login.headers['set-cookie']).split(';')[0] as string;
  const source = listen(`${pair.url}/sales`);
  const buy = (product: string) =>
    insist(`${pair.url}/cart`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ product, amount: 1 }),
    });
  const orders = (async () => {
    for (let each = 0; each < 20; each += 1) {
      for (const product of ['apples', 'bread', 'cheese']) expect((await buy(product)).status).toBe(201);
      await pause(300);
    }
  })();
  for (const connections of [1, 2]) {
    const sofar = source.events.length;
    await source.until((it) => it.connections >= connections && it.events.length > sofar);
    await kill(pair);
  }
  await orders;
  await source.until(({ events }) => events.length >= 60);
  expect(source.events.map(({ lastEventId }) => Number(lastEventId))).toEqual(upTo(60));
  expect(source.connections).toBe(3);
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test.skipIf(chromiumPath === undefined)(
  "a browser's own EventSource, in a page of the program's, gets every post once and in order through two kills",
  async () => {
    const pair = await run(program('feed.js')).ready();
    const browser = await Browser.start();
    const page = await browser.open(`${pair.url}/`);
    await page.until(`location.origin === '${pair.url}' && document.readyState === 'complete'`);
    await page.evaluate(`(() => {
      window.posts = [];
      window.opened = 0;
      window.source = new EventSource('/feed');
      source.addEventListener('open', () => { opened += 1; });
      source.addEventListener('post', ({ data }) => posts.push(JSON.parse(data).number));
    })()`);
    await page.until('opened === 1');
    let published = 0;
    let isOver = false;
    const publisher = (async () => {
      while (!isOver) {
        jsonOf(await insist(`${pair.url}/feed`, { method: 'POST', body: `${published}` }), 201);
        published += 1;
      }
    })();
    for (const connections of [2, 3]) {
      await page.until('window.sofar = posts.length, sofar > 0');
      await kill(pair);
      await page.until(`opened === ${connections} && posts.length > sofar`);
    }
    isOver = true;
    await publisher;
    await page.until(`posts.length >= ${published}`);
    expect(await page.evaluate('posts')).toEqual(upTo(published));
    expect(await page.evaluate('source.readyState === EventSource.OPEN')).toBe(true);
    expect(await pair.stop()).toEqual({ code: 0, signal: null });
  },
);
