/** What the client library makes of everything that hosts, and those between, can answer. */
import { EventEmitter, getEventListeners, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  BodyTooLargeError,
  ClosedError,
  createClient,
  DeadlineError,
  ReplyLostError,
  SessionLostError,
} from 'tandem-vm/client';
import { describe, expect, test } from 'vitest';
import { type Asked, refuse, reply, startHost } from './hosts.ts';

const echo = (asked: Asked): string => `${asked.method} ${asked.path} ${asked.body}`;
const answer: Parameters<typeof startHost>[0] = (asked, response) => reply(asked, response, echo(asked));

/** What is held weakly lives to the end of a turn. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}

describe('the live host', () => {
  test('is found among several, and again when another one is live', async () => {
    const [one, two] = [await startHost(answer), await startHost(answer)];
    one.live = false;
    const client = createClient([one.url, two.url]);
    expect(await (await client.fetch('/a')).text()).toBe('GET /a ');
    one.live = true;
    two.live = false;
    expect(await (await client.fetch('/b')).text()).toBe('GET /b ');
    expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
    await client.close();
  });

  test('is found when only another host knows it', async () => {
    const [known, unknown] = [await startHost(answer), await startHost(answer)];
    known.live = false;
    known.names = unknown.url;
    const client = createClient([known.url]);
    expect(await (await client.fetch('/a')).text()).toBe('GET /a ');
    expect(unknown.asked.length).toBe(1);
  });

  test('is found however often it has a new name; a name that is of no use makes room', async () => {
    const known = await startHost(answer);
    const client = createClient(known.url, { deadlineMs: 5_000 });
    known.live = false;
    for (let n = 0; n < 20; n += 1) {
      const next = await startHost(answer);
      known.names = next.url;
      expect((await client.fetch('/a')).status).toBe(200);
      expect(next.asked.length).toBe(1);
      next.live = false;
    }
    known.live = true;
    expect((await client.fetch('/a')).status).toBe(200);
    expect(known.asked.length).toBe(1);
  });

  test('is waited for; the deadline says what the client saw, and that nothing was executed', async () => {
    const host = await startHost(answer);
    host.live = false;
    const client = createClient(host.url, { deadlineMs: 500 });
    const ask = (): Promise<unknown> => client.fetch('/a').catch((error: unknown) => error);
    // On a busy machine a deadline may pass before anything was answered, and again when the host is
    // live: then the client asks once more.
    let outcome = await ask();
    while (outcome instanceof DeadlineError && !outcome.message.includes('not-live')) outcome = await ask();
    expect(outcome).toBeInstanceOf(DeadlineError);
    expect(outcome).toMatchObject({ executed: 'no', message: expect.stringContaining('not-live') });
    host.live = true;
    while (outcome instanceof DeadlineError) outcome = await ask();
    expect(outcome).toMatchObject({ status: 200 });
  });
});

describe('a reply', () => {
  test('that was lost half-way is asked for again, under the same number, and comes whole', async () => {
    const host = await startHost((asked, response, index) => {
      if (index > 0) return reply(asked, response, 'whole');
      response.writeHead(200, { 'tandem-request': asked.place, 'content-length': '5' });
      response.write('wh', () => response.destroy());
    });
    const response = await createClient(host.url).fetch('/a', { method: 'POST', body: 'x' });
    expect(await response.text()).toBe('whole');
    expect(host.asked.map(({ place, body }) => [place, body])).toEqual([
      ['0.1', 'x'],
      ['0.1', 'x'],
    ]);
  });

  test('of somebody between the client and the machine is none; one of the program is, whatever its status', async () => {
    const host = await startHost((asked, response, index) => {
      if (index === 0) response.writeHead(502).end('bad gateway');
      else if (index === 1) response.writeHead(200).end('a page of a proxy');
      else reply(asked, response, 'mine', 503);
    });
    const response = await createClient(host.url).fetch('/a');
    expect([response.status, await response.text()]).toEqual([503, 'mine']);
    expect(host.asked.length).toBe(3);
  });

  test('looks like that of fetch: status, headers and URL, without those of Tandem', async () => {
    const host = await startHost((asked, response) => {
      response.writeHead(204, { 'tandem-request': asked.place, 'x-own': 'y' }).end();
    });
    const response = await createClient(host.url).fetch('/a?b=c');
    expect([
      response.status,
      response.url,
      response.headers.get('x-own'),
      response.headers.get('tandem-request'),
    ]).toEqual([204, `${host.url}/a?b=c`, 'y', null]);
  });

  test('that does not come is asked for on another connection', async () => {
    const host = await startHost((asked, response, index) => {
      if (index > 0) reply(asked, response, 'late');
    });
    const response = await createClient(host.url, { silenceMs: 50 }).fetch('/a');
    expect(await response.text()).toBe('late');
  });

  test('of busy hosts is asked for again, and a refusal of the request itself is told', async () => {
    const host = await startHost((asked, response, index) => {
      const busy = ['busy', 'full', 'not-ready', 'superseded', 'slow'][index];
      if (busy !== undefined) refuse(response, busy, busy === 'slow' ? 408 : 503);
      else if (index === 5) refuse(response, 'body-too-large', 413);
      else reply(asked, response, 'ok');
    });
    const client = createClient(host.url);
    expect((await client.fetch('/a')).status).toBe(413);
    expect((await client.fetch('/b')).status).toBe(200);
    expect(host.asked.map(({ place }) => place)).toEqual([...Array.from({ length: 6 }, () => '0.1'), '0.2']);
  });

  test('that the machine could not keep is an error that says so', async () => {
    const host = await startHost((_asked, response) => refuse(response, 'reply-not-kept', 507));
    const failure = await createClient(host.url)
      .fetch('/a')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ReplyLostError);
    expect(failure).toMatchObject({ executed: 'once' });
  });
});

describe('a session', () => {
  test('that was forgotten between two requests is opened anew, and nobody notices', async () => {
    const host = await startHost((asked, response, index) => {
      if (index === 1) refuse(response, 'session-gone', 410);
      else reply(asked, response, String(asked.headers['tandem-session']));
    });
    const client = createClient(host.url);
    expect(await (await client.fetch('/a')).text()).toBe('s1');
    expect(await (await client.fetch('/b')).text()).toBe('s2');
    expect(host.asked.map(({ place }) => place)).toEqual(['0.1', '0.2', '0.1']);
  });

  test('that was forgotten while a reply was awaited is an error: the request is not sent in another one', async () => {
    const host = await startHost((asked, response, index) => {
      if (index === 0) response.destroy();
      else if (index === 1) refuse(response, 'session-gone', 410);
      else reply(asked, response, 'ok');
    });
    const client = createClient(host.url);
    const failure = await client
      .fetch('/a', { method: 'POST', body: 'pay' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SessionLostError);
    expect(failure).toMatchObject({ executed: 'unknown' });
    expect(host.asked.length).toBe(2);
    expect((await client.fetch('/b')).status).toBe(200);
    expect(host.sessions).toEqual(['s1', 's2']);
  });

  test('has as many requests outstanding as it has slots, and tells which replies have arrived', async () => {
    const waiting: (() => void)[] = [];
    const host = await startHost((asked, response) => {
      waiting.push(() => reply(asked, response, asked.path));
      if (waiting.length === 3 || host.asked.length > 3) for (const each of waiting.splice(0)) each();
    }, 3);
    const client = createClient(host.url);
    const paths = ['/0', '/1', '/2', '/3', '/4'];
    const texts = await Promise.all(paths.map(async (path) => (await client.fetch(path)).text()));
    expect(texts).toEqual(paths);
    expect(
      host.asked
        .slice(0, 3)
        .map(({ place }) => place)
        .sort(),
    ).toEqual(['0.1', '1.1', '2.1']);
    await client.fetch('/last');
    const last = host.asked.at(-1);
    expect(last?.place.split('.')[0]).toBe('0');
    expect(
      String(last?.headers['tandem-acknowledged'])
        .split(', ')
        .map((place) => place.split('.')[0])
        .sort(),
    ).toEqual(['1', '2']);
    await client.fetch('/none left');
    expect(host.asked.at(-1)?.headers['tandem-acknowledged']).toBeUndefined();
  });

  test('ends when the client is closed, and with it what is not answered', async () => {
    let arrived = (): void => {};
    const isAsked = new Promise<void>((resolve) => (arrived = resolve));
    const host = await startHost(() => arrived());
    const client = createClient(host.url);
    const open = client.fetch('/a').catch((error: unknown) => error);
    await isAsked;
    await client.close();
    expect(await open).toBeInstanceOf(ClosedError);
    expect(host.closed).toEqual(['s1']);
    await expect(client.fetch('/b')).rejects.toBeInstanceOf(ClosedError);
    await client.close();
  });
});

describe('a request', () => {
  test('that its caller aborts is rejected with the reason of the signal, and its slot serves the next one', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const host = await startHost((asked, response, index) => {
      if (index === 0) controller.abort(reason);
      else reply(asked, response, 'ok');
    });
    const client = createClient(host.url);
    await expect(client.fetch('/a', { signal: controller.signal })).rejects.toBe(reason);
    expect((await client.fetch('/b')).status).toBe(200);
    expect(host.asked.map(({ place }) => place)).toEqual(['0.1', '0.2']);
    await expect(client.fetch('/c', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('leaves nothing on the signal of its caller, and hears of it whatever was collected meanwhile', async () => {
    const asked = new EventEmitter();
    const host = await startHost((request, response) => {
      if (request.path === '/a') reply(request, response, 'ok');
      else asked.emit(request.path, response);
    });
    const client = createClient(host.url);
    const controller = new AbortController();
    const { signal } = controller;
    await client.fetch('/a', { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);

    const outcomes = ['/b', '/c'].map((path) => {
      const input = path === '/b' ? path : new Request(host.url + path, { signal });
      const init = path === '/b' ? { signal } : {};
      return client.fetch(input, init).catch((error: unknown) => error);
    });
    const streamed = once(asked, '/events') as Promise<[ServerResponse]>;
    const stream = client.fetch(new Request(`${host.url}/events`, { signal }), {
      headers: { accept: 'text/event-stream' },
    });
    const [response] = await streamed;
    response.write('data: 1\n\n');
    const reader = (await stream).body!.getReader();
    await reader.read();
    await collectGarbage();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await Promise.all(outcomes)).toEqual([reason, reason]);
    await expect(reader.read()).rejects.toBe(reason);
  });

  test('listens to a signal together with all others that have it: Node warns of more than ten listeners', async () => {
    const host = await startHost(() => {});
    const client = createClient(host.url);
    const controller = new AbortController();
    const { signal } = controller;
    const open = Array.from({ length: 20 }, () => client.fetch('/a', { signal }));
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    controller.abort();
    const outcomes = await Promise.allSettled(open);
    expect(outcomes.map(({ status }) => status)).toEqual(open.map(() => 'rejected'));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test.each(['deadline', 'signal', 'close'])(
    'whose body does not come ends with the %s, too',
    async (what) => {
      const host = await startHost(answer);
      const client = createClient(host.url, { deadlineMs: what === 'deadline' ? 100 : 0 });
      const controller = new AbortController();
      let cancelled: unknown;
      const body = new ReadableStream({
        cancel(reason) {
          cancelled = reason;
        },
      });
      const open = client
        .fetch('/a', { method: 'POST', body, signal: controller.signal })
        .catch((error: unknown) => error);
      const reason = new Error('enough');
      if (what === 'signal') controller.abort(reason);
      if (what === 'close') await client.close();
      const failure = await open;
      if (what === 'signal') expect(failure).toBe(reason);
      else expect(failure).toBeInstanceOf(what === 'close' ? ClosedError : DeadlineError);
      if (what === 'deadline') expect(failure).toMatchObject({ executed: 'no' });
      expect(cancelled).toBeInstanceOf(Error);
      expect(host.asked).toEqual([]);
    },
  );

  test('is what fetch takes: a path, a URL, a Request, a stream', async () => {
    const host = await startHost(answer);
    const client = createClient(host.url);
    const text = async (...words: Parameters<typeof client.fetch>): Promise<string> =>
      (await client.fetch(...words)).text();
    expect(await text('a?b=1')).toBe('GET /a?b=1 ');
    expect(await text(new URL('/u', host.url), { method: 'PUT', body: 'p' })).toBe('PUT /u p');
    expect(await text(new Request(`${host.url}/r`, { method: 'POST', body: 'q' }))).toBe('POST /r q');
    const stream = new Blob(['str', 'eam']).stream();
    expect(await text('/s', { method: 'POST', body: stream })).toBe('POST /s stream');
    const form = await text('/f', { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
    expect(form).toBe('POST /f a=b');
    expect(host.asked.at(-1)?.headers['content-type']).toContain('application/x-www-form-urlencoded');
  });

  test('that is too large to be kept, or for another host, is an error before anything is sent', async () => {
    const host = await startHost(answer);
    const client = createClient(host.url, { maxBodyBytes: 10 });
    await expect(client.fetch('/a', { method: 'POST', body: 'x'.repeat(11) })).rejects.toBeInstanceOf(
      BodyTooLargeError,
    );
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4)),
    });
    await expect(client.fetch('/a', { method: 'POST', body: endless })).rejects.toBeInstanceOf(
      BodyTooLargeError,
    );
    await expect(client.fetch('http://elsewhere.example/a')).rejects.toThrow(TypeError);
    expect(host.asked).toEqual([]);
    expect((await client.fetch('/a', { method: 'POST', body: 'x'.repeat(10) })).status).toBe(200);
  });

  test('for an event stream has no session, and its reply comes as it is written', async () => {
    const host = await startHost((_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    });
    const client = createClient(host.url);
    const response = await client.fetch('/events', { headers: { accept: 'text/event-stream' } });
    const { value } = await response.body!.getReader().read();
    expect(Buffer.from(value!).toString()).toBe('data: 1\n\n');
    expect(host.asked[0]?.headers['tandem-session']).toBeUndefined();
    await client.close();
  });

  test('that was redirected has run, whatever became of what it was redirected to', async () => {
    const host = await startHost((asked, response) => {
      host.live = false;
      response.writeHead(303, { 'tandem-request': asked.place, location: '/receipt' }).end();
    });
    const client = createClient(host.url, { deadlineMs: 1_000 });
    const failure = await client.fetch('/pay', { method: 'POST' }).catch((error: unknown) => error);
    expect(host.asked.map(({ path }) => path)).toEqual(['/pay']);
    expect(failure).toMatchObject({ name: 'DeadlineError', executed: 'unknown' });
  });

  test('is redirected to another host without its secrets', async () => {
    const other = await startHost((asked, response) => response.end(String(asked.headers['authorization'])));
    const host = await startHost((asked, response) => {
      response.writeHead(307, { 'tandem-request': asked.place, location: `${other.url}/x` }).end();
    });
    const response = await createClient(host.url).fetch('/a', { headers: { authorization: 'secret' } });
    expect(await response.text()).toBe('undefined');
    await expect(createClient(host.url).fetch('/a', { redirect: 'error' })).rejects.toThrow(TypeError);
  });

  test('is redirected to servers only: what a data URL says is nobody’s reply', async () => {
    const host = await startHost((asked, response) => {
      response.writeHead(307, { 'tandem-request': asked.place, location: 'data:,mine' }).end();
    });
    await expect(createClient(host.url).fetch('/a')).rejects.toThrow(/a redirect to data:/);
  });
});

describe('a reply that comes as a stream', () => {
  const accept = { headers: { accept: 'text/event-stream' } };
  /** Another server, to which the program redirects, is one of those who send streams. */
  async function streams() {
    const open = new Map<string, ServerResponse>();
    const begin = (asked: Asked, response: ServerResponse): void => {
      if (asked.path === '/silent') return;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      open.set(asked.path, response);
    };
    const other = await startHost(begin);
    const host = await startHost((asked, response) => {
      if (asked.path !== '/away') return begin(asked, response);
      response.writeHead(307, { 'tandem-request': asked.place, location: `${other.url}/other` }).end();
    });
    const read = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
      Buffer.from((await reader.read()).value ?? []).toString();
    return { host, open, read };
  }

  test.each([
    ['of the program', '/events', '/events', accept],
    ['behind a redirect to somebody else', '/away', '/other', {}],
  ])('%s is not cut off by the deadline, which is for its head', async (_, path, written, init) => {
    const { host, open, read } = await streams();
    const client = createClient(host.url, { deadlineMs: 1_000 });
    const reader = (await client.fetch(path, init)).body!.getReader();
    expect(await read(reader)).toBe('data: 1\n\n');
    // Begun later, and over.
    await expect(client.fetch('/silent', accept)).rejects.toBeInstanceOf(DeadlineError);
    open.get(written)?.write('data: 2\n\n');
    expect(await read(reader)).toBe('data: 2\n\n');
    await client.close();
    await expect(reader.read()).rejects.toBeInstanceOf(ClosedError);
  });

  test('is asked of another host when the one that was live says nothing and is not live any more', async () => {
    const { host: next, read } = await streams();
    const host = await startHost(() => {
      host.live = false;
      next.live = true;
    });
    next.live = false;
    const client = createClient([host.url, next.url], { silenceMs: 50 });
    const { body } = await client.fetch('/events', accept);
    expect(await read(body!.getReader())).toBe('data: 1\n\n');
    expect(host.asked.length).toBe(1);
  });

  test('is asked of the live host with its secrets, when another one leads there', async () => {
    const { host: next } = await streams();
    const host = await startHost((asked, response) => {
      host.live = false;
      next.live = true;
      const location = next.url + asked.path;
      refuse(response, 'not-live', 307, { location, 'tandem-live': next.url });
    });
    next.live = false;
    const headers = { ...accept.headers, authorization: 'secret' };
    expect((await createClient(host.url).fetch('/events', { headers })).status).toBe(200);
    expect(next.asked[0]?.headers['authorization']).toBe('secret');
  });

  test('is what the host says of the request itself, or a redirect that its caller wants to see', async () => {
    const host = await startHost((asked, response) => {
      if (asked.path === '/bad') refuse(response, 'malformed', 400);
      else if (asked.path === '/there') response.writeHead(200).end('there');
      else response.writeHead(302, { location: '/there' }).end();
    });
    const client = createClient(host.url, { deadlineMs: 5_000 });
    expect((await client.fetch('/bad', accept)).status).toBe(400);
    expect((await client.fetch('/moved', { ...accept, redirect: 'manual' })).status).toBe(302);
    await expect(client.fetch('/moved', { ...accept, redirect: 'error' })).rejects.toThrow(TypeError);
    expect(await (await client.fetch('/moved', accept)).text()).toBe('there');
  });

  test('may belong to a request that ran, when its head does not come before the deadline', async () => {
    const { host } = await streams();
    const failure = createClient(host.url, { deadlineMs: 200 }).fetch('/silent', accept);
    await expect(failure).rejects.toMatchObject({ name: 'DeadlineError', executed: 'unknown' });
  });

  test('ends when its caller aborts it', async () => {
    const { host, read } = await streams();
    const client = createClient(host.url);
    const controller = new AbortController();
    const { body } = await client.fetch('/events', { ...accept, signal: controller.signal });
    const reader = body!.getReader();
    await read(reader);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(reader.read()).rejects.toBe(reason);
  });
});

test('a client without a host is wrong usage', () => {
  expect(() => createClient([])).toThrow(TypeError);
  expect(() => createClient('nonsense')).toThrow(TypeError);
  expect(() => createClient('localhost:8080')).toThrow(/http:\/\/ or https:\/\/, not localhost:/);
});

test.each([
  { deadlineMs: Number.POSITIVE_INFINITY },
  { deadlineMs: -1 },
  { deadlineMs: 2 ** 31 },
  { silenceMs: Number.NaN },
  { silenceMs: 0 },
])('a time that no timer keeps is wrong usage, not a request that fails at once: %o', (options) => {
  expect(() => createClient('http://127.0.0.1:9', options)).toThrow(TypeError);
});
