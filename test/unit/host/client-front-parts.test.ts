/**
 * Responses that leave piece by piece and bodies that come so, on real sockets: what the machine is told, and
 * what a client that stops reading or goes away costs.
 */
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { INTERRUPT, STREAM_WINDOW_BYTES } from '../../../src/kernel/abi.ts';
import {
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

type Started = Awaited<ReturnType<typeof startFront>>;

const silent = (): void => {};
/** The id is 1000, two bytes. */
const ID = [0xe8, 0x07];
const toldOf = ({ told }: Started, kind: number): Uint8Array[] =>
  told.filter((payload) => payload[0] === kind);
const pieces = (started: Started): string =>
  toldOf(started, INTERRUPT.bodyChunk)
    .map((payload) => Buffer.from(payload.subarray(4)).toString())
    .join('');
const number = (payload: Uint8Array, from: number): number =>
  payload.subarray(from).reduce((sum, byte, index) => sum + (byte & 127) * 128 ** index, 0);

async function asked(
  request: string,
): Promise<Started & { readonly socket: Awaited<ReturnType<typeof connect>> }> {
  const started = await startFront(silent);
  const socket = await connect(started.port);
  socket.write(request);
  await started.until(() => started.requests.length === 1);
  return { ...started, socket };
}

describe('a response in parts', () => {
  test('reaches the client part by part, and the connection serves on', async () => {
    const { front, socket, requests, until } = await asked(get('/'));
    front.part(1_000, 'begin', '200\ncontent-type\ntext/event-stream', bytes(''));
    expect(await nextChunk(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream\r\n/);
    front.part(1_000, 'chunk', '', bytes('one'));
    expect(await nextChunk(socket)).toContain('one');
    front.part(1_000, 'chunk', '', bytes('two'));
    expect(await nextChunk(socket)).toContain('two');
    front.part(1_000, 'finish', '', bytes(''));
    expect(front.openRequests).toBe(0);
    socket.write(getAndClose('/next'));
    await until(() => requests.length === 2);
    front.respond(1_001, '200', bytes('again'));
    expect(await restOf(socket)).toMatch(/again$/);
  });

  test('is told to the machine as the client takes it in, in steps', async () => {
    const started = await asked(get('/'));
    const { front, socket, until } = started;
    front.part(1_000, 'begin', '200', bytes(''));
    socket.resume();
    for (let i = 0; i < 4; i += 1) front.part(1_000, 'chunk', '', new Uint8Array(STREAM_WINDOW_BYTES / 4));
    const drained = (): number =>
      toldOf(started, INTERRUPT.drained).reduce((sum, payload) => sum + number(payload, 3), 0);
    await until(() => drained() === STREAM_WINDOW_BYTES);
    expect([...(toldOf(started, INTERRUPT.drained)[0] as Uint8Array).subarray(1, 3)]).toEqual(ID);
    socket.destroy();
  });

  test('of a declared length has that length, and a wrong one is never taken for right', async () => {
    const { front, socket } = await asked(getAndClose('/'));
    front.part(1_000, 'begin', '200\ncontent-length\n6', bytes(''));
    front.part(1_000, 'chunk', '', bytes('abcdef'));
    front.part(1_000, 'finish', '', bytes(''));
    const whole = await restOf(socket);
    expect(whole).toMatch(/content-length: 6\r\n/);
    expect(bodyOf(whole)).toBe('abcdef');
    const { front: other, socket: short } = await asked(getAndClose('/'));
    other.part(1_000, 'begin', '200\ncontent-length\n6', bytes(''));
    other.part(1_000, 'chunk', '', bytes('abcdefg'));
    expect(bodyOf(await restOf(short))).toBe('');
  });

  test('that fails is cut off without its end', async () => {
    const { front, socket } = await asked(getAndClose('/'));
    front.part(1_000, 'begin', '200', bytes(''));
    front.part(1_000, 'chunk', '', bytes('half'));
    expect(await nextChunk(socket)).toMatch(/^HTTP/);
    front.part(1_000, 'fail', '', bytes(''));
    expect(await restOf(socket)).not.toContain('0\r\n\r\n');
    expect(front.openRequests).toBe(0);
  });

  test('whose client goes is told to the machine; so is one whose client had gone before it began', async () => {
    const { front, socket, aborted, until } = await asked(get('/'));
    front.part(1_000, 'begin', '200', bytes(''));
    socket.destroy();
    await until(() => aborted.length === 1);
    front.part(1_000, 'chunk', '', bytes('nobody reads this'));
    front.part(77, 'begin', '200', bytes(''));
    expect(aborted).toEqual([1_000, 77]);
  });

  test('that the client does not read is ended after a while', async () => {
    withLimits({ replyStalledMs: 100 });
    const { front, socket, aborted, until } = await asked(get('/'));
    socket.pause();
    front.part(1_000, 'begin', '200', bytes(''));
    // More than the operating system takes off our hands.
    for (let i = 0; i < 64; i += 1) front.part(1_000, 'chunk', '', new Uint8Array(STREAM_WINDOW_BYTES));
    await until(() => aborted.length === 1);
    expect(front.openRequests).toBe(0);
  });

  test('with a head that cannot be sent is given up, and the machine told', async () => {
    const { front, socket, aborted, log } = await asked(get('/'));
    front.part(1_000, 'begin', '200\nbad name\nx', bytes(''));
    await restOf(socket);
    expect(aborted).toEqual([1_000]);
    expect(log.join()).toContain('cannot be sent');
  });
});

describe('a request in parts', () => {
  beforeEach(() => withLimits({ wholeRequestBytes: 250_000 }));

  const head = (length: number): string => `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`;

  test('enters with its head when its body is large, and its body follows', async () => {
    const started = await asked(`${head(300_000)}${'a'.repeat(100_000)}`);
    const { front, requests, socket, until } = started;
    expect(requests[0]?.body.length).toBe(0);
    await until(() => pieces(started).length === 100_000);
    socket.write('b'.repeat(150_000));
    await until(() => pieces(started).length === 250_000);
    front.part(1_000, 'taken', '250000', bytes(''));
    socket.write('c'.repeat(50_000));
    await until(() => toldOf(started, INTERRUPT.bodyChunk).some((payload) => payload[3] === 1));
    expect(pieces(started)).toBe('a'.repeat(100_000) + 'b'.repeat(150_000) + 'c'.repeat(50_000));
    front.respond(1_000, '200', bytes('thanks'));
    expect(await nextChunk(socket)).toContain('thanks');
    socket.destroy();
  });

  test('is not read beyond the window until the guest has taken it in', async () => {
    const length = 16 * STREAM_WINDOW_BYTES;
    const started = await asked(head(length));
    const { front, socket, until } = started;
    socket.write(Buffer.alloc(length));
    await until(() => pieces(started).length >= STREAM_WINDOW_BYTES);
    // What had been read from the socket already may follow, and no more.
    await new Promise((resolve) => setImmediate(resolve));
    const before = pieces(started).length;
    expect(before).toBeLessThan(2 * STREAM_WINDOW_BYTES);
    let taken = 0;
    while (pieces(started).length < length) {
      const inside = pieces(started).length - taken;
      taken += inside;
      front.part(1_000, 'taken', String(inside), bytes(''));
      await until(() => pieces(started).length > taken || pieces(started).length === length);
    }
    expect(pieces(started).length).toBe(length);
    socket.destroy();
  });

  test('may take longer than a body that is taken whole', async () => {
    withLimits({ requestHeadMs: 100, requestMs: 200 });
    const { front, port, socket } = await asked(`${head(300_000)}${'a'.repeat(100_000)}`);
    const slowHead = 'POST / HTTP/1.1\r\nHost: h\r\n';
    const slowBody = `${slowHead}Content-Length: 5\r\n\r\nabc`;
    const slow = await Promise.all([slowHead, slowBody].map((text) => exchange(port, text)));
    expect(slow.map(statusOf)).toEqual([408, 408]);
    expect(front.openRequests).toBe(1);
    socket.write('b'.repeat(200_000));
    front.respond(1_000, '200', bytes('thanks'));
    expect(await nextChunk(socket)).toContain('thanks');
    socket.destroy();
  });

  describe('has to get on', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => void vi.useRealTimers());
    });

    test.each([
      ['one that comes slowly enough is cut off, and the machine told', limits.uploadPaceBytes / 2, true],
      ['one that comes less slowly goes on for as long as it likes', limits.uploadPaceBytes, false],
    ])('while it is read: %s', async (_, paceBytes, isCut) => {
      const started = await asked(head(1_000_000));
      const { front, socket, aborted, until } = started;
      let sentBytes = 0;
      for (let interval = 0; interval < 5 && aborted.length === 0; interval += 1) {
        sentBytes += paceBytes;
        socket.write('a'.repeat(paceBytes));
        await until(() => pieces(started).length === sentBytes);
        // What the guest takes in is no merit of the client's.
        front.part(1_000, 'taken', String(paceBytes), bytes(''));
        vi.advanceTimersByTime(limits.uploadPaceMs);
        if (isCut) await until(() => aborted.length > 0);
      }
      expect(aborted).toEqual(isCut ? [1_000] : []);
      expect(front.openRequests).toBe(isCut ? 0 : 1);
      socket.destroy();
    });

    test('but not while the guest takes nothing in: then it is not read', async () => {
      const started = await asked(head(2 * STREAM_WINDOW_BYTES));
      const { front, socket, aborted, until } = started;
      socket.write(Buffer.alloc(2 * STREAM_WINDOW_BYTES - 1));
      await until(() => pieces(started).length >= STREAM_WINDOW_BYTES);
      vi.advanceTimersByTime(100 * limits.uploadPaceMs);
      // Longer than it takes to hear of a connection that is reset.
      expect(
        statusOf(await exchange(started.port, get('/.well-known/tandem/live', 'Connection: close'))),
      ).toBe(200);
      expect([aborted, front.openRequests]).toEqual([[], 1]);
      // From here on it is read, and its last byte does not come.
      let takenBytes = 0;
      while (takenBytes < 2 * STREAM_WINDOW_BYTES - 1) {
        const inside = pieces(started).length - takenBytes;
        takenBytes += inside;
        front.part(1_000, 'taken', String(inside), bytes(''));
        if (takenBytes < 2 * STREAM_WINDOW_BYTES - 1) await until(() => pieces(started).length > takenBytes);
      }
      vi.advanceTimersByTime(2 * limits.uploadPaceMs);
      await until(() => aborted.length === 1);
      expect(await restOf(socket)).toBe('');
    });
  });

  test('of unknown length is taken whole when it comes at once, and by parts when it does not', async () => {
    const started = await startFront((request, front) => front.respond(request.id, '200', request.body));
    const socket = await connect(started.port);
    const chunked = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';
    socket.write(`${chunked}3\r\nabc\r\n0\r\n\r\n`);
    expect(await nextChunk(socket)).toContain('abc');
    expect(started.told).toEqual([]);
    const slow = await asked(`${chunked}3\r\nabc\r\n`);
    await slow.until(() => pieces(slow) === 'abc');
    slow.socket.write('2\r\nde\r\n0\r\n\r\n');
    await slow.until(() => pieces(slow) === 'abcde');
    for (const one of [socket, slow.socket]) one.destroy();
  });

  test('costs what its bytes do, however a client cuts it: chunks of a byte come to the machine together', async () => {
    const started = await asked('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n');
    const { socket, until } = started;
    await until(() => pieces(started) === 'x');
    socket.write('1\r\ny\r\n'.repeat(50_000));
    socket.write('0\r\n\r\n');
    await until(() => pieces(started).length === 50_001);
    expect(pieces(started)).toBe(`x${'y'.repeat(50_000)}`);
    expect(toldOf(started, INTERRUPT.bodyChunk).length).toBeLessThan(500);
    socket.destroy();
  });

  test('that is answered before it has come in reads its answer', async () => {
    const { front, socket } = await asked(`${head(1_000_000)}${'a'.repeat(10_000)}`);
    front.respond(1_000, '403', bytes('no'));
    socket.write('a'.repeat(990_000));
    expect(statusOf(await nextChunk(socket))).toBe(403);
    socket.destroy();
  });

  test('and a response in parts cannot change hosts: a switch-over resets them and tells the machine before it yields', async () => {
    const { front, socket, aborted } = await asked(head(1_000_000));
    front.keepRequests();
    expect(aborted).toEqual([1_000]);
    await restOf(socket);
  });
});
