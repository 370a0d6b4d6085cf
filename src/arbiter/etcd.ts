/**
 * The arbiter on a real etcd, 3.4 or newer (FT §2.3: a test-and-set on shared storage). Keys
 * of one VM, none of them with a lease:
 *
 *   /tandem/bank-1/epoch-0000000003   the record of one epoch; created once, never changed, never removed
 *   /tandem/bank-1/latest             the newest of these records, so that a read is one key
 *
 * A claim is one transaction: if the present epoch has its key and the next one has none, create it and move
 * `latest`. etcd does it whole or not at all, in one order for everybody. Reads are etcd's default,
 * linearizable: a member that was cut off does not answer with what it remembers.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Epoch } from '../base/brands.ts';
import { TandemError } from '../base/errors.ts';
import type { ArbiterRecord, ClaimAnswer } from '../protocol/record.ts';
import { type Certificates, EtcdGateway, type Fields } from './etcd-gateway.ts';
import { asObject } from './json.ts';
import { type Arbiter, type ArbiterNote, follows } from './port.ts';
import { reasonOf } from './reason.ts';
import { recordFromText, recordToText } from './record-text.ts';
import type { EtcdTlsFiles, EtcdUrl } from './url.ts';

export async function openEtcdArbiter(url: EtcdUrl, vm: string): Promise<Arbiter> {
  const gateway = new EtcdGateway(url, await certificatesIn(url.tlsFiles));
  const store: Store = { gateway, prefix: url.prefix };
  try {
    await prove(store, vm);
  } catch (error) {
    gateway.close();
    throw error;
  }
  const unreachable = (error: unknown) => ({ kind: 'unreachable', reason: reasonOf(error) }) as const;
  return {
    notes: [noteOn(url)],
    isShared: true,
    read: (id) =>
      latest(store, id)
        .then((record) => ({ kind: 'read', record }) as const)
        .catch(unreachable),
    claim: (id, expectedEpoch, next) => claim(store, id, expectedEpoch, next).catch(unreachable),
    close: async () => gateway.close(),
  };
}

interface Store {
  readonly gateway: EtcdGateway;
  readonly prefix: string;
}

const latestKey = ({ prefix }: Store, vm: string): string => `${prefix}/${vm}/latest`;
const epochKey = ({ prefix }: Store, vm: string, epoch: number): string =>
  `${prefix}/${vm}/epoch-${String(epoch).padStart(10, '0')}`;

async function latest(store: Store, vm: string): Promise<ArbiterRecord | null> {
  const key = latestKey(store, vm);
  return recordIn(await store.gateway.call('/v3/kv/range', { key: encoded(key) }), key, vm);
}

async function claim(
  store: Store,
  vm: string,
  expectedEpoch: Epoch | null,
  next: ArbiterRecord,
): Promise<ClaimAnswer> {
  if (!follows(expectedEpoch, next)) return { kind: 'lost', record: await latest(store, vm) };
  const [newest, text] = [latestKey(store, vm), recordToText(vm, next)];
  const key = epochKey(store, vm, next.epoch);
  const answer = await store.gateway.call('/v3/kv/txn', {
    compare: [
      absent(key),
      expectedEpoch === null ? absent(newest) : present(epochKey(store, vm, expectedEpoch)),
    ],
    success: [put(key, text), put(newest, text)],
    failure: [get(newest)],
  });
  if (answer['succeeded'] === true) return { kind: 'won' };
  const record = recordIn(firstRange(answer), newest, vm);
  // Its own: it was carried out before, and the answer was lost.
  return record?.claimId === next.claimId ? { kind: 'won' } : { kind: 'lost', record };
}

/**
 * A claim that cannot succeed: no key is created before revision 0. It goes the way of a true
 * one, so a user without the right to write, a full store or a cluster without a leader is
 * found now and not at the first failure.
 */
async function prove(store: Store, vm: string): Promise<void> {
  const newest = latestKey(store, vm);
  const answer = await store.gateway.call('/v3/kv/txn', {
    compare: [{ ...absent(newest), result: 'LESS' }],
    success: [put(epochKey(store, vm, 1), ''), put(newest, '')],
    failure: [get(newest)],
  });
  recordIn(firstRange(answer), newest, vm);
}

// The gateway's JSON: keys and values in base64, numbers of 64 bits as
// texts, what is false or empty left out.

const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const absent = (key: string) => ({
  target: 'CREATE',
  result: 'EQUAL',
  key: encoded(key),
  create_revision: '0',
});
const present = (key: string) => ({ ...absent(key), result: 'GREATER' });
const put = (key: string, value: string) => ({ request_put: { key: encoded(key), value: encoded(value) } });
const get = (key: string) => ({ request_range: { key: encoded(key) } });

const firstRange = (answer: Fields): Fields =>
  asObject(firstOf(answer['responses'])?.['response_range']) ?? {};

function recordIn(range: Fields, key: string, vm: string): ArbiterRecord | null {
  const found = firstOf(range['kvs']);
  if (found === undefined) return null;
  const value = found['value'];
  const text = typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
  return recordFromText(key, vm, null, text);
}

const firstOf = (value: unknown): Fields | undefined =>
  Array.isArray(value) ? asObject(value[0]) : undefined;

// For people.

function noteOn({ endpoints, prefix }: EtcdUrl): ArbiterNote {
  return { level: 'info', text: `arbiter: etcd at ${endpoints.join(', ')}, keys below ${prefix}` };
}

/** Looked at here: TLS passes over an authority that is none, and calls a wrong key by no name. */
async function certificatesIn(files: EtcdTlsFiles): Promise<Certificates> {
  const texts: { ca?: string; cert?: string; key?: string } = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = files[name];
    if (path === undefined) continue;
    texts[name] = await readFile(path, 'utf8').catch((error: unknown) => {
      throw unfit(reasonOf(error), path, name);
    });
    const what = name === 'key' ? 'private key without a passphrase' : 'certificate';
    if (!holds(name, texts[name])) throw unfit(`${path} holds no ${what} in PEM`, path, name);
  }
  const { cert, key } = texts;
  if (
    cert !== undefined &&
    key !== undefined &&
    !new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  )
    throw unfit(`${files.key} is not the key of ${files.cert}`, files.key ?? '', 'key');
  return texts;
}

function holds(name: keyof Certificates, text: string): boolean {
  try {
    if (name === 'key') createPrivateKey(text);
    else new X509Certificate(text);
    return true;
  } catch {
    return false;
  }
}

const unfit = (why: string, path: string, name: keyof Certificates): TandemError =>
  new TandemError(
    'ARBITER_TLS',
    `the arbiter's certificates cannot be used: ${why}`,
    `see to ${path}, which the URL names as ${name}`,
  );
