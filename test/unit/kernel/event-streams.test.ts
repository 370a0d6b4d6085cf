/**
 * Event streams that the kernel numbers and keeps: whoever comes back with Last-Event-ID gets what it has
 * missed, once and in order, or is told of a gap.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Guest, run } from './harness.ts';

/**
 * Each reader has a body of its own, as programs for Workers are written; POST publishes to all of
 * them. `header` is the one under test.
 */
const feed = (header: string, more = ''): string => `
  const bodies = new Set();
  const encoder = new TextEncoder();
  const publish = (text) => { for (const body of bodies) body.enqueue(encoder.encode(text)); };
  const subscribe = () => {
    let mine;
    return new ReadableStream({
      start(controller) { mine = controller; bodies.add(mine); },
      cancel(reason) { bodies.delete(mine); console.log('cancelled:', reason.message); },
    });
  };
  export default {
    async fetch(request) {
      const url = new URL(request.url);
      if (request.method === 'POST') { publish(await request.text()); return new Response(String(bodies.size)); }
      if (url.pathname === '/end') { for (const body of bodies) body.close(); bodies.clear(); return new Response(); }
      if (url.pathname === '/error') { for (const body of bodies) body.error(new Error('no more')); bodies.clear(); return new Response(); }
      ${more}
      const name = url.searchParams.get('name');
      return new Response(subscribe(), { headers: {
        'content-type': 'text/event-stream', 'x-own': 'yes', 'tandem-events': name ?? ${JSON.stringify(header)},
      } });
    },
  };`;

const publish = (guest: Guest, text: string): string => guest.fetch('/', { method: 'POST', body: text }).text;
const listen = (guest: Guest, lastEventId?: string, target = '/'): number =>
  guest.request(target, lastEventId === undefined ? {} : { headers: { 'last-event-id': lastEventId } });
const told = (guest: Guest, id: number): string => Buffer.concat(guest.stream(id).chunks).toString();

interface Seen {
  readonly events: readonly string[];
  readonly lastEventId: string;
}

/**
 * What an EventSource makes of a text, by the HTML standard: events as `type:data`, and
 * the id that it would come back with.
 */
function dispatched(text: string, before = ''): Seen {
  const events: string[] = [];
  let lastEventId = before;
  for (const block of text.split('\n\n').slice(0, -1)) {
    let [type, id] = ['message', lastEventId];
    const data: string[] = [];
    for (const line of block.split('\n')) {
      const [, name, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (name === 'data') data.push(value);
      else if (name === 'event') type = value;
      else if (name === 'id') id = value;
    }
    lastEventId = id;
    if (data.length > 0) events.push(`${type}:${data.join('\n')}`);
  }
  return { events, lastEventId };
}

const messages = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `message:${first + index}`);

describe('a response with the header tandem-events', () => {
  it('leaves with its own head, without that header, and its events are numbered by the kernel', () => {
    const guest = run(feed('news'));
    const id = listen(guest);
    expect(guest.stream(id)).toMatchObject({ status: 200, ended: 'no' });
    expect(guest.stream(id).headers).toEqual({ 'content-type': 'text/event-stream', 'x-own': 'yes' });
    publish(guest, 'id: mine\nevent: greeting\ndata: one\n\ndata: two\ndata: lines\n\n');
    expect(told(guest, id)).toBe(
      'retry: 500\nid: 0\n\nid: 1\nevent: greeting\ndata: one\n\nid: 2\ndata: two\ndata: lines\n\n',
    );
  });

  it('is one stream however many clients have it: one body is read, the others are cancelled', () => {
    const guest = run(feed('news'));
    const first = listen(guest);
    publish(guest, 'data: 1\n\n');
    const second = listen(guest);
    expect(guest.stdout).toEqual(['cancelled: The event stream news is read from another body']);
    expect(publish(guest, 'data: 2\n\n')).toBe('1');
    expect(dispatched(told(guest, first))).toEqual({ events: messages(1, 2), lastEventId: '2' });
    expect(dispatched(told(guest, second))).toEqual({ events: messages(2, 2), lastEventId: '2' });
  });

  it.each([
    ['its client goes', (guest: Guest, id: number) => guest.abort(id)],
    ['its host dies', (guest: Guest) => guest.live()],
  ])('when %s: the body is read on, and a client that comes back has missed nothing', (_, cut) => {
    const guest = run(
      feed('news', "request.signal.addEventListener('abort', () => console.log('aborted'));"),
    );
    const id = listen(guest);
    publish(guest, 'data: 1\n\n');
    const { lastEventId } = dispatched(told(guest, id));
    cut(guest, id);
    expect(guest.machine.openRequests).toBe(0);
    expect(publish(guest, 'data: 2\n\n')).toBe('1');
    publish(guest, 'data: 3\n\n');
    const again = listen(guest, lastEventId);
    publish(guest, 'data: 4\n\n');
    expect(dispatched(told(guest, again)).events).toEqual(messages(2, 4));
    // Neither the body nor the request that is behind it has ended with the connection.
    expect(guest.stdout).toEqual(['cancelled: The event stream news is read from another body']);
  });

  it('a client that is cut off before its first event resumes where it was connected', () => {
    const guest = run(feed('news'));
    publish(guest, 'data: nobody has asked yet\n\n');
    const other = listen(guest);
    publish(guest, 'data: 1\n\n');
    const { lastEventId, events } = dispatched(told(guest, listen(guest)));
    expect([lastEventId, events]).toEqual(['1', []]);
    guest.live();
    publish(guest, 'data: 2\n\n');
    expect(dispatched(told(guest, listen(guest, lastEventId))).events).toEqual(messages(2, 2));
    expect(dispatched(told(guest, other)).events).toEqual(messages(1, 1));
  });

  it('keeps as many events as it is told, and says how many a client has missed beyond those', () => {
    const guest = run(feed('news; keep=3'));
    guest.abort(listen(guest));
    for (let n = 1; n <= 10; n += 1) publish(guest, `data: ${n}\n\n`);
    expect(dispatched(told(guest, listen(guest, '7'))).events).toEqual(messages(8, 10));
    expect(dispatched(told(guest, listen(guest, '5')))).toEqual({
      events: ['tandem-gap:{"missed":2}', ...messages(8, 10)],
      lastEventId: '10',
    });
  });

  it.each(['11', 'no-number-of-ours', '-1'])('does not know the id %s, and says so', (foreign) => {
    const guest = run(feed('news; keep=2'));
    guest.abort(listen(guest));
    for (let n = 1; n <= 10; n += 1) publish(guest, `data: ${n}\n\n`);
    const { events } = dispatched(told(guest, listen(guest, foreign)));
    expect(events).toEqual(['tandem-gap:{"missed":null}', ...messages(9, 10)]);
  });

  it('a burst beyond what is kept is no gap for those who are connected; for one who does not read there is a bound, and it is told', () => {
    const guest = run(feed('news; keep=2'));
    const [fast, slow] = [listen(guest), listen(guest)];
    const event = (n: number) => `data: ${n} ${'x'.repeat(3_000)}\n\n`;
    for (let round = 0; round < 22; round += 1) {
      publish(guest, Array.from({ length: 50 }, (_, n) => event(50 * round + n + 1)).join(''));
      expect(dispatched(told(guest, fast)).events).toHaveLength(50 * round + 50);
      guest.drain(fast, 200_000);
    }
    expect(dispatched(told(guest, fast)).events.map((text) => Number.parseInt(text.slice(8), 10))).toEqual(
      Array.from({ length: 1_100 }, (_, n) => n + 1),
    );
    guest.drain(slow, 10_000_000);
    const late = dispatched(told(guest, slow)).events;
    const gap = late.findIndex((text) => text.startsWith('tandem-gap'));
    const { missed } = JSON.parse(late[gap]!.slice('tandem-gap:'.length)) as { missed: number };
    const numbers = late.toSpliced(gap, 1).map((text) => Number.parseInt(text.slice(8), 10));
    expect(numbers).toHaveLength(1_100 - missed);
    expect(numbers.at(-1)).toBe(1_100);
    expect(numbers[gap]).toBe(numbers[gap - 1]! + missed + 1);
  });

  it('ends for everybody when its body ends; the next body goes on with its numbers and with what is kept', () => {
    const guest = run(feed('news'));
    const id = listen(guest);
    publish(guest, 'data: 1\n\n');
    guest.fetch('/end');
    expect(guest.stream(id).ended).toBe('finish');
    const again = listen(guest, '0');
    publish(guest, 'data: 2\n\n');
    expect(dispatched(told(guest, again)).events).toEqual(messages(1, 2));
  });

  it('whose body fails resets its clients, tells the error once, and goes on with the next body', () => {
    const guest = run(feed('news'));
    const ids = [listen(guest), listen(guest)];
    publish(guest, 'data: 1\n\n');
    guest.fetch('/error');
    expect(ids.map((id) => guest.stream(id).ended)).toEqual(['fail', 'fail']);
    expect(guest.stderr.filter((line) => line.includes('no more'))).toHaveLength(1);
    expect(guest.machine.openRequests).toBe(0);
    expect(dispatched(told(guest, listen(guest, '0'))).events).toEqual(messages(1, 1));
  });

  it('passes comments to those who listen, and neither counts nor keeps them', () => {
    const guest = run(feed('news; keep=1'));
    const id = listen(guest);
    publish(guest, 'data: 1\n\n');
    publish(guest, ': still here\n\n');
    expect(told(guest, id).endsWith('id: 1\ndata: 1\n\n: still here\n\n')).toBe(true);
    expect(dispatched(told(guest, listen(guest, '0'))).events).toEqual(messages(1, 1));
  });

  it('an event that does not end is bounded', () => {
    const guest = run(feed('news'));
    const id = listen(guest);
    publish(guest, `data: ${'x'.repeat(70_000)}`);
    expect(guest.stream(id).ended).toBe('fail');
    expect(guest.stderr.join()).toContain('An event has more than 65536 bytes');
    // What came before it is a closed chapter: nobody knows what the event would have been.
    expect(dispatched(told(guest, listen(guest, '0'))).events).toEqual(['tandem-gap:{"missed":1}']);
  });

  it('to a HEAD request is its head alone', () => {
    const guest = run(feed('news'));
    const id = guest.request('/', { method: 'HEAD' });
    expect(guest.reply(id)).toMatchObject({ status: 200, text: '' });
    expect(guest.reply(id)?.headers).not.toHaveProperty('tandem-events');
  });

  it.each(['', 'two words', 'news; keep=0', 'news; keep=5001', 'news; keep=many'])(
    'that is "%s" is an error that says what would be right',
    (header) => {
      const guest = run(feed(header));
      expect(guest.fetch('/').status).toBe(500);
      expect(guest.stderr.join()).toContain('or "news; keep=500" (1 to 5000)');
    },
  );

  it('of another type than events is an error', () => {
    const guest = run(`export default { fetch: () => new Response(new ReadableStream(), {
      headers: { 'content-type': 'text/plain', 'tandem-events': 'news' } }) };`);
    expect(guest.fetch('/').status).toBe(500);
    expect(guest.stderr.join()).toContain('has the content-type text/event-stream');
  });
});

describe('many event streams', () => {
  it('have a bound; one that nobody has listened to for ten minutes makes room, and its numbers do not come again', () => {
    const guest = run(feed('news'));
    const keeper = listen(guest, undefined, '/?name=kept');
    guest.abort(listen(guest, undefined, '/?name=first'));
    publish(guest, 'data: 1\n\n');
    for (let n = 2; n < 512; n += 1) guest.abort(listen(guest, undefined, `/?name=stream-${n}`));
    expect(guest.fetch('/?name=one-more').status).toBe(500);
    expect(guest.stderr.join()).toContain('There are 512 event streams already');
    guest.nowMs += 10 * 60_000;
    const fresh = listen(guest, '1', '/?name=one-more');
    expect(dispatched(told(guest, fresh))).toEqual({ events: [], lastEventId: '1' });
    const again = listen(guest, '0', '/?name=first');
    expect(dispatched(told(guest, again)).events).toEqual(['tandem-gap:{"missed":1}']);
    publish(guest, 'data: 2\n\n');
    expect(dispatched(told(guest, keeper)).events).toEqual(messages(1, 2));
  });
});

describe('all event streams together', () => {
  it('keep 32 MiB at most: beyond it the one that grows forgets, and says so', () => {
    const guest = run(feed('news'), { memoryMaximumBytes: 128 * 2 ** 20 });
    const names = Array.from({ length: 20 }, (_, n) => `/?name=stream-${n}`);
    for (const name of names) guest.abort(listen(guest, undefined, name));
    for (let n = 1; n <= 40; n += 1) publish(guest, `data: ${'x'.repeat(60_000)}\n\n`);
    let bytes = 0;
    for (const name of names) {
      const id = listen(guest, '0', name);
      guest.drain(id, 4 * 2 ** 20);
      expect(told(guest, id)).toContain('event: tandem-gap\n');
      bytes += told(guest, id).length;
    }
    expect(bytes).toBeGreaterThan(30 * 2 ** 20);
    expect(bytes).toBeLessThan(32 * 2 ** 20);
  });
});

describe('a guest that replaces what is built in', () => {
  it('does not reach what the kernel keeps', () => {
    const guest = run(`
      const wrong = () => { throw new Error('replaced'); };
      for (const name of ['get', 'set', 'has', 'delete', 'forEach', 'clear']) Map.prototype[name] = wrong;
      for (const name of ['add', 'delete', 'forEach', 'clear']) Set.prototype[name] = wrong;
      for (const name of ['split', 'indexOf', 'startsWith', 'replaceAll', 'match']) String.prototype[name] = wrong;
      RegExp.prototype.exec = wrong;
      Number.prototype.toString = wrong;
      Date.now = wrong;
      const encoder = new TextEncoder();
      let body;
      export default { async fetch(request) {
        if (request.method === 'POST') { body.enqueue(encoder.encode(await request.text())); return new Response('ok'); }
        return new Response(new ReadableStream({ start(controller) { body ??= controller; } }), {
          headers: { 'content-type': 'text/event-stream', 'tandem-events': 'news; keep=2' },
        });
      } };`);
    const id = listen(guest);
    for (let n = 1; n <= 4; n += 1) publish(guest, `data: ${n}\n\n`);
    expect(dispatched(told(guest, id)).events).toEqual(messages(1, 4));
    guest.live();
    expect(dispatched(told(guest, listen(guest, '3'))).events).toEqual(messages(4, 4));
    expect(guest.stderr).toEqual([]);
  });
});

describe('a kill', () => {
  const killed = (guest: Guest, turn: () => void): void => {
    guest.killAtPoll = 20;
    turn();
    guest.killAtPoll = Number.POSITIVE_INFINITY;
    guest.recover();
  };

  it('of something else leaves a stream as it was', () => {
    const guest = run(feed('news', "if (url.pathname === '/spin') for (;;);"));
    const id = listen(guest);
    publish(guest, 'data: 1\n\n');
    killed(guest, () => guest.request('/spin'));
    publish(guest, 'data: 2\n\n');
    expect(dispatched(told(guest, id)).events).toEqual(messages(1, 2));
  });

  it('in the taking in of a chunk, wherever it falls, shows no client a hole that it is not told of', () => {
    const count = 4_000;
    const burst = Array.from({ length: count }, (_, n) => `data: ${n + 1}\n\n`).join('');
    const begun = (): readonly [Guest, number] => {
      const guest = run(feed('news; keep=5000'));
      return [guest, listen(guest)];
    };
    const [whole] = begun();
    const before = whole.polls;
    publish(whole, burst);
    const polls = whole.polls - before;
    const outcomes = new Set<string>();
    for (let kill = 16; kill < polls; kill += Math.ceil(polls / 24)) {
      const [guest, id] = begun();
      guest.killAtPoll = kill;
      guest.request('/', { method: 'POST', body: burst });
      guest.killAtPoll = Number.POSITIVE_INFINITY;
      guest.recover();
      guest.drain(id, 1_000_000);
      const { ended } = guest.stream(id);
      guest.request('/', { method: 'POST', body: 'data: after\n\n' });
      const first = dispatched(told(guest, id));
      const again = listen(guest, first.lastEventId);
      guest.request('/', { method: 'POST', body: 'data: last\n\n' });
      guest.drain(again, 1_000_000);
      const all = [...first.events, ...dispatched(told(guest, again)).events];
      const hole = all.some((text) => text.startsWith('tandem-gap'));
      const numbers = all.filter((text) => /:\d+$/.test(text)).map((text) => Number(text.slice(8)));
      expect(numbers, `killed at ${kill} of ${polls}`).toEqual(numbers.map((_, index) => index + 1));
      expect(hole || numbers.length === 0 || numbers.length === count, `killed at ${kill} of ${polls}`).toBe(
        true,
      );
      expect(all.at(-1), `killed at ${kill} of ${polls}`).toBe('message:last');
      outcomes.add(`${ended} ${hole ? 'gap' : numbers.length}`);
    }
    // Else no kill has met the kernel at this work.
    expect(outcomes).toContain('fail gap');
  });
});

describe('the bytes of an event stream', () => {
  it('are cut into the same events wherever chunks end, and whatever ends the lines', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', ':') }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.constantFrom('\n', '\r', '\r\n'),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.boolean(),
        (texts, end, cuts, mark) => {
          const all = Buffer.from(
            (mark ? '\ufeff' : '') + texts.map((text) => `data: ${text}${end}${end}`).join(''),
          );
          const places = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].sort((a, b) => a - b);
          const chunks = [...places, all.length].map((place, index) => [
            ...all.subarray(index === 0 ? 0 : places[index - 1], place),
          ]);
          const guest = run(`export default { fetch() { return new Response(new ReadableStream({ start(c) {
            for (const chunk of ${JSON.stringify(chunks)}) c.enqueue(new Uint8Array(chunk));
          } }), { headers: { 'content-type': 'text/event-stream', 'tandem-events': 'news' } }); } };`);
          expect(dispatched(told(guest, guest.request('/'))).events).toEqual(
            texts.map((text) => `message:${text}`),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
