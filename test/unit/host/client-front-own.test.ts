/** What a live host's front answers itself: the readiness path, preflights of browsers, and refusals that a client can tell from the guest's replies. */
import { describe, expect, test } from 'vitest';
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
