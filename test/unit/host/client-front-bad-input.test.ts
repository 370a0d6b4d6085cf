import { describe, expect, test, vi } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import {
  answerOk,
  bodyOf,
  bytes,
  connect,
  exchange,
  get,
  getAndClose,
  nextChunk,
  restOf,
  startFront,
  statusOf,
  withLimits,
} from './client-front-harness.ts';

describe('bad input', () => {
  const nothingDelivered = async (text: string | Uint8Array): Promise<string> => {
    const { port, requests } = await startFront();
    const response = await exchange(port, text);
    expect(requests).toEqual([]);
    return response;
  };

  test.each([
    ['garbage', '\x16\x03\x01\x02\0garbage\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a chunk that is none', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
    ['a negative length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
  ])('%s is answered 400 and the connection ends', async (_case, text) => {
    expect(statusOf(await nothingDelivered(text))).toBe(400);
  });

  test('a header flood is answered 431, though the client sends all of it before it reads', async () => {
    const flood = `GET / HTTP/1.1\r\nHost: h\r\n${'X-Flood: 0123456789\r\n'.repeat(100_000)}\r\n`;
    expect(statusOf(await nothingDelivered(flood))).toBe(431);
  });

  test('too large a declared body with a key is answered 413, though the client sends all of it before it reads', async () => {
    const length = limits.requestBodyBytes + 1;
    const head = bytes(
      `POST / HTTP/1.1\r\nHost: h\r\nIdempotency-Key: k\r\nContent-Length: ${length}\r\n\r\n`,
    );
    const response = await nothingDelivered(Buffer.concat([head, Buffer.alloc(length)]));
    expect(statusOf(response)).toBe(413);
    expect(response).toMatch(/connection: close/i);
  });

  test('a chunked body with a key is cut off at the limit with 413', async () => {
    const chunk = Buffer.concat([bytes('100000\r\n'), Buffer.alloc(0x100000), bytes('\r\n')]);
    const head = bytes(
      'POST / HTTP/1.1\r\nHost: h\r\nIdempotency-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const response = await nothingDelivered(
      Buffer.concat([head, ...Array(5).fill(chunk), bytes('0\r\n\r\n')]),
    );
    expect(statusOf(response)).toBe(413);
  });

  test('extensions of a chunk that are too long are answered 413 for what they are, not for the size of the body', async () => {
    const response = await nothingDelivered(
      `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(100_000)}\r\nab\r\n0\r\n\r\n`,
    );
    expect(statusOf(response)).toBe(413);
    expect(response).toMatch(/tandem-refusal: chunk-extensions-too-large\r\n/);
    expect(bodyOf(response)).toMatch(/^the extensions of a chunk are too long/);
  });

  test('garbage behind an open request ends the connection without an answer that is not its own', async () => {
    const { port, aborted, until } = await startFront(() => {});
    const socket = await connect(port);
    socket.write(`${get('/')}garbage\r\n\r\n`);
    expect(await restOf(socket)).toBe('');
    await until(() => aborted.length === 1);
  });

  test.each(['websocket', 'h2c'])(
    'a wish for %s behind an open request ends the connection, and nothing else',
    async (protocol) => {
      const { port, requests, aborted, until } = await startFront((request, front) => {
        if (request.target !== '/held') answerOk(request, front);
      });
      const wish = get('/left', 'Connection: Upgrade', `Upgrade: ${protocol}`);
      for (const expectation of [[], ['Expect: much']]) {
        const socket = await connect(port);
        socket.write(get('/held', 'Expect: 100-continue') + expectation.map((line) => get('/', line)) + wish);
        expect(await restOf(socket)).not.toMatch(/HTTP\/1.1 [^1]/);
      }
      await until(() => aborted.length === 2);
      expect(requests.map(({ target }) => target)).toEqual(['/held', '/held', '/']);
      expect(statusOf(await exchange(port, getAndClose('/next')))).toBe(200);
    },
  );

  test('garbage behind a request that has just come whole is not answered in its place', async () => {
    const { port } = await startFront();
    const post = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab';
    expect(await exchange(port, `${post}garbage\r\n\r\n`)).toBe('');
  });

  test('a body that breaks off in garbage is refused, and its request never enters', async () => {
    const { front, port, requests, told } = await startFront();
    withLimits({ uploadGatherMs: 1, lingerMs: 100 });
    const response = await exchange(
      port,
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n',
    );
    expect(statusOf(response)).toBe(400);
    await vi.waitFor(() => expect(front.connections).toBe(0));
    expect([requests, told]).toEqual([[], []]);
  });

  test.each(['stays', 'is gone'])(
    'a client that was declined its WebSocket, had said more and %s leaves no connection behind',
    async (then) => {
      withLimits({ lingerMs: 100 });
      const { front, port, requests, until } = await startFront(() => {});
      const socket = await connect(port);
      socket.write(`${get('/declined', 'Connection: Upgrade', 'Upgrade: websocket')}and more`);
      await until(() => requests.length === 1);
      if (then === 'is gone') socket.resetAndDestroy();
      front.respond(1_000, '400', bytes('no'));
      if (then === 'stays') expect(await nextChunk(socket)).toMatch(/^HTTP\/1.1 400 /);
      await vi.waitFor(() => expect(front.connections).toBe(0), { timeout: 10_000 });
      socket.destroy();
    },
  );

  test('an upgrade behind answers that have left is heard', async () => {
    const { port, requests } = await startFront();
    const socket = await connect(port);
    socket.write(get('/', 'Expect: much'));
    expect(statusOf(await nextChunk(socket))).toBe(200);
    socket.write(get('/left', 'Connection: Upgrade', 'Upgrade: websocket'));
    expect(await restOf(socket)).toMatch(/ok \/left$/);
    expect(requests.at(-1)?.target).toBe('/left');
  });

  test('a slow head and a slow body end with 408', async () => {
    withLimits({ requestHeadMs: 100, requestMs: 200 });
    const { port, requests } = await startFront();
    const [slowHead, slowBody] = await Promise.all([
      exchange(port, 'GET / HTTP/1.1\r\nHost: h\r\n'),
      exchange(port, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc'),
    ]);
    expect([statusOf(slowHead), statusOf(slowBody)]).toEqual([408, 408]);
    expect(requests).toEqual([]);
  });

  test('connections above the limit are dropped', async () => {
    withLimits({ clientConnections: 2 });
    const { port, front } = await startFront();
    const first = await connect(port);
    const second = await connect(port);
    while (front.connections < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(await exchange(port, getAndClose('/'))).toBe('');
    for (const socket of [first, second]) {
      socket.write(getAndClose('/'));
      expect(statusOf(await restOf(socket))).toBe(200);
    }
  });

  test('a body of which nothing comes any more loses its room to others: they are served, its client is told 408', async () => {
    withLimits({ requestBytesInFlight: 100_000, bodyStalledMs: 0 });
    const { port, requests } = await startFront();
    const head = (length: number): string =>
      `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`;
    const stalled = await connect(port);
    let told = '';
    stalled.setEncoding('latin1').on('data', (chunk: string) => (told += chunk));
    stalled.write(`${head(90_001)}${'x'.repeat(90_000)}`);
    const other = await connect(port);
    let answer = '';
    // The first may not have been read yet when the second comes.
    while (told === '') {
      other.write(`${head(70_000)}${'y'.repeat(70_000)}`);
      answer = await nextChunk(other);
      expect(statusOf(answer)).toBe(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told).toMatch(/^HTTP\/1\.1 408 /);
    expect(requests.length).toBeGreaterThan(0);
    other.destroy();
  });

  test('bodies that come in at the same time share a bound (I10)', async () => {
    withLimits({ requestBytesInFlight: 100_000 });
    const { port, requests } = await startFront();
    const head = (length: number) => `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`;
    const holder = await connect(port);
    holder.write(`${head(90_001)}${'x'.repeat(90_000)}`);
    const refused = await connect(port);
    let response = '';
    // More than comes in with one packet, which would hold nothing up.
    while (response === '') {
      refused.write(`${head(70_000)}${'y'.repeat(70_000)}`);
      response = await nextChunk(refused);
      if (statusOf(response) === 200) response = '';
    }
    expect(statusOf(response)).toBe(503);
    holder.write('x');
    expect(statusOf(await nextChunk(holder))).toBe(200);
    refused.write(`${head(70_000)}${'y'.repeat(70_000)}`);
    expect(statusOf(await nextChunk(refused))).toBe(200);
    expect(requests.length).toBeGreaterThanOrEqual(2);
    holder.destroy();
    refused.destroy();
  });
});

describe('back-pressure', () => {
  test('a full input queue is answered 503 with Retry-After, and the connection goes on', async () => {
    let takes = false;
    const { front, port, requests } = await startFront(answerOk, () => takes);
    const socket = await connect(port);
    socket.write(get('/full'));
    const response = await nextChunk(socket);
    expect(statusOf(response)).toBe(503);
    expect(response).toMatch(/retry-after: 1/i);
    expect(front.openRequests).toBe(0);
    takes = true;
    socket.write(get('/room'));
    expect(statusOf(await nextChunk(socket))).toBe(200);
    expect(requests.map(({ target }) => target)).toEqual(['/room']);
    socket.destroy();
  });

  test('too many open requests are answered 503', async () => {
    withLimits({ openRequests: 2 });
    const { port, requests, until } = await startFront(() => {});
    for (let i = 1; i <= 2; i += 1) {
      (await connect(port)).write(get('/'));
      await until(() => requests.length === i);
    }
    expect(statusOf(await exchange(port, getAndClose('/')))).toBe(503);
  });
});
