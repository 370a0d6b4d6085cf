/**
 * A handshake of `tandem.v1` that is lost half-way: the machine has taken it and the client does
 * not know. The client asks again under the name that it gave the socket, and gets the one that
 * the guest has already, or will have.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSocketMessage } from '../../../src/host/sockets/socket-codec.ts';
import { type Guest, run } from './harness.ts';
import { Wire } from './socket-wire.ts';

/**
 * Answers a handshake when `/open` comes, if it is told so (`/slow`), and
 * tells all that it ever knew of sockets.
 */
const doorman = (how: 'at once' | 'when told'): string => `
  const heard = [];
  const told = [];
  const sockets = [];
  let open;
  const gate = new Promise((resolve) => { open = resolve; });
  let handshakes = 0;
  export default { async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/heard') return Response.json({ heard, handshakes, told });
    if (pathname === '/open') { open(); return new Response(); }
    if (pathname === '/say') { for (const socket of sockets) socket.send(searchParams.get('text')); return new Response(String(sockets.length)); }
    handshakes += 1;
    request.signal.addEventListener('abort', () => told.push('aborted'));
    const pair = new WebSocketPair();
    pair[1].accept();
    pair[1].onmessage = ({ data }) => heard.push(data);
    pair[1].onclose = ({ code, wasClean }) => told.push('closed ' + code + ' ' + wasClean);
    ${how === 'at once' ? '' : 'await gate;'}
    if (searchParams.get('no') === '') return new Response('no', { status: 403 });
    sockets.push(pair[1]);
    pair[1].send('welcome');
    return new Response(null, { status: 101, webSocket: pair[0], headers: { 'sec-websocket-protocol': 'chat', 'set-cookie': 'seat=1' } });
  } };`;

/** Enough that kills fall on every step of what the kernel does with a promise that was settled. */
const MANY = 1_000;

interface Known {
  readonly heard: readonly string[];
  readonly handshakes: number;
  readonly told: readonly string[];
}

const knownTo = (guest: Guest): Known => JSON.parse(guest.fetch('/heard').text) as Known;

const headsTo = (guest: Guest, id: number): string[] =>
  guest.sockets.filter((said) => said.id === id).map(({ head }) => head);

describe('a handshake of which the client learnt nothing', () => {
  it.each([
    ['its connection was cut', (guest: Guest, wire: Wire) => guest.abort(wire.id)],
    ['the machine does not know that its connection is gone', () => {}],
    ['its host died', (guest: Guest) => guest.live(2)],
  ])('is made again and leads to the very same socket, with the same response: %s', (_, lose) => {
    const guest = run(doorman('at once'));
    const wire = new Wire(guest);
    const [accept] = headsTo(guest, wire.id);
    lose(guest, wire);
    guest.fetch('/say?text=meanwhile');
    wire.connect();
    wire.settle();
    expect(accept).toContain('set-cookie\nseat=1');
    expect(headsTo(guest, wire.id)[0]).toBe(accept);
    expect(wire.heard).toEqual(['welcome', 'meanwhile']);
    wire.say(wire.lane.say('hello', 5));
    wire.settle();
    guest.sleep(120_000);
    expect(knownTo(guest)).toEqual({ heard: ['hello'], handshakes: 1, told: [] });
  });

  it.each([
    ['was cut', (guest: Guest, wire: Wire) => guest.abort(wire.id), true],
    ['is gone and the machine does not know', () => {}, true],
    ['went with its host', (guest: Guest) => guest.live(2), true],
    [
      'was cut, and the client is back after the answer',
      (guest: Guest, wire: Wire) => guest.abort(wire.id),
      false,
    ],
  ] as const)(
    'and that the guest was still thinking about, is answered once: its connection %s',
    (_, lose, isBackFirst) => {
      const guest = run(doorman('when told'));
      const wire = new Wire(guest);
      const first = wire.id;
      lose(guest, wire);
      if (isBackFirst) wire.connect();
      guest.fetch('/open');
      guest.fetch('/say?text=meanwhile');
      guest.sleep(30_000);
      if (!isBackFirst) wire.connect();
      wire.settle();
      expect(wire.heard).toEqual(['welcome', 'meanwhile']);
      expect(headsTo(guest, wire.id)[0]).toContain('set-cookie\nseat=1');
      expect(headsTo(guest, first)).toEqual([]);
      wire.say(wire.lane.say('hello', 5));
      wire.settle();
      guest.sleep(120_000);
      expect(knownTo(guest)).toEqual({ heard: ['hello'], handshakes: 1, told: [] });
    },
  );

  it('is waited for a minute, whether it was answered or not; then the guest hears that its client is gone', () => {
    for (const how of ['at once', 'when told'] as const) {
      const guest = run(doorman(how));
      const wire = new Wire(guest);
      guest.abort(wire.id);
      guest.sleep(59_999);
      expect(knownTo(guest).told).toEqual([]);
      guest.sleep(1);
      const gone = how === 'at once' ? 'closed 1006 false' : 'aborted';
      expect(knownTo(guest).told).toEqual([gone]);
      guest.fetch('/open');
      expect(knownTo(guest).told).toEqual(how === 'at once' ? [gone] : [gone, 'closed 1006 false']);
      // Who comes later begins anew.
      wire.connect();
      wire.settle();
      expect(wire.heard).toEqual(['welcome']);
      expect(knownTo(guest).handshakes).toBe(2);
    }
  });

  it('and that the guest declines in the end is asked anew, and its connection is told', () => {
    const guest = run(doorman('when told').replace("searchParams.get('no') === ''", 'handshakes === 1'));
    const wire = new Wire(guest);
    guest.abort(wire.id);
    guest.fetch('/open');
    wire.connect();
    wire.settle();
    expect(wire.heard).toEqual(['welcome']);
    expect(knownTo(guest).handshakes).toBe(2);

    const other = run(doorman('when told').replace("searchParams.get('no') === ''", 'true'));
    const late = new Wire(other);
    const { id } = late;
    late.connect();
    expect(other.reply(id)).toMatchObject({ status: 409 });
    other.fetch('/open');
    expect(other.reply(late.id)).toMatchObject({ status: 403, text: 'no' });
    expect(knownTo(other).handshakes).toBe(1);
  });

  it('is adopted by nobody of another origin, before the guest has answered or after', () => {
    for (const how of ['at once', 'when told'] as const) {
      const guest = run(doorman(how));
      const wire = new Wire(guest, { origin: 'https://one.test' });
      const stranger = new Wire(guest, { origin: 'https://two.test' }, wire.lane);
      expect(headsTo(guest, stranger.id)).toEqual([
        'accept\nsec-websocket-protocol\ntandem.v1',
        expect.stringMatching(/^close\n4410\n/),
      ]);
      guest.fetch('/open');
      wire.settle();
      expect(wire.heard).toEqual(['welcome']);
      expect(knownTo(guest)).toEqual({ heard: [], handshakes: 1, told: [] });
    }
  });

  it('when it comes late, behind words of a client that knows its socket, takes nothing from that', () => {
    const guest = run(doorman('at once'));
    const wire = Wire.open(guest);
    const offered = `tandem.v1, tandem.open.${wire.lane.name}`;
    wire.say(wire.lane.say('one', 3));
    wire.settle();
    const late = guest.request('/', { headers: { upgrade: 'websocket', 'sec-websocket-protocol': offered } });
    expect(headsTo(guest, late)[1]).toMatch(/^close\n4410\n/);
    guest.abort(late);
    guest.interrupt(encodeSocketMessage(wire.id, true, Buffer.from('mtwo')));
    expect(knownTo(guest)).toEqual({ heard: ['one', 'two'], handshakes: 1, told: [] });
  });

  it('is not lost when the turn is killed in which many are answered whose clients are away, wherever in the kernel’s listening kills fall', () => {
    const guest = run(
      doorman('when told').replace(
        'await gate;',
        'const mine = handshakes; await gate; if (mine === 1) while (true);',
      ),
    );
    const wires = Array.from({ length: MANY }, () => new Wire(guest));
    for (const wire of wires) guest.abort(wire.id);
    guest.killAtPoll = 17;
    guest.request('/open');
    guest.killAtPoll = Number.POSITIVE_INFINITY;
    expect(guest.last?.broken).toBe(true);
    guest.recover();
    for (const wire of wires) {
      wire.connect();
      wire.settle();
    }
    const lost = wires.filter(({ heard }) => heard.length === 0);
    // Kills on the engine's own steps between two jobs; those on the kernel's would be some twenty.
    expect(lost.length).toBeLessThan(3);
    // One whose handler was killed had its answer, a 503 that went to nobody, and asked the guest anew.
    const { handshakes, told } = knownTo(guest);
    expect(handshakes - MANY).toBeGreaterThan(0);
    expect(handshakes - MANY).toBeLessThan(MANY / 10);
    expect(told).toEqual([]);
  });

  it('is waited for by 1,024 at most that the guest has not answered; the guest hears of those that are beyond', () => {
    const guest = run(doorman('when told'));
    for (let each = 0; each <= 1_024; each += 1) guest.abort(new Wire(guest).id);
    expect(knownTo(guest)).toEqual({ heard: [], handshakes: 1_025, told: ['aborted'] });
    guest.sleep(60_000);
    expect(knownTo(guest).told).toHaveLength(1_025);
    // There is room again.
    guest.abort(new Wire(guest).id);
    expect(knownTo(guest).told).toHaveLength(1_025);
  });
});

it('wherever connections are cut, hosts die, and whenever the guest answers, it knows of one handshake and one socket, and each message arrives once and in order', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant('connect' as const) },
    { weight: 2, arbitrary: fc.constantFrom('cut', 'die', 'wait', 'open', 'tell') },
    { weight: 3, arbitrary: fc.constantFrom('answer', 'say', 'up', 'down') },
  );
  fc.assert(
    fc.property(
      fc.constantFrom('at once', 'when told'),
      fc.array(step, { minLength: 5, maxLength: 60 }),
      (how, steps) => {
        const guest = run(doorman(how));
        const wire = new Wire(guest);
        const said: string[] = [];
        const answered: string[] = ['welcome'];
        let epoch = 1;
        for (const what of steps) {
          if (what === 'connect') wire.connect();
          else if (what === 'cut') guest.abort(wire.id);
          else if (what === 'die') {
            epoch += 1;
            guest.live(epoch);
          } else if (what === 'wait') guest.sleep(500);
          else if (what === 'open') guest.fetch('/open');
          else if (what === 'tell') wire.say(wire.lane.acknowledgement());
          else if (what === 'answer') {
            const text = `a${answered.length}`;
            if (guest.fetch(`/say?text=${text}`).text === '1') answered.push(text);
          } else if (what === 'say' && wire.lane.isOpen) {
            said.push(`m${said.length}`);
            wire.say(wire.lane.say(said.at(-1) as string, 2));
          } else if (what === 'up') wire.up(1);
          else if (what === 'down') wire.down(1);
        }
        guest.fetch('/open');
        wire.connect();
        wire.settle();
        expect(wire.heard).toEqual(answered);
        expect(wire.closes).toEqual([]);
        expect(knownTo(guest)).toEqual({ heard: said, handshakes: 1, told: [] });
      },
    ),
    { numRuns: 80 },
  );
}, 120_000);
