/**
 * WebSockets that outlive their connections: the kernel's side of `tandem.v1`, and the client's lane against
 * it over connections that break anywhere.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SocketLane } from '../../../src/client/socket-lane.ts';
import { encodeSocketClosed, encodeSocketMessage, NO_CODE } from '../../../src/host/sockets/socket-codec.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { type Guest, run } from './harness.ts';
import { Wire } from './socket-wire.ts';

/** Hears everything, and says what `/say` asks for. */
const talkative = `
  const heard = [];
  let socket;
  export default { fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/heard') return Response.json(heard);
    if (pathname === '/say') { socket.send(searchParams.get('text')); return new Response(); }
    if (pathname === '/bytes') { socket.send(new Uint8Array([searchParams.get('text')])); return new Response(); }
    if (pathname === '/flood') { for (let n = 0; n < 6; n += 1) socket.send('x'.repeat(2 ** 20)); return new Response(String(socket.readyState)); }
    if (pathname === '/close') { socket.close(4000, 'enough'); return new Response(); }
    const pair = new WebSocketPair();
    socket = pair[1];
    socket.accept();
    socket.onmessage = ({ data }) => heard.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);
    socket.onclose = ({ code, reason, wasClean }) => console.log('closed', code, reason, wasClean);
    console.log('asked', request.headers.get('sec-websocket-protocol'));
    const headers = { 'sec-websocket-protocol': 'chat', 'x-hello': 'you' };
    return new Response(null, { status: 101, webSocket: pair[0], headers });
  } };`;

const heardBy = (guest: Guest): unknown => JSON.parse(guest.fetch('/heard').text);

describe('a WebSocket of tandem.v1', () => {
  it('is asked for without the guest’s knowledge: it sees its own subprotocols and headers alone, and the client learns which was chosen', () => {
    const guest = run(talkative);
    const wire = Wire.open(guest);
    expect(guest.stdout).toEqual(['asked chat']);
    expect(guest.sockets[0]?.head).toBe('accept\nx-hello\nyou\nsec-websocket-protocol\ntandem.v1');
    expect(guest.sockets[1]?.body.toString()).toMatch(/^h[0-9a-f]{32}\n0\nchat$/);
    expect(wire.lane.isOpen).toBe(true);
    const lane = new SocketLane();
    guest.request('/', {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': lane.offer([]).join(', ') },
    });
    expect(guest.stdout.at(-1)).toBe('asked null');
  });

  it('in each direction brings every message once and in order, however often connections are cut, noticed by the machine or not, and whichever machine dies', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant(['say', 0] as const) },
      { weight: 4, arbitrary: fc.constant(['answer', 0] as const) },
      { weight: 4, arbitrary: fc.tuple(fc.constant('up' as const), fc.integer({ min: 1, max: 5 })) },
      { weight: 4, arbitrary: fc.tuple(fc.constant('down' as const), fc.integer({ min: 1, max: 5 })) },
      { weight: 2, arbitrary: fc.constant(['tell', 0] as const) },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.constantFrom('cut', 'vanish', 'die', 'wait'), fc.constant(0)),
      },
      { weight: 3, arbitrary: fc.constant(['connect', 0] as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const guest = run(talkative);
        const wire = Wire.open(guest);
        const said: unknown[] = [];
        const answered: unknown[] = [];
        let epoch = 1;
        for (const [what, count] of steps) {
          if (what === 'say') {
            const n = said.length;
            const isText = n % 3 > 0;
            said.push(isText ? `m${n}\0` : [n]);
            wire.say(isText ? wire.lane.say(`m${n}\0`, 5) : wire.lane.say(Uint8Array.of(n), 1));
          } else if (what === 'answer') {
            const n = answered.length;
            answered.push(n % 3 > 0 ? `a${n}` : [n]);
            guest.fetch(n % 3 > 0 ? `/say?text=a${n}` : `/bytes?text=${n}`);
          } else if (what === 'up') wire.up(count);
          else if (what === 'down') wire.down(count);
          else if (what === 'tell') wire.say(wire.lane.acknowledgement());
          else if (what === 'cut') guest.abort(wire.id);
          else if (what === 'vanish' || what === 'connect') wire.connect();
          else if (what === 'wait') guest.sleep(500);
          else {
            epoch += 1;
            guest.live(epoch);
          }
        }
        wire.connect();
        wire.settle();
        expect(wire.heard).toEqual(answered);
        expect(heardBy(guest)).toEqual(said);
        expect(wire.lane.isAcknowledged).toBe(true);
        expect(wire.closes).toEqual([]);
        expect(guest.stdout).toEqual(['asked chat']);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('waits a minute for its client, then closes with 1006; whoever comes later is told that it is gone', () => {
    const guest = run(talkative);
    const wire = Wire.open(guest);
    guest.abort(wire.id);
    guest.sleep(59_000);
    wire.connect();
    wire.settle();
    guest.live(2);
    guest.sleep(59_999);
    expect(guest.stdout).toEqual(['asked chat']);
    guest.sleep(1);
    expect(guest.stdout).toEqual(['asked chat', 'closed 1006  false']);
    wire.connect();
    wire.settle();
    expect(wire.closes).toEqual([expect.stringMatching(/^close\n4410\nthis WebSocket is not known here/)]);
    guest.sleep(120_000);
    expect(guest.stdout).toHaveLength(2);
  });

  it('is resumed by nobody without its id, nor by a page of another origin, nor from a place where it never was', () => {
    const guest = run(talkative);
    const wire = Wire.open(guest, { origin: 'https://one.test' });
    const [id] = guest.sockets[1]!.body.toString().slice(1).split('\n');
    const attempt = (token: string, origin: string): string | undefined => {
      const from = guest.sockets.length;
      const headers = {
        upgrade: 'websocket',
        origin,
        'sec-websocket-protocol': `tandem.v1, tandem.resume.${token}`,
      };
      guest.request('/', { headers });
      return guest.sockets[from + 1]?.head.split('\n')[1];
    };
    expect(attempt(`${'0'.repeat(32)}.0`, 'https://one.test')).toBe('4410');
    expect(attempt(`${id}.0`, 'https://two.test')).toBe('4410');
    expect(attempt(`${id}.1`, 'https://one.test')).toBe('4400');
    guest.fetch('/say?text=still');
    wire.settle();
    expect(wire.heard).toEqual(['still']);
    expect(wire.closes).toEqual([]);
  });

  it('goes on with the later of two connections, and the earlier one is closed', () => {
    const guest = run(talkative);
    const wire = Wire.open(guest);
    const first = wire.id;
    wire.connect();
    expect(guest.sockets.find(({ id, head }) => id === first && head.startsWith('close'))?.head).toMatch(
      /^close\n1012\n/,
    );
    guest.interrupt(encodeSocketMessage(first, true, Buffer.from('mlate')));
    guest.interrupt(encodeSocketClosed(first, 1012, true, Buffer.from('')));
    expect(heardBy(guest)).toEqual([]);
    guest.sleep(120_000);
    expect(guest.stdout).toEqual(['asked chat']);
  });

  it('closed by the guest closes when the client has all that was said before; by the client, when the guest has', () => {
    const guest = run(talkative);
    const wire = Wire.open(guest);
    guest.live(2);
    guest.fetch('/say?text=last');
    guest.fetch('/close');
    guest.sleep(1_000);
    wire.connect();
    wire.settle();
    expect([wire.heard, wire.closes]).toEqual([['last'], ['4000 enough']]);
    expect(guest.stdout).toEqual(['asked chat']);
    wire.say(wire.lane.acknowledgement());
    wire.settle();
    expect(guest.stdout.at(-1)).toBe('closed 4000 enough true');
    expect(wire.closes.at(-1)).toBe('close\n1000\n');

    const other = Wire.open(guest);
    other.say(other.lane.say('bye', 3));
    other.say(other.lane.close(4001, 'I go'));
    other.up();
    expect(heardBy(guest)).toEqual(['bye']);
    expect(guest.stdout.at(-1)).toBe('closed 4001 I go true');
    // The word of it was lost: it is said again.
    guest.live(3);
    expect(other.lane.isAcknowledged).toBe(false);
    other.connect();
    other.settle();
    expect(other.lane.isAcknowledged).toBe(true);
    expect(other.closes).toEqual(['close\n1000\n']);
    expect(guest.stdout).toHaveLength(4);
  });

  it('closed by a client takes no place from others, however its connection ends', () => {
    const guest = run(
      `export default { fetch() {
        const { 0: client, 1: socket } = new WebSocketPair();
        socket.accept();
        return new Response(null, { status: 101, webSocket: client });
      } };`,
    );
    const handshake = (token: string): { readonly id: number; readonly heads: readonly string[] } => {
      const from = guest.sockets.length;
      const headers = { upgrade: 'websocket', 'sec-websocket-protocol': `tandem.v1, tandem.${token}` };
      const id = guest.request('/', { headers });
      return { id, heads: guest.sockets.splice(from).map(({ head }) => head) };
    };
    const nameOf = (each: number): string => String(each).padStart(32, '0');
    const last = limits.resumableSockets;
    for (let each = 0; each <= last; each += 1) {
      const { id, heads } = handshake(`open.${nameOf(each)}`);
      expect(heads).toHaveLength(2);
      expect(heads[1]).toBe('text');
      guest.interrupt(encodeSocketMessage(id, true, Buffer.from('c1000\n')));
      // So ends the connection of a client that has heard that, and of one that has lost patience.
      guest.interrupt(encodeSocketClosed(id, NO_CODE, true, Buffer.from('')));
    }
    const told = (each: number): string | undefined => handshake(`resume.${nameOf(each)}.0`).heads.at(-1);
    expect(told(last)).toBe('close\n1000\n');
    expect(told(last - limits.socketsOver + 1)).toBe('close\n1000\n');
    expect(told(last - limits.socketsOver)).toMatch(/^close\n4410\n/);
    guest.sleep(60_000);
    expect(told(last - 1)).toMatch(/^close\n4410\n/);
  }, 120_000);

  it('that keeps more than 4 MiB for a client that is away is closed: the guest hears 1006, the client 4410', () => {
    const guest = run(talkative);
    const wire = Wire.open(guest);
    guest.live(2);
    guest.fetch('/flood');
    guest.sleep(1);
    expect(guest.stdout.at(-1)).toBe('closed 1006  false');
    wire.connect();
    wire.settle();
    expect(wire.closes[0]).toMatch(/^close\n4410\n/);
  });

  it('that keeps most is closed when all of them together keep more than 32 MiB', () => {
    const guest = run(
      `const sockets = [];
      export default { fetch(request) {
        const { pathname, searchParams } = new URL(request.url);
        if (pathname === '/say') {
          for (let n = 0; n < 3; n += 1) sockets[searchParams.get('to')].send('x'.repeat(Number(searchParams.get('length'))));
          return new Response();
        }
        const { 0: client, 1: socket } = new WebSocketPair();
        socket.accept();
        const name = sockets.push(socket) - 1;
        socket.onclose = ({ code }) => console.log(name, code);
        return new Response(null, { status: 101, webSocket: client });
      } };`,
      { memoryMaximumBytes: 160 * 1024 * 1024 },
    );
    for (let each = 0; each < 12; each += 1) Wire.open(guest);
    for (let each = 0; each < 10; each += 1)
      guest.fetch(`/say?to=${each}&length=${each === 4 ? 1_040_000 : 1_030_000}`);
    guest.sleep(1);
    expect(guest.stdout).toEqual([]);
    guest.fetch('/say?to=10&length=1030000');
    guest.sleep(1);
    expect(guest.stdout).toEqual(['4 1006']);
    guest.fetch('/say?to=11&length=1');
    guest.sleep(1);
    expect(guest.stdout).toEqual(['4 1006']);
  }, 60_000);

  it.each([
    ['more than 4 MiB', 'history=16&length=1048000'],
    ['more than 10,000 messages', 'history=20000&length=200'],
  ])('to whom too much is said before the response leaves is over by itself: %s', (_, history) => {
    const guest = run(
      `const sockets = [];
      export default { fetch(request) {
        const { pathname, searchParams } = new URL(request.url);
        if (pathname === '/say') { sockets[0].send('hello'); return new Response(); }
        const { 0: client, 1: socket } = new WebSocketPair();
        socket.accept();
        const name = sockets.push(socket) - 1;
        socket.onclose = ({ code }) => console.log(name, code);
        const text = 'x'.repeat(searchParams.get('length'));
        for (let n = 0; n < Number(searchParams.get('history')); n += 1) socket.send(text);
        return new Response(null, { status: 101, webSocket: client });
      } };`,
    );
    const wire = Wire.open(guest);
    // What each says too much would be more, in the end, than all together may keep.
    for (let each = 1; each <= 16; each += 1) {
      const name = String(each).padStart(32, '0');
      const headers = { upgrade: 'websocket', 'sec-websocket-protocol': `tandem.v1, tandem.open.${name}` };
      const from = guest.sockets.length;
      const id = guest.request(`/?${history}`, { headers });
      guest.sleep(1);
      expect(guest.stdout.at(-1)).toBe(`${each} 1006`);
      const said = guest.sockets.splice(from).filter((one) => one.id === id);
      expect(said.at(-1)?.head).toMatch(/^close\n4413\n/);
      expect(said.length).toBeLessThan(10_005);
    }
    guest.fetch('/say');
    wire.connect();
    wire.settle();
    expect(wire.heard).toEqual(['hello']);
    expect(guest.stdout).toHaveLength(16);
  });

  it('for whose message there is no memory is over, and so is one whose client says what is no word', () => {
    const guest = run(talkative);
    const wire = Wire.open(guest);
    guest.interrupt(Buffer.from([7, wire.id]));
    expect(guest.stdout.at(-1)).toBe('closed 1006  false');
    wire.connect();
    wire.settle();
    expect(wire.closes[0]).toMatch(/^close\n4410\n/);
    for (const word of ['a1', 'ax', 'c', 'c1', '', 'z']) {
      const other = Wire.open(guest);
      guest.interrupt(encodeSocketMessage(other.id, true, Buffer.from(word)));
      other.settle();
      expect(other.closes[0]).toMatch(/^close\n4400\n/);
    }
    expect(guest.stdout.filter((line) => line === 'closed 1006  false')).toHaveLength(7);
  });
});

describe('a client’s lane', () => {
  it('keeps no more than 4 MiB, and says so before anything is lost', () => {
    const lane = new SocketLane();
    const bytes = new Uint8Array(1024 * 1024);
    for (let n = 0; n < 4; n += 1) lane.say(bytes, bytes.length);
    expect(() => lane.say('x', 1)).toThrow(/wait for the machine's acknowledgement/);
    expect(lane.keptBytes).toBe(4 * 1024 * 1024);
  });

  it('takes no acknowledgement of what it has not said', () => {
    expect(() => new SocketLane().heard('a1')).toThrow(/cannot be/);
    expect(() => new SocketLane().heard(`h${'0'.repeat(32)}\nx\n`)).toThrow(/cannot be/);
  });
});
