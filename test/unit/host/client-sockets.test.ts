/**
 * WebSockets of a host's clients, with a machine in small behind the front: what it
 * is told, and what ends a connection.
 */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { limits } from '../../../src/base/limits.ts';
import { ClientFront } from '../../../src/host/front/client-front.ts';
import { INTERRUPT } from '../../../src/kernel/abi.ts';
import { readNumber } from '../../../src/kernel/wire.ts';
import { withLimits } from './client-front-harness.ts';

interface Told {
  readonly what: 'message' | 'closed';
  readonly id: number;
  readonly words: string;
}

/** A front whose machine accepts every handshake, when it is told to. */
class Machine {
  readonly told: Told[] = [];
  readonly lost: number[] = [];
  readonly asked: number[] = [];
  hasRoom = true;
  refused = 0;
  heard = (): void => {};
  readonly front: ClientFront;
  #url = '';
  readonly #watchers = new Set<() => void>();

  constructor() {
    this.front = new ClientFront(
      { clients: { address: '127.0.0.1', port: 0 }, firstRequestId: 1, allowOrigins: [] },
      {
        deliver: (payload) => this.#take(payload),
        deliverMessage: (payload) => (this.hasRoom ? this.#take(payload) : this.#refuse()),
        aborted: (id) => {
          this.lost.push(id);
          this.#look();
        },
        tell: () => {},
        isLive: () => true,
        log: () => {},
      },
    );
    onTestFinished(() => this.front.destroyAll());
  }

  async open(): Promise<this> {
    const address = (await this.front.open()) as AddressInfo;
    this.#url = `ws://127.0.0.1:${address.port}`;
    return this;
  }

  client(protocols: string[] = [], autoPong = true): WebSocket {
    const socket = new WebSocket(this.#url, protocols, { autoPong });
    socket.on('error', () => {});
    onTestFinished(() => socket.terminate());
    return socket;
  }

  /** A client whose handshake the machine accepts; gives its id, too. */
  async connected(
    protocol?: string,
    autoPong = true,
  ): Promise<{ readonly socket: WebSocket; readonly id: number }> {
    const count = this.asked.length;
    const socket = this.client(protocol === undefined ? [] : [protocol], autoPong);
    await this.until(() => this.asked.length > count);
    const id = this.asked.at(-1) ?? 0;
    const opened = once(socket, 'open');
    this.say(id, protocol === undefined ? 'accept' : `accept\nsec-websocket-protocol\n${protocol}`);
    await opened;
    return { socket, id };
  }

  say(id: number, head: string, body: string | Buffer = ''): void {
    this.front.sockets.said(id, head, Buffer.from(body));
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #take(payload: Uint8Array): true {
    const bytes = Uint8Array.from(payload);
    const cursor = { bytes, at: 1 };
    const id = readNumber(cursor);
    if (bytes[0] === INTERRUPT.request) this.asked.push(id);
    else {
      const what = bytes[0] === INTERRUPT.socketMessage ? 'message' : 'closed';
      const numbers = [readNumber(cursor), ...(what === 'closed' ? [readNumber(cursor)] : [])];
      this.told.push({
        what,
        id,
        words: [...numbers, Buffer.from(bytes.subarray(cursor.at)).toString()].join(' ').trim(),
      });
    }
    this.heard();
    this.#look();
    return true;
  }

  #refuse(): false {
    this.refused += 1;
    this.#look();
    return false;
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}

test('messages come in the order in which they were sent, also those that find the machine without room, and the close behind them', async () => {
  const machine = await new Machine().open();
  const { socket, id } = await machine.connected();
  machine.hasRoom = false;
  for (let count = 0; count < 50; count += 1) socket.send(String(count));
  socket.close(4000, 'done');
  setTimeout(() => {
    machine.hasRoom = true;
  }, 50);
  await machine.until(() => machine.told.some(({ what }) => what === 'closed'));
  const said = machine.told.filter((told) => told.id === id).map(({ words }) => words);
  expect(said).toEqual([...Array.from({ length: 50 }, (_, count) => `1 ${count}`), '4000 1 done']);
});

test('a header of the handshake is bytes, as in every response, and what is said behind it is UTF-8', async () => {
  const machine = await new Machine().open();
  const socket = machine.client();
  await machine.until(() => machine.asked.length === 1);
  const upgraded = once(socket, 'upgrade');
  const message = once(socket, 'message');
  machine.say(1, 'accept\nx-place\ncaf\u00e9');
  machine.say(1, 'text', 'caf\u00e9');
  expect((await upgraded)[0].headers['x-place']).toBe('caf\u00e9');
  expect(String((await message)[0])).toBe('caf\u00e9');
});

test('a handshake with a header that no response can have is refused with a 500, and the machine has lost the socket', async () => {
  const machine = await new Machine().open();
  const socket = machine.client();
  await machine.until(() => machine.asked.length === 1);
  const refused = once(socket, 'unexpected-response');
  machine.say(1, 'accept\nx-place\na\u0001b');
  machine.say(1, 'text', 'behind it');
  expect((await refused)[1].statusCode).toBe(500);
  expect(machine.lost).toEqual([1]);
  expect(machine.front.openRequests).toBe(0);
});

test('headers about the connection are not for a program to say, in a handshake either', async () => {
  const machine = await new Machine().open();
  const socket = machine.client();
  await machine.until(() => machine.asked.length === 1);
  const upgraded = once(socket, 'upgrade');
  const message = once(socket, 'message');
  const own = ['transfer-encoding', 'chunked', 'upgrade', 'h2c', 'keep-alive', 'timeout=1', 'x-own', 'kept'];
  machine.say(1, ['accept', ...own].join('\n'));
  machine.say(1, 'text', 'hello');
  expect((await upgraded)[0].rawHeaders).toEqual([
    ...['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', expect.any(String)],
    ...['x-own', 'kept'],
  ]);
  expect(String((await message)[0])).toBe('hello');
});

test('messages of all clients in one turn of the event loop are bounded, and every one comes', async () => {
  withLimits({ socketMessagesAtOnce: 64 });
  const machine = await new Machine().open();
  const clients = [await machine.connected(), await machine.connected(), await machine.connected()];
  let inThisTurn = 0;
  let turns = 0;
  machine.heard = () => {
    if (inThisTurn === 0) setImmediate(() => (inThisTurn = 0));
    inThisTurn += 1;
    if (inThisTurn === 1) turns += 1;
  };
  const flood = Buffer.concat(
    Array.from({ length: 20_000 }, () => Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61])),
  );
  for (const { socket } of clients) socketBelow(socket).write(flood);
  await machine.until(() => machine.told.length === 60_000);
  // What has been read of a socket already, 64 KiB at most, is not held back.
  expect(turns).toBeGreaterThanOrEqual((60_000 * 7) / 65_536);
});

const socketBelow = (socket: WebSocket): Socket => (socket as unknown as { _socket: Socket })._socket;

test('a client that resumes hears of its host with each ping, in a word that no browser hides; others do not', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const machine = await new Machine().open();
  const { socket } = await machine.connected('tandem.v1');
  const { socket: other } = await machine.connected();
  const heard: string[] = [];
  other.on('message', (data) => heard.push(String(data)));
  const [alive, ping] = [once(socket, 'message'), once(other, 'ping')];
  vi.advanceTimersByTime(limits.socketPingMs);
  expect(String((await alive)[0])).toBe('p');
  await ping;
  expect(heard).toEqual([]);
  expect(machine.told).toEqual([]);
});

describe('a client that answers no ping', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'hrtime'] });
    onTestFinished(() => void vi.useRealTimers());
  });

  /** The machine has no room from here until `hasRoom`: by then a client has said something in vain. */
  async function fill(machine: Machine, { socket }: { readonly socket: WebSocket }): Promise<void> {
    machine.hasRoom = false;
    const before = machine.refused;
    socket.send('waits');
    await machine.until(() => machine.refused > before);
  }

  test('is gone, also when the machine has had no room for a moment', async () => {
    const machine = await new Machine().open();
    const one = await machine.connected();
    const silent = await machine.connected(undefined, false);
    vi.advanceTimersByTime(limits.socketPingMs);
    await fill(machine, one);
    vi.advanceTimersByTime(limits.socketPingMs / 4);
    machine.hasRoom = true;
    await machine.until(() => machine.told.length === 1);
    vi.advanceTimersByTime((limits.socketPingMs / 4) * 3);
    await machine.until(() => machine.told.length === 2);
    expect(machine.told[1]).toEqual({ what: 'closed', id: silent.id, words: '1006 0' });
    expect(machine.front.sockets.open).toBe(1);
  });

  test('is not gone while its host does not read it, and has another one afterwards', async () => {
    const machine = await new Machine().open();
    const one = await machine.connected();
    const other = await machine.connected();
    const silent = await machine.connected(undefined, false);
    await fill(machine, one);
    vi.advanceTimersByTime(5.9 * limits.socketPingMs);
    for (const { socket } of [one, other, silent]) socket.send('still here');
    machine.hasRoom = true;
    vi.advanceTimersByTime(0.1 * limits.socketPingMs);
    await machine.until(() => machine.told.length === 4);
    expect(machine.told.map(({ words }) => words)).toEqual(['1 waits', ...Array(3).fill('1 still here')]);
    vi.advanceTimersByTime(limits.socketPingMs);
    for (const { socket } of [one, other]) socket.send('still here');
    await machine.until(() => machine.told.length === 6);
    vi.advanceTimersByTime(limits.socketPingMs);
    await machine.until(() => machine.told.length === 7);
    expect(machine.told[6]).toEqual({ what: 'closed', id: silent.id, words: '1006 0' });
    expect(machine.front.sockets.open).toBe(2);
  });
});

test('a client that is lost without a word is told as 1006, one that leaves before it is accepted as a lost request', async () => {
  const machine = await new Machine().open();
  const { socket, id } = await machine.connected();
  socket.terminate();
  await machine.until(() => machine.told.length > 0);
  expect(machine.told).toEqual([{ what: 'closed', id, words: '1006 0' }]);
  expect(machine.front.sockets.open).toBe(0);
});

test('a client that leaves unread more than the bound is cut off, and the machine hears of it', async () => {
  const machine = await new Machine().open();
  const { socket, id } = await machine.connected();
  socket.pause();
  const piece = Buffer.alloc(limits.socketMessageBytes);
  // What the operating system takes does not count.
  for (let count = 0; machine.front.sockets.open > 0 && count < 200; count += 1)
    machine.say(id, 'binary', piece);
  await machine.until(() => machine.told.length > 0);
  expect(machine.told).toEqual([{ what: 'closed', id, words: '1006 0' }]);
});

test('before roles change every socket is told to connect anew, and the machine has lost it by then', async () => {
  const machine = await new Machine().open();
  const { socket, id } = await machine.connected();
  const waiting = machine.client();
  await machine.until(() => machine.asked.length === 2);
  const closed = once(socket, 'close');
  const gone = new Promise((resolve) => waiting.once('close', resolve));
  machine.front.keepRequests();
  expect(machine.lost.sort()).toEqual([id, machine.asked[1]].sort());
  expect((await closed)[0]).toBe(1012);
  await gone;
  // The machine had said so before it heard.
  machine.say(machine.asked[1] ?? 0, 'accept');
  machine.say(id, 'text', 'late');
  expect(machine.front.sockets.open).toBe(0);
  expect(machine.told).toEqual([]);
});

test('a machine that is switched off says so to every client, and does not wait for them', async () => {
  const machine = await new Machine().open();
  const { socket } = await machine.connected();
  const closed = once(socket, 'close');
  await new Promise<void>((resolve) => machine.front.drain(resolve));
  expect((await closed)[0]).toBe(1001);
});
