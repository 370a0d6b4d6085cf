/** How a host looks for the primary. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { LoggingClient, LoggingServer } from '../../../src/host/channel/logging-channel.ts';
import type { LoggingConnection } from '../../../src/host/channel/logging-connection.ts';
import { Seeker } from '../../../src/host/channel/seeker.ts';

const TOKEN = 'the-token-of-this-pair';
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

test('a host that calls again does so under another name, so the port takes it while it still has the former connection', async () => {
  const names: string[] = [];
  const made: LoggingConnection[] = [];
  const ports = { connectedForPages: () => {}, noConnectionForPages: () => {}, failed: () => {} };
  const server = new LoggingServer(
    { address: '127.0.0.1', port: 0, token: TOKEN },
    { connected: ({ peer }) => names.push(peer), log: () => {} },
  );
  undo.push(() => server.close('test ends'));
  const { port } = await server.listen();
  await new Promise<void>((resolve) => {
    const seeker = new Seeker(TOKEN, 'backup-1', {
      ...ports,
      connected: (connection) => {
        undo.push(() => connection.destroy('test ends'));
        if (made.push(connection) === 2) resolve();
        else seeker.seek();
      },
    });
    undo.push(() => seeker.stop());
    seeker.lookAt([`ws://127.0.0.1:${port}`]);
    seeker.seek();
  });
  expect(names).toEqual(['backup-1.1', 'backup-1.2']);
});

/** A host of the pair; resolves with its URL. */
async function aHost(): Promise<string> {
  const server = new LoggingServer(
    { address: '127.0.0.1', port: 0, token: TOKEN },
    { connected: () => {}, log: () => {} },
  );
  undo.push(() => server.close('test ends'));
  return `ws://127.0.0.1:${(await server.listen()).port}`;
}

/** Takes connections, as the kernel of a host that is stopped does, and never says a word. */
async function aSleeper(): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => {})));
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The URLs that are called, in their order, by the one that answers; `say` hears of each that does not. */
function search(
  urls: readonly string[],
  say: (event: string) => void,
): { found(): void; next(): Promise<void> } {
  let connected = (): void => {};
  const seeker = new Seeker(TOKEN, 'spare-1', {
    connectedForPages: () => {},
    noConnectionForPages: () => {},
    failed: (url) => say(`${url} failed`),
    connected: (connection) => {
      undo.push(() => connection.destroy('test ends'));
      connected();
    },
  });
  undo.push(() => seeker.stop());
  seeker.lookAt(urls);
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      connected = resolve;
      seeker.seek();
    });
  return { found: () => seeker.found(), next };
}

test('of several hosts one that says nothing holds the search up for less than a handshake may take', async () => {
  const [sleeper, host] = [await aSleeper(), await aHost()];
  const events: string[] = [];
  const patient = new Promise<void>((resolve) => {
    new LoggingClient(
      { url: sleeper, token: TOKEN, peer: 'patient' },
      { connected: () => {}, failed: () => resolve() },
    );
  }).then(() => events.push('a handshake has timed out'));
  const { next } = search([sleeper, host], (event) => events.push(event));
  await next();
  events.push('found');
  await patient;
  expect(events).toEqual([`${sleeper} failed`, 'found', 'a handshake has timed out']);
});

test('a primary that was lost is asked last', async () => {
  const [one, other, dead] = [await aHost(), await aHost(), 'ws://127.0.0.1:9'];
  const events: string[] = [];
  const { found, next } = search([one, dead, other], (event) => events.push(event));
  await next();
  found();
  // Not `one` again, which would answer: between it and the next one is the dead one.
  await next();
  expect(events).toEqual([`${dead} failed`]);
});
