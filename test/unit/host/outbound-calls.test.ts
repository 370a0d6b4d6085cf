/** Outbound calls against real servers: what a machine is told of them. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TandemError } from '../../../src/base/errors.ts';
import { limits } from '../../../src/base/limits.ts';
import { AllowList } from '../../../src/host/outbound/allow-list.ts';
import { OutboundCalls } from '../../../src/host/outbound/outbound-calls.ts';
import { CALL_WINDOW_BYTES, INTERRUPT } from '../../../src/kernel/abi.ts';
import { limits as kernelLimits } from '../../../src/kernel/limits.ts';
import { readNumber } from '../../../src/kernel/wire.ts';
import { withLimits } from './client-front-harness.ts';

interface Told {
  readonly kind: 'head' | 'body' | 'failed';
  readonly id: number;
  readonly generation: number;
  readonly lines: readonly string[];
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

function decode(payload: Uint8Array): Told {
  const bytes = Uint8Array.from(payload);
  const cursor = { bytes, at: 1 };
  const [id, generation] = [readNumber(cursor), readNumber(cursor)];
  const told = { id, generation, lines: [], bytes: Buffer.alloc(0), isLast: true };
  if (bytes[0] === INTERRUPT.callHead) {
    const length = readNumber(cursor);
    const lines = Buffer.from(bytes.subarray(cursor.at, cursor.at + length))
      .toString()
      .split('\n');
    return { ...told, kind: 'head', lines, isLast: false };
  }
  if (bytes[0] === INTERRUPT.callFailed)
    return { ...told, kind: 'failed', lines: [Buffer.from(bytes.subarray(cursor.at)).toString()] };
  const isLast = readNumber(cursor) === 1;
  return { ...told, kind: 'body', bytes: Buffer.from(bytes.subarray(cursor.at)), isLast };
}

/** A host's outbound calls and a machine that takes what it is told, as long as it has room. */
class Machine {
  readonly told: Told[] = [];
  hasRoom = true;
  readonly #refusals = new EventEmitter();
  readonly calls: OutboundCalls;
  readonly #watchers = new Set<() => void>();
  #lastId = 0;

  constructor(...allowed: readonly string[]) {
    this.calls = new OutboundCalls(new AllowList(allowed), (payload) => {
      if (this.hasRoom) {
        this.told.push(decode(payload));
        for (const look of this.#watchers) look();
      } else this.#refusals.emit('refused');
      return this.hasRoom;
    });
    onTestFinished(() => this.calls.destroy());
  }

  ask(
    method: string,
    url: string,
    { headers = [] as string[], body = '', redirect = 'follow', attempt = 1 } = {},
  ): number {
    this.#lastId += 1;
    const head = ['request', 1, attempt, redirect, method, url, ...headers].join('\n');
    this.calls.released(this.#lastId, head, Buffer.from(body));
    return this.#lastId;
  }

  /** Resolves when it has had no room for something. */
  async refused(): Promise<void> {
    await once(this.#refusals, 'refused');
  }

  say(id: number, words: string): void {
    this.calls.released(id, words, Buffer.alloc(0));
  }

  of(id: number): Told[] {
    return this.told.filter((told) => told.id === id);
  }

  async until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        this.#watchers.delete(look);
        resolve(found);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Status, final URL and body; or why there is none. */
  async result(
    id: number,
  ): Promise<{ status: string; url: string; text: string; lines: readonly string[] } | string> {
    const last = await this.until(() => this.of(id).find(({ isLast }) => isLast));
    if (last.kind === 'failed') return last.lines[0] ?? '';
    const told = this.of(id);
    const [status = '', , url = ''] = told[0]?.lines ?? [];
    return {
      status,
      url,
      text: Buffer.concat(told.map(({ bytes }) => bytes)).toString(),
      lines: told[0]?.lines ?? [],
    };
  }
}

async function serve(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** Answers with what it was sent. */
const echo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { method, url, headers } = request;
  response.end(JSON.stringify({ method, url, headers, body: await bodyOf(request) }));
};

describe('connections', () => {
  /** A server that says how many calls have reached it, and answers none. */
  async function silent(): Promise<{ readonly url: string; reached(count: number): Promise<void> }> {
    const calls = new EventEmitter();
    let count = 0;
    const url = await serve(() => {
      count += 1;
      calls.emit('call');
    });
    return {
      url,
      async reached(wanted) {
        while (count < wanted) await once(calls, 'call');
      },
    };
  }

  test('are as many as calls: a server that leaves all others unanswered has none for itself alone', async () => {
    const { url, reached } = await silent();
    const machine = new Machine('*');
    for (let count = 1; count < kernelLimits.openCalls; count += 1) machine.ask('GET', url);
    await reached(kernelLimits.openCalls - 1);
    const other = await serve((_, response) => response.end('here'));
    expect(await machine.result(machine.ask('GET', other))).toMatchObject({ text: 'here' });
  });

  test('are kept for the next call, but no more than so many', async () => {
    withLimits({ outboundIdleSockets: 1 });
    const waiting: ServerResponse[] = [];
    const [opened, closed] = [new Set<Duplex>(), new Set<Duplex>()];
    const sockets = new EventEmitter();
    const url = await serve((request, response) => {
      const { socket } = request;
      if (!opened.has(socket)) socket.once('close', () => sockets.emit('close', closed.add(socket)));
      opened.add(socket);
      if (waiting.push(response) % 2 === 0) for (const each of waiting.splice(0)) each.end('one of two');
    });
    const machine = new Machine('*');
    for (let round = 1; round <= 2; round += 1) {
      const both = [machine.ask('GET', url), machine.ask('GET', url)];
      for (const id of both) expect(await machine.result(id)).toMatchObject({ text: 'one of two' });
      while (closed.size < round) await once(sockets, 'close');
    }
    expect([opened.size, closed.size]).toEqual([3, 2]);
  });
});

test('a call that ends while the machine has no room gives its connection back', async () => {
  const connections = new Set<Duplex>();
  const responses: ServerResponse[] = [];
  const body = 'x'.repeat(limits.outboundChunkBytes + 1);
  const url = await serve((request, response) => {
    connections.add(request.socket);
    response.writeHead(200, { 'content-length': body.length }).flushHeaders();
    responses.push(response);
  });
  const machine = new Machine('*');
  for (let made = 1; made <= 3; made += 1) {
    const id = machine.ask('GET', url);
    await machine.until(() => machine.of(id).find(({ kind }) => kind === 'head'));
    machine.hasRoom = false;
    const refused = machine.refused();
    responses[made - 1]?.end(body);
    await refused;
    machine.hasRoom = true;
    expect(await machine.result(id)).toMatchObject({ text: body });
  }
  expect(connections.size).toBe(1);
});

describe('a call', () => {
  test('reaches the server with what the guest gave it, and its answer the machine', async () => {
    const url = await serve(echo);
    const machine = new Machine('127.0.0.1');
    const id = machine.ask('POST', `${url}/a?b`, {
      headers: ['x-one', '1', 'x-one', '2', 'host', 'evil', 'connection', 'x', 'tandem-guest', '0'],
      body: 'ten',
    });
    const result = await machine.result(id);
    if (typeof result === 'string') throw new Error(result);
    expect(result).toMatchObject({ status: '200', url: `${url}/a?b` });
    expect(JSON.parse(result.text)).toMatchObject({
      method: 'POST',
      url: '/a?b',
      body: 'ten',
      headers: {
        'x-one': '1, 2',
        host: url.slice(7),
        'content-length': '3',
        'user-agent': 'Tandem',
        'tandem-guest': '1',
      },
    });
    expect(machine.calls.open).toBe(0);
  });

  test('with a name that comes again sends each of its values, in their order', async () => {
    const machine = new Machine('127.0.0.1');
    const url = await serve((request, response) => response.end(JSON.stringify(request.rawHeaders)));
    const headers = ['x-way', 'one', 'x-other', 'a', 'x-way', 'two', 'x-way', 'three'];
    const { text } = (await machine.result(machine.ask('GET', url, { headers }))) as { text: string };
    const sent = JSON.parse(text) as string[];
    expect(sent.filter((_value, index) => sent[index - 1] === 'x-way')).toEqual(['one', 'two', 'three']);
  });

  test.each(['http://xn--a/', 'http://\u05d0a/', 'http://\u200d/'])(
    'to what the guest takes for a URL and this host does not fails: %j',
    async (url) => {
      const machine = new Machine('*');
      expect(await machine.result(machine.ask('GET', url))).toBe(`${url} is no URL`);
    },
  );

  test('whose head is larger than servers take fails, however many headers make it up', async () => {
    const machine = new Machine('*');
    const url = await serve(echo);
    const headers = Array.from({ length: 150_000 }, () => ['a', 'b']).flat();
    expect(await machine.result(machine.ask('GET', url, { headers }))).toBe(
      `URL and headers have ${900_000 + url.length} bytes, at most 65536 are sent`,
    );
    expect(await machine.result(machine.ask('GET', `${url}/${'x'.repeat(65_536)}`))).toMatch(/^URL and/);
  });

  test('of a body with a declared length ends with its last byte: two interrupts for a small answer', async () => {
    const url = await serve((_, response) => response.end('hello'));
    const machine = new Machine('*');
    const id = machine.ask('GET', `${url}/`);
    await machine.result(id);
    expect(machine.of(id).map(({ kind }) => kind)).toEqual(['head', 'body']);
  });

  test.each([
    ['gzip', gzipSync('packed'), 'packed'],
    ['frobnicate', Buffer.from('as it is'), 'as it is'],
  ])('gives a body of coding %s as the server meant it', async (coding, body, expected) => {
    const url = await serve((_, response) => response.setHeader('content-encoding', coding).end(body));
    const machine = new Machine('*');
    const result = await machine.result(machine.ask('GET', `${url}/`));
    if (typeof result === 'string') throw new Error(result);
    expect(result.text).toBe(expected);
    // The guest may pass the answer on: headers must tell of the body that it got.
    expect(result.lines.includes('content-encoding')).toBe(coding !== 'gzip');
  });

  test('to a port where nobody listens fails with the reason', async () => {
    const machine = new Machine('*');
    expect(await machine.result(machine.ask('GET', 'http://127.0.0.1:9/'))).toContain('ECONNREFUSED');
  });

  test('whose answer is cut off fails after what had come', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
    });
    const machine = new Machine('*');
    const id = machine.ask('GET', `${url}/`);
    expect(typeof (await machine.result(id))).toBe('string');
    expect(machine.of(id)[0]).toMatchObject({ kind: 'head' });
  });

  test.each([
    ['HTTP/1.1 999 Odd', 'answers with the status 999'],
    ['HTTP/1.1 099 Odd', 'answers with the status 99'],
    ['HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other', 'answers 101'],
  ])('that is answered by "%s" fails: no response has such a status', async (head, reason) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write(`${head}\r\n\r\n`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const machine = new Machine('*');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await machine.result(machine.ask('GET', url))).toContain(reason);
  });

  test('that is cancelled ends at the server, too, and nothing more is told', async () => {
    const server = new EventEmitter();
    const gone = once(server, 'gone');
    const url = await serve((request, response) => {
      request.socket.once('close', () => server.emit('gone'));
      response.write('begin');
    });
    const machine = new Machine('*');
    const id = machine.ask('GET', `${url}/`);
    await machine.until(() => machine.of(id).find(({ kind }) => kind === 'body'));
    machine.say(id, 'cancel\n1');
    await gone;
    expect(machine.of(id).every(({ isLast }) => !isLast)).toBe(true);
    expect(machine.calls.open).toBe(0);
  });

  test('does not run ahead of who takes its answer', async () => {
    const whole = 4 * CALL_WINDOW_BYTES;
    const url = await serve((_, response) => response.end(Buffer.alloc(whole)));
    const machine = new Machine('*');
    const id = machine.ask('GET', `${url}/`);
    const received = (): number => machine.of(id).reduce((sum, { bytes }) => sum + bytes.length, 0);
    await machine.until(() => (received() >= CALL_WINDOW_BYTES ? true : undefined));
    const windowed = received();
    // Other calls are served meanwhile; this one is not read on.
    await machine.result(machine.ask('HEAD', `${url}/`));
    expect(received()).toBe(windowed);
    expect(windowed).toBeLessThan(2 * CALL_WINDOW_BYTES);
    machine.say(id, `taken\n1\n${whole}`);
    await machine.result(id);
    expect(received()).toBe(whole);
  });

  test('waits with its answer until the machine has room', async () => {
    const url = await serve((_, response) => response.end('patience'));
    const machine = new Machine('*');
    machine.hasRoom = false;
    const first = machine.ask('GET', `${url}/1`);
    const second = machine.ask('GET', `${url}/2`);
    setTimeout(() => {
      machine.hasRoom = true;
    }, 50);
    expect(await machine.result(first)).toMatchObject({ text: 'patience' });
    expect(await machine.result(second)).toMatchObject({ text: 'patience' });
  });
});

describe('the list of servers', () => {
  test('is empty unless somebody names one, and the refusal says how', async () => {
    const machine = new Machine();
    const refusal = '127.0.0.1:9 is not allowed: start Tandem with --allow-net 127.0.0.1:9';
    expect(await machine.result(machine.ask('GET', 'http://127.0.0.1:9/'))).toBe(refusal);
    expect(await machine.result(machine.ask('GET', 'https://bank.test/'))).toContain(
      '--allow-net bank.test:443',
    );
  });

  test.each([
    [['bank.test'], 'http://bank.test:8080/', true],
    [['bank.test:80'], 'http://bank.test/', true],
    [['bank.test:443'], 'http://bank.test/', false],
    [['BANK.test'], 'https://bank.TEST/', true],
    [['*.example.com'], 'https://a.b.example.com/', true],
    [['*.example.com'], 'https://example.com/', false],
    [['*.example.com:80'], 'https://a.example.com/', false],
    [['example.com'], 'https://badexample.com/', false],
    [['[::1]:80'], 'http://[0:0::1]/', true],
    [['*'], 'http://anything:1/', true],
    [['a.test', 'b.test'], 'http://b.test/', true],
  ])('%j allows %s: %s', (words, url, expected) => {
    expect(new AllowList(words).allows(new URL(url))).toBe(expected);
  });

  test.each(['', 'http://bank.test', 'bank.test:0', 'bank.test:99999', 'a b', '*.', 'x*.test', '[::1'])(
    'does not take %j',
    (word) => {
      expect(() => new AllowList([word])).toThrow(TandemError);
    },
  );

  test('the operator hears of each refused server once, though a program asks for ever', () => {
    const told: string[] = [];
    const list = new AllowList([], (refusal) => told.push(refusal));
    for (let time = 0; time < 3; time += 1) {
      list.refuse(new URL(`http://bank.test/transfer?time=${time}`));
      list.refuse(new URL('https://mail.test/'));
    }
    expect(told).toEqual([
      "the program's call was refused: bank.test is not allowed: start Tandem with --allow-net bank.test:80",
      "the program's call was refused: mail.test is not allowed: start Tandem with --allow-net mail.test:443",
    ]);
    for (let server = 0; server < 2 * limits.refusedServersTold; server += 1)
      list.refuse(new URL(`http://${server}.test/`));
    expect(told).toHaveLength(limits.refusedServersTold);
  });

  test('holds for every step of a redirect', async () => {
    const other = await serve(echo);
    const url = await serve((_, response) => response.writeHead(302, { location: other }).end());
    const machine = new Machine(url.slice(7));
    expect(await machine.result(machine.ask('GET', `${url}/`))).toContain(`${other.slice(7)} is not allowed`);
  });
});

describe('a redirect', () => {
  const redirecting = (status: number, to: string): Promise<string> =>
    serve((request, response) => {
      if (request.url === '/end') void echo(request, response);
      else response.writeHead(status, { location: to }).end('elsewhere');
    });

  test.each([
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'ten'],
    [308, 'PUT', 'PUT', 'ten'],
    [301, 'PUT', 'PUT', 'ten'],
  ])('of status %i makes of %s a %s', async (status, method, becomes, body) => {
    const url = await redirecting(status, '/end');
    const machine = new Machine('*');
    const headers = ['idempotency-key', '"k"', 'content-type', 'text/plain'];
    const result = await machine.result(machine.ask(method, `${url}/`, { headers, body: 'ten' }));
    if (typeof result === 'string') throw new Error(result);
    expect(result).toMatchObject({ url: `${url}/end` });
    expect(result.lines[3]).toBe('1');
    const seen = JSON.parse(result.text);
    expect(seen).toMatchObject({ method: becomes, body });
    expect('idempotency-key' in seen.headers).toBe(body !== '');
  });

  test('to another server takes no secrets along', async () => {
    const other = await serve(echo);
    const url = await redirecting(307, `${other}/end`);
    const machine = new Machine('*');
    const headers = ['authorization', 'Bearer x', 'cookie', 'a=b', 'x-plain', '1'];
    const result = await machine.result(machine.ask('GET', `${url}/`, { headers }));
    if (typeof result === 'string') throw new Error(result);
    const seen = JSON.parse(result.text).headers;
    expect(seen).toMatchObject({ 'x-plain': '1' });
    expect(Object.keys(seen)).not.toContain('authorization');
    expect(Object.keys(seen)).not.toContain('cookie');
  });

  test('to a URL with a password in it is not followed', async () => {
    const other = await serve(echo);
    const url = await redirecting(307, other.replace('http://', 'http://user:secret@'));
    const machine = new Machine('*');
    expect(await machine.result(machine.ask('GET', `${url}/`))).toContain('a user name or a password');
  });

  test('is the answer itself by `manual`, a failure by `error`, and never followed for ever', async () => {
    const url = await redirecting(302, '/again');
    const machine = new Machine('*');
    expect(await machine.result(machine.ask('GET', `${url}/`, { redirect: 'manual' }))).toMatchObject({
      status: '302',
      text: 'elsewhere',
    });
    expect(await machine.result(machine.ask('GET', `${url}/`, { redirect: 'error' }))).toContain(
      "redirect is 'error'",
    );
    expect(await machine.result(machine.ask('GET', `${url}/`))).toBe('more than 20 redirects');
  });
});

describe('a host that took over', () => {
  test('does nothing that the kernel said before it knew of that', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.end();
    });
    const machine = new Machine('*');
    machine.calls.tookOver(2);
    machine.ask('POST', `${url}/`);
    machine.calls.released(7, `request\n2\n2\nfollow\nPOST\n${url}/`, Buffer.alloc(0));
    await machine.result(7);
    expect(asked).toBe(1);
    expect(machine.told.every(({ id }) => id === 7)).toBe(true);
  });

  test('asks again while the server is still at the first making of a call', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 409 : 200).end(String(asked));
    });
    const machine = new Machine('*');
    expect(await machine.result(machine.ask('POST', `${url}/`, { attempt: 2 }))).toMatchObject({
      status: '200',
      text: '3',
    });
    asked = 0;
    expect(await machine.result(machine.ask('POST', `${url}/`, { attempt: 1 }))).toMatchObject({
      status: '409',
      text: '1',
    });
  });

  test('leaves what it was at when another one is live', async () => {
    const server = new EventEmitter();
    const gone = once(server, 'gone');
    const url = await serve((request) => {
      request.socket.once('close', () => server.emit('gone'));
      machine.calls.drop();
    });
    const machine = new Machine('*');
    machine.ask('GET', `${url}/`);
    await gone;
    expect(machine.calls.open).toBe(0);
    expect(machine.told).toEqual([]);
  });
});
