/**
 * WebSockets of clients: what the guest hears, what leaves, and what becomes of them when their host is gone.
 */
import { describe, expect, it } from 'vitest';
import { encodeSocketClosed, encodeSocketMessage } from '../../../src/host/sockets/socket-codec.ts';
import { INTERRUPT } from '../../../src/kernel/abi.ts';
import { type Guest, leb128, run } from './harness.ts';

const wanted = { headers: { upgrade: 'websocket' } };

/** Answers each handshake with a socket; `body` is what it does with it. */
const serving = (body: string, headers = '{}'): Guest =>
  run(`export default { fetch(request) {
    const { 0: client, 1: socket } = new WebSocketPair();
    socket.accept();
    ${body}
    return new Response(null, { status: 101, webSocket: client, headers: ${headers} });
  } }`);

const text = (guest: Guest, id: number, words: string): void =>
  guest.interrupt(encodeSocketMessage(id, true, Buffer.from(words)));
const closed = (guest: Guest, id: number, code: number, reason = ''): void =>
  guest.interrupt(encodeSocketClosed(id, code, true, Buffer.from(reason)));
const said = (guest: Guest): string[] =>
  guest.sockets.map(({ id, head, body }) => `${id} ${head} ${body}`.trim());

describe('a WebSocket', () => {
  it('is accepted with the response, hears texts and bytes, and answers in order', () => {
    const guest = serving(`
      socket.send('welcome');
      socket.addEventListener('message', ({ data }) => {
        if (typeof data === 'string') socket.send(data.toUpperCase());
        else socket.send(new Uint8Array(data).map((byte) => byte + 1));
      });`);
    const id = guest.request('/', wanted);
    expect(said(guest)).toEqual([`${id} accept`, `${id} text welcome`]);
    text(guest, id, 'grüße\0!');
    guest.interrupt(encodeSocketMessage(id, false, Uint8Array.of(1, 2)));
    expect(guest.sockets.slice(2).map(({ head, body }) => [head, [...body]])).toEqual([
      ['text', [...Buffer.from('GRÜSSE\0!')]],
      ['binary', [2, 3]],
    ]);
    expect(guest.replies).toEqual([]);
    expect(guest.machine.openRequests).toBe(0);
  });

  it('has the protocol that the guest chose, and its headers leave with the response', () => {
    const guest = serving(
      `setTimeout(() => console.log(socket.protocol), 1);`,
      `{ 'sec-websocket-protocol': 'chat', 'set-cookie': 'a=b' }`,
    );
    guest.request('/', wanted);
    expect(guest.sockets[0]?.head).toBe('accept\nsec-websocket-protocol\nchat\nset-cookie\na=b');
    guest.sleep(1);
    expect(guest.stdout).toEqual(['chat']);
  });

  it('closed by the client tells code and reason, and nothing more is sent to it', () => {
    const guest = serving(`
      socket.onclose = (event) => { console.log(event.code, event.reason, event.wasClean, socket.readyState); socket.send('late'); };`);
    const id = guest.request('/', wanted);
    closed(guest, id, 4001, 'bye');
    text(guest, id, 'later');
    expect(guest.stdout).toEqual(['4001 bye true 3']);
    expect(said(guest)).toEqual([`${id} accept`]);
  });

  it('closed by the guest says so once, and closes when the client has agreed', () => {
    const guest = serving(`
      socket.onclose = ({ code }) => console.log('closed', code);
      socket.onmessage = () => { socket.close(4000, 'enough'); socket.close(); socket.send('late'); console.log(socket.readyState); };`);
    const id = guest.request('/', wanted);
    text(guest, id, 'go');
    expect(said(guest)).toEqual([`${id} accept`, `${id} close\n4000\nenough`]);
    closed(guest, id, 4000, 'enough');
    expect(guest.stdout).toEqual(['2', 'closed 4000']);
  });

  it('whose connection is lost closes with 1006', () => {
    const guest = serving(`socket.onclose = ({ code, wasClean }) => console.log(code, wasClean);`);
    const id = guest.request('/', wanted);
    guest.abort(id);
    guest.abort(id);
    expect(guest.stdout).toEqual(['1006 false']);
  });

  it('for whose message there is no memory is closed: it would have lost one', () => {
    const guest = serving(`socket.onclose = ({ code }) => console.log(code);`);
    const id = guest.request('/', wanted);
    guest.interrupt(Buffer.from([INTERRUPT.overrun, ...leb128(id)]));
    expect(guest.stdout).toEqual(['1006']);
    expect(said(guest)).toEqual([`${id} accept`, `${id} close\n1011\nout of memory`]);
  });

  it('whose client left before the response could leave closes with 1006, and nothing leaves', () => {
    const guest = run(`export default { async fetch() {
      const { 0: client, 1: socket } = new WebSocketPair();
      socket.accept();
      socket.onclose = ({ code }) => console.log(code);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return new Response(null, { status: 101, webSocket: client });
    } }`);
    guest.abort(guest.request('/', wanted));
    guest.sleep(5);
    expect(guest.stdout).toEqual(['1006']);
    expect(guest.sockets).toEqual([]);
  });

  it.each([
    ['to a request that asks for none', {}, `return new Response(null, { status: 101, webSocket: client })`],
    ['with another status', wanted, `return new Response(null, { webSocket: client })`],
    [
      "of which the guest has accepted the client's end",
      wanted,
      `client.accept(); return new Response(null, { status: 101, webSocket: client })`,
    ],
    [
      'twice',
      wanted,
      `globalThis.client ??= client; return new Response(null, { status: 101, webSocket: globalThis.client })`,
    ],
  ])('%s is a fault of the guest: a 500, with the reason on stderr', (_, options, body) => {
    const guest = run(`export default { fetch() { const { 0: client } = new WebSocketPair(); ${body} } }`);
    guest.request('/', options);
    const reply = guest.reply(guest.request('/', options));
    expect(reply?.status).toBe(500);
    expect(guest.stderr.join('\n')).toMatch(/WebSocket/);
  });

  it.each([
    [
      'new WebSocket("ws://other.test")',
      'A guest opens no WebSockets; its clients do: see new WebSocketPair()',
    ],
    ['new WebSocketPair()[1].send("x")', 'Call accept() first'],
    [
      '(() => { const [, socket] = Object.values(new WebSocketPair()); socket.accept(); socket.close(1001) })()',
      'A socket is closed with 1000, or with 3000 to 4999',
    ],
    [
      '(() => { const [, socket] = Object.values(new WebSocketPair()); socket.accept(); socket.send("x".repeat(2 ** 20 + 1)) })()',
      'A message has at most 1048576 bytes, not 1048577',
    ],
    ['new Response(null, { status: 101 })', 'The status must be from 200 to 599, not 101'],
  ])('%s is refused', (expression, message) => {
    expect(run(`try { ${expression} } catch (error) { console.log(error.message) }`).stdout).toEqual([
      message,
    ]);
  });
});

describe('when the machine goes live elsewhere', () => {
  const room = `
    globalThis.room ??= new Set();
    room.add(socket);
    socket.onmessage = ({ data }) => { for (const other of room) other.send(data); };
    socket.onclose = ({ code }) => { room.delete(socket); console.log(code, room.size); for (const other of room) other.send('left'); };`;

  it('every socket closes with 1006, in the order in which they came, and what is said to them meanwhile goes nowhere', () => {
    const guest = serving(room);
    for (let count = 0; count < 3; count += 1) guest.request('/', wanted);
    const before = guest.sockets.length;
    guest.live(2);
    expect(guest.stdout).toEqual(['1006 2', '1006 1', '1006 0']);
    expect(guest.sockets).toHaveLength(before);
    const id = guest.request('/', wanted);
    text(guest, id, 'again');
    expect(said(guest).slice(before)).toEqual([`${id} accept`, `${id} text again`]);
  });

  it('and a listener is killed there, the others hear of it all the same', () => {
    const guest = serving(
      `socket.onclose = () => { console.log('closed'); if (!globalThis.hung) { globalThis.hung = true; for (;;); } };`,
    );
    for (let count = 0; count < 3; count += 1) guest.request('/', wanted);
    guest.killAtPoll = 50;
    guest.live(2);
    guest.killAtPoll = Number.POSITIVE_INFINITY;
    expect(guest.last?.broken).toBe(true);
    guest.recover();
    expect(guest.stdout).toEqual(['closed', 'closed', 'closed']);
  });
});
