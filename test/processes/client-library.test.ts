/** `tandem-vm/client` with real processes: whoever uses it does not notice that machines die. */
import { createClient } from 'tandem-vm/client';
import { describe, expect, test } from 'vitest';
import { guest, signal } from '../support/processes.ts';
import { type Run, run } from '../support/processes-run.ts';

const KILLS = 3;
const WRITERS = 6;

/** Kills the primary when the backup has just come into sync, `times` times; calls `done` at the end. */
async function killAgainAndAgain(pair: Run, times: number): Promise<void> {
  for (let kill = 0; kill < times; kill += 1) {
    const from = pair.now;
    expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
    await pair.waitFor('redundant', from);
  }
}

describe('the client library', () => {
  test('under SIGKILLs: no error, no acknowledged message lost, none doubled, and the order of each writer kept', async () => {
    const pair = await run(guest('journal.js')).ready();
    let going = true;
    const clients = Array.from({ length: WRITERS }, () => createClient(pair.url));
    const written = clients.map(async (client, writer) => {
      const texts: string[] = [];
      for (let n = 0; going; n += 1) {
        const text = `${writer}:${n}`;
        const reply = await client.fetch('/', { method: 'POST', body: text });
        expect(reply.status).toBe(201);
        expect(Number(await reply.text())).toBeGreaterThan(0);
        texts.push(text);
      }
      return texts;
    });
    await killAgainAndAgain(pair, KILLS);
    going = false;
    const expected = await Promise.all(written);
    const [reader] = clients;
    const journal = (await (await reader!.fetch('/')).json()) as string[];
    for (const [writer, texts] of expected.entries()) {
      expect(texts.length).toBeGreaterThan(KILLS);
      expect(journal.filter((text) => text.startsWith(`${writer}:`))).toEqual(texts);
    }
    expect(journal.length).toBe(expected.flat().length);
    await Promise.all(clients.map((client) => client.close()));
    const [primary] = (await pair.status()).hosts;
    expect(primary?.kept.keys).toBe(0);
    expect(await pair.hash()).toMatchObject({ equal: true });
  });

  test('many requests of one client at a time, slow ones and large replies among them: each is done once, and has its own reply', async () => {
    const pair = await run(guest('journal.js')).ready();
    const client = createClient([pair.url], { silenceMs: 300 });
    const asked: Promise<string>[] = [];
    const ask = async (n: number): Promise<string> => {
      const query = n % 5 === 0 ? '?ms=700' : n % 7 === 0 ? '?pad=3000000' : '';
      const reply = await client.fetch(`/${query}`, { method: 'POST', body: `m${n}` });
      return (await reply.text()).trim();
    };
    for (let n = 0; n < 60; n += 1) asked.push(ask(n));
    await killAgainAndAgain(pair, 2);
    const places = await Promise.all(asked);
    const journal = (await (await client.fetch('/')).json()) as string[];
    expect(journal.length).toBe(60);
    expect(places.map((place) => journal[Number(place) - 1])).toEqual(asked.map((_, n) => `m${n}`));
    await client.close();
  });

  test('follows a redirect of the program as fetch does, also when the primary dies between', async () => {
    const pair = await run(guest('journal.js')).ready();
    const client = createClient(pair.url);
    const reply = await client.fetch('/elsewhere', { method: 'POST', body: 'x' });
    expect([reply.status, await reply.json()]).toEqual([200, ['x']]);
    signal(pair.primaryPid, 'SIGKILL');
    const again = await client.fetch('/elsewhere', { method: 'POST', body: 'y' });
    expect(await again.json()).toEqual(['x', 'y']);
    const manual = await client.fetch('/elsewhere', { method: 'POST', body: 'z', redirect: 'manual' });
    expect([manual.status, manual.headers.get('location')]).toEqual([303, '/']);
    await client.close();
  });
});
