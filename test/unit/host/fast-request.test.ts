/** What the fast path recognizes, and that Node reads the same. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { fastRequest } from '../../../src/host/front/fast-request.ts';

interface Read {
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

const packet = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'), 'latin1');
const read = (bytes: Buffer): Read | undefined => {
  const found = fastRequest(bytes);
  if (found === undefined) return undefined;
  const { method, target, rawHeaders, body } = found;
  return { method, target, rawHeaders, body: Buffer.from(body).toString('latin1') };
};

describe('an ordinary request', () => {
  test('is recognized with its method, target, headers and body', () => {
    const bytes = packet('POST /a?b=c HTTP/1.1', 'Host: h', 'X-A:  b\t', 'Content-Length: 3', '', 'xyz');
    expect(read(bytes)).toEqual({
      method: 'POST',
      target: '/a?b=c',
      rawHeaders: ['Host', 'h', 'X-A', 'b', 'Content-Length', '3'],
      body: 'xyz',
    });
    expect(read(packet('GET / HTTP/1.1', 'host:h', 'connection: Keep-Alive', '', ''))?.target).toBe('/');
  });

  test('of a page of another origin is told', () => {
    expect(fastRequest(packet('GET / HTTP/1.1', 'Host: h', 'Origin: http://o', '', ''))?.hasOrigin).toBe(
      true,
    );
    expect(fastRequest(packet('GET / HTTP/1.1', 'Host: h', '', ''))?.hasOrigin).toBe(false);
  });
});

describe('is left to Node:', () => {
  const get = (...lines: string[]): Buffer => packet('GET / HTTP/1.1', 'Host: h', ...lines, '', '');
  test.each([
    ['half a head', packet('GET / HTTP/1.1', 'Host: h', '')],
    ['a body that is not all there', packet('PUT / HTTP/1.1', 'Host: h', 'Content-Length: 2', '', 'x')],
    ['more than one request', Buffer.concat([get(), get()])],
    ['a body without a length', packet('PUT / HTTP/1.1', 'Host: h', '', 'x')],
    ['two lengths', get('Content-Length: 0', 'content-length: 0')],
    ['a tab behind a length', packet('PUT / HTTP/1.1', 'Host: h', 'Content-Length: 1\t', '', 'x')],
    ['a length with a sign', get('Content-Length: +0')],
    ['a chunked body', packet('PUT / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked', '', '0', '', '')],
    ['no host', packet('GET / HTTP/1.1', '', '')],
    ['two hosts', get('Host: h')],
    ['the end of the connection', get('Connection: close')],
    ['an upgrade', get('Connection: Upgrade', 'Upgrade: websocket')],
    ['an upgrade that the connection does not name', get('Upgrade: h2c')],
    ['a wish to be told to go on', get('Expect: 100-continue')],
    ['a folded line', get('X-A: b', ' c')],
    ['a blank before the colon', get('X-A : b')],
    ['a line without a colon', get('X-A')],
    ['a NUL', get('X-A: \0')],
    ['half a line break in a value', get('X-A: b\nX-B: c')],
    ['a carriage return in a value', get('X-A: b\rc')],
    ['lines that end without carriage returns', Buffer.from('GET / HTTP/1.1\nHost: h\n\r\n\r\n')],
    ['HTTP/1.0', packet('GET / HTTP/1.0', 'Host: h', '', '')],
    ['a HEAD', packet('HEAD / HTTP/1.1', 'Host: h', '', '')],
    ['a whole URL as the target', packet('GET http://h/ HTTP/1.1', 'Host: h', '', '')],
    ['a blank in the target', packet('GET /a b HTTP/1.1', 'Host: h', '', '')],
    ['more than a head may have', get(`X-A: ${'b'.repeat(limits.requestHeadBytes)}`)],
  ])('%s', (_, bytes) => {
    expect(read(bytes)).toBeUndefined();
  });
});

describe('whatever is recognized', () => {
  let byNode: (request: Read) => void = () => {};
  const server = createServer({ maxHeaderSize: limits.requestHeadBytes }, (request, response) => {
    void whole(request).then((body) => {
      byNode({ method: request.method, target: request.url, rawHeaders: request.rawHeaders, body });
      response.end();
    });
  });
  beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
  afterAll(() => server.close());

  async function whole(request: IncomingMessage): Promise<string> {
    let body = '';
    for await (const chunk of request.setEncoding('latin1')) body += chunk;
    return body;
  }

  /** Undefined when Node reads no request in it. */
  async function nodeReads(bytes: Buffer): Promise<Read | undefined> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const found = new Promise<Read>((resolve) => (byNode = resolve));
    socket.write(bytes);
    const answered = once(socket, 'data').then(([answer]) => String(answer).startsWith('HTTP/1.1 200'));
    const is = (await answered) ? await found : undefined;
    socket.destroy();
    return is;
  }

  const characters = (set: string, maxLength: number) =>
    fc.array(fc.constantFrom(...set), { maxLength }).map((all) => all.join(''));
  const visible = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join('');
  const rarely = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>) =>
    fc.oneof({ arbitrary: usual, weight: 12 }, { arbitrary: other, weight: 1 });
  const name = rarely(
    fc.oneof(
      characters('abcXYZ019-_!#$%&*+.^`|~', 12).map((rest) => `x${rest}`),
      fc.constantFrom('Accept', 'Cookie', 'Origin', 'TE', 'Keep-Alive', 'Trailer', 'Idempotency-Key'),
    ),
    fc.constantFrom('Connection', 'Content-Length', 'Transfer-Encoding', 'Upgrade', 'Expect', 'HOST', ''),
  );
  const value = fc.oneof(
    characters(`${visible} \t\xa0\xe4\xff`, 30),
    fc.constantFrom('', '0', '3', 'keep-alive', 'close', ' ', '\t x \t', 'chunked'),
  );
  const methods = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE');
  const requests = fc
    .record({
      method: rarely(methods, fc.constantFrom('HEAD', 'OPTIONS', 'M-SEARCH')),
      target: rarely(characters(visible, 40), characters(`${visible} \xe4`, 40)).map((rest) => `/${rest}`),
      headers: fc.array(
        fc.tuple(name, rarely(fc.constantFrom(': ', ':', ':\t '), fc.constant(' :')), value),
        {
          maxLength: 6,
        },
      ),
      body: characters(`${visible}\r\n`, 20),
      /** A byte that is put anywhere. */
      slip: rarely(
        fc.constant(undefined),
        fc.tuple(fc.nat(400), fc.constantFrom('\r', '\n', '\0', ' ', ':', '\x7f')),
      ),
    })
    .map(({ method, target, headers, body, slip }) => {
      const lines = [`${method} ${target} HTTP/1.1`, 'Host: h'];
      for (const parts of headers) lines.push(parts.join(''));
      if (body !== '') lines.push(`Content-Length: ${body.length}`);
      const text = `${lines.join('\r\n')}\r\n\r\n${body}`;
      const [at, byte] = slip === undefined ? [0, ''] : [slip[0] % text.length, slip[1]];
      return Buffer.from(text.slice(0, at) + byte + text.slice(at), 'latin1');
    });

  test('is what Node reads in the same bytes', async () => {
    let recognized = 0;
    await fc.assert(
      fc.asyncProperty(requests, async (bytes) => {
        const fast = read(bytes);
        if (fast === undefined) return;
        recognized += 1;
        expect(await nodeReads(bytes)).toEqual(fast);
      }),
      { numRuns: 1_000 },
    );
    expect(recognized).toBeGreaterThan(300);
  });
});
