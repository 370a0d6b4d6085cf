/**
 * The etcd arbiter beyond the contract: what it keeps, networks that lose answers, several
 * endpoints, users, TLS, and what is no etcd.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openArbiter } from '../../src/arbiter/arbiter.ts';
import { epoch } from '../../src/base/brands.ts';
import { limits } from '../../src/base/limits.ts';
import { Etcd, noEtcd } from '../support/etcd.ts';
import { freePort } from '../support/processes.ts';
import { TcpProxy, type Weather } from '../support/tcp-proxy.ts';
import { errorOf, record } from './claims.ts';

const portOf = (url: string): number => Number(new URL(url).port);

async function proxyTo(etcd: Etcd): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(portOf(etcd.url));
  onTestFinished(() => proxy.end());
  return proxy;
}

/** Something that speaks HTTP and is no etcd; its URL. */
async function stranger(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
    });
  });
}

describe.skipIf(noEtcd !== undefined)(`an etcd as arbiter (${noEtcd ?? 'a real one'})`, () => {
  let etcd: Etcd;
  let places = 0;
  const freshPrefix = (): string => {
    places += 1;
    return `/test/${places}`;
  };
  beforeAll(async () => {
    etcd = await Etcd.start();
  });
  afterAll(() => etcd?.end());

  test('keeps one key for each epoch, written once and without a lease, and one for the newest', async () => {
    const prefix = freshPrefix();
    const arbiter = await openArbiter(`etcd:${etcd.url}?prefix=${prefix}`, 'vm');
    await arbiter.claim('vm', null, record(1, 'a'));
    await arbiter.claim('vm', epoch(1), record(2, 'b'));
    await arbiter.claim('vm', epoch(1), record(2, 'late'));
    const keys = await etcd.keys(`${prefix}/`);
    expect(keys.map(({ key, version, lease }) => [key, version, lease])).toEqual([
      [`${prefix}/vm/epoch-0000000001`, 1, undefined],
      [`${prefix}/vm/epoch-0000000002`, 1, undefined],
      [`${prefix}/vm/latest`, 2, undefined],
    ]);
    expect(keys[0]?.value).toContain('"claimId":"a"');
    expect(keys[1]?.value).toContain('"claimId":"b"');
    expect(keys[2]?.value).toBe(keys[1]?.value);
    expect(arbiter.notes).toEqual([
      { level: 'info', text: `arbiter: etcd at ${etcd.url}, keys below ${prefix}` },
    ]);
  });

  test('is not written to when it is opened', async () => {
    const prefix = freshPrefix();
    await openArbiter(`etcd:${etcd.url}?prefix=${prefix}`, 'vm');
    expect(await etcd.keys(`${prefix}/`)).toEqual([]);
  });

  test('whose newest key was removed grants nothing twice', async () => {
    const prefix = freshPrefix();
    const arbiter = await openArbiter(`etcd:${etcd.url}?prefix=${prefix}`, 'vm');
    await arbiter.claim('vm', null, record(1, 'a'));
    await etcd.call('/v3/kv/deleterange', { key: btoa(`${prefix}/vm/latest`) });
    expect(await arbiter.claim('vm', null, record(1, 'b'))).toEqual({ kind: 'lost', record: null });
  });

  describe('behind a network that loses answers', () => {
    test('a claim whose answer was cut off is found to have won, by its id', async () => {
      const [prefix, proxy] = [freshPrefix(), await proxyTo(etcd)];
      const url = `etcd:http://127.0.0.1:${proxy.port}?prefix=${prefix}`;
      const [claimant, rival] = [await openArbiter(url, 'vm'), await openArbiter(url, 'vm')];
      proxy.weather = 'cuts-answers';
      expect((await claimant.claim('vm', null, record(1, 'a'))).kind).toBe('unreachable');
      expect(proxy.lost).toBeGreaterThan(0);
      expect((await claimant.read('vm')).kind).toBe('unreachable');

      proxy.weather = 'fair';
      expect(await claimant.read('vm')).toEqual({ kind: 'read', record: record(1, 'a') });
      expect(await claimant.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
      expect(await rival.claim('vm', null, record(1, 'b'))).toEqual({
        kind: 'lost',
        record: record(1, 'a'),
      });
    });

    test.each<[string, Weather]>([
      ['cuts', 'cuts-answers'],
      ['hangs', 'swallows-answers'],
    ])(
      'an endpoint that %s costs nothing when another one answers: the claim has won',
      async (_, weather) => {
        const [prefix, proxy] = [freshPrefix(), await proxyTo(etcd)];
        const url = `etcd:http://127.0.0.1:${proxy.port},${etcd.url}?prefix=${prefix}`;
        const arbiter = await openArbiter(url, 'vm');
        proxy.weather = weather;
        expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
        const lost = proxy.lost;
        expect(lost).toBeGreaterThan(0);
        // The one that answered is asked first from now on.
        expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual({ kind: 'won' });
        expect(proxy.lost).toBe(lost);
        expect((await etcd.keys(`${prefix}/vm/epoch-`)).map(({ version }) => version)).toEqual([1, 1]);
      },
    );

    test('an etcd that never answers is unreachable within the bound', async () => {
      const proxy = await proxyTo(etcd);
      const arbiter = await openArbiter(`etcd:http://127.0.0.1:${proxy.port}?prefix=${freshPrefix()}`, 'vm');
      proxy.weather = 'swallows-answers';
      const askedMs = performance.now();
      expect(await arbiter.read('vm')).toEqual({
        kind: 'unreachable',
        reason: expect.stringMatching(/no answer within \d+ ms/),
      });
      const afterMs = performance.now() - askedMs;
      console.log(`unreachable after ${afterMs.toFixed(0)} ms, the bound is ${limits.arbiterAnswerMs} ms`);
    });
  });

  test('a connection that was closed while it was idle is no outage', async () => {
    const [prefix, proxy] = [freshPrefix(), await proxyTo(etcd)];
    const url = `etcd:http://127.0.0.1:${proxy.port}?prefix=${prefix}`;
    const arbiter = await openArbiter(url, 'vm');
    for (let round = 1; round <= 3; round += 1) {
      proxy.hangUp();
      expect((await arbiter.read('vm')).kind).toBe('read');
    }
  });

  test('of several endpoints the dead ones are passed over, and all are named when none answers', async () => {
    const dead = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const arbiter = await openArbiter(`etcd:${[...dead, etcd.url].join(',')}?prefix=${freshPrefix()}`, 'vm');
    expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
    const error = await errorOf(openArbiter(`etcd:${dead.join(',')}`, 'vm'));
    expect(error.code).toBe('ARBITER_UNREACHABLE');
    for (const url of dead) expect(error.message).toContain(`${url}: connect ECONNREFUSED`);
    expect(error.mend).toContain('start it');
  });

  test('a full etcd is unreachable with its reason, at the start too, and all is well when there is space', async () => {
    const prefix = freshPrefix();
    const url = `etcd:${etcd.url}?prefix=${prefix}`;
    const arbiter = await openArbiter(url, 'vm');
    const alarm = (action: string) =>
      etcd.call('/v3/maintenance/alarm', { action, memberID: '0', alarm: 'NOSPACE' });
    await alarm('ACTIVATE');
    try {
      expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({
        kind: 'unreachable',
        reason: expect.stringContaining('space exceeded'),
      });
      expect((await errorOf(openArbiter(url, 'vm'))).mend).toContain('alarm disarm');
    } finally {
      await alarm('DEACTIVATE');
    }
    expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
  });

  describe('with users', () => {
    let guarded: Etcd;
    const url = (user: string) => `etcd:${guarded.url.replace('//', `//${user}`)}?prefix=/mine`;
    beforeAll(async () => {
      guarded = await Etcd.start();
      const add = async (name: string, password: string, role: string) => {
        await guarded.call('/v3/auth/user/add', { name, password });
        await guarded.call('/v3/auth/role/add', { name: role });
        await guarded.call('/v3/auth/user/grant', { user: name, role });
      };
      await add('root', 'r', 'root');
      await add('ann', 'a:n@n', 'mine');
      await add('bob', 'b', 'nothing');
      const perm = { permType: 'READWRITE', key: btoa('/mine/'), range_end: btoa('/mine0') };
      await guarded.call('/v3/auth/role/grant', { name: 'mine', perm });
      await guarded.call('/v3/auth/enable', {});
    });
    afterAll(() => guarded?.end());
    afterEach(() => {
      vi.unstubAllEnvs();
    });

    test('one who may write claims, also after etcd has forgotten its tokens', async () => {
      const arbiter = await openArbiter(url('ann:a%3An%40n@'), 'vm');
      expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
      await guarded.goAway();
      await guarded.comeBack();
      expect(await arbiter.claim('vm', epoch(1), record(2, 'b'))).toEqual({ kind: 'won' });
    });

    test('the password may come from the environment', async () => {
      vi.stubEnv('TANDEM_ETCD_PASSWORD', 'a:n@n');
      expect((await (await openArbiter(url('ann@'), 'vm')).read('vm')).kind).toBe('read');
    });

    test.each([
      ['nobody', '', /user name is empty/, /name a user/],
      ['one with a wrong password', 'ann:wrong@', /authentication failed/, /user ann and the password/],
      ['one without a password', 'ann@', /authentication failed/, /TANDEM_ETCD_PASSWORD/],
      ['one who may not write there', 'bob:b@', /permission denied/, /grant the user bob/],
    ])('%s is refused at the start, with the mend', async (_, user, message, mend) => {
      const error = await errorOf(openArbiter(url(user), 'vm'));
      expect(error.code).toBe('ARBITER_DENIED');
      expect(error.message).toMatch(message);
      expect(error.mend).toMatch(mend);
      expect(`${error.message}${error.mend}`).not.toContain('wrong@');
    });
  });

  describe('over TLS', () => {
    let folder = '';
    const path = (name: string) => join(folder, name);
    const openssl = (...words: readonly string[]) =>
      execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let secured: Etcd | undefined;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tandem-tls-'));
      try {
        writeFileSync(path('san'), 'subjectAltName=IP:127.0.0.1\n');
        const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
        for (const name of ['ca', 'other'])
          openssl(
            'req',
            '-x509',
            ...key,
            '-keyout',
            `${name}.key`,
            '-out',
            `${name}.pem`,
            '-subj',
            `/CN=${name}`,
          );
        for (const [name, by] of [
          ['server', 'ca'],
          ['client', 'ca'],
          ['stranger', 'other'],
        ]) {
          openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
          const ca = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-extfile', 'san'];
          openssl('x509', '-req', '-in', `${name}.csr`, ...ca, '-out', `${name}.pem`);
        }
        openssl('ec', '-in', 'client.key', '-aes256', '-passout', 'pass:secret', '-out', 'locked.key');
      } catch (error) {
        console.log(`skipped: no certificates can be made here: ${String(error)}`);
        return;
      }
      const server = ['--cert-file', path('server.pem'), '--key-file', path('server.key')];
      const words = [...server, '--client-cert-auth', '--trusted-ca-file', path('ca.pem')];
      secured = await Etcd.start(words, 'https');
    });
    afterAll(async () => {
      await secured?.end();
      rmSync(folder, { recursive: true, force: true });
    });

    test('its authority and a certificate of ours are all it takes', async (context) => {
      if (secured === undefined) return context.skip('no certificates');
      const files = `ca=${path('ca.pem')}&cert=${path('client.pem')}&key=${path('client.key')}`;
      const arbiter = await openArbiter(`etcd:${secured.url}?${files}`, 'vm');
      expect(await arbiter.claim('vm', null, record(1, 'a'))).toEqual({ kind: 'won' });
    });

    test.for([
      ['an authority that is not known', '', /certificate/, /\?ca=FILE/],
      ['no certificate of ours', 'ca', /./, /&cert=FILE/],
    ] as const)('%s is refused with the mend', async ([, given, message, mend], context) => {
      if (secured === undefined) return context.skip('no certificates');
      const words = given === '' ? '' : `?ca=${path('ca.pem')}`;
      const error = await errorOf(openArbiter(`etcd:${secured.url}${words}`, 'vm'));
      expect(error.code).toBe('ARBITER_TLS');
      expect(error.message).toMatch(message);
      expect(error.mend).toMatch(mend);
    });

    const opened = (ca: string, cert: string, key: string) =>
      openArbiter(
        `etcd:${secured?.url}?ca=${path(ca)}${cert === '' ? '' : `&cert=${path(cert)}&key=${path(key)}`}`,
        'vm',
      );

    test.for([
      ['none', '', 'it wants a client certificate, and is shown none'],
      ['one of another authority', 'stranger', 'it refuses the certificate that it is shown'],
    ] as const)(
      'a client certificate that the etcd refuses (%s) is told in words',
      async ([, name, words], context) => {
        if (secured === undefined) return context.skip('no certificates');
        const error = await errorOf(opened('ca.pem', name === '' ? '' : `${name}.pem`, `${name}.key`));
        expect(error.code).toBe('ARBITER_TLS');
        expect(error.message).toMatch(new RegExp(`${secured.url}: ${words} \\([a-z ]+\\)$`));
        expect(error.mend).toContain('name one that its authority');
      },
    );

    test.for([
      ['no key', 'client.pem', 'san', 'san', 'holds no private key without a passphrase'],
      [
        'a key with a passphrase',
        'client.pem',
        'locked.key',
        'locked.key',
        'holds no private key without a passphrase',
      ],
      ['the key of another', 'client.pem', 'server.key', 'server.key', 'is not the key of'],
      ['no certificate', 'san', 'client.key', 'san', 'holds no certificate'],
    ] as const)('a file that is %s is named', async ([, cert, key, culprit, words], context) => {
      if (secured === undefined) return context.skip('no certificates');
      const error = await errorOf(opened('ca.pem', cert, key));
      expect(error.code).toBe('ARBITER_TLS');
      expect(error.message).toContain(`${path(culprit)} ${words}`);
      expect(error.mend).toContain(`see to ${path(culprit)}, which the URL names as`);
    });

    test('an authority that is none is named', async (context) => {
      if (secured === undefined) return context.skip('no certificates');
      const error = await errorOf(opened('san', 'client.pem', 'client.key'));
      expect(error.message).toContain(`${path('san')} holds no certificate in PEM`);
    });

    test('the wrong scheme is named, either way', async (context) => {
      if (secured === undefined) return context.skip('no certificates');
      const plain = await errorOf(openArbiter(`etcd:${secured.url.replace('https', 'http')}`, 'vm'));
      expect(plain.mend).toContain('write https:');
      const tls = await errorOf(openArbiter(`etcd:${etcd.url.replace('http', 'https')}`, 'vm'));
      expect(tls.mend).toContain('write http:');
      const other = await stranger((_, response) => void response.end());
      const proto = await errorOf(openArbiter(`etcd:${other.replace('http', 'https')}`, 'vm'));
      expect(proto.code).toBe('ARBITER_TLS');
      expect(proto.mend).toContain('write http: instead');
    });
  });

  test('without the gateway it is named by its version', async () => {
    const old = await Etcd.start(['--enable-grpc-gateway=false']);
    try {
      const error = await errorOf(openArbiter(`etcd:${old.url}`, 'vm'));
      expect(error.code).toBe('ARBITER_NOT_ETCD');
      expect(error.message).toMatch(/etcd \d+\.\d+\.\d+ has no JSON gateway/);
      expect(error.mend).toContain('3.4 or newer');
    } finally {
      await old.end();
    }
  });
});

describe('what is no etcd is refused by name', () => {
  test.each<[string, RequestListener]>([
    ['a page', (_, response) => void response.end('<html>welcome</html>')],
    ['nothing there', (_, response) => void response.writeHead(404).end()],
    ['JSON of another kind', (_, response) => void response.end('{"hello":"world"}')],
    ['a number', (_, response) => void response.end('42')],
    ['a server in trouble', (_, response) => void response.writeHead(500).end('{"header":{}}')],
  ])('(%s)', async (_, answer) => {
    const url = await stranger(answer);
    const error = await errorOf(openArbiter(`etcd:${url}`, 'vm'));
    expect(error.code).toBe('ARBITER_NOT_ETCD');
    expect(error.message).toContain(`${url}: it is no etcd`);
    expect(error.mend).toContain('2379');
  });

  test('(an answer without an end)', async () => {
    const url = await stranger((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const error = await errorOf(openArbiter(`etcd:${url}`, 'vm'));
    expect(error.message).toContain('its answer is too long');
  });

  test('certificates that cannot be read are named', async () => {
    const error = await errorOf(openArbiter('etcd:https://127.0.0.1:1?ca=/no/such/file', 'vm'));
    expect(error.code).toBe('ARBITER_TLS');
    expect(error.mend).toContain('/no/such/file');
  });
});
