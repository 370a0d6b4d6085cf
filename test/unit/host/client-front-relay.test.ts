/** A front whose host was live until the roles changed: its clients are answered by the live one. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Doors } from '../../../src/host/front/doors.ts';
import { bindClientSocket } from '../../../src/host/supervisor/socket.ts';
import {
  answerOk,
  bytes,
  connect,
  exchange,
  nextChunk,
  restOf,
  startFront,
  statusOf,
  withLimits,
} from './client-front-harness.ts';

const post = (target: string): string => `POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi`;

/** One that was live, and the one that is. */
async function startPair(answer = answerOk) {
  const live = await startFront(answer);
  const former = await startFront();
  return { live, former, relays: () => former.front.relayRequests(`http://127.0.0.1:${live.port}`) };
}

/** The packets before it have been read when it is answered. */
const lookAround = (port: number): Promise<string> =>
  exchange(port, 'GET /.well-known/tandem/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');

test('a request is answered by the live host, with its headers, and the connection ends', async () => {
  const { live, former, relays } = await startPair((request, front) =>
    front.respond(request.id, '201\nset-cookie\na=1\nset-cookie\nb=2', request.body),
  );
  relays();
  const answer = await exchange(former.port, post('/one'));
  expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
  expect(answer).toContain('set-cookie: a=1\r\nset-cookie: b=2\r\n');
  expect(answer.toLowerCase()).toContain('connection: close\r\n');
  expect(answer).toMatch(/\r\n\r\nhi$/);
  expect(live.requests).toMatchObject([{ method: 'POST', target: '/one' }]);
  expect(former.requests).toEqual([]);
});

test('a request has its body also when its client calls the length of it a header of the connection’s own', async () => {
  const { live, former, relays } = await startPair();
  relays();
  const body = 'GET /two HTTP/1.1\r\nhost: x\r\n\r\n';
  for (const framing of [`content-length: ${body.length}`, 'transfer-encoding: chunked']) {
    const head = `DELETE /one HTTP/1.1\r\nhost: x\r\nconnection: content-length\r\n${framing}\r\n\r\n`;
    const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(statusOf(await exchange(former.port, head + (framing.startsWith('c') ? body : chunk)))).toBe(200);
  }
  // One more, so that what was on its way has arrived.
  await exchange(live.port, post('/last').replace('host: x', 'host: x\r\nconnection: close'));
  expect(live.requests.map(({ target, body: came }) => `${target} ${Buffer.from(came)}`)).toEqual([
    `/one ${body}`,
    `/one ${body}`,
    '/last hi',
  ]);
});

test.each(['came after', 'were kept during'])(
  'of requests in one packet that %s the change only the first is executed: the others’ answers could not be sent',
  async (when) => {
    const { live, former, relays } = await startPair();
    if (when === 'came after') relays();
    else former.front.keepRequests();
    const answers = exchange(former.port, post('/one') + post('/two') + post('/three'));
    if (when !== 'came after') {
      await lookAround(former.port);
      relays();
    }
    expect((await answers).match(/^HTTP\/1\.1 200/gm)).toHaveLength(1);
    // One more, so that what was on its way has arrived.
    await exchange(former.port, post('/last'));
    expect(live.requests.map(({ target }) => target)).toEqual(['/one', '/last']);
  },
);

describe('bodies of requests that are put aside share the bound of those that come in (I10)', () => {
  // Small enough to be read at once.
  const large = (target: string): string =>
    `POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 6000\r\n\r\n${'x'.repeat(6_000)}`;
  const connectionsAre = async ({ front }: Awaited<ReturnType<typeof startFront>>, count: number) => {
    while (front.connections !== count) await new Promise((resolve) => setImmediate(resolve));
  };
  const refusedOf = async (port: number): Promise<string> => {
    const client = await connect(port);
    client.write(large('/refused'));
    const answer = await nextChunk(client);
    client.destroy();
    return answer;
  };

  test('while they are kept: until they are delivered, or their client goes', async () => {
    withLimits({ requestBytesInFlight: 10_000 });
    const started = await startFront();
    const { front, port, requests } = started;
    front.keepRequests();
    const gone = await connect(port);
    gone.write(large('/gone'));
    await lookAround(port);
    const refusal = await refusedOf(port);
    expect(statusOf(refusal)).toBe(503);
    expect(refusal).toContain('tandem-refusal: busy');
    gone.destroy();
    await connectionsAre(started, 0);
    const kept = await connect(port);
    kept.write(large('/kept'));
    await lookAround(port);
    expect(statusOf(await refusedOf(port))).toBe(503);
    front.deliverRequests();
    expect(statusOf(await nextChunk(kept))).toBe(200);
    kept.write(large('/next'));
    expect(statusOf(await nextChunk(kept))).toBe(200);
    expect(requests.map(({ target }) => target)).toEqual(['/kept', '/next']);
    kept.destroy();
  });

  test('while they are relayed: until their connection ends', async () => {
    withLimits({ requestBytesInFlight: 10_000 });
    const { live, former, relays } = await startPair(() => {});
    former.front.keepRequests();
    const client = await connect(former.port);
    client.write(large('/relayed'));
    await lookAround(former.port);
    relays();
    await live.until(() => live.requests.length === 1);
    expect(statusOf(await refusedOf(former.port))).toBe(503);
    client.destroy();
    await connectionsAre(former, 0);
    const next = await connect(former.port);
    next.write(large('/next'));
    await live.until(() => live.requests.length === 2);
    expect(live.requests.map(({ target }) => target)).toEqual(['/relayed', '/next']);
    next.destroy();
  });
});

test('the guest sees the headers that it would see of a direct request', async () => {
  const head = [
    'POST /headers HTTP/1.1',
    'Host: bank.example',
    'Connection: close, x-named',
    'X-Named: for this connection',
    'Proxy-Authorization: Basic QQ==',
    'Cookie: a=1',
    'Cookie: b=2',
    '__proto__: 1',
    'X-Byte: \xe9',
    'Transfer-Encoding: chunked',
  ].join('\r\n');
  const request = Buffer.from(`${head}\r\n\r\n2\r\nhi\r\n0\r\n\r\n`, 'latin1');
  const { live, former, relays } = await startPair();
  await exchange(live.port, request);
  relays();
  await exchange(former.port, request);
  const [direct, relayed] = live.requests;
  expect(relayed?.headers.filter(([name]) => name !== 'content-length')).toEqual(direct?.headers);
  expect(relayed).toMatchObject({ method: 'POST', target: '/headers', body: direct?.body });
});

test.each(['relayed', 'kept'])(
  'what would be refused is refused, and ends no host, when it is %s',
  async (how) => {
    const { live, former, relays } = await startPair();
    if (how === 'relayed') relays();
    else former.front.keepRequests();
    const answer = await exchange(former.port, 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n');
    expect(statusOf(answer)).toBe(400);
    if (how === 'kept') relays();
    expect(statusOf(await exchange(former.port, post('/good')))).toBe(200);
    expect(live.requests.map(({ target }) => target)).toEqual(['/good']);
  },
);

test('the head of an event stream arrives before its first event', async () => {
  const { former, relays } = await startPair((request, front) =>
    front.part(request.id, 'begin', '200\ncontent-type\ntext/event-stream', bytes('')),
  );
  relays();
  const client = await connect(former.port);
  client.write('GET /events HTTP/1.1\r\nhost: x\r\n\r\n');
  expect(await nextChunk(client)).toContain('content-type: text/event-stream');
  client.destroy();
});

test('an answer that cannot be passed on ends its connection, and no more', async () => {
  const odd = createTcpServer((socket) => socket.end('HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n'));
  odd.listen(0, '127.0.0.1');
  await once(odd, 'listening');
  onTestFinished(() => void odd.close());
  const { port } = odd.address() as AddressInfo;
  const former = await startFront();
  former.front.relayRequests(`http://127.0.0.1:${port}`);
  expect(await exchange(former.port, post('/one'))).toBe('');
  expect(statusOf(await lookAround(former.port))).toBe(200);
});

describe('a body that is coming in when the roles begin to change', () => {
  const begin = 'POST /up HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n';

  test('is kept when it is whole, and enters whole', async () => {
    withLimits({ uploadGatherMs: 60_000 });
    const { front, port, requests, until } = await startFront();
    const client = await connect(port);
    client.write(begin);
    await lookAround(port);
    front.keepRequests();
    client.write('3\r\ntwo\r\n0\r\n\r\n');
    await lookAround(port);
    expect(requests).toEqual([]);
    front.deliverRequests();
    await until(() => requests.length === 1);
    expect(String(requests[0]?.body)).toBe('onetwo');
    client.destroy();
  });

  test('and takes long, ends with its connection: no part of it enters any machine', async () => {
    const { live, former, relays } = await startPair();
    const client = await connect(former.port);
    client.write(begin);
    await lookAround(former.port);
    former.front.keepRequests();
    expect(await restOf(client)).toBe('');
    former.front.deliverRequests();
    relays();
    expect(statusOf(await exchange(former.port, post('/next')))).toBe(200);
    expect(former.requests).toEqual([]);
    expect(live.requests.map(({ target }) => target)).toEqual(['/next']);
  });

  test.each([
    ['is declared', 'content-length: 30\r\n\r\n'],
    ['turns out', `transfer-encoding: chunked\r\n\r\n1e\r\n${'x'.repeat(30)}\r\n0\r\n\r\n`],
  ])(
    'and %s to be too large to be kept whole, ends with its connection: another one takes it',
    async (_, rest) => {
      withLimits({ wholeRequestBytes: 10, requestBodyBytes: 20 });
      const { former, relays } = await startPair();
      relays();
      expect(await exchange(former.port, `POST /up HTTP/1.1\r\nhost: x\r\n${rest}`)).toBe('');
    },
  );
});

test('a door can be shut as long as there is a descriptor to open it again with', async () => {
  const sockets = [bindClientSocket('127.0.0.1', 0), bindClientSocket('127.0.0.1', 0)];
  const server = createServer();
  const doors = new Doors(server, { fds: sockets.map(({ fd }) => fd) });
  onTestFinished(() => doors.wallUp());
  await doors.open();
  expect(doors.openingsLeft).toBe(1);
  doors.close();
  expect(server.listening).toBe(false);
  await doors.open();
  expect(doors.openingsLeft).toBe(0);
  doors.close();
  expect(server.listening).toBe(true);
});
