/**
 * WebSockets of `tandem-vm/client` with real processes: one socket goes on over SIGKILLs and a switch-over,
 * and in both directions each message arrives once and in order.
 */
import { once } from 'node:events';
import { type Client, createClient, type PlatformSocketClass, type TandemWebSocket } from 'tandem-vm/client';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { guest, program, signal, tandem, until } from '../support/processes.ts';
import { ask, jsonOf } from '../support/processes-client.ts';
import { type Run, run } from '../support/processes-run.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** Every supported Node has this one. */
const carrier = { WebSocket: WebSocket as unknown as PlatformSocketClass };

function clientOf(pair: Run): Client {
  const client = createClient(pair.url, carrier);
  onTestFinished(() => client.close());
  return client;
}

interface Noted {
  readonly opens: number;
  readonly closes: readonly string[];
  readonly heard: readonly unknown[];
}

function noted(socket: TandemWebSocket): Noted {
  const heard: unknown[] = [];
  const closes: string[] = [];
  const notes = { opens: 0, closes, heard };
  socket.onopen = () => {
    notes.opens += 1;
  };
  socket.onmessage = ({ data }) => {
    heard.push(typeof data === 'string' ? data : `bytes ${new Uint8Array(data as ArrayBuffer).join()}`);
  };
  socket.onclose = ({ code, reason, wasClean }) => closes.push(`${code} ${reason} ${wasClean}`);
  return notes;
}

async function killPrimary(pair: Run): Promise<void> {
  const from = pair.now;
  expect(signal(pair.primaryPid, 'SIGKILL')).toBe(true);
  await pair.waitFor('redundant', from);
}

const WRITERS = 4;
const KILLS = 3;

test('under SIGKILLs of the primary nothing that either side says is lost, doubled or out of order, and no socket notices', async () => {
  const pair = await run(guest('socket-journal.js')).ready();
  const writers = Array.from({ length: WRITERS }, (_, writer) => {
    const socket = clientOf(pair).webSocket('/journal');
    return { writer, socket, notes: noted(socket), said: [] as string[] };
  });
  await until('all sockets open', () => writers.every(({ notes }) => notes.opens === 1));
  let going = true;
  const chatter = Promise.all(
    writers.map(async ({ writer, socket, said }) => {
      for (let n = 0; going; n += 1) {
        if (n % 5 === 4) {
          said.push(`bytes ${writer},${n % 256},${n >> 8}`);
          socket.send(Uint8Array.of(writer, n % 256, n >> 8));
        } else {
          said.push(`${writer}:${n}`);
          socket.send(`${writer}:${n}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
    }),
  );
  for (let kill = 0; kill < KILLS; kill += 1) await killPrimary(pair);
  going = false;
  await chatter;
  await until('every acknowledgement', () => writers.every(({ socket }) => socket.bufferedAmount === 0));
  const { journal, sockets } = jsonOf(await ask(`${pair.url}/`)) as { journal: string[]; sockets: number };
  expect(sockets).toBe(WRITERS);
  expect(journal).toHaveLength(writers.flatMap(({ said }) => said).length);
  for (const { writer, notes, said } of writers) {
    expect(said.length).toBeGreaterThan(KILLS * 10);
    const mine = (text: string): boolean =>
      text.startsWith(`${writer}:`) || text.startsWith(`bytes ${writer},`);
    expect(journal.filter(mine)).toEqual(said);
    await until('every answer', () => answersIn(notes).length >= said.length);
    const places = journal.map((text, index) => (text.startsWith('bytes') ? text : `${index + 1} ${text}`));
    expect(answersIn(notes)).toEqual(places.filter((_, index) => mine(journal[index] ?? '')));
    const ticks = notes.heard.filter((text) => String(text).startsWith('tick'));
    const first = Number(String(ticks[0]).slice(5));
    expect(ticks).toEqual(ticks.map((_, index) => `tick ${first + index}`));
    expect([notes.opens, notes.closes]).toEqual([1, []]);
  }
  for (const { socket } of writers) socket.close(4002, 'done');
  await until('every close', () => writers.every(({ notes }) => notes.closes.length === 1));
  expect(writers.map(({ notes }) => notes.closes)).toEqual(writers.map(() => ['4002 done true']));
  await until('the word of every close', () => consoleOf(pair).length === WRITERS);
  expect(consoleOf(pair)).toEqual(writers.map(() => 'closed 4002 done true'));
  expect(await pair.hash()).toMatchObject({ equal: true });
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
});

const consoleOf = ({ events }: Run): string[] =>
  events.flatMap(({ event }) => (event.event === 'console' ? [event.text] : []));

const answersIn = ({ heard }: Noted): unknown[] => heard.filter((text) => !String(text).startsWith('tick'));

test('in the chat, unchanged, nobody leaves the room when its machine dies, nor at a switch-over, and all read all lines once', async () => {
  const pair = await run(program('chat.js')).ready();
  const people = Array.from({ length: 3 }, () => {
    const socket = clientOf(pair).webSocket('/room');
    return { socket, notes: noted(socket) };
  });
  await until('everybody in the room', () => people.every(({ notes }) => notes.opens === 1));
  let lines = 0;
  const say = (): void => {
    for (const { socket } of people) {
      socket.send(JSON.stringify({ id: `id-${lines}`, name: 'somebody', text: `line ${lines}` }));
      lines += 1;
    }
  };
  const read = (): Promise<void> =>
    until('all lines', () => people.every(({ notes }) => notes.heard.length === lines));
  say();
  await read();
  const killed = killPrimary(pair);
  say();
  await killed;
  await read();
  say();
  expect(await tandem('switch-over', '--admin', pair.admin).exited).toEqual({ code: 0, signal: null });
  say();
  await read();
  for (const { notes } of people) {
    const numbers = notes.heard.map((line) => (JSON.parse(String(line)) as { number: number }).number);
    expect(numbers).toEqual(Array.from({ length: lines }, (_, index) => index + 1));
    expect([notes.opens, notes.closes]).toEqual([1, []]);
  }
  expect(jsonOf(await ask(`${pair.url}/room`))).toEqual({ people: 3, lines });
  expect(await pair.hash()).toMatchObject({ equal: true });
});

test('a handshake whose answer is lost, with its connection or with its machine, leads to the socket that the program has already', async () => {
  const pair = await run(guest('socket-journal.js')).ready();
  const socketsOf = async (): Promise<number> =>
    (jsonOf(await ask(`${pair.url}/`)) as { sockets: number }).sockets;
  const proxy = await TcpProxy.start(Number(new URL(pair.url).port));
  onTestFinished(() => proxy.end());
  for (const [sockets, loss] of [
    [1, 'cuts-answers'],
    [2, 'swallows-answers'],
  ] as const) {
    proxy.weather = loss;
    const client = createClient(`http://127.0.0.1:${proxy.port}`, carrier);
    onTestFinished(() => client.close());
    const socket = client.webSocket('/journal');
    const notes = noted(socket);
    // The program has it, and so has the backup; what the program said to it is swallowed, or cut.
    await until('the socket of the program', async () => (await socketsOf()) === sockets);
    if (loss === 'swallows-answers') await killPrimary(pair);
    expect([notes.opens, await socketsOf()]).toEqual([0, sockets]);
    proxy.weather = 'fair';
    await until('the socket', () => notes.opens === 1);
    socket.send(`word ${sockets}`);
    await until('its answer', () => answersIn(notes).length === 1);
    expect(await socketsOf()).toBe(sockets);
    const ticks = notes.heard.filter((text) => String(text).startsWith('tick'));
    const first = Number(String(ticks[0]).slice(5));
    expect(ticks).toEqual(ticks.map((_, index) => `tick ${first + index}`));
    expect(answersIn(notes)).toEqual([`${sockets} word ${sockets}`]);
  }
  expect(consoleOf(pair)).toEqual([]);
  expect(await pair.hash()).toMatchObject({ equal: true });
});

test('a program that declines a WebSocket is not asked for ever, and one that was switched off is not waited for longer than said', async () => {
  const pair = await run(guest('socket-echo.js')).ready();
  const declined = noted(clientOf(pair).webSocket('/no'));
  await until('the close', () => declined.closes.length === 1);
  expect(declined.closes).toEqual([`1006 ${new URL(pair.url).origin} declines this WebSocket false`]);
  const client = createClient(pair.url, { ...carrier, deadlineMs: 2_000 });
  onTestFinished(() => client.close());
  const socket = client.webSocket(pair.url.replace('http', 'ws'), ['one']);
  await once(socket, 'open');
  expect(socket.protocol).toBe('one');
  const notes = noted(socket);
  expect(await pair.stop()).toEqual({ code: 0, signal: null });
  await until('the close', () => notes.closes.length === 1);
  expect(notes.closes).toEqual(['1006 no connection for 2000 ms false']);
});
