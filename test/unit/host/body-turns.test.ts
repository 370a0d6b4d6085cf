import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { BodyTurns } from '../../../src/host/front/body-turns.ts';
import { GatheredBytes } from '../../../src/host/front/gathered-bytes.ts';
import { connect, restOf, withLimits } from './client-front-harness.ts';

test.each([
  ['that is read', (request: IncomingMessage) => void request.on('data', () => {})],
  ['of which its reader rests at times', restless],
])(
  'chunks of all bodies in one turn of the event loop are bounded, and every one comes: a body %s',
  async (_, read) => {
    withLimits({ bodyChunksAtOnce: 64 });
    const turns = new BodyTurns();
    let inThisTurn = 0;
    let most = 0;
    const server = createServer((request, response) => {
      turns.watch(request);
      let bytes = 0;
      read(request);
      request.on('data', (chunk: Buffer) => {
        if (inThisTurn === 0) setImmediate(() => (inThisTurn = 0));
        inThisTurn += 1;
        most = Math.max(most, inThisTurn);
        bytes += chunk.length;
      });
      request.on('end', () => response.end(String(bytes)));
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const sent = `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(20_000)}0\r\n\r\n`;
    const last = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
    const answers = Array.from({ length: 3 }, async () => {
      const socket = await connect(port);
      socket.write(sent + last);
      return restOf(socket);
    });
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/\r\n\r\n20000HTTP.*\r\n\r\n0$/s);
    // A reader that goes on in the middle of a turn has as many again.
    expect(most).toBeLessThan(10 * 64);
  },
);

function restless(request: IncomingMessage): void {
  let chunks = 0;
  request.on('data', () => {
    chunks += 1;
    if (chunks % 1_000 !== 0) return;
    request.pause();
    setTimeout(() => request.resume(), 1);
  });
}

test('gathered bytes are those that came, in their order, however they were cut', () => {
  const size = fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 40_000 }));
  fc.assert(
    fc.property(fc.array(fc.array(size, { maxLength: 30 }), { maxLength: 4 }), (rounds) => {
      const gathered = new GatheredBytes();
      for (const [round, sizes] of rounds.entries()) {
        const chunks = sizes.map((length, index) => Buffer.alloc(length, round * 31 + index));
        for (const chunk of chunks) gathered.add(chunk);
        const whole = Buffer.concat(chunks);
        expect(gathered.bytes).toBe(whole.length);
        expect(Buffer.compare(gathered.take(), whole)).toBe(0);
      }
    }),
  );
});
