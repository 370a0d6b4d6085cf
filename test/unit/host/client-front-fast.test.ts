/** The fast path of the client front: what clients see is what Node would do, request by request. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  type Answer,
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

/** Sends `text` in two packets, so that it is Node that reads it. */
async function inTwo(port: number, text: string): Promise<string> {
  const socket = await connect(port);
  socket.write(text.slice(0, 10));
  // The first has been read once a whole request that was sent later has been answered.
  await exchange(port, getAndClose('/between'));
  socket.write(text.slice(10));
  const answer = await nextChunk(socket);
  socket.destroy();
  return answer;
}

async function inOne(port: number, text: string): Promise<string> {
  const socket = await connect(port);
  socket.write(text);
  const answer = await nextChunk(socket);
  socket.destroy();
  return answer;
}

const lines = (response: string): string[] =>
  response
    .replace(/date: .{29}/i, 'date: now')
    .split('\r\n')
    .map((line) => line.toLowerCase())
    .sort();

describe('a reply on the fast path', () => {
  test.each([
    ['with a body', '200\ncontent-type\ntext/plain', 'hello'],
    ['without one', '404', ''],
    ['of a status without one', '204\nx-a\nb', ''],
    ['that says that nothing has changed', '304\netag\n"a"', ''],
    ['of a status that nobody knows', '599', 'x'],
    ['with a header twice', '200\nset-cookie\na=b\nset-cookie\nc=d', 'x'],
    ['with a date of its own', '200\ndate\nThu, 01 Jan 1970 00:00:00 GMT', 'x'],
    ['that names connection headers', '200\nconnection\nclose\ntransfer-encoding\nchunked\nx-a\nb', 'x'],
    ['that claims another length', '200\ncontent-length\n7', 'x'],
    ['with bytes above 127 in a header', '200\nx-a\n\xe4\xff', 'x'],
    ['that is no head', 'x\ny\nz', 'x'],
    ['with a line break in a header', '200\nx-a\nb\r', 'x'],
    ['with a name that is none', '200\nx a\nb', 'x'],
  ])('%s is what Node would send', async (_, head, body) => {
    const { port } = await startFront((request, front) => front.respond(request.id, head, bytes(body)));
    const fast = await inOne(port, get('/'));
    const byNode = await inTwo(port, get('/'));
    expect(lines(fast)).toEqual(lines(byNode));
    expect(bodyOf(fast)).toBe(bodyOf(byNode));
  });

  test('arrives whole, however large, and the connection goes on', async () => {
    const sizes = [0, 1, 16_384, 16_385, 1_000_000];
    const { port } = await startFront((request, front) =>
      front.respond(request.id, '200', new Uint8Array(Number(request.target.slice(1))).fill(120)),
    );
    const socket = await connect(port);
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    for (const size of sizes) {
      received = '';
      socket.write(get(`/${size}`));
      while (!received.includes('\r\n\r\n') || bodyOf(received).length < size) await once(socket, 'data');
      expect(bodyOf(received)).toBe('x'.repeat(size));
    }
    socket.destroy();
  });
});

describe('a connection on the fast path', () => {
  /** Answers when it is told to. */
  function holding(): { answer: Answer; release: () => void } {
    const held: (() => void)[] = [];
    return {
      answer: (request, front) =>
        void held.push(() => front.respond(request.id, '200', bytes(request.target))),
      release: () => held.shift()?.(),
    };
  }

  test('has one request in the machine at a time; what comes meanwhile is answered in its turn, ordinary or not', async () => {
    const { answer, release } = holding();
    const { port, requests, until } = await startFront(answer);
    const socket = await connect(port);
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    socket.write(get('/1'));
    await until(() => requests.length === 1);
    socket.write(get('/2') + get('/3'));
    socket.write(getAndClose('/4'));
    release();
    await until(() => requests.length === 4);
    for (let left = 3; left > 0; left -= 1) release();
    await once(socket, 'end');
    expect(requests.map(({ target }) => target)).toEqual(['/1', '/2', '/3', '/4']);
    expect([...received.matchAll(/\r\n\r\n(\/\d)/g)].map(([, target]) => target)).toEqual([
      '/1',
      '/2',
      '/3',
      '/4',
    ]);
    socket.destroy();
  });

  test('is not read beyond a bound while its request is in the machine (I10)', async () => {
    withLimits({ pipelinedBytes: 1_000 });
    const { answer, release } = holding();
    const { port, requests, until } = await startFront(answer);
    const socket = await connect(port);
    socket.write(get('/1'));
    await until(() => requests.length === 1);
    const rest = get('/2', `X-A: ${'a'.repeat(10_000)}`).repeat(3_000);
    socket.write(rest);
    // What does not move while others are served is not read.
    const others = await startFront();
    for (let before = -1; before !== socket.writableLength; ) {
      before = socket.writableLength;
      for (let i = 0; i < 20; i += 1) await exchange(others.port, getAndClose('/'));
    }
    expect(socket.writableLength).toBeGreaterThan(rest.length / 2);
    socket.resume();
    release();
    await until(() => requests.length > 2);
    socket.destroy();
  });

  test('on which nothing is said is told 408', async () => {
    withLimits({ requestHeadMs: 50 });
    const { port } = await startFront();
    expect(statusOf(await restOf(await connect(port)))).toBe(408);
  });

  test('is closed when no request comes for a while, and not while the guest thinks', async () => {
    withLimits({ keepAliveMs: 400 });
    const { port } = await startFront((request, front) => {
      setTimeout(
        () => front.respond(request.id, '200', bytes(request.target)),
        request.target === '/slow' ? 1_000 : 0,
      );
    });
    const socket = await connect(port);
    for (const path of ['/quick', '/slow']) {
      socket.write(get(path));
      expect(bodyOf(await nextChunk(socket))).toBe(path);
    }
    expect(await restOf(socket)).toBe('');
  });

  test('that sends ahead and then goes, unseen, has its place for a while and no longer (I10)', async () => {
    withLimits({ pipelinedBytes: 1_000, pipelinedMs: 100 });
    const { answer } = holding();
    const { front, port, aborted, requests, until } = await startFront(answer);
    const socket = await connect(port);
    socket.write(get('/1'));
    await until(() => requests.length === 1);
    socket.write(new Uint8Array(500_000));
    await until(() => aborted.length === 1);
    expect(front.connections).toBe(0);
    socket.destroy();
  });

  test('shares what all may send ahead (I10), and gives it back', async () => {
    withLimits({ requestBytesInFlight: 1_000 });
    const { answer, release } = holding();
    const { port, aborted, requests, until } = await startFront(answer);
    for (const total of [900, 900, 1_100]) {
      const socket = await connect(port);
      const before = requests.length;
      socket.write(get('/1'));
      await until(() => requests.length === before + 1);
      const more = get('/2', `X-A: ${'a'.repeat(total - get('/2', 'X-A: ').length)}`);
      socket.write(more);
      if (total > 1_000) {
        await until(() => aborted.length === 1);
        break;
      }
      release();
      await until(() => requests.length === before + 2);
      release();
      socket.resume().end();
      await once(socket, 'close');
    }
    expect(requests).toHaveLength(5);
  });

  test('whose client takes nothing of a response is ended, though Node reads it by now', async () => {
    withLimits({ replyStalledMs: 300 });
    const { front, port, requests, until } = await startFront((request, to) =>
      to.respond(request.id, '200', new Uint8Array(12_000_000)),
    );
    const socket = await connect(port);
    socket.pause();
    socket.write(get('/1'));
    await until(() => requests.length === 1);
    socket.write(get('/2', 'Connection: close'));
    await until(() => requests.length === 2);
    while (front.connections > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
  });

  test('has the whole of an earlier response when it sends its end behind half a request', async () => {
    const big = new Uint8Array(12_000_000);
    const held: (() => void)[] = [];
    const { port, requests, until } = await startFront((request, to) => {
      if (request.target === '/big') to.respond(request.id, '200', big);
      else held.push(() => to.respond(request.id, '200', bytes('late')));
    });
    const socket = await connect(port);
    socket.pause();
    socket.write(get('/big'));
    await until(() => requests.length === 1);
    socket.write(get('/1'));
    await until(() => requests.length === 2);
    socket.write('G');
    socket.end();
    // What was sent last has been read when a whole exchange that began later is over.
    const other = await startFront();
    for (let i = 0; i < 3; i += 1) await exchange(other.port, getAndClose('/'));
    held.shift()?.();
    expect((await restOf(socket)).length).toBeGreaterThan(big.length);
  });

  test('whose client goes is told to the machine', async () => {
    const { answer } = holding();
    const { port, requests, aborted, until } = await startFront(answer);
    const socket = await connect(port);
    socket.write(get('/1'));
    await until(() => requests.length === 1);
    socket.end();
    await until(() => aborted.length === 1);
    expect(aborted).toEqual([requests[0]?.id]);
  });

  test("becomes Node's with the first request that is not ordinary, and goes on", async () => {
    const { port, requests } = await startFront();
    const socket = await connect(port);
    socket.write(get('/1'));
    expect(bodyOf(await nextChunk(socket))).toBe('ok /1');
    socket.write('POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
    expect(bodyOf(await nextChunk(socket))).toBe('ok /2');
    socket.write(get('/3'));
    expect(bodyOf(await nextChunk(socket))).toBe('ok /3');
    expect(requests.map(({ body }) => String(body))).toEqual(['', 'abc', '']);
    socket.destroy();
  });
});
