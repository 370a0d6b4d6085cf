/**
 * WebSockets with real processes (FT §3.5): messages are inputs, what the guest says leaves by the output
 * rule. The chat of guest-programs/ keeps every line, once and in one order, whatever happens to the
 * hosts, for clients that connect again.
 */
import { once } from 'node:events';
import http from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { guest, pause, program, signal, tandem, until } from '../support/processes.ts';
import { ask, jsonOf } from '../support/processes-client.ts';
import { run } from '../support/processes-run.ts';

interface Line {
  readonly number: number;
  readonly id: string;
  readonly text: string;
}

/**
 * Somebody in the room, as the page is: connects again when the connection ends,
 * and says again what has not come back.
 */
class Person {
  readonly read: Line[] = [];
  connections = 0;
  readonly #url: string;
  readonly #waiting = new Map<string, string>();
  #socket: WebSocket | undefined;
  #isGone = false;

  constructor(url: string) {
    this.#url = `${url.replace('http', 'ws')}/room`;
    onTestFinished(() => this.leave());
    this.#connect();
  }

  say(id: string, text: string): void {
    const line = JSON.stringify({ id, name: 'somebody', text });
    this.#waiting.set(id, line);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(line);
  }

  /** Lines of one's own that have not come back. */
  get unread(): number {
    return this.#waiting.size;
  }

  leave(): void {
    this.#isGone = true;
    this.#socket?.terminate();
  }

  #connect(): void {
    if (this.#isGone) return;
    const socket = new WebSocket(`${this.#url}?after=${this.read.at(-1)?.number ?? 0}`);
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('open', () => {
      this.connections += 1;
      for (const line of this.#waiting.values()) socket.send(line);
    });
    socket.on('message', (data) => {
      const line = JSON.parse(String(data)) as Line;
      this.read.push(line);
      this.#waiting.delete(line.id);
    });
    socket.on('close', () => setTimeout(() => this.#connect(), 20));
  }
}

const PEOPLE = 4;
const LINES = 60;

test('every line that is said in the room is read by all, once and in one order, over two kills of the primary and a switch-over', async () => {
  const pair = await run(program('chat.js')).ready();
  const people = Array.from({ length: PEOPLE }, () => new Person(pair.url));
  const chatter = (async () => {
    for (let count = 0; count < LINES; count += 1) {
      for (const [each, person] of people.entries())
        person.say(`${each}-${count}`, `line ${count} of ${each}`);
      await pause(50);
    }
  })();
  const connected = (times: number): Promise<void> =>
    until(`connection ${times} of everybody`, () => people.every(({ connections }) => connections >= times));
  for (let kill = 0; kill < 2; kill += 1) {
    await connected(kill + 1);
    const from = pair.now;
    expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
    await pair.waitFor('redundant', from);
  }
  await connected(3);
  expect(await tandem('switch-over', '--admin', pair.admin).exited).toEqual({ code: 0, signal: null });
  await connected(4);
  await chatter;
  const all = PEOPLE * LINES;
  await until('the end of the talk', () =>
    people.every(({ read, unread }) => read.length >= all && unread === 0),
  );
  const [first] = people;
  expect(new Set(first?.read.map(({ id }) => id)).size).toBe(all);
  for (const { read } of people) {
    expect(read.map(({ number }) => number)).toEqual(Array.from({ length: all }, (_, index) => index + 1));
    expect(read).toEqual(first?.read);
  }
  expect(jsonOf(await ask(`${pair.url}/room`))).toEqual({ people: PEOPLE, lines: all });
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('a handshake, bytes, a protocol and a close in order pass through the machine; too long a message ends its connection', async () => {
  const pair = await run(guest('socket-echo.js')).ready();
  const url = pair.url.replace('http', 'ws');
  const socket = new WebSocket(`${url}/`, ['two', 'one'], { headers: { 'x-name': 'ada' } });
  const upgraded = once(socket, 'upgrade');
  await once(socket, 'open');
  const [response] = (await upgraded) as [http.IncomingMessage];
  expect(response.headers).toMatchObject({ 'x-hello': 'ada' });
  expect(socket.protocol).toBe('one');
  const bytes = Buffer.alloc(200_000, 7);
  socket.send(bytes);
  expect(await once(socket, 'message')).toEqual([bytes, true]);
  socket.send('grüße');
  expect(String((await once(socket, 'message'))[0])).toBe('grüße');
  socket.send('close');
  expect(await once(socket, 'close')).toEqual([4000, Buffer.from('as you wish')]);

  const other = new WebSocket(`${url}/`, ['one']);
  other.on('error', () => {});
  await once(other, 'open');
  other.send(Buffer.alloc(2 ** 20 + 1));
  expect((await once(other, 'close'))[0]).toBe(1009);
  await pair.waitForLine((text) => text === 'closed 1006 false' || text === 'closed 1009 true');
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('a handshake that the guest declines gets its answer in HTTP; another upgrade than to WebSocket is served as if it had not asked', async () => {
  const pair = await run(guest('socket-echo.js')).ready();
  const declined = new WebSocket(`${pair.url.replace('http', 'ws')}/no`);
  declined.on('error', () => {});
  const [, response] = (await once(declined, 'unexpected-response')) as [unknown, http.IncomingMessage];
  expect(response.statusCode).toBe(403);
  declined.terminate();
  const headers = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAAQAAP__',
  };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  for (const body of ['one', 'two']) {
    const answer = await ask(`${pair.url}/plain`, { method: 'POST', headers, body, agent });
    expect(answer).toMatchObject({ status: 200, body });
  }
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

test('Hono’s adapter for Workers serves a WebSocket here, behind its middleware', async () => {
  const pair = await run(guest('hono-socket.ts')).ready();
  const socket = new WebSocket(`${pair.url.replace('http', 'ws')}/talk`);
  await once(socket, 'open');
  socket.send('servus');
  expect(String((await once(socket, 'message'))[0])).toBe('you said servus');
  socket.close();
  await pair.waitForLine((text) => text === 'closed');
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});
