/**
 * `fetch` toward other servers: what leaves the machine, what comes back, and what
 * becomes of calls whose host is gone.
 */
import { describe, expect, it } from 'vitest';
import { epoch } from '../../../src/base/brands.ts';
import {
  type AnswerHead,
  type CallKey,
  type CallOrder,
  encodeCallBody,
  encodeCallFailed,
  encodeCallHead,
} from '../../../src/host/outbound/call-codec.ts';
import { callsLostInterrupt } from '../../../src/session/interrupts.ts';
import { type Guest, run } from './harness.ts';

type Request = Extract<CallOrder, { what: 'request' }>;

const bytes = (text: string): Uint8Array => Buffer.from(text);

function requests(guest: Guest): Request[] {
  return guest.calls.filter((order) => order.what === 'request');
}

function lastRequest(guest: Guest): Request {
  const last = requests(guest).at(-1);
  if (last === undefined) throw new Error(`no call was made; stderr: ${guest.stderr.join('\n')}`);
  return last;
}

const headerOf = ({ request }: Request, name: string): string | undefined =>
  request.headers[request.headers.indexOf(name) + 1];

const ok = (headers: readonly string[] = []): AnswerHead => ({
  status: 200,
  statusText: 'OK',
  url: 'http://bank.test/',
  redirected: false,
  headers,
});

function answer(guest: Guest, key: CallKey, text: string, head: AnswerHead = ok()): void {
  guest.interrupt(encodeCallHead(key, head));
  guest.interrupt(encodeCallBody(key, bytes(text), true));
}

/** A plain program that prints what becomes of one expression. */
const printing = (expression: string): Guest =>
  run(
    `try { console.log(JSON.stringify(await (async () => (${expression}))())) } catch (error) { console.log(String(error)) }`,
  );

describe('a call', () => {
  it('leaves with method, URL, headers and body, and the guest goes on when the answer comes', () => {
    const guest =
      printing(`fetch('http://bank.test/a?b#c', { method: 'PUT', headers: { 'X-One': '1' }, body: 'grüße' })
      .then(async (response) => [response.status, response.ok, response.statusText, response.url, response.redirected,
        response.headers.get('x-two'), await response.text()])`);
    const { request, key } = lastRequest(guest);
    expect(request).toMatchObject({
      attempt: 1,
      redirect: 'follow',
      method: 'PUT',
      url: 'http://bank.test/a?b',
    });
    expect(Buffer.from(request.body).toString()).toBe('grüße');
    expect(request.headers.slice(0, 4)).toEqual(['x-one', '1', 'content-type', 'text/plain;charset=UTF-8']);
    expect(guest.exitCode).toBeUndefined();
    const head = { ...ok(['x-two', 'zwei é']), url: 'http://bank.test/z', redirected: true };
    answer(guest, key, 'servus', head);
    expect(guest.stdout).toEqual(['[200,true,"OK","http://bank.test/z",true,"zwei é","servus"]']);
    expect(guest.exitCode).toBe(0);
  });

  it('carries bytes both ways unchanged, in as many pieces as they come in', () => {
    const guest =
      printing(`fetch('https://bank.test/', { method: 'POST', body: new Uint8Array([0, 255, 10]) })
      .then(async (response) => [...await response.bytes()])`);
    const { request, key } = lastRequest(guest);
    expect([...request.body]).toEqual([0, 255, 10]);
    guest.interrupt(encodeCallHead(key, ok()));
    guest.interrupt(encodeCallBody(key, Uint8Array.of(7, 0), false));
    guest.interrupt(encodeCallBody(key, Uint8Array.of(), false));
    guest.interrupt(encodeCallBody(key, Uint8Array.of(200), true));
    expect(guest.stdout).toEqual(['[7,0,200]']);
  });

  it('is answered in pieces that the guest reads as they come; what it does not want, it cancels', () => {
    const guest = run(`
      const { body } = await fetch('http://bank.test/', { method: 'POST', body: new ReadableStream({
        start(controller) { for (const part of ['a', 'b']) controller.enqueue(new TextEncoder().encode(part)); controller.close(); } }) });
      const reader = body.getReader();
      for (let count = 0; count < 2; count += 1) console.log(new TextDecoder().decode((await reader.read()).value));
      await reader.cancel();`);
    const { key, request } = lastRequest(guest);
    expect(Buffer.from(request.body).toString()).toBe('ab');
    guest.interrupt(encodeCallHead(key, ok()));
    guest.interrupt(encodeCallBody(key, bytes('one'), false));
    expect(guest.stdout).toEqual(['one']);
    guest.interrupt(encodeCallBody(key, bytes('two'), false));
    expect(guest.stdout).toEqual(['one', 'two']);
    expect(guest.calls.at(-1)).toEqual({ what: 'cancel', key });
    expect(guest.exitCode).toBe(0);
  });

  it('whose answer breaks off gives what has come, and then an error', () => {
    const guest = run(`
      const { body } = await fetch('http://bank.test/');
      try { for await (const chunk of body) console.log(chunk.length) } catch (error) { console.log(String(error)) }`);
    const { key } = lastRequest(guest);
    guest.interrupt(encodeCallHead(key, ok()));
    guest.interrupt(encodeCallBody(key, bytes('one'), false));
    guest.interrupt(encodeCallFailed(key, 'the answer was cut off'));
    expect(guest.stdout).toEqual(['3', 'TypeError: fetch failed: the answer was cut off']);
    expect(guest.exitCode).toBe(0);
  });

  it('keeps a plain program alive until it is over, and no longer', () => {
    const guest = run(`fetch('http://bank.test/').then(() => console.log('done'))`);
    expect(guest.exitCode).toBeUndefined();
    answer(guest, lastRequest(guest).key, '');
    expect(guest.stdout).toEqual(['done']);
    expect(guest.exitCode).toBe(0);
  });

  it('tells how much of the answer was taken, so that more may come; what nobody reads is not taken', () => {
    const idle = run(`globalThis.response = await fetch('http://bank.test/')`);
    idle.interrupt(encodeCallHead(lastRequest(idle).key, ok()));
    idle.interrupt(encodeCallBody(lastRequest(idle).key, new Uint8Array(32 * 1024), false));
    expect(idle.calls.map(({ what }) => what)).toEqual(['request']);

    const guest = printing(
      `fetch('http://bank.test/').then(async (response) => (await response.bytes()).length)`,
    );
    const { key } = lastRequest(guest);
    guest.interrupt(encodeCallHead(key, ok()));
    const piece = new Uint8Array(32 * 1024);
    for (let count = 0; count < 8; count += 1) guest.interrupt(encodeCallBody(key, piece, false));
    const taken = guest.calls.flatMap((order) => (order.what === 'taken' ? [order.bytes] : []));
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(8 * piece.length);
    guest.interrupt(encodeCallBody(key, Uint8Array.of(), true));
    expect(guest.stdout).toEqual([String(8 * piece.length)]);
  });

  it.each([
    ['a failure', `fetch('http://bank.test/')`, 'TypeError: fetch failed: connect ECONNREFUSED'],
    ['a name that is no URL', `fetch('nowhere')`, "TypeError: Invalid URL: 'nowhere'"],
    [
      'another scheme',
      `fetch('file:///etc/passwd')`,
      "TypeError: fetch failed: 'file:///etc/passwd' is no address of http: or https:",
    ],
    [
      'a password in the URL',
      `fetch('http://me:secret@bank.test/')`,
      'TypeError: An address to fetch has no user name and no password in it',
    ],
    [
      'a body that was read',
      `(async () => { const r = new Request('http://b.test/', { method: 'POST', body: 'x' }); await r.text(); return fetch(r) })()`,
      'TypeError: The body has already been read',
    ],
    [
      'a redirect mode that is none',
      `fetch('http://bank.test/', { redirect: 'sometimes' })`,
      "TypeError: 'sometimes' is no redirect mode: follow, error or manual",
    ],
    [
      'too large a body',
      `fetch('http://bank.test/', { method: 'POST', body: 'x'.repeat(9e6) })`,
      /^TypeError: fetch failed: the request has 90\d+ bytes; 8388608 is the most/,
    ],
  ])('is rejected for %s', (_, expression, expected) => {
    const guest = printing(expression);
    for (const { key } of requests(guest)) guest.interrupt(encodeCallFailed(key, 'connect ECONNREFUSED'));
    expect(guest.stdout).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)]);
    expect(guest.exitCode).toBe(0);
  });

  it('finds no place when too many are open, and one again when some are over', () => {
    const guest = run(`
      const calls = Array.from({ length: 513 }, () => fetch('http://bank.test/'));
      calls.at(-1).catch((error) => { console.log(error.message) });
      calls[0].then((response) => response.text()).then(() => fetch('http://bank.test/again'));`);
    expect(requests(guest)).toHaveLength(512);
    expect(guest.stdout).toEqual(['fetch failed: 512 calls are open, and no more can be']);
    answer(guest, requests(guest)[0]!.key, '');
    expect(lastRequest(guest).request.url).toBe('http://bank.test/again');
  });
});

describe('a signal', () => {
  it('ends a call with its reason, and the host hears that nobody wants the answer', () => {
    const guest =
      printing(`(() => { const abort = new AbortController(); setTimeout(() => abort.abort('enough'), 5);
      return fetch('http://bank.test/', { signal: abort.signal }).catch((reason) => reason) })()`);
    const { key } = lastRequest(guest);
    guest.sleep(5);
    expect(guest.stdout).toEqual(['"enough"']);
    expect(guest.calls.at(-1)).toEqual({ what: 'cancel', key });
    answer(guest, key, 'too late');
    expect(guest.exitCode).toBe(0);
  });

  it('by time-out ends it as the standard says', () => {
    const guest = printing(`fetch('http://bank.test/', { signal: AbortSignal.timeout(100) })`);
    guest.sleep(100);
    expect(guest.stdout).toEqual(['TimeoutError: The operation timed out']);
  });

  it('ends a call whose body is still being made, and nothing leaves', () => {
    const guest = printing(`(() => { const abort = new AbortController();
      const body = new ReadableStream({ async pull(controller) { await new Promise((resolve) => setTimeout(resolve, 9)); controller.close(); } });
      setTimeout(() => abort.abort('enough'), 5);
      return fetch('http://bank.test/', { method: 'POST', body, signal: abort.signal }) })()`);
    guest.sleep(20);
    expect(guest.stdout).toEqual(['enough']);
    expect(guest.calls).toEqual([]);
  });

  it('that is aborted already lets nothing leave', () => {
    const guest = printing(`fetch('http://bank.test/', { signal: AbortSignal.abort() })`);
    expect(guest.stdout).toEqual(['AbortError: The operation was aborted']);
    expect(guest.calls).toEqual([]);
  });

  it('aborted while the answer comes in ends its body, and what is said about it afterwards is not heard', () => {
    const guest = printing(`(async () => { const abort = new AbortController();
      const response = await fetch('http://bank.test/', { signal: abort.signal }); abort.abort('enough'); return response.text() })()`);
    const { key } = lastRequest(guest);
    answer(guest, key, 'there');
    expect(guest.stdout).toEqual(['enough']);
    expect(guest.calls.map(({ what }) => what)).toEqual(['request', 'cancel']);
  });

  it('aborted after the answer changes nothing', () => {
    const guest = printing(`(async () => { const abort = new AbortController();
      const response = await fetch('http://bank.test/', { signal: abort.signal });
      const text = await response.text(); abort.abort(); return text })()`);
    answer(guest, lastRequest(guest).key, 'there');
    expect(guest.stdout).toEqual(['"there"']);
    expect(guest.calls.map(({ what }) => what)).toEqual(['request']);
  });

  it('of the client that asked ends the calls that were made for it', () => {
    const guest = run(
      `export default { fetch: (request) => fetch('http://bank.test/', { signal: request.signal }) }`,
    );
    const id = guest.request('/');
    guest.abort(id);
    expect(guest.calls.map(({ what }) => what)).toEqual(['request', 'cancel']);
  });
});

describe('an unsafe call', () => {
  it('gets an Idempotency-Key of its own, unless the guest gave it one', () => {
    const guest = run(`
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) fetch('http://bank.test/', { method });
      fetch('http://bank.test/', { method: 'POST', headers: { 'Idempotency-Key': '"mine"' } });`);
    const keys = requests(guest).map((order) => headerOf(order, 'idempotency-key'));
    for (const key of keys.slice(0, 4)) expect(key).toMatch(/^"[0-9a-f]{8}-[0-9a-f-]{27}"$/);
    expect(keys[4]).toBe('"mine"');
    expect(new Set(keys).size).toBe(5);
  });

  it('is told from a safe one, which gets none', () => {
    const guest = run(
      `for (const method of ['GET', 'HEAD', 'OPTIONS']) fetch('http://bank.test/', { method });`,
    );
    for (const { request } of requests(guest)) expect(request.headers).not.toContain('idempotency-key');
  });
});

describe('when the machine goes live elsewhere', () => {
  const two = `
    const print = async (name, call) => {
      try { console.log(name, await (await call).text()) } catch (error) { console.log(name, String(error)) }
    };
    print('one', fetch('http://bank.test/one', { method: 'POST', body: 'ten' }));
    print('two', fetch('http://bank.test/two'));`;
  const gone = 'TypeError: fetch failed: the host that received the answer is gone';

  it.each([
    ['after a failure', (guest: Guest) => guest.live(7)],
    ['in good order', (guest: Guest) => guest.interrupt(callsLostInterrupt(epoch(7)))],
  ])(
    '%s, a call without an answer is made again, the very same; one that was being answered fails',
    (_, lose) => {
      const guest = run(two);
      const [one, second] = requests(guest);
      guest.interrupt(encodeCallHead(second!.key, ok()));
      lose(guest);
      expect(guest.stdout).toEqual([`two ${gone}`]);
      const again = requests(guest).slice(2);
      expect(again).toEqual([
        { ...one, key: { id: one!.key.id, generation: 7 }, request: { ...one!.request, attempt: 2 } },
      ]);
      answer(guest, again[0]!.key, 'done');
      expect(guest.stdout).toEqual([`two ${gone}`, 'one done']);
      expect(guest.exitCode).toBe(0);
    },
  );

  it('what is still said about the earlier making is not heard', () => {
    const guest = run(two);
    const [one] = requests(guest);
    guest.live(7);
    answer(guest, one!.key, 'from the dead host');
    guest.interrupt(encodeCallFailed(one!.key, 'reset'));
    expect(guest.stdout).toEqual([]);
    answer(guest, requests(guest)[2]!.key, 'new');
    expect(guest.stdout).toEqual(['one new']);
  });

  it('a call that ended for want of a client is not made again', () => {
    const guest = run(
      `export default { fetch: (request) => fetch('http://bank.test/', { signal: request.signal }) }`,
    );
    guest.request('/');
    guest.live(2);
    expect(guest.calls.map(({ what }) => what)).toEqual(['request', 'cancel']);
  });

  it('and again, it is made a third time', () => {
    const guest = run(two);
    guest.live(2);
    guest.live(3);
    expect(requests(guest).map(({ key, request }) => [key.id, key.generation, request.attempt])).toEqual([
      [1, 0, 1],
      [2, 0, 1],
      [1, 2, 2],
      [2, 2, 2],
      [1, 3, 3],
      [2, 3, 3],
    ]);
  });
});

describe('a guest that breaks what it can reach', () => {
  it('does not break its calls', () => {
    const guest = run(`
      Map.prototype.get = Map.prototype.has = Map.prototype.set = () => { throw new Error('mine') };
      Array.prototype.join = String.prototype.split = () => 'broken';
      Headers.prototype.get = () => 'broken';
      Crypto.prototype.randomUUID = () => 'broken';
      fetch('http://bank.test/', { method: 'POST' }).then((response) => console.log(response.status));`);
    expect(headerOf(lastRequest(guest), 'idempotency-key')).toMatch(/^"[0-9a-f-]{36}"$/);
    answer(guest, lastRequest(guest).key, '');
    expect(guest.stdout).toEqual(['200']);
  });
});
