/**
 * The grammar of an arbiter's URL. Pure, so that the command line can refuse a wrong one before anything is
 * started; whether the store behind it can be used is found when it is opened (arbiter.ts).
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, TandemError } from '../base/errors.ts';

export interface EtcdUser {
  readonly name: string;
  /** Undefined: it comes from the environment, where other users of the machine cannot read it. */
  readonly password: string | undefined;
}

/** Files of a TLS set-up other than the system's. */
export interface EtcdTlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface EtcdUrl {
  readonly kind: 'etcd';
  /** `http://host:port`, of one cluster; at least one, all of one scheme. */
  readonly endpoints: readonly string[];
  readonly user: EtcdUser | undefined;
  /** What every key begins with; no slash at its end. */
  readonly prefix: string;
  readonly tlsFiles: EtcdTlsFiles;
}

export type ArbiterUrl =
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'memory'; readonly name: string }
  | EtcdUrl;

const KINDS = 'use file:/an/absolute/directory, etcd:http://HOST:2379 or memory:';
const ETCD_SHAPE = 'write it as etcd:http://HOST:2379, more endpoints behind commas';
const DEFAULT_PREFIX = '/tandem';
const DEFAULT_PORT = '2379';
const PREFIX = /^(\/[\w.-]+)+$/;

/** Throws a {@link TandemError} with exit code 2 when the words are no URL of an arbiter. */
export function parseArbiterUrl(words: string): ArbiterUrl {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(words) ?? [];
  switch (scheme?.toLowerCase()) {
    case 'file':
      return { kind: 'file', directory: directoryOf(words, rest) };
    case 'memory':
      return { kind: 'memory', name: rest };
    case 'etcd':
      return etcdUrl(rest);
    case undefined:
      throw wrong(`not a URL for an arbiter: ${withoutSecrets(words)}`, KINDS);
    default:
      throw wrong(`unknown kind of arbiter: ${scheme}:`, KINDS);
  }
}

function directoryOf(words: string, rest: string): string {
  if (!rest.startsWith('/')) {
    const mend =
      rest === '' ? 'write it as file:/an/absolute/directory' : `write it as file:${resolve(rest)}`;
    throw wrong(`not an absolute path for an arbiter: ${words}`, mend);
  }
  try {
    return fileURLToPath(words);
  } catch (error) {
    const reason = messageOf(error);
    throw wrong(`not a path: ${words}: ${reason}`, 'write it as file:///an/absolute/directory');
  }
}

function etcdUrl(rest: string): EtcdUrl {
  const [list = '', ...queries] = rest.split('?');
  const parts = list.split(/,(?=https?:)/i).map(endpointOf);
  const [first] = parts;
  if (first === undefined) throw wrong('an etcd without an address', ETCD_SHAPE);
  if (parts.some(({ scheme }) => scheme !== first.scheme)) {
    throw wrong('endpoints of one etcd with http and with https', 'use one of them for all');
  }
  if (parts.slice(1).some(({ user }) => user !== undefined)) {
    throw wrong('a user in a later endpoint of an etcd', 'write the user once, in the first endpoint');
  }
  const endpoints = parts.map(({ origin }) => origin);
  return { kind: 'etcd', endpoints, user: first.user, ...queryOf(queries.join('?'), first.scheme) };
}

interface Endpoint {
  readonly scheme: string;
  readonly origin: string;
  readonly user: EtcdUser | undefined;
}

/** By hand, since `URL` drops a port that is its scheme's own, and etcd's default is another. */
const ENDPOINT = /^(https?):\/\/(?:([^@/]*)@)?(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i;

function endpointOf(words: string): Endpoint {
  const [, scheme = '', userinfo, host, port = DEFAULT_PORT] = ENDPOINT.exec(words) ?? [];
  if (host === undefined || !URL.canParse(`${scheme}://${host}:${port}`)) {
    throw wrong(`not an address of an etcd: ${JSON.stringify(withoutSecrets(words))}`, ETCD_SHAPE);
  }
  const origin = `${scheme.toLowerCase()}://${host}:${port}`;
  return {
    scheme: scheme.toLowerCase(),
    origin,
    user: userinfo === undefined ? undefined : userOf(userinfo),
  };
}

function userOf(userinfo: string): EtcdUser {
  const [name = '', ...password] = userinfo.split(':');
  try {
    const secret = password.length === 0 ? undefined : decodeURIComponent(password.join(':'));
    if (name !== '') return { name: decodeURIComponent(name), password: secret };
  } catch {
    // A percent sign that begins nothing.
  }
  throw wrong('not a user of an etcd', 'write it as USER@ or USER:PASSWORD@, special characters as %XX');
}

function queryOf(query: string, scheme: string): Pick<EtcdUrl, 'prefix' | 'tlsFiles'> {
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (['prefix', 'ca', 'cert', 'key'].includes(name)) continue;
    throw wrong(`unknown word in the URL of an etcd: ${name}`, 'there are prefix, ca, cert and key');
  }
  const prefix = given.get('prefix') ?? DEFAULT_PREFIX;
  if (!PREFIX.test(prefix)) {
    throw wrong(`not a prefix for keys: ${JSON.stringify(prefix)}`, 'write it as ?prefix=/tandem');
  }
  const file = (name: string) => given.get(name) ?? undefined;
  const tlsFiles = { ca: file('ca'), cert: file('cert'), key: file('key') };
  if (scheme !== 'https' && Object.values(tlsFiles).some((path) => path !== undefined)) {
    throw wrong('certificates for an etcd without TLS', 'write https: instead of http:');
  }
  if ((tlsFiles.cert === undefined) !== (tlsFiles.key === undefined)) {
    throw wrong('half a client certificate for an etcd', 'name both, ?cert=FILE&key=FILE');
  }
  return { prefix, tlsFiles };
}

const wrong = (message: string, mend: string): TandemError =>
  new TandemError('ARBITER_URL', message, mend, 2);

/** A password is in no message, log or terminal. */
const withoutSecrets = (words: string): string => words.replaceAll(/\/\/[^/]*@/g, '//…@');
