import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { limits } from '../../../src/base/limits.ts';
import { LoggingClient, LoggingServer } from '../../../src/host/channel/logging-channel.ts';
import type { ChannelEnd, LoggingConnection } from '../../../src/host/channel/logging-connection.ts';
import { bundle } from './bundle.ts';
import { withLimits } from './client-front-harness.ts';

const TOKEN = 'the-token-of-this-pair';
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

/** Things that arrive, for one reader that waits for them in order. */
class Inbox<T> {
  readonly #items: T[] = [];
  #wake = (): void => {};
  readonly put = (item: T): void => {
    this.#items.push(item);
    this.#wake();
  };
  async next(): Promise<T> {
    while (this.#items.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#items.shift()!;
  }
  get length(): number {
    return this.#items.length;
  }
}

interface Side {
  readonly connection: LoggingConnection;
  readonly messages: Inbox<Buffer>;
  readonly ends: Inbox<ChannelEnd>;
}

function sideOf(connection: LoggingConnection): Side {
  const side = { connection, messages: new Inbox<Buffer>(), ends: new Inbox<ChannelEnd>() };
  connection.onMessage((bytes) => side.messages.put(Buffer.from(bytes)));
  connection.onClose(side.ends.put);
  return side;
}

async function startServer() {
  const sides = new Inbox<Side>();
  const log: string[] = [];
  const server = new LoggingServer(
    { address: '127.0.0.1', port: 0, token: TOKEN },
    { connected: (connection) => sides.put(sideOf(connection)), log: (line) => log.push(line) },
  );
  undo.push(() => server.close('test ends'));
  const { port } = await server.listen();
  return { server, port, url: `ws://127.0.0.1:${port}`, sides, log };
}

function connect(url: string, { token = TOKEN, peer = 'backup-1' } = {}) {
  return new Promise<Side | ChannelEnd>((resolve) => {
    const ports = {
      connected: (connection: LoggingConnection) => resolve(sideOf(connection)),
      failed: resolve,
    };
    const client = new LoggingClient({ url, token, peer }, ports);
    undo.push(() => client.cancel());
  });
}

async function startPair() {
  const started = await startServer();
  const backup = (await connect(started.url)) as Side;
  undo.push(() => backup.connection.destroy('test ends'));
  return { ...started, backup, primary: await started.sides.next() };
}

const authorized = { headers: { authorization: `Bearer ${TOKEN}`, 'x-tandem-peer': 'raw' } };

async function exchange(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(text);
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  await once(socket, 'close');
  return received;
}

const upgradeRequest = (path: string, ...lines: string[]): string =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: h',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...lines,
    '\r\n',
  ].join('\r\n');

describe('logging channel', () => {
  test('messages arrive both ways, whole and in order', async () => {
    const { primary, backup } = await startPair();
    expect(primary.connection.peer).toBe('backup-1');
    const sizes = [0, 1, 125, 126, 65_535, 65_536, limits.channelMessageBytes];
    for (const [from, to] of [
      [primary, backup],
      [backup, primary],
    ] as const) {
      for (const size of sizes) from.connection.send(Buffer.alloc(size, size & 255));
      for (const size of sizes) {
        expect(Buffer.alloc(size, size & 255).equals(await to.messages.next())).toBe(true);
      }
      expect(to.connection.receivedBytes).toBe(from.connection.sentBytes);
      expect(from.connection.bufferedBytes).toBe(0);
    }
  });

  test('a message that is sent in pieces is one message, and its pieces are not put together', async () => {
    const { primary, backup } = await startPair();
    const heard = new Promise<readonly Uint8Array[]>((resolve) =>
      backup.connection.onMessage((...pieces) => resolve(pieces)),
    );
    primary.connection.send(Buffer.from('head'), Buffer.from('body'));
    expect((await heard).map(String)).toEqual(['head', 'body']);
    expect(backup.connection.receivedBytes).toBe(8);
    expect(primary.connection.sentBytes).toBe(8);
  });

  test('a message that a peer has cut into several pieces arrives whole, and into more than the bound ends the connection', async () => {
    const { url, sides } = await startServer();
    const raw = new WebSocket(`${url}/log`, authorized);
    undo.push(() => raw.terminate());
    await once(raw, 'open');
    const { messages, ends } = await sides.next();
    const sendIn = (count: number): void => {
      for (let piece = 1; piece <= count; piece += 1) raw.send('x', { binary: true, fin: piece === count });
    };
    sendIn(limits.channelFragments);
    expect(String(await messages.next())).toBe('x'.repeat(limits.channelFragments));
    sendIn(limits.channelFragments + 1);
    expect(await ends.next()).toMatchObject({ kind: 'violated', code: 'TOO_MANY_BUFFERED_PARTS' });
  });

  test('what one tick sends arrives in one piece', async () => {
    const { port, sides } = await startServer();
    const socket = net.connect(port, '127.0.0.1');
    socket.write(upgradeRequest('/log', `Authorization: Bearer ${TOKEN}`, 'X-Tandem-Peer: raw'));
    await once(socket, 'data');
    const { connection } = await sides.next();
    for (let i = 0; i < 100; i += 1) connection.send(Buffer.alloc(10, i));
    const [chunk] = await once(socket, 'data');
    expect(chunk.length).toBe(100 * 12);
    socket.destroy();
  });

  test('the bytes that were sent are not changed by the masking of a client', async () => {
    const { primary, backup } = await startPair();
    const bytes = new Uint8Array(1_000).fill(9);
    backup.connection.send(bytes);
    expect(await primary.messages.next()).toEqual(Buffer.alloc(1_000, 9));
    expect(bytes).toEqual(new Uint8Array(1_000).fill(9));
  });

  test('an orderly close comes after the messages that were sent before it, with its reason', async () => {
    const { primary, backup } = await startPair();
    primary.connection.send(Buffer.from('last'));
    primary.connection.close(1000, `goodbye ${'ä'.repeat(100)}`);
    expect(String(await backup.messages.next())).toBe('last');
    expect(await backup.ends.next()).toEqual({
      kind: 'closed',
      code: 1000,
      reason: `goodbye ${'ä'.repeat(56)}`,
    });
    expect(await primary.ends.next()).toMatchObject({ kind: 'closed', code: 1000 });
  });

  test('a connection that breaks is lost at once, on both sides', async () => {
    const { primary, backup } = await startPair();
    primary.connection.destroy('enough');
    expect(await primary.ends.next()).toEqual({ kind: 'lost', reason: 'enough' });
    expect(await backup.ends.next()).toMatchObject({ kind: 'lost' });
    backup.connection.send(Buffer.from('into the void'));
    expect(await new Promise((resolve) => backup.connection.onClose(resolve))).toMatchObject({
      kind: 'lost',
    });
  });

  test('a peer whose name is connected is refused, and the one that has it stays; the name is free when that one is gone', async () => {
    const { url, primary, backup, sides, log } = await startPair();
    expect(await connect(url)).toMatchObject({ kind: 'refused', status: 409 });
    expect(log.at(-1)).toContain('a peer of this name');
    primary.connection.send(Buffer.from('still here'));
    expect(String(await backup.messages.next())).toBe('still here');
    const other = (await connect(url, { peer: 'backup-2' })) as Side;
    await sides.next();
    expect(primary.ends.length + backup.ends.length + other.ends.length).toBe(0);
    backup.connection.destroy('gone');
    await primary.ends.next();
    const again = (await connect(url)) as Side;
    (await sides.next()).connection.send(Buffer.from('welcome'));
    expect(String(await again.messages.next())).toBe('welcome');
  });

  test('a peer that does not read is cut off when too much waits for it (I10)', async () => {
    const { port, sides } = await startServer();
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(upgradeRequest('/log', `Authorization: Bearer ${TOKEN}`, 'X-Tandem-Peer: raw'));
    await once(socket, 'data');
    socket.pause();
    const { connection, ends } = await sides.next();
    const bytes = Buffer.alloc(8 * 1024 * 1024);
    let most = 0;
    for (let i = 0; i < 50; i += 1) {
      connection.send(bytes);
      most = Math.max(most, connection.bufferedBytes);
    }
    expect(await ends.next()).toMatchObject({ kind: 'overflowed' });
    expect(most).toBeLessThanOrEqual(limits.channelSendBytes + 20);
    socket.destroy();
  });
});

describe('strangers', () => {
  test.each([
    ['a wrong token', '/log', ['Authorization: Bearer not-the-token-of-this-pair', 'X-Tandem-Peer: a'], 401],
    ['no token', '/log', ['X-Tandem-Peer: a'], 401],
    ['another scheme', '/log', [`Authorization: Basic ${TOKEN}`, 'X-Tandem-Peer: a'], 401],
    ['another path', '/', [`Authorization: Bearer ${TOKEN}`, 'X-Tandem-Peer: a'], 404],
    ['no name', '/log', [`Authorization: Bearer ${TOKEN}`], 400],
    ['a name that is none', '/log', [`Authorization: Bearer ${TOKEN}`, 'X-Tandem-Peer: a b'], 400],
  ])('%s is refused before the upgrade', async (_case, path, lines, status) => {
    const { port, sides, log } = await startServer();
    expect(await exchange(port, upgradeRequest(path, ...lines))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(sides.length).toBe(0);
    expect(log).toHaveLength(1);
    expect(log[0]).not.toContain(TOKEN);
  });

  test.each([
    ['plain HTTP', 'GET /log HTTP/1.1\r\nHost: h\r\n\r\n', 426],
    ['plain HTTP elsewhere', 'GET /other HTTP/1.1\r\nHost: h\r\n\r\n', 404],
    ['nonsense', 'nonsense\r\n\r\n', 400],
  ])('%s gets its HTTP status', async (_case, text, status) => {
    const { port } = await startServer();
    expect(await exchange(port, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test('however many hold connections and say nothing, a peer with the token comes in, and the log says so once', async () => {
    const { port, url, sides, log } = await startServer();
    const reopen = (): void => {
      const socket = net.connect(port, '127.0.0.1').on('error', () => {});
      open.add(socket);
      socket.on('close', () => {
        open.delete(socket);
        if (!isOver) reopen();
      });
    };
    const open = new Set<net.Socket>();
    let isOver = false;
    undo.push(() => {
      isOver = true;
      for (const socket of open) socket.destroy();
    });
    for (let each = 0; each < limits.channelStrangers + 40; each += 1) reopen();
    while (log.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const backup = (await connect(url)) as Side;
    const primary = await sides.next();
    primary.connection.send(Buffer.from('welcome'));
    expect(String(await backup.messages.next())).toBe('welcome');
    expect(log).toEqual([expect.stringMatching(/ turned away that did not show the token, .*127\.0\.0\.1/)]);
  });

  test('one that says nothing is turned away, a peer that says nothing more after the handshake is not', async () => {
    const { port, primary, backup, log } = await startPair();
    const silent = net.connect(port, '127.0.0.1');
    await once(silent, 'close');
    expect(log).toHaveLength(1);
    expect(primary.ends.length + backup.ends.length).toBe(0);
  });

  test('an upgrade with the token that is no WebSocket handshake gets 400', async () => {
    const { port, sides } = await startServer();
    const text = upgradeRequest('/log', `Authorization: Bearer ${TOKEN}`, 'X-Tandem-Peer: a');
    expect(await exchange(port, text.replace(/Sec-WebSocket-Key: .*\r\n/, ''))).toMatch(/^HTTP\/1.1 400 /);
    expect(sides.length).toBe(0);
  });

  test('thousands that are refused are a line in the log for each reason, and one in a while', async () => {
    withLimits({ channelStrangersSaidMs: 60_000 });
    const { url, log } = await startServer();
    for (let count = 0; count < 20; count += 1) {
      expect(await connect(url, { token: 'another-pairs-token' })).toMatchObject({ status: 401 });
    }
    expect(await connect(`${url}/elsewhere`)).toMatchObject({ status: 404 });
    expect(log).toEqual([
      expect.stringMatching(/127\.0\.0\.1 refused: not this pair's token$/),
      expect.stringMatching(/refused: the logging channel is at/),
    ]);
    withLimits({ channelStrangersSaidMs: 0 });
    await connect(url, { token: 'another-pairs-token' });
    expect(log.at(-1)).toMatch(/not this pair's token \(19 more since this was last said\)$/);
  });

  test('a client learns why it was refused', async () => {
    const { url } = await startServer();
    expect(await connect(url, { token: 'some-other-token' })).toEqual({
      kind: 'refused',
      status: 401,
      reason: '401 Unauthorized',
    });
    expect(await connect(`${url}/elsewhere`)).toMatchObject({ kind: 'refused', status: 404 });
  });

  test('a client learns that nobody is there, and is told why once', async () => {
    const { server, url } = await startServer();
    server.close('gone');
    const { host } = new URL(url);
    expect(await connect(url)).toMatchObject({ kind: 'lost', reason: `connect ECONNREFUSED ${host}` });
  });

  test('a client gives up on a server that never answers', { timeout: 10_000 }, async () => {
    const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
    undo.push(() => silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as net.AddressInfo;
    expect(await connect(`ws://127.0.0.1:${port}`)).toMatchObject({ kind: 'lost' });
  });

  test('a URL that is none is refused with its mend', () => {
    const ports = { connected: () => {}, failed: () => {} };
    for (const url of ['nowhere', 'http://127.0.0.1:1', 'ws://127.0.0.1:1/#x']) {
      expect(() => new LoggingClient({ url, token: TOKEN, peer: 'a' }, ports)).toThrow(
        expect.objectContaining({ code: 'LOG_URL_INVALID', mend: expect.any(String) }),
      );
    }
  });

  test('a port in use is refused with its mend', async () => {
    const { port } = await startServer();
    const ports = { connected: () => {}, log: () => {} };
    const second = new LoggingServer({ address: '127.0.0.1', port, token: TOKEN }, ports);
    await expect(second.listen()).rejects.toMatchObject({ code: 'PORT_IN_USE', mend: expect.any(String) });
  });
});

describe('peers that break the rules', () => {
  async function rawPeer() {
    const { url, sides } = await startServer();
    const raw = new WebSocket(`${url}/log`, authorized);
    raw.on('error', () => {});
    await once(raw, 'open');
    return { raw, side: await sides.next() };
  }

  test('a text frame is a violation and ends the connection with 1003', async () => {
    const { raw, side } = await rawPeer();
    raw.send('hello');
    expect(await side.ends.next()).toMatchObject({ kind: 'violated', code: 'TEXT_FRAME' });
    expect((await once(raw, 'close'))[0]).toBe(1003);
    expect(side.messages.length).toBe(0);
  });

  test('a message above the limit is a violation and ends the connection with 1009', async () => {
    const { raw, side } = await rawPeer();
    raw.send(Buffer.alloc(limits.channelMessageBytes + 1));
    expect(await side.ends.next()).toMatchObject({ kind: 'violated', code: 'UNSUPPORTED_MESSAGE_LENGTH' });
    expect((await once(raw, 'close'))[0]).toBe(1009);
  });

  test('bytes that are no frames are a violation', async () => {
    const { port, sides } = await startServer();
    const socket = net.connect(port, '127.0.0.1');
    socket.write(upgradeRequest('/log', `Authorization: Bearer ${TOKEN}`, 'X-Tandem-Peer: raw'));
    await once(socket, 'data');
    socket.write('this is not WebSocket');
    expect(await (await sides.next()).ends.next()).toMatchObject({ kind: 'violated' });
    socket.destroy();
  });

  test('nothing is received after a violation', async () => {
    const { raw, side } = await rawPeer();
    raw.send('text');
    raw.send(Buffer.from('more'));
    await once(raw, 'close');
    expect(side.messages.length).toBe(0);
    expect(side.ends.length).toBe(1);
  });

  test('a server that breaks the rules is a violation for its client, too', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    undo.push(() => server.close());
    await once(server, 'listening');
    server.on('connection', (socket) => socket.send('text'));
    const { port } = server.address() as net.AddressInfo;
    const side = (await connect(`ws://127.0.0.1:${port}`)) as Side;
    expect(await side.ends.next()).toMatchObject({ kind: 'violated', code: 'TEXT_FRAME' });
  });
});

describe('a dead peer does not keep a process from its end', () => {
  const runBundled = async (source: string, ...args: string[]): Promise<number | null> => {
    const made = bundle(source);
    undo.push(() => made.remove());
    const child = spawn(process.execPath, [made.path, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'exit');
    return code;
  };

  test('of a client that has closed', async () => {
    const deaf = net.createServer((socket) => {
      socket.once('data', (request) => {
        const key = /sec-websocket-key: (.*)\r\n/i.exec(String(request))?.[1];
        void accept(String(key)).then((answer) => socket.write(answer));
      });
    });
    deaf.listen(0, '127.0.0.1');
    undo.push(() => deaf.close());
    await once(deaf, 'listening');
    const { port } = deaf.address() as net.AddressInfo;
    const begin = performance.now();
    const code = await runBundled(
      `
      import { LoggingClient } from './src/host/channel/logging-channel.ts';
      const options = { url: process.argv[2], token: '${TOKEN}', peer: 'a' };
      new LoggingClient(options, {
        connected: (connection) => connection.close(1000, 'goodbye'),
        failed: (end) => { throw new Error(JSON.stringify(end)); },
      });
      `,
      `ws://127.0.0.1:${port}`,
    );
    expect(code).toBe(0);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  test('of a server that has closed', async () => {
    const begin = performance.now();
    const code = await runBundled(`
      import net from 'node:net';
      import { LoggingServer } from './src/host/channel/logging-channel.ts';
      const server = new LoggingServer(
        { address: '127.0.0.1', port: 0, token: '${TOKEN}' },
        { connected: () => server.close('goodbye'), log: () => {} },
      );
      const { port } = await server.listen();
      const deaf = net.connect(port, '127.0.0.1');
      deaf.write(${JSON.stringify(upgradeRequest('/log', `Authorization: Bearer ${TOKEN}`, 'X-Tandem-Peer: a'))});
      deaf.unref();
    `);
    expect(code).toBe(0);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });
});

/** The answer to a WebSocket handshake (RFC 6455 §4.2.2). */
async function accept(key: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  const digest = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${digest}\r\n\r\n`;
}
