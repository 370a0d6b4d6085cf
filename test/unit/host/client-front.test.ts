import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { ClientFront } from '../../../src/host/front/client-front.ts';
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
import type { DecodedRequest } from './decode-request.ts';

describe('requests', () => {
  test('a request reaches the guest with its head and its body, and the response its client', async () => {
    const { port, requests } = await startFront((request, front) =>
      front.respond(request.id, '201\nX-Answer\nä\nset-cookie\na\nset-cookie\nb', request.body),
    );
    const response = await fetch(`http://127.0.0.1:${port}/a/b?c=d`, {
      method: 'POST',
      headers: { 'x-question': 'ü', 'idempotency-key': 'k' },
      body: '{"amount":10}',
    });
    expect(requests[0]).toMatchObject({ id: 1_000, method: 'POST', target: '/a/b?c=d' });
    expect(requests[0]?.headers).toEqual(
      expect.arrayContaining([
        ['host', `127.0.0.1:${port}`],
        ['x-question', 'ü'],
        ['idempotency-key', 'k'],
        ['content-length', '13'],
      ]),
    );
    expect(requests[0]?.headers.map(([name]) => name)).not.toContain('connection');
    expect([response.status, response.headers.get('x-answer')]).toEqual([201, 'ä']);
    expect(response.headers.getSetCookie()).toEqual(['a', 'b']);
    expect(await response.text()).toBe('{"amount":10}');
  });

  test('request ids count up from the first one', async () => {
    const { port, requests } = await startFront();
    for (const path of ['/a', '/b', '/c']) await exchange(port, getAndClose(path));
    expect(requests.map(({ id }) => id)).toEqual([1_000, 1_001, 1_002]);
  });

  test('a chunked body in many pieces arrives whole, without its transfer encoding', async () => {
    withLimits({ uploadGatherMs: 60_000 });
    const { port, requests } = await startFront();
    const socket = await connect(port);
    socket.write('PUT /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let i = 0; i < 50; i += 1) {
      await new Promise<void>((resolve) => socket.write('3\r\nabc\r\n', () => resolve()));
    }
    socket.write('0\r\n\r\n');
    expect(statusOf(await restOf(socket))).toBe(200);
    expect(requests[0]?.body.toString()).toBe('abc'.repeat(50));
    expect(requests[0]?.headers).toEqual([['host', 'h']]);
  });

  test('a transfer encoding other than chunked is refused with 501', async () => {
    const { port, requests } = await startFront();
    const head = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n';
    expect(statusOf(await exchange(port, `${head}0\r\n\r\n`))).toBe(501);
    expect(requests).toEqual([]);
  });

  test('Expect: 100-continue is answered before the body comes', async () => {
    const { port, requests } = await startFront();
    const socket = await connect(port);
    socket.write(
      'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
    );
    expect(await nextChunk(socket)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('hi');
    expect(statusOf(await restOf(socket))).toBe(200);
    expect(requests[0]?.body.toString()).toBe('hi');
    expect(requests[0]?.headers).toEqual([
      ['host', 'h'],
      ['content-length', '2'],
    ]);
  });

  test('a body that is asked for behind an open answer is asked for once that has left, between two answers', async () => {
    const { front, port, requests, until } = await startFront(() => {});
    const socket = await connect(port);
    const ask =
      'POST /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n';
    socket.write(get('/a') + ask);
    await until(() => requests.length === 1);
    front.respond(1_000, '200', bytes('first'));
    let received = '';
    while (!received.endsWith('100 Continue\r\n\r\n')) received += await nextChunk(socket);
    expect(received).toMatch(/\r\n\r\nfirstHTTP\/1.1 100 Continue\r\n\r\n$/);
    socket.write('hi');
    await until(() => requests.length === 2);
    front.respond(1_001, '200', bytes('second'));
    expect(bodyOf(await restOf(socket))).toBe('second');
  });

  test('nobody is asked for a body that has come: no word stands in the bytes of an answer', async () => {
    const { front, port, requests, until } = await startFront(() => {});
    const socket = await connect(port);
    const asks =
      'POST /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi';
    socket.write(get('/a') + asks);
    await until(() => requests.length === 2);
    front.respond(1_001, '200', bytes('second'));
    front.respond(1_000, '200', bytes('first'));
    const received = await restOf(socket);
    expect(received).not.toContain('100 Continue');
    expect(received).toMatch(/^HTTP.*\r\n\r\nfirstHTTP\/1.1 200.*\r\n\r\nsecond$/s);
  });

  test('too large a body that asks first is refused without a 100', async () => {
    const { port } = await startFront();
    const head = `POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ${limits.uploadBytes + 1}`;
    const socket = await connect(port);
    socket.write(`${head}\r\n\r\n`);
    expect(statusOf(await nextChunk(socket))).toBe(413);
    socket.destroy();
  });

  test('pipelined requests get their responses in their order, whatever order the guest answers in', async () => {
    const waiting: DecodedRequest[] = [];
    const { port } = await startFront((request, front) => {
      waiting.push(request);
      if (waiting.length === 3) for (const each of waiting.reverse()) answerOk(each, front);
    });
    const response = await exchange(port, get('/1') + get('/2') + getAndClose('/3'));
    expect(response.match(/ok \/\d/g)).toEqual(['ok /1', 'ok /2', 'ok /3']);
  });

  test('pipelined requests enter in their order, with a body or without', async () => {
    const { port, requests } = await startFront();
    const put = (path: string, ...lines: string[]): string => get(path, ...lines).replace('GET', 'PUT');
    const sent = [
      `${put('/1', 'Content-Length: 2')}ab`,
      get('/2'),
      get('/3'),
      `${put('/4', 'Transfer-Encoding: chunked')}2\r\nab\r\n0\r\n\r\n`,
      getAndClose('/5'),
    ];
    expect(await exchange(port, sent.join(''))).toMatch(/1.*ok \/2.*ok \/3.*ok \/4.*ok \/5$/s);
    expect(requests.map(({ target }) => target)).toEqual(['/1', '/2', '/3', '/4', '/5']);
  });

  test('a client that pipelines without end and never gets an answer is cut off (I10)', async () => {
    const { port, requests, aborted, until } = await startFront(() => {});
    const socket = await connect(port);
    socket.write(get('/').repeat(1_000));
    await until(() => aborted.length === limits.pipelinedRequests);
    expect(requests.length).toBe(limits.pipelinedRequests);
  });

  test('an upgrade that nobody serves is an ordinary request, and the connection goes on', async () => {
    const { port, requests } = await startFront();
    const socket = await connect(port);
    for (const [index, path] of ['/one', '/two'].entries()) {
      socket.write(get(path, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMA'));
      expect(statusOf(await nextChunk(socket))).toBe(200);
      expect(requests[index]).toMatchObject({ target: path, headers: [['host', 'h']] });
    }
    socket.destroy();
  });

  test('an upgrade that nobody serves takes nothing else with it: a body, or the wish to close', async () => {
    const { port, requests } = await startFront();
    for (const protocol of ['h2c', 'websocket']) {
      const head = get(
        '/',
        'Connection: close, Upgrade, x-hop',
        `Upgrade: ${protocol}`,
        'Content-Length: 5',
        'X-Hop: 1',
      );
      const response = await exchange(port, `${head}hello`);
      expect(statusOf(response)).toBe(200);
      const { headers, body } = requests.at(-1)!;
      expect({ headers, body: Buffer.from(body).toString() }).toEqual({
        headers: [
          ['host', 'h'],
          ['content-length', '5'],
        ],
        body: 'hello',
      });
    }
  });

  test('a wish for a WebSocket is the one that the guest hears of; its refusal ends the connection', async () => {
    const { port, requests } = await startFront();
    const response = await exchange(port, get('/', 'Connection: Upgrade', 'Upgrade: WebSocket'));
    expect(statusOf(response)).toBe(200);
    expect(response.toLowerCase()).toContain('connection: close');
    expect(requests[0]?.headers).toEqual([
      ['host', 'h'],
      ['upgrade', 'websocket'],
    ]);
  });

  test('a folded header value cannot become a line of the head', async () => {
    const { port, requests } = await startFront();
    const response = await exchange(port, get('/', 'X-A: a', ' x-b: c', 'Connection: close'));
    if (statusOf(response) === 200)
      expect(requests[0]?.headers.map(([name]) => name)).toEqual(['host', 'x-a']);
    else expect(statusOf(response)).toBe(400);
  });
});

describe('responses', () => {
  const respondWith = (head: string, body = '') =>
    startFront((request, front) => front.respond(request.id, head, bytes(body)));

  test('a HEAD has the length of the body and no body', async () => {
    const { port } = await respondWith('200', 'hello');
    const response = await exchange(port, 'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(response).toMatch(/content-length: 5\r\n/);
    expect(bodyOf(response)).toBe('');
  });

  test('a HEAD whose guest made no body has the length that the guest declares', async () => {
    const { port } = await respondWith('200\nContent-Length\n77');
    const response = await exchange(port, 'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(response).toMatch(/content-length: 77\r\n/);
  });

  test.each([204, 304])('a %d has no body and the connection goes on', async (status) => {
    const { port } = await respondWith(`${status}\nx-a\n1`, 'not sent');
    const response = await exchange(port, get('/') + getAndClose('/'));
    expect(response.match(new RegExp(`HTTP/1.1 ${status} `, 'g'))).toHaveLength(2);
    expect(response).not.toContain('not sent');
    expect(response).not.toContain('content-length');
  });

  test.each([
    ['a status that is none', '99'],
    ['an informational status', '101'],
    ['no status', ''],
    ['a name that is no token', '200\na b\nc'],
    ['an empty name', '200\n\nc'],
    ['a value with a carriage return', '200\na\nb\rc'],
    ['a value beyond a byte string', '200\na\n€'],
    ['a value with a NUL', '200\na\n\0'],
    ['a name without a value', '200\na'],
  ])("a guest's %s becomes a 500 with a note, and the connection goes on", async (_case, head) => {
    const { port, log } = await respondWith(head, 'x');
    const response = await exchange(port, get('/') + getAndClose('/'));
    expect(response.match(/HTTP\/1.1 500 /g)).toHaveLength(2);
    expect(log[0]).toMatch(/^request 1000: the guest's response cannot be sent: /);
  });

  test('the 500 still says what Tandem says of the reply, and nothing of the guest', async () => {
    const { port } = await respondWith('200\nx-odd\na\u0001b\ntandem-request\n3.17', 'x');
    // The first is read and answered on the fast path, the second by Node.
    const response = await exchange(port, get('/') + getAndClose('/'));
    expect(response.match(/HTTP\/1.1 500 Internal Server Error\r\n/g)).toHaveLength(2);
    expect(response.match(/\r\ntandem-request: 3.17\r\n/g)).toHaveLength(2);
    expect(response.match(/\r\ncontent-length: 0\r\n/g)).toHaveLength(2);
    expect(response).not.toContain('x-odd');
  });

  test('a guest does not rule the connection', async () => {
    const { port } = await respondWith(
      '200\nConnection\nclose\nTransfer-Encoding\nchunked\nContent-Length\n1',
      'abc',
    );
    const response = await exchange(port, get('/') + getAndClose('/'));
    expect(response.match(/content-length: 3\r\n/g)).toHaveLength(2);
    expect(response).not.toMatch(/transfer-encoding/i);
  });

  test('a response to an unknown request is dropped', async () => {
    const { front, port } = await startFront();
    front.respond(5, '200', bytes('x'));
    expect(statusOf(await exchange(port, getAndClose('/')))).toBe(200);
  });
});

describe('clients that leave', () => {
  test.each(['reset', 'end'] as const)(
    'a connection that ends by a %s before its response is an abort',
    async (how) => {
      const { front, port, requests, aborted, until } = await startFront(() => {});
      const socket = await connect(port);
      socket.write(get('/a') + get('/b'));
      await until(() => requests.length === 2);
      if (how === 'reset') socket.resetAndDestroy();
      else socket.end();
      await until(() => aborted.length === 2);
      expect(aborted).toEqual([1_000, 1_001]);
      expect(front.openRequests).toBe(0);
      front.respond(1_000, '200', bytes('late'));
      expect(front.connections).toBe(0);
    },
  );

  test('a client that leaves in the middle of its body was never there for the guest', async () => {
    const { front, port, requests, aborted } = await startFront();
    const socket = await connect(port);
    socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc');
    while (front.connections === 0) await exchange(port, getAndClose('/other'));
    socket.resetAndDestroy();
    while (front.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(requests.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(aborted).toEqual([]);
  });

  test('a client that has its response is not aborted when it leaves', async () => {
    const { front, port, aborted } = await startFront();
    await exchange(port, getAndClose('/'));
    while (front.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(aborted).toEqual([]);
  });
});

describe('doors', () => {
  test('closed doors refuse new connections at the socket; kept ones go on asking, and are answered when outputs leave', async () => {
    const { front, port, requests, until } = await startFront(() => {});
    const kept = await connect(port);
    const open = await connect(port);
    open.write(getAndClose('/open'));
    await until(() => requests.length === 1);
    front.close();
    kept.write(getAndClose('/kept'));
    await until(() => requests.length === 2);
    const refused = net.connect(port, '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toThrow('ECONNREFUSED');
    front.respond(1_000, '200', bytes('done'));
    expect(bodyOf(await restOf(open))).toBe('done');
    front.respond(1_001, '200', bytes('done, too'));
    expect(bodyOf(await restOf(kept))).toBe('done, too');
  });

  test('doors open again at the same port, and a kept connection goes on', async () => {
    const { front, port } = await startFront();
    const kept = await connect(port);
    for (let round = 0; round < 3; round += 1) {
      front.close();
      expect((await front.open())?.port).toBe(port);
      kept.write(get(`/kept/${round}`));
      expect(statusOf(await nextChunk(kept))).toBe(200);
      expect(statusOf(await exchange(port, getAndClose('/new')))).toBe(200);
    }
    kept.destroy();
  });

  test('doors that close while they open stay closed', async () => {
    const { front, port } = await startFront();
    front.close();
    const opening = front.open();
    front.close();
    expect(await opening).toBeUndefined();
    const refused = net.connect(port, '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  test('destroyed doors reset everybody, tell nobody, and never open again', async () => {
    const { front, port, requests, aborted, until } = await startFront(() => {});
    const socket = await connect(port);
    socket.write(get('/'));
    await until(() => requests.length === 1);
    front.destroyAll();
    expect(await restOf(socket)).toBe('');
    expect(aborted).toEqual([]);
    expect(await front.open()).toBeUndefined();
    front.respond(1_000, '200', bytes('late'));
  });

  test('a port in use is refused with its mend', async () => {
    const { port } = await startFront();
    const ports = {
      deliver: () => true,
      deliverMessage: () => true,
      aborted: () => {},
      tell: () => {},
      isLive: () => true,
      log: () => {},
    };
    const second = new ClientFront(
      { clients: { address: '127.0.0.1', port }, firstRequestId: 1, allowOrigins: [] },
      ports,
    );
    await expect(second.open()).rejects.toMatchObject({ code: 'PORT_IN_USE', mend: expect.any(String) });
  });
});
