/**
 * Streaming bodies on a real pair (FT §2.2): piece by piece in both directions, more than the
 * machine's windows hold, and across a SIGKILL.
 */
import http from 'node:http';
import { expect, test } from 'vitest';
import { guest, signal } from '../support/processes.ts';
import { ask, insist, jsonOf } from '../support/processes-client.ts';
import { run } from '../support/processes-run.ts';

const MIB = 2 ** 20;

/** Reads server-sent events until `enough`; resolves with their numbers, and how the response ended. */
function readEvents(
  url: string,
  lastId: number,
  enough: (count: number) => boolean,
): Promise<{ readonly ids: readonly number[]; readonly cut: boolean }> {
  return new Promise((resolve, reject) => {
    const headers = lastId === 0 ? {} : { 'last-event-id': String(lastId) };
    const ids: number[] = [];
    const request = http.get(`${url}/events`, { agent: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          ids.push(Number(/^id: (\d+)$/m.exec(text.slice(0, end))?.[1]));
          text = text.slice(end + 2);
        }
        if (!enough(ids.length)) return;
        request.destroy();
        resolve({ ids, cut: false });
      });
      response.on('error', () => resolve({ ids, cut: true }));
    });
    request.on('error', (error) => (ids.length > 0 ? undefined : reject(error)));
  });
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i + 1);

test('a large download and a large upload pass whole through a machine that never holds them, and the pair stays equal', async () => {
  const pair = await run(guest('streams.js')).ready();
  const download = await ask(`${pair.url}/download?chunks=160`, { timeoutMs: 60_000 });
  expect(download.body.length).toBe(10 * MIB);
  const upload = await ask(`${pair.url}/count`, {
    method: 'POST',
    body: Buffer.alloc(10 * MIB),
    timeoutMs: 60_000,
  });
  expect(jsonOf(upload)).toEqual({ bytes: 10 * MIB });
  const text = 'there and back '.repeat(100_000);
  expect((await ask(`${pair.url}/echo`, { method: 'POST', body: text, timeoutMs: 60_000 })).body).toBe(text);
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('server-sent events across a SIGKILL: the stream is cut, the guest hears of it, and Last-Event-ID resumes without a gap', async () => {
  const pair = await run(guest('streams.js')).ready();
  const first = await readEvents(pair.url, 0, (count) => {
    if (count === 10) signal(pair.primaryPid, 'SIGKILL');
    return false;
  });
  expect(first.cut).toBe(true);
  expect(first.ids).toEqual(upTo(first.ids.length));
  await pair.waitForLine((text) => text === 'a reader has gone');
  // Whoever has been told of an event can rely on it: the machine that serves now has made it, too.
  const { events } = jsonOf(await insist(pair.url));
  expect(Number(events)).toBeGreaterThanOrEqual(first.ids.length);
  await pair.waitFor('redundant');
  const second = await readEvents(pair.url, first.ids.length, (count) => count === 10);
  expect(second.ids).toEqual(upTo(10, first.ids.length));
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});
