/**
 * What the client library's WebSocket makes of a machine's words, and of connections that end or fall silent.
 * The machines are scripts over real connections.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createClient,
  type PlatformSocketClass,
  SocketFullError,
  type TandemCloseEvent,
  type TandemWebSocket,
} from 'tandem-vm/client';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

const ID = '0123456789abcdef'.repeat(2);
const carrier = { WebSocket: WebSocket as unknown as PlatformSocketClass, deadlineMs: 2_000 };

interface Connection {
  readonly offered: readonly string[];
  readonly socket: WebSocket;
  readonly heard: string[];
}

/** Calls `script` with each connection and its number. */
async function machine(
  script: (connection: Connection, index: number) => void,
  protocol = 'tandem.v1',
): Promise<{ readonly url: string; readonly connections: readonly Connection[] }> {
  const connections: Connection[] = [];
  let offered: string[] = [];
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (all) => {
      offered = [...all];
      return protocol;
    },
  });
  server.on('connection', (socket) => {
    const connection = { offered, socket, heard: [] as string[] };
    socket.on('message', (data, isBinary) =>
      connection.heard.push(isBinary ? `bytes ${(data as Buffer).join()}` : String(data)),
    );
    connections.push(connection);
    script(connection, connections.length - 1);
  });
  await once(server, 'listening');
  onTestFinished(() => {
    for (const { socket } of connections) socket.terminate();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}

function open(url: string, options = {}, protocols: string[] = []): TandemWebSocket {
  const client = createClient(url, { ...carrier, ...options });
  onTestFinished(() => client.close());
  return client.webSocket('/a?b=c', protocols);
}

const closeOf = async (socket: TandemWebSocket): Promise<readonly [number, string, boolean]> => {
  const [{ code, reason, wasClean }] = (await once(socket, 'close')) as [TandemCloseEvent];
  return [code, reason, wasClean];
};

test('what was said and not acknowledged is said again on the next connection, behind the place that the machine names', async () => {
  const { url, connections } = await machine(({ socket, heard }, index) => {
    socket.send(`h${ID}\n${index}\nchat`);
    if (index === 0) {
      socket.send('mone');
      socket.send(Uint8Array.of(2));
      socket.on('message', () => heard.length === 3 && socket.terminate());
    } else socket.on('message', () => heard.length === 2 && socket.send('a3'));
  });
  const socket = open(url, {}, ['chat']);
  const heard: unknown[] = [];
  socket.onmessage = ({ data }) => heard.push(data);
  expect(() => socket.send('early')).toThrow(/not open yet/);
  await once(socket, 'open');
  expect([socket.protocol, socket.readyState]).toEqual(['chat', 1]);
  socket.send('a');
  socket.send(Uint8Array.of(1, 2));
  socket.send('c');
  await expect.poll(() => connections[1]?.heard).toEqual(['bytes 1,2', 'mc']);
  await expect.poll(() => socket.bufferedAmount).toBe(0);
  expect(connections.map(({ offered }) => offered)).toEqual([
    ['tandem.v1', expect.stringMatching(/^tandem\.open\.[0-9a-f]{32}$/), 'chat'],
    ['tandem.v1', `tandem.resume.${ID}.2`],
  ]);
  expect(heard).toEqual(['one', Uint8Array.of(2).buffer]);
  expect(socket.url).toBe(`${url.replace('http', 'ws')}/a?b=c`);
});

test('a connection on which nothing is acknowledged is left for another one', async () => {
  const { url, connections } = await machine(({ socket }, index) => {
    socket.send(`h${ID}\n0\n`);
    if (index === 1) socket.on('message', () => socket.send('a1'));
  });
  const socket = open(url, { silenceMs: 100 });
  await once(socket, 'open');
  socket.send('x');
  await expect.poll(() => socket.bufferedAmount).toBe(0);
  expect(connections.map(({ heard }) => heard)).toEqual([['mx'], ['mx']]);
});

test('a program that takes long to accept is not taken to decline, however often its host was silent', async () => {
  const machines = new WebSocketServer({ noServer: true, handleProtocols: () => 'tandem.v1' });
  const names: (string | undefined)[] = [];
  const server = createServer((_, response) => response.end('live'));
  server.on('upgrade', (request, socket, head) => {
    names.push(request.headers['sec-websocket-protocol']);
    socket.on('error', () => {});
    if (names.length < 6) return;
    machines.handleUpgrade(request, socket, head, (accepted) => accepted.send(`h${ID}\n0\n`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    for (const accepted of machines.clients) accepted.terminate();
  });
  const { port } = server.address() as AddressInfo;
  const socket = open(`http://127.0.0.1:${port}`, { silenceMs: 100, deadlineMs: 0 });
  expect(await Promise.race([once(socket, 'open').then(() => 'open'), closeOf(socket)])).toBe('open');
  expect(new Set(names).size).toBe(1);
});

test('messages are acknowledged, sixteen at once or a little later', async () => {
  const { url, connections } = await machine(({ socket }) => {
    socket.send(`h${ID}\n0\n`);
    for (let n = 0; n < 18; n += 1) socket.send(`m${n}`);
  });
  await once(open(url), 'open');
  await expect.poll(() => connections[0]?.heard).toEqual(['a16', 'a18']);
});

test('it closes when the machine has all that was said; a machine’s close comes behind its messages', async () => {
  const { url, connections } = await machine(({ socket, heard }, index) => {
    socket.send(`h${ID}\n0\n`);
    if (index === 0) socket.on('message', () => heard.length === 2 && socket.send('a2'));
    else {
      socket.send('mlast');
      socket.send('c4001\nenough\nsaid');
    }
  });
  const socket = open(url);
  await once(socket, 'open');
  socket.send('x');
  const closed = closeOf(socket);
  socket.close(4000, 'bye');
  expect(socket.readyState).toBe(2);
  expect(await closed).toEqual([4000, 'bye', true]);
  expect(connections[0]?.heard).toEqual(['mx', 'c4000\nbye']);

  const other = open(url);
  const message = once(other, 'message');
  expect(await closeOf(other)).toEqual([4001, 'enough\nsaid', true]);
  expect(((await message) as [MessageEvent])[0].data).toBe('last');
  await expect.poll(() => connections[1]?.heard).toEqual(['a2']);
});

test.each([
  [
    'a machine that does not know it any more',
    (s: WebSocket) => s.close(4410, 'not known'),
    [4410, 'not known', false],
  ],
  [
    'an acknowledgement of what was not said',
    (s: WebSocket) => s.send('a7'),
    [1006, 'the machine says that it has 7 messages, which cannot be', false],
  ],
] as const)('%s ends it, with the reason', async (_, word, expected) => {
  const { url, connections } = await machine(({ socket }) => {
    socket.send(`h${ID}\n0\n`);
    word(socket);
  });
  const socket = open(url);
  expect(await closeOf(socket)).toEqual(expected);
  expect(connections).toHaveLength(1);
});

test('a server that speaks another protocol is none of Tandem’s', async () => {
  const { url } = await machine(() => {}, 'chat');
  expect(await closeOf(open(url, {}, ['chat']))).toEqual([4406, `${url} does not speak tandem.v1`, false]);
});

test('what cannot be kept or carried is refused where it is said, and nothing is lost by it', async () => {
  const { url } = await machine(({ socket }) => socket.send(`h${ID}\n0\n`));
  const socket = open(url);
  await once(socket, 'open');
  expect(() => socket.send('ü'.repeat(2 ** 19))).toThrow(/at most 1048575 bytes, not 1048576/);
  expect(() => socket.send(new Blob(['lost']) as never)).toThrow(/a string, an ArrayBuffer or a view/);
  expect(socket.bufferedAmount).toBe(0);
  const most = new Uint8Array(2 ** 20 - 1);
  for (let n = 0; n < 4; n += 1) socket.send(most);
  expect(() => socket.send(most)).toThrow(SocketFullError);
  expect(socket.bufferedAmount).toBe(4 * most.length);
  expect(() => socket.close(1001)).toThrow(/1000, or with 3000 to 4999/);
  const client = createClient(url, carrier);
  expect(() => client.webSocket('ws://other.test/')).toThrow(/is none of this client's hosts/);
});

test.each([[['bad protocol']], [['chat', 'chat']], [['']], [['tandem.v1']], [['tandem.resume.x']]])(
  'subprotocols that cannot be offered are thrown back at whoever asks for them: %j',
  (protocols) => {
    const client = createClient('http://127.0.0.1:9', carrier);
    expect(() => client.webSocket('/', protocols)).toThrow(
      expect.objectContaining({ name: 'SyntaxError', message: expect.stringContaining('subprotocol') }),
    );
  },
);

test('a WebSocket that the platform refuses to make closes, and says why', async () => {
  class Forbidding {
    constructor() {
      throw new DOMException('not from a page like this', 'SecurityError');
    }
  }
  const socket = open('http://127.0.0.1:9', { WebSocket: Forbidding });
  const failed = once(socket, 'error');
  expect(await closeOf(socket)).toEqual([1006, 'not from a page like this', false]);
  await failed;
});

test('a client with many WebSockets is no leak of listeners to Node', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error): number => warnings.push(warning);
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const { url } = await machine(() => {});
  const client = createClient(url, carrier);
  const closed = Array.from({ length: 20 }, () => closeOf(client.webSocket('/')));
  await client.close();
  const lost = [1006, 'the client was closed', false];
  expect(await Promise.all(closed)).toEqual(closed.map(() => lost));
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

test('a client that is closed says so to the machine and closes its WebSockets', async () => {
  const { url, connections } = await machine(({ socket }) => socket.send(`h${ID}\n0\n`));
  const client = createClient(url, carrier);
  const socket = client.webSocket('/');
  await once(socket, 'open');
  const closed = closeOf(socket);
  await client.close();
  expect(await closed).toEqual([1006, 'the client was closed', false]);
  await expect.poll(() => connections[0]?.heard).toEqual(['c1000\n']);
  expect(() => client.webSocket('/')).toThrow(/client was closed/);
});

test('a connection whose WebSocket has closed in order ends with 1000, so that the machine keeps nothing for it', async () => {
  const { url, connections } = await machine(({ socket }) => {
    socket.send(`h${ID}\n0\n`);
    socket.on('message', (data) => String(data).startsWith('c') && socket.send('a1'));
  });
  const socket = open(url);
  await once(socket, 'open');
  const ended = once(connections[0]!.socket, 'close');
  const closed = closeOf(socket);
  socket.close(3_001, 'done');
  expect(await closed).toEqual([3_001, 'done', true]);
  expect((await ended)[0]).toBe(1_000);
});
