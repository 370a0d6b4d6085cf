/**
 * The last requests of a machine that is switched off (FT §3.3): what is
 * open is answered, nobody new is let in.
 */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  bytes,
  connect,
  exchange,
  get,
  getAndClose,
  nextChunk,
  startFront,
  statusOf,
} from './client-front-harness.ts';

/** A front whose guest answers when the test says so. */
async function startSlow() {
  const started = await startFront(() => {});
  let isDrained = false;
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      started.front.drain(() => {
        isDrained = true;
        resolve();
      });
    });
  const answer = (nth: number, body: Uint8Array = bytes('ok')): void =>
    started.front.respond(started.requests[nth]?.id ?? 0, '200', body);
  return { ...started, drained, answer, isDrained: () => isDrained };
}

describe('draining', () => {
  test('without an open request it is done at once', async () => {
    const { drained } = await startSlow();
    await drained();
  });

  test('waits for every open request, and each gets its reply', async () => {
    const { port, drained, answer, isDrained, until, requests } = await startSlow();
    const replies = ['/a', '/b'].map((path) => exchange(port, getAndClose(path)));
    await until(() => requests.length === 2);
    const done = drained();
    answer(0);
    expect(isDrained()).toBe(false);
    answer(1);
    await done;
    for (const reply of await Promise.all(replies)) expect(statusOf(reply)).toBe(200);
  });

  test('given up, whoever comes through the doors that open again is let in', async () => {
    const { front, port, drained, answer, until, requests } = await startSlow();
    await drained();
    front.stopDraining();
    await front.open();
    const reply = exchange(port, getAndClose('/again'));
    await until(() => requests.length === 1);
    answer(0);
    expect(statusOf(await reply)).toBe(200);
  });

  test('a request whose client leaves is not waited for', async () => {
    const { port, drained, until, requests } = await startSlow();
    const socket = await connect(port);
    socket.write(get('/a'));
    await until(() => requests.length === 1);
    const done = drained();
    socket.destroy();
    await done;
  });

  test('a new request on an open connection is refused with 503 and does not reach the guest', async () => {
    const { port, drained, answer, until, requests } = await startSlow();
    const [first, second] = [await connect(port), await connect(port)];
    first.write(get('/a'));
    await until(() => requests.length === 1);
    const done = drained();
    second.write(get('/b'));
    expect(statusOf(await nextChunk(second))).toBe(503);
    expect(requests).toHaveLength(1);
    answer(0);
    await done;
    expect(statusOf(await nextChunk(first))).toBe(200);
    for (const socket of [first, second]) socket.destroy();
  });

  test('a request whose body comes in whole only now is refused as well', async () => {
    const { port, drained, requests } = await startSlow();
    const socket = await connect(port);
    socket.write('POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    expect(await nextChunk(socket)).toContain('100 Continue');
    await drained();
    socket.write('hi');
    expect(statusOf(await nextChunk(socket))).toBe(503);
    expect(requests).toEqual([]);
    socket.destroy();
  });

  test('a response that its client reads slowly leaves whole before it is done', async () => {
    const { port, drained, answer, isDrained, until, requests, front } = await startSlow();
    const size = 32 * 2 ** 20;
    const socket = await connect(port);
    socket.write(get('/large'));
    await until(() => requests.length === 1);
    answer(0, new Uint8Array(size));
    const done = drained();
    expect(isDrained()).toBe(false);
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await done;
    const end = once(socket, 'end');
    front.destroyAll();
    await end;
    expect(received).toBeGreaterThan(size);
    socket.destroy();
  });
});
