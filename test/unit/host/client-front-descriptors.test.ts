import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bindClientSocket, type ClientSocket } from '../../../src/host/supervisor/socket.ts';
import { type Bundle, bundle } from './bundle.ts';

/** A host with nothing but a front: it answers everything with its own name. */
const source = `
  import { ClientFront } from './src/host/front/client-front.ts';
  const [name, ...fds] = process.argv.slice(2);
  const front = new ClientFront(
    { clients: { fds: fds.map(Number) }, firstRequestId: 1, allowOrigins: [] },
    {
      deliver() {
        const id = next++;
        queueMicrotask(() => front.respond(id, '200\\nconnection\\nclose', Buffer.from(name)));
        return true;
      },
      aborted() {},
      isLive: () => true,
      log() {},
    },
  );
  let next = 1;
  process.on('message', async (order) => {
    if (order === 'close') front.close();
    try {
      const address = order === 'open' ? await front.open() : undefined;
      process.send({ port: address?.port });
    } catch (error) {
      process.send({ code: error.code, mend: error.mend });
    }
  });
  process.send('up');
`;

let front: Bundle;
let socket: ClientSocket;
const hosts: ChildProcess[] = [];
beforeAll(() => {
  front = bundle(source);
});
afterAll(() => front.remove());
afterEach(() => {
  for (const host of hosts.splice(0)) host.kill('SIGKILL');
  socket.close();
});

type Order = 'open' | 'close';
async function startHost(name: string, copies: number, otherFds: readonly number[] = []) {
  const fds = Array.from({ length: copies }, (_, index) => index + 4);
  const child = spawn(process.execPath, [front.path, name, ...[...fds, ...otherFds].map(String)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', ...fds.map(() => socket.fd)],
  });
  hosts.push(child);
  await once(child, 'message');
  const order = async (what: Order): Promise<unknown> => {
    child.send(what);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return { child, order };
}

const ask = async (): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${socket.port}/`, { headers: { connection: 'close' } });
  return `${response.status} ${await response.text()}`;
};

describe('inherited descriptors', () => {
  test('clients of a closed door wait for the next host that opens it, and lose nothing', async () => {
    socket = bindClientSocket('127.0.0.1', 0);
    const a = await startHost('a', 1);
    const b = await startHost('b', 1);
    expect(await a.order('open')).toEqual({ port: socket.port });
    expect(await ask()).toBe('200 a');
    a.child.kill('SIGKILL');
    await once(a.child, 'exit');
    const waiting = [ask(), ask(), ask()];
    await b.order('open');
    expect(await Promise.all(waiting)).toEqual(['200 b', '200 b', '200 b']);
  });

  test('each opening takes a descriptor: a host closes its doors and opens them while clients wait', async () => {
    socket = bindClientSocket('127.0.0.1', 0);
    const a = await startHost('a', 3);
    for (let round = 0; round < 2; round += 1) {
      await a.order('open');
      expect(await ask()).toBe('200 a');
      await a.order('close');
      const waiting = ask();
      await a.order('open');
      expect(await waiting).toBe('200 a');
      if (round === 0) await a.order('close');
    }
  });

  test('the last descriptor is kept: closed doors then tell clients to try later', async () => {
    socket = bindClientSocket('127.0.0.1', 0);
    const a = await startHost('a', 1);
    await a.order('open');
    await a.order('close');
    expect(await ask()).toBe('503 this host is not live now\n');
    expect(await a.order('open')).toEqual({ port: socket.port });
    expect(await ask()).toBe('200 a');
  });

  test.each([
    ['no descriptor', []],
    ['a descriptor that is no socket', [0]],
    ['a descriptor that nobody opened', [99]],
  ])('%s is refused with its mend', async (_case, fds) => {
    socket = bindClientSocket('127.0.0.1', 0);
    const a = await startHost('a', 0, fds);
    expect(await a.order('open')).toEqual({ code: 'SOCKET_NOT_INHERITED', mend: expect.any(String) });
  });
});
