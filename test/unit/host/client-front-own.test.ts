/**
 * What a live host's front answers itself: the readiness path, preflights of browsers, and refusals that a
 * client can tell from the guest's replies.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CrossOrigin } from '../../../src/host/front/cross-origin.ts';
import { StandIn } from '../../../src/host/front/stand-in.ts';
import {
  bodyOf,
  connect,
  exchange,
  get,
  getAndClose,
  nextChunk,
  startFront,
  statusOf,
} from './client-front-harness.ts';

const LIVE = '/.well-known/tandem/live';

describe('the readiness path', () => {
  test('is 200 while the doors are open and 503 on a connection that is kept when they close, and never reaches the guest', async () => {
    const { front, port, requests } = await startFront();
    const socket = await connect(port);
    socket.write(get(LIVE));
    const live = await nextChunk(socket);
    expect([statusOf(live), bodyOf(live)]).toEqual([200, '{"live":true}\n']);
    front.close();
    socket.write(get(LIVE));
    const closed = await nextChunk(socket);
    expect([statusOf(closed), bodyOf(closed)]).toEqual([503, '{"live":false}\n']);
    expect(requests).toEqual([]);
    socket.destroy();
  });
});

/** Each means `/.well-known/tandem/` + what comes in its place. */
const spellings: readonly ((rest: string) => string)[] = [
  (rest) => `http://host/.well-known/tandem/${rest}`,
  (rest) => `HTTP://host:80/x/../.well-known/tandem/${rest}`,
  (rest) => `/a/../.well-known/tandem/${rest}`,
  (rest) => `/../.well-known/./tandem/${rest}`,
  (rest) => `/.well-known/tandem/a/%2e%2E/${rest}`,
  (rest) => `/a/..\\.well-known\\tandem\\${rest}`,
  (rest) => `/%2ewell-known/tandem/${rest}`,
  (rest) => `/%2E%77ell%2Dknown/t%61ndem/${rest}`,
];

describe("other spellings of Tandem's own paths", () => {
  test.each(spellings)('%s: the readiness path is answered by the host', async (spelling) => {
    const { front, port, requests } = await startFront();
    for (const rest of ['live', 'live?probe=1', 'l%69ve']) {
      const answer = await exchange(port, getAndClose(spelling(rest)));
      expect([statusOf(answer), bodyOf(answer)]).toEqual([200, '{"live":true}\n']);
    }
    expect(requests).toEqual([]);
    front.close();
  });

  test.each(spellings)('%s: the rest enters the machine under its only name', async (spelling) => {
    const { port, requests } = await startFront();
    await exchange(port, getAndClose(spelling('session?a=%2e')));
    expect(requests.map(({ target }) => target)).toEqual(['/.well-known/tandem/session?a=%2e']);
  });

  test("are made one once: what they lead away to, and all that is somebody else's, is the guest's", async () => {
    const { port, requests } = await startFront();
    const others = [
      '/.well-known%2Ftandem/live',
      '/%252ewell-known/tandem/live',
      '//host/.well-known/tandem/live',
      '/.well-known/tandem',
      '/.well-known/tandemx/live',
      '/.Well-Known/tandem/live',
      '/?/.well-known/tandem/live',
      'http://host/a/../b',
      '/style.css?v=1.2',
    ];
    for (const other of others) await exchange(port, getAndClose(other));
    await exchange(port, getAndClose('/.well-known/tandem/../other?q=.'));
    expect(requests.map(({ target }) => target)).toEqual([...others, '/.well-known/other?q=.']);
  });

  test('are no way around a host that is not live: it answers for itself, and redirects nobody there', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await new Promise((resolve) => taken.close(resolve));
    const liveUrl = () => Promise.resolve('http://10.0.0.1:8080');
    const standIn = new StandIn({ host: '127.0.0.1', port }, new CrossOrigin([]), { liveUrl, log: () => {} });
    standIn.open();
    onTestFinished(() => standIn.close());
    for (const spelling of spellings) {
      const live = await exchange(port, getAndClose(spelling('live')));
      expect([statusOf(live), bodyOf(live)]).toEqual([503, '{"live":false,"url":"http://10.0.0.1:8080"}\n']);
      expect(statusOf(await exchange(port, getAndClose(spelling('session'))))).toBe(503);
    }
    expect(statusOf(await exchange(port, getAndClose('/a.txt')))).toBe(307);
  });
});

describe('browsers of other origins', () => {
  const preflight = (origin: string): string =>
    [
      'OPTIONS /deposit HTTP/1.1',
      'Host: h',
      `Origin: ${origin}`,
      'Access-Control-Request-Method: POST',
      'Access-Control-Request-Headers: tandem-session,tandem-request',
      'Connection: close',
      '\r\n',
    ].join('\r\n');

  test('that are allowed have their preflights answered, and may read replies', async () => {
    const { port, requests } = await startFront(undefined, undefined, ['https://app.example']);
    const answer = await exchange(port, preflight('https://app.example'));
    expect(statusOf(answer)).toBe(204);
    expect(answer).toMatch(/access-control-allow-origin: https:\/\/app\.example\r\n/);
    expect(answer).toMatch(/access-control-allow-methods: POST\r\n/);
    expect(answer).toMatch(/access-control-allow-headers: tandem-session,tandem-request\r\n/);
    expect(requests).toEqual([]);
    const reply = await exchange(port, get('/', 'Origin: https://app.example', 'Connection: close'));
    expect(reply).toMatch(/access-control-allow-origin: https:\/\/app\.example\r\n/);
    expect(reply).toMatch(/access-control-expose-headers: tandem-request, /);
    expect(reply).toMatch(/vary: origin\r\n/);
    expect(bodyOf(reply)).toBe('ok /');
  });

  test('that are not allowed are left to the guest, as all are by default', async () => {
    const { port, requests } = await startFront(undefined, undefined, ['https://app.example']);
    expect(await exchange(port, preflight('https://evil.example'))).not.toMatch(/access-control/);
    const closed = await startFront();
    expect(await exchange(closed.port, preflight('https://app.example'))).not.toMatch(/access-control|vary/);
    expect([...requests, ...closed.requests].map(({ method }) => method)).toEqual(['OPTIONS', 'OPTIONS']);
  });

  test('all are allowed by *, and a guest that sets the header itself is left alone', async () => {
    const { port } = await startFront(
      (request, front) =>
        front.respond(request.id, '200\naccess-control-allow-origin\nhttps://own.example', Buffer.from('x')),
      undefined,
      ['*'],
    );
    const reply = await exchange(port, get('/', 'Origin: https://any.example', 'Connection: close'));
    expect(reply.match(/access-control-allow-origin: .*/gi)).toEqual([
      'access-control-allow-origin: https://own.example',
    ]);
    expect(await exchange(port, preflight('https://any.example'))).toMatch(
      /access-control-allow-origin: \*\r\n/,
    );
  });
});

describe("a host's own refusals", () => {
  test('have a word in a header', async () => {
    const { port } = await startFront(undefined, () => false);
    expect(await exchange(port, getAndClose('/'))).toMatch(/^HTTP\/1\.1 503 [\s\S]*tandem-refusal: busy\r\n/);
    expect(await exchange(port, 'nonsense\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*tandem-refusal: malformed\r\n/,
    );
  });
});
