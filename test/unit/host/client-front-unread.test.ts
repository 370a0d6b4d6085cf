/** Clients that ask and do not read: what they may cost, and who pays. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  type Answer,
  bytes,
  connect,
  exchange,
  get,
  getAndClose,
  restOf,
  startFront,
  statusOf,
  withLimits,
} from './client-front-harness.ts';

const MIB = 2 ** 20;
const big = new Uint8Array(8 * MIB);
/** What goes into the kernel's own buffers is nobody's concern: the bodies here are larger. */
const answerBig: Answer = (request, front) =>
  front.respond(request.id, '200', request.target === '/small' ? bytes('small') : big);

async function reader(port: number, path: string): Promise<Socket> {
  const socket = await connect(port);
  socket.pause();
  socket.write(getAndClose(path));
  return socket;
}

describe('responses that nobody reads', () => {
  test('beyond the budget the connection goes that has taken nothing for the longest time; others are served', async () => {
    withLimits({ unreadReplyBytes: 20 * MIB });
    const { front, port, requests, log, until } = await startFront(answerBig);
    const sockets: Socket[] = [];
    for (let i = 0; i < 3; i += 1) {
      sockets.push(await reader(port, `/${i}`));
      await until(() => requests.length === i + 1);
    }
    expect(statusOf(await exchange(port, getAndClose('/small')))).toBe(200);
    expect(front.connections).toBe(2);
    expect(log.join()).toContain('do not read');
    // The oldest is the one that was reset, with what it had not read.
    expect((await restOf(sockets[0] as Socket)).length).toBeLessThan(big.length);
    expect(statusOf(await restOf(sockets[2] as Socket))).toBe(200);
  });

  test('one connection that pipelines more than the budget and never reads is reset', async () => {
    withLimits({ unreadReplyBytes: 20 * MIB });
    const { front, port, requests, until } = await startFront(answerBig);
    const socket = await connect(port);
    socket.pause();
    socket.write(get('/').repeat(10));
    await until(() => requests.length >= 3);
    expect(statusOf(await exchange(port, getAndClose('/small')))).toBe(200);
    expect(front.connections).toBe(0);
  });

  test('one response that is larger than the budget reaches a client that reads', async () => {
    withLimits({ unreadReplyBytes: MIB });
    const { port } = await startFront(answerBig);
    expect((await exchange(port, getAndClose('/'))).length).toBeGreaterThan(big.length);
  });

  test('a connection that takes nothing of its response is ended after a while', async () => {
    withLimits({ replyStalledMs: 100 });
    const { front, port, requests, until } = await startFront(answerBig);
    const socket = await reader(port, '/');
    await until(() => requests.length === 1);
    // Not read at all, so its end cannot be seen from here.
    while (front.connections > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
  });

  test('a client that has read everything may wait for the guest for longer than that', async () => {
    withLimits({ replyStalledMs: 500 });
    const { port } = await startFront((request, front) => {
      if (request.target === '/big') front.respond(request.id, '200', big);
      else setTimeout(() => front.respond(request.id, '200', bytes('late')), 1_200);
    });
    expect(await exchange(port, get('/big') + getAndClose('/slow'))).toMatch(/late$/);
  });
});

test('header 1,500 of a request reaches the guest', async () => {
  const { port, requests } = await startFront();
  const names = Array.from({ length: 1_500 }, (_, i) => `a${i}: b`);
  expect(statusOf(await exchange(port, get('/', 'Connection: close', ...names)))).toBe(200);
  expect(requests[0]?.headers).toContainEqual(['a1499', 'b']);
});
