/**
 * Bodies that come and leave piece by piece: what is under way is bounded in both directions, and
 * whoever goes away stops the other side.
 */
import { describe, expect, it } from 'vitest';
import { encodeFormerClientsGone } from '../../../src/host/front/request-codec.ts';
import { STREAM_WINDOW_BYTES } from '../../../src/kernel/abi.ts';
import { run, type Streamed } from './harness.ts';

const serving = (fetch: string, prelude = '') => run(`${prelude}\nexport default { ${fetch} };`);
const bodyOf = (stream: Streamed): string => Buffer.concat(stream.chunks).toString();
const bytesOf = (stream: Streamed): number => Buffer.concat(stream.chunks).length;

/** Gives `count` chunks of `size` bytes as fast as they are asked for, and tells what became of it. */
const source = (size: number, count: number): string => `
  let pulls = 0;
  const chunks = () => new ReadableStream({
    pull(c) { pulls += 1; if (pulls > ${count}) c.close(); else c.enqueue(new Uint8Array(${size}).fill(pulls)); },
    cancel(why) { console.log('cancelled', pulls, why.name); },
  }, { highWaterMark: 0 });`;

describe('a response whose body is a stream', () => {
  it('leaves as its head, its chunks in order, and an end', () => {
    const guest = serving(
      `fetch() { return new Response(new ReadableStream({ async start(c) {
        for (const part of ['one ', 'two ', 'three']) { await null; c.enqueue(new TextEncoder().encode(part)); }
        c.close();
      } }), { status: 201, headers: { 'x-kind': 'stream' } }); }`,
    );
    const stream = guest.stream(guest.request('/'));
    expect(stream).toMatchObject({ status: 201, headers: { 'x-kind': 'stream' }, ended: 'finish' });
    expect(stream.chunks.map(String)).toEqual(['one ', 'two ', 'three']);
    expect(guest.machine.openRequests).toBe(0);
  });

  it('goes on over turns, as its timers ring', () => {
    const guest = serving(`fetch() { let n = 0; return new Response(new ReadableStream({ start(c) {
      const timer = setInterval(() => {
        c.enqueue(new TextEncoder().encode('data: ' + ++n + '\\n\\n'));
        if (n === 3) { clearInterval(timer); c.close(); }
      }, 10);
    } }), { headers: { 'content-type': 'text/event-stream' } }); }`);
    const id = guest.request('/');
    expect(guest.stream(id).chunks).toEqual([]);
    guest.sleep(10);
    expect(bodyOf(guest.stream(id))).toBe('data: 1\n\n');
    expect(guest.machine.openRequests).toBe(1);
    guest.sleep(50);
    expect(bodyOf(guest.stream(id))).toBe('data: 1\n\ndata: 2\n\ndata: 3\n\n');
    expect(guest.stream(id).ended).toBe('finish');
  });

  it('never has more under way than the window, and asks its source for no more', () => {
    const guest = serving(
      "fetch(r) { return r.url.endsWith('/pulls') ? new Response(String(pulls)) : new Response(chunks()); }",
      source(100_000, 10),
    );
    const id = guest.request('/');
    expect(bytesOf(guest.stream(id))).toBe(STREAM_WINDOW_BYTES);
    expect(guest.fetch('/pulls').text).toBe('3');
    guest.drain(id, 100_000);
    expect(bytesOf(guest.stream(id))).toBe(STREAM_WINDOW_BYTES + 100_000);
    for (let i = 0; i < 8; i += 1) guest.drain(id, 100_000);
    expect(bytesOf(guest.stream(id))).toBe(1_000_000);
    expect(guest.stream(id).ended).toBe('finish');
  });

  it.each([
    ['its client goes', (guest: ReturnType<typeof run>, id: number) => guest.abort(id), 'AbortError'],
    ['its host dies', (guest: ReturnType<typeof run>) => guest.live(), 'AbortError'],
  ])('is cancelled when %s, and says nothing more', (_, end, reason) => {
    const guest = serving('fetch() { return new Response(chunks()); }', source(100_000, 100));
    const id = guest.request('/');
    const before = guest.ordinals.length;
    end(guest, id);
    expect(guest.stdout).toEqual([`cancelled 3 ${reason}`]);
    guest.drain(id, 200_000);
    expect(guest.ordinals.length).toBe(before + 1);
    expect(guest.machine.openRequests).toBe(0);
  });

  it('that fails is never taken for complete, and the error is told', () => {
    const guest = serving(`fetch(r) { return new Response(new ReadableStream({ pull(c) {
      if (r.url.endsWith('/text')) c.enqueue('text');
      else throw new Error('no more');
    } })); }`);
    expect(guest.stream(guest.request('/')).ended).toBe('fail');
    expect(guest.stderr.join()).toContain('Uncaught Error: no more');
    expect(guest.stream(guest.request('/text')).ended).toBe('fail');
    expect(guest.stderr.join()).toContain('A chunk of a response is a Uint8Array');
  });

  it('to a HEAD request is its head alone, and the stream is cancelled', () => {
    const guest = serving('fetch() { return new Response(chunks()); }', source(1, 3));
    const id = guest.request('/', { method: 'HEAD' });
    expect(guest.reply(id)).toMatchObject({ status: 200, text: '' });
    expect(guest.streams.size).toBe(0);
  });

  it.each([
    ['a handler', 'fetch() { return new Response(chunks()); }'],
    ['an asynchronous handler', 'async fetch() { await null; return new Response(chunks()); }'],
  ])('of %s leaves whole under an Idempotency-Key, and a retry gets the same', (_, handler) => {
    const guest = serving(handler, source(3, 2));
    const headers = { 'idempotency-key': 'k' };
    const first = guest.fetch('/', { method: 'POST', headers });
    expect([...first.bytes]).toEqual([1, 1, 1, 2, 2, 2]);
    expect(guest.fetch('/', { method: 'POST', headers }).bytes).toEqual(first.bytes);
    expect(guest.streams.size).toBe(0);
  });

  it.each([
    ['a pull', 'new ReadableStream({ pull() { spin() } })'],
    ['a pull of bytes', "new ReadableStream({ type: 'bytes', pull() { spin() } })"],
    ['a pull after a timer', 'new ReadableStream({ start: () => later, pull() { spin() } })'],
    ['a pull behind a tee', 'new ReadableStream({ start: () => later, pull() { spin() } }).tee()[1]'],
    [
      'a transformer',
      `new ReadableStream({ async start(c) { await later; c.enqueue(1) } }).pipeThrough(new TransformStream({ transform() { spin() } }))`,
    ],
    [
      'a flush',
      `new ReadableStream({ async start(c) { await later; c.close() } }).pipeThrough(new TransformStream({ flush() { spin() } }))`,
    ],
  ])('is failed when %s is stopped for running too long, in whatever job that runs', (_, stream) => {
    const guest = serving(
      `fetch(r) { return r.url.endsWith('/x') ? new Response('fine') : new Response(${stream}); }`,
      `const later = new Promise((done) => setTimeout(done, 10));
       const spin = () => { for (let n = 0; n < 1e6; n++); };`,
    );
    const stoppable = (turn: () => void): void => {
      guest.killAtPoll = 20;
      turn();
      guest.killAtPoll = Number.POSITIVE_INFINITY;
      if (guest.last?.broken === true) guest.recover();
    };
    stoppable(() => guest.request('/'));
    stoppable(() => guest.sleep(10));
    expect([guest.stream(1).ended, guest.machine.openRequests]).toEqual(['fail', 0]);
    expect(guest.fetch('/x').text).toBe('fine');
  });

  it('goes on after a kill that fell on something else, and is failed by one that fell on its own source', () => {
    const guest = serving(
      `fetch(r) {
        if (r.url.endsWith('/spin')) for (;;);
        return new Response(new ReadableStream({ async pull(c) {
          pulls += 1;
          await new Promise((done) => setTimeout(done, 10));
          if (r.url.endsWith('/spins') && pulls > 1) for (;;);
          c.enqueue(new Uint8Array([pulls]));
          if (pulls === 3) c.close();
        } }));
      }`,
      'let pulls = 0;',
    );
    const killed = (turn: () => void): void => {
      guest.killAtPoll = 20;
      turn();
      guest.killAtPoll = Number.POSITIVE_INFINITY;
      guest.recover();
    };
    const id = guest.request('/');
    guest.sleep(10);
    killed(() => guest.request('/spin'));
    guest.sleep(30);
    expect(guest.stream(id)).toMatchObject({ ended: 'finish' });
    expect([...Buffer.concat(guest.stream(id).chunks)]).toEqual([1, 2, 3]);
    const other = guest.request('/spins');
    killed(() => guest.sleep(10));
    guest.sleep(30);
    expect(guest.stream(other).ended).toBe('fail');
    expect(guest.machine.openRequests).toBe(0);
  });
});

describe('a request whose body comes piece by piece', () => {
  it('enters with its head, and is read as it comes or whole', () => {
    const guest = serving(`async fetch(r) {
      if (r.url.endsWith('/whole')) return new Response((await r.text()).toUpperCase());
      for await (const chunk of r.body) console.log(new TextDecoder().decode(chunk));
      return new Response('done');
    }`);
    const parts = guest.request('/', { body: 'a', open: true });
    expect(guest.stdout).toEqual(['a']);
    guest.send(parts, 'b');
    expect(guest.stdout).toEqual(['a', 'b']);
    guest.send(parts, 'c', true);
    expect(guest.reply(parts)?.text).toBe('done');
    const whole = guest.request('/whole', { body: 'he', open: true });
    guest.send(whole, 'llo');
    guest.send(whole, '', true);
    expect(guest.reply(whole)?.text).toBe('HELLO');
  });

  it('is taken in as the guest reads it: a guest that does not read lets no more come', () => {
    const guest = serving(
      `async fetch(r) {
      const reader = r.body.getReader();
      globalThis.read = async (n) => { for (let i = 0; i < n; i += 1) await reader.read(); };
      await new Promise((done) => { globalThis.end = done; });
      return new Response('x');
    }`.replace(
        'async fetch(r) {',
        `async fetch(r) {
      const order = /read=(\\d+)/.exec(r.url);
      if (order) { await read(Number(order[1])); return new Response('ok'); }`,
      ),
    );
    const id = guest.request('/', { method: 'POST', open: true });
    for (let i = 0; i < 4; i += 1) guest.send(id, new Uint8Array(65_536));
    expect(guest.taken.get(id)).toBeUndefined();
    guest.fetch('/?read=1');
    expect(guest.taken.get(id)).toBe(65_536);
    guest.fetch('/?read=3');
    expect(guest.taken.get(id)).toBe(4 * 65_536);
  });

  it('fails for its reader when its client goes, and the signal tells', () => {
    const guest = serving(`async fetch(r) {
      r.signal.addEventListener('abort', () => console.log('signal'));
      try { await r.text(); } catch (error) { console.log(error.name); }
    }`);
    const id = guest.request('/', { body: 'half', open: true });
    guest.abort(id);
    expect(guest.stdout.toSorted()).toEqual(['AbortError', 'signal']);
  });

  it('is over when a former primary has let its clients go, unless its client is at this host', () => {
    const guest = serving(`async fetch(r) {
      r.signal.addEventListener('abort', () => console.log('gone', new URL(r.url).pathname));
      await new Promise(() => {});
    }`);
    guest.request('/former');
    const [own, later] = [guest.request('/own'), guest.request('/later')];
    guest.interrupt(encodeFormerClientsGone(later, [own]));
    expect(guest.stdout).toEqual(['gone /former']);
    expect(guest.machine.openRequests).toBe(2);
    guest.interrupt(encodeFormerClientsGone(later + 1, []));
    expect(guest.stdout).toEqual(['gone /former', 'gone /own', 'gone /later']);
    expect(guest.machine.openRequests).toBe(0);
  });

  it('can be the body of its own response: each piece comes back as it came', () => {
    const guest = serving('fetch(r) { return new Response(r.body); }');
    const id = guest.request('/', { body: 'one', open: true });
    guest.send(id, 'two');
    expect(guest.stream(id).chunks.map(String)).toEqual(['one', 'two']);
    expect(guest.stream(id).ended).toBe('no');
    guest.send(id, 'three', true);
    expect(bodyOf(guest.stream(id))).toBe('onetwothree');
    expect(guest.stream(id).ended).toBe('finish');
  });

  it('that nobody reads does not hold up the answer', () => {
    const guest = serving("fetch() { return new Response('no thanks'); }");
    const id = guest.request('/', { body: 'half', open: true });
    expect(guest.reply(id)?.text).toBe('no thanks');
    guest.send(id, 'more', true);
    expect(guest.machine.openRequests).toBe(0);
  });
});
