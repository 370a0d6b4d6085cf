/**
 * The grammar of an arbiter's URL: what is understood, and what is refused with
 * a mend and without a password in it.
 */
import { describe, expect, test } from 'vitest';
import { type EtcdUrl, parseArbiterUrl } from '../../../src/arbiter/url.ts';
import { TandemError } from '../../../src/base/errors.ts';

const NO_FILES = { ca: undefined, cert: undefined, key: undefined };
const PLAIN: EtcdUrl = {
  kind: 'etcd',
  endpoints: ['http://host:2379'],
  user: undefined,
  prefix: '/tandem',
  tlsFiles: NO_FILES,
};

describe('understood are', () => {
  test.each([
    ['file:///shared/tandem', { kind: 'file', directory: '/shared/tandem' }],
    ['file:/shared/tandem', { kind: 'file', directory: '/shared/tandem' }],
    ['file:/with%20space', { kind: 'file', directory: '/with space' }],
    ['memory:', { kind: 'memory', name: '' }],
    ['memory:two', { kind: 'memory', name: 'two' }],
    ['etcd:http://host:2379', PLAIN],
    ['etcd:http://host', PLAIN],
    ['etcd:HTTP://host/', PLAIN],
    ['etcd:http://host:80', { ...PLAIN, endpoints: ['http://host:80'] }],
    ['etcd:http://[::1]:2379', { ...PLAIN, endpoints: ['http://[::1]:2379'] }],
    [
      'etcd:http://a:1,http://b:2,http://c?prefix=/prod/tandem',
      { ...PLAIN, endpoints: ['http://a:1', 'http://b:2', 'http://c:2379'], prefix: '/prod/tandem' },
    ],
    ['etcd:http://ann@host', { ...PLAIN, user: { name: 'ann', password: undefined } }],
    [
      'etcd:http://ann:p%40ss%3Aw%2Ford@host,http://b',
      {
        ...PLAIN,
        endpoints: ['http://host:2379', 'http://b:2379'],
        user: { name: 'ann', password: 'p@ss:w/ord' },
      },
    ],
    [
      'etcd:https://host?ca=/ca.pem&cert=/c.pem&key=/k.pem',
      {
        ...PLAIN,
        endpoints: ['https://host:2379'],
        tlsFiles: { ca: '/ca.pem', cert: '/c.pem', key: '/k.pem' },
      },
    ],
  ])('%s', (words, meaning) => {
    expect(parseArbiterUrl(words)).toEqual(meaning);
  });
});

describe('refused as wrong usage are', () => {
  test.each([
    ['shared/tandem', /not a URL/, /file:.*etcd:.*memory:/],
    ['gopher://x', /unknown kind of arbiter: gopher:/, /file:.*etcd:.*memory:/],
    ['file:shared', /not an absolute path/, /file:\/.*\/shared$/],
    ['file:', /not an absolute path/, /absolute/],
    ['file://server/share', /not a path/, /file:\/\/\//],
    ['etcd:', /not an address/, /etcd:http:/],
    ['etcd:host:2379', /not an address/, /etcd:http:/],
    ['etcd://host:2379', /not an address/, /etcd:http:/],
    ['etcd:ftp://host', /not an address/, /etcd:http:/],
    ['etcd:http://host:99999', /not an address/, /etcd:http:/],
    ['etcd:http://host/path', /not an address/, /etcd:http:/],
    ['etcd:http://a,https://b', /with http and with https/, /for all/],
    ['etcd:http://a,http://ann@b', /user in a later endpoint/, /first/],
    ['etcd:http://:secret@a', /not a user/, /USER/],
    ['etcd:http://ann:%zz@a', /not a user/, /%XX/],
    ['etcd:http://a?prefix=tandem', /not a prefix/, /\?prefix=\//],
    ['etcd:http://a?prefix=/tandem/', /not a prefix/, /\?prefix=\//],
    ['etcd:http://a?timeout=3', /unknown word .* timeout/, /prefix, ca, cert and key/],
    ['etcd:http://a?ca=/ca.pem', /certificates for an etcd without TLS/, /https:/],
    ['etcd:https://a?cert=/c.pem', /half a client certificate/, /both/],
  ])('%s', (words, message, mend) => {
    const error = refusalOf(words);
    expect(error.message).toMatch(message);
    expect(error.mend).toMatch(mend);
    expect(error.exitCode).toBe(2);
  });

  test.each(['ann:secret@host', 'etcd:ftp://ann:secret@host', 'gopher://ann:secret@host', '//ann:secret@x'])(
    '%s, whose password is not repeated',
    (words) => {
      const { message, mend } = refusalOf(words);
      expect(`${message} ${mend}`).not.toContain('secret');
    },
  );
});

function refusalOf(words: string): TandemError {
  try {
    parseArbiterUrl(words);
  } catch (error) {
    if (error instanceof TandemError) return error;
  }
  throw new Error(`not refused: ${words}`);
}
