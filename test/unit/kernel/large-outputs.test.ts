/**
 * What leaves the machine is bounded by the kernel, the same on every host: no reply and
 * no error is more than a ring can pass.
 */
import { expect, test } from 'vitest';
import { limits as hostLimits } from '../../../src/base/limits.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { run } from './harness.ts';

const MIB = 1024 * 1024;

test('a response above the bound, in bytes of UTF-8, becomes a 500 and a line that says how to mend it', () => {
  const guest = run(
    `export default { fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const size = Number(searchParams.get('size'));
      if (pathname === '/text') return new Response('x'.repeat(size));
      if (pathname === '/wide') return new Response('\\u20ac'.repeat(size));
      if (pathname === '/bytes') return new Response(new Uint8Array(size));
      return new Response('small', { headers: { 'x-large': 'h'.repeat(size) } });
    } }`,
    { memoryMaximumBytes: 256 * MIB },
  );
  const most = limits.responseBytes - 100;
  expect(guest.fetch(`/text?size=${most}`)).toMatchObject({ status: 200, bytes: { length: most } });
  expect(guest.fetch(`/wide?size=${Math.floor(most / 3)}`).status).toBe(200);
  expect(guest.fetch(`/bytes?size=${most}`).status).toBe(200);
  expect(guest.stderr).toEqual([]);
  for (const target of [
    `/text?size=${17 * MIB}`,
    `/wide?size=${Math.ceil(limits.responseBytes / 3)}`,
    `/bytes?size=${limits.responseBytes}`,
    `/head?size=${limits.responseBytes}`,
  ]) {
    const reply = guest.fetch(target);
    expect([reply.status, reply.text]).toEqual([500, 'The response is too large\n']);
    expect(guest.stderr.pop()).toMatch(
      /^tandem: the response to GET \S+ has \d+ bytes, .*8388608 is the most .*Answer with a ReadableStream/,
    );
  }
  expect(guest.fetch('/text?size=5').text).toBe('xxxxx');
});

test('a retry of a request whose response was too large gets the same 500', () => {
  const guest = run(
    `let runs = 0; export default { fetch() { runs += 1; return new Response('x'.repeat(9e6) + runs) } }`,
  );
  const headers = { 'idempotency-key': 'k' };
  expect(guest.fetch('/', { method: 'POST', headers }).status).toBe(500);
  expect(guest.fetch('/', { method: 'POST', headers }).text).toBe('The response is too large\n');
  expect(guest.stderr.length).toBe(1);
});

test('the text of an error that nobody caught is cut like a line of the console', () => {
  const guest = run(
    `export default { fetch() { throw new Error('\\u20ac'.repeat(6e6)) } };
     setTimeout(() => { throw 'y'.repeat(17e6) }, 10); setTimeout(() => { Promise.reject('z'.repeat(17e6)) }, 20);`,
    { memoryMaximumBytes: 256 * MIB },
  );
  expect(guest.fetch('/').status).toBe(500);
  guest.sleep(10);
  guest.sleep(10);
  expect(guest.stderr.length).toBe(3);
  for (const line of guest.stderr) {
    expect(line).toMatch(/^Uncaught .*… \[\d+ more characters cut off\]$/s);
    expect(Buffer.byteLength(line)).toBeLessThan(3 * limits.consoleText + 100);
  }
});

const HEADS: readonly (readonly [string, string, string])[] = [
  ['of a stream', '{ x: large }', 'new Response(stream(), { headers })'],
  [
    'of many headers',
    'Array.from({ length: 300 }, (_, n) => ["x-" + n, large.slice(0, 1000)])',
    'new Response(stream(), { headers })',
  ],
  [
    'of kept events',
    "{ x: large, 'content-type': 'text/event-stream', 'tandem-events': 'news' }",
    'new Response(stream(), { headers })',
  ],
  [
    'of a WebSocket',
    '{ x: large }',
    'new Response(null, { status: 101, webSocket: new WebSocketPair()[0], headers })',
  ],
];

test.each(HEADS)(
  'a head above the bound (%s) becomes a 500 before anything has left',
  (_, headers, response) => {
    const guest = run(
      `const stream = () => new ReadableStream({ cancel() { console.log('cancelled') } });
     export default { fetch(request) {
       const large = 'a'.repeat(Number(new URL(request.url).searchParams.get('size')));
       const headers = ${headers};
       return ${response};
     } }`,
      { memoryMaximumBytes: 256 * MIB },
    );
    const asked = { headers: { upgrade: 'websocket' } };
    const reply = guest.fetch('/?size=20000000', asked);
    expect([reply.status, reply.text]).toEqual([500, 'The response is too large\n']);
    expect(guest.stderr).toEqual([
      expect.stringMatching(
        /^tandem: the response to GET \S+ has \d+ bytes in its head; 262144 is the most .*Put into the body/,
      ),
    ]);
    expect(guest.stdout).toEqual(response.includes('stream()') ? ['cancelled'] : []);
    expect([guest.streams.size, guest.sockets.length, guest.machine.openRequests]).toEqual([0, 0, 0]);
    const small = guest.request('/?size=700', asked);
    expect(guest.reply(small)).toBeUndefined();
    expect(guest.streams.size + guest.sockets.length).toBe(1);
  },
);

test('a head of a stream that a HEAD request asks for is bounded like any other', () => {
  const guest = run(
    `export default { fetch() { return new Response(new ReadableStream(), { headers: { x: 'a'.repeat(9e6) } }) } }`,
    { memoryMaximumBytes: 256 * MIB },
  );
  expect(guest.fetch('/', { method: 'HEAD' }).status).toBe(500);
});

test('everything that the kernel lets out fits into the ring', () => {
  for (const bytes of [limits.responseBytes, limits.callBytes, limits.headBytes, limits.socketMessageBytes])
    expect(bytes).toBeLessThan(limits.outputBytes);
  expect(limits.outputBytes + 1024).toBeLessThanOrEqual(hostLimits.ringBytes);
  expect(limits.responseBytes + 1024).toBeLessThanOrEqual(hostLimits.ringBytes);
  expect(3 * limits.consoleText + 1024).toBeLessThanOrEqual(hostLimits.ringBytes);
});
