/**
 * Ten thousand clients at a time: those that are served and stay, those that send half a request, those that
 * do not read. The host's memory is bounded.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { guest } from '../support/processes.ts';
import { insist, jsonOf } from '../support/processes-client.ts';
import { run } from '../support/processes-run.ts';

const CLIENTS = 10_000;
/** Connections that are made at a time, so that the queue of the listening socket is not overrun. */
const AT_ONCE = 200;
const MIB = 2 ** 20;
/**
 * For each connection some buffers of Node's and a parser; what is half sent or unread is
 * bounded for all together (base/limits.ts).
 */
const CONNECTION_BYTES = 24 * 1024;
const UNREAD_AND_HALF_SENT_BYTES = 160 * MIB;

const descriptors = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim());
const tooFew = descriptors < CLIENTS + 1_000;
if (tooFew)
  console.log(`skipped: ${CLIENTS} connections need more than ${descriptors} descriptors (ulimit -n)`);

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

async function connectAll(port: number, count: number, sent: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, async () => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(sent);
      sockets.push(socket);
    });
    await Promise.all(some);
  }
  return sockets;
}

describe.skipIf(tooFew)('ten thousand connections', () => {
  test('are held, each is served, and half-sent requests and unread replies cost a bounded memory', async () => {
    // What is tried here is how much a host holds; a busy machine may well keep one silent for half a second.
    const pair = await run(guest('journal.js'), '--suspect-ms', '10000').ready();
    const port = Number(new URL(pair.url).port);
    const before = residentBytes(pair.primaryPid);
    const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

    const idle = await connectAll(port, CLIENTS - 400, get);
    await Promise.all(
      idle.map(async (socket) => expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)),
    );
    // They promise four MiB each and send a part of it; in all more than is taken in.
    await connectAll(
      port,
      200,
      `POST / HTTP/1.1\r\nHost: h\r\nIdempotency-Key: k\r\nContent-Length: 4194304\r\n\r\n${'x'.repeat(MIB / 2)}`,
    );
    // They ask for three MiB each and read nothing.
    const deaf = await connectAll(
      port,
      200,
      'POST /?pad=3000000 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx',
    );
    for (const socket of deaf) socket.pause();

    const reply = await insist(pair.url, { method: 'POST', body: 'alive', timeoutMs: 30_000 });
    expect(reply.status).toBe(201);
    const all = jsonOf(await insist(pair.url)) as unknown as string[];
    expect(all).toContain('alive');
    const [primary] = (await pair.status()).hosts;
    expect(primary?.clientConnections).toBeGreaterThanOrEqual(idle.length);
    const grown = residentBytes(pair.primaryPid) - before;
    console.log(
      `${primary?.clientConnections} connections; the host grew by ${(grown / MIB).toFixed(0)} MiB`,
    );
    // The machine itself has 200 replies of three MiB to make.
    expect(grown).toBeLessThan(CLIENTS * CONNECTION_BYTES + UNREAD_AND_HALF_SENT_BYTES + 256 * MIB);
    expect(await pair.hash()).toMatchObject({ equal: true });
  });
});
