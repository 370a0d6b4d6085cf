/** A front whose host was live until the roles changed: its clients are answered by the live one. */
import { expect, test } from 'vitest';
import { exchange, startFront } from './client-front-harness.ts';

const post = (target: string): string => `POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi`;

test('a request is answered by the live host, with its headers, and the connection ends', async () => {
  const live = await startFront((request, front) =>
    front.respond(request.id, '201\nset-cookie\na=1\nset-cookie\nb=2', request.body),
  );
  const former = await startFront();
  former.front.relayRequests(`http://127.0.0.1:${live.port}`);
  const answer = await exchange(former.port, post('/one'));
  expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
  expect(answer).toContain('set-cookie: a=1\r\nset-cookie: b=2\r\n');
  expect(answer.toLowerCase()).toContain('connection: close\r\n');
  expect(answer).toMatch(/\r\n\r\nhi$/);
  expect(live.requests).toMatchObject([{ method: 'POST', target: '/one' }]);
  expect(former.requests).toEqual([]);
});

test.each(['came after', 'were kept during'])(
  'of requests in one packet that %s the change only the first is executed: the others’ answers could not be sent',
  async (when) => {
    const live = await startFront();
    const former = await startFront();
    const relays = (): void => former.front.relayRequests(`http://127.0.0.1:${live.port}`);
    if (when === 'came after') relays();
    else former.front.keepRequests();
    const answers = exchange(former.port, post('/one') + post('/two') + post('/three'));
    if (when !== 'came after') {
      // An answer by the stand-in's own path: the packet before it has been read by then.
      await exchange(
        former.port,
        'GET /.well-known/tandem/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      );
      relays();
    }
    expect((await answers).match(/^HTTP\/1\.1 200/gm)).toHaveLength(1);
    // One more, so that what was on its way has arrived.
    await exchange(former.port, post('/last'));
    expect(live.requests.map(({ target }) => target)).toEqual(['/one', '/last']);
  },
);
